"""A selection in the browser: scored with a conflict, decided, released, declined, promoted."""

import re

import pytest
from django.urls import reverse

from applications.models import DecisionLetter, ParticipationRequest, Review, Seat
from qmm_pilot.accounts.roles import Role
from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import Letter
from qmm_pilot.records.trail import first_fault
from tests import factories
from tests.at_a_desk import Desk
from tests.factories import Status

pytestmark = pytest.mark.browser
SITES = ["Alder", "Birch", "Cedar", "Dogwood", "Elm"]


@pytest.fixture
def office(committing, set_clock):
    return factories.organization("fda", "FDA")


@pytest.fixture
def firms(office):
    """Five eligible requests by the name of their site, each with its official."""
    rows = {}
    for name in SITES:
        official = factories.registrant()
        site = factories.facility(official)
        type(site).objects.filter(pk=site.pk).update(name=f"{name} site")
        rows[name] = factories.participation_request(Status.ELIGIBLE, official, site=site)
    return rows


def test_a_panel_scores_five_requests_and_a_declined_place_goes_to_the_alternate(
    desk, office, firms
):
    program = firms["Alder"].program
    Program.objects.filter(pk=program.pk).update(cap=2)  # nine is a ceiling, never a target

    def at_fda(name, *roles):
        return Desk(desk, factories.person(office, *roles, name=name))

    panel = [at_fda(name, Role.FDA_REVIEWER) for name in ("Ada", "Grace", "Mary")]
    coordinator = at_fda("Cora", Role.FDA_COORDINATOR)
    selector = at_fda("Sela", Role.FDA_SELECTOR)
    assigned(coordinator, program, panel)
    scored(panel, program, conflicted="Alder")

    coordinator.opens("applications:review_assignments", program.pk)
    coordinator.reads("Recused")
    coordinator.does_not_read("Well run")
    selector.opens("applications:selection_board", program.pk)
    assert Review.objects.submitted().count() == 14

    released(selector, program)
    told = ParticipationRequest.objects.filter(program=program)
    assert sorted(told.values_list("facility__name", "status")) == [
        ("Alder site", "selected"),
        ("Birch site", "selected"),
        ("Cedar site", "alternate"),
        ("Dogwood site", "alternate"),
        ("Elm site", "not_selected"),
    ]

    alder, birch, cedar = (Desk(desk, firms[name].started_by) for name in SITES[:3])
    alder.opens("home")
    alder.follows("Accept or decline the place of Alder site")
    alder.follows("Accept the place")
    alder.presses("Accept the place")
    alder.reads("Taking part")
    birch.opens("home")
    birch.follows("Accept or decline the place of Birch site")
    birch.follows("Decline")
    birch.presses("Decline the place")
    birch.reads("Declined")

    promoted(selector)
    cedar.opens("home")
    cedar.follows("Accept or decline the place of Cedar site")
    cedar.reads("FDA offers this facility a place")
    seats = Seat.objects.filter(program=program, freed_at=None)
    assert sorted(seats.values_list("number", "facility__name")) == [
        (1, "Alder site"),
        (2, "Cedar site"),
    ]
    standing = DecisionLetter.objects.filter(participation_request=firms["Cedar"])
    assert standing.count() == 2  # as an alternate, then with its place
    bodies = " ".join(Letter.objects.exclude(kind="").values_list("body", flat=True))
    assert "Selection is no judgment of quality" in bodies
    assert re.search(r"\b(score|rank)", bodies) is None
    assert first_fault() is None


def test_twenty_decisions_are_read_and_released_in_five_clicks(desk, office):
    """Task T6; the letters of one kind are alike, so one of each is laid open."""
    kinds = [Status.SELECTED] * 9 + [Status.ALTERNATE] * 4 + [Status.NOT_SELECTED] * 7
    for kind in kinds:
        factories.decide(factories.participation_request(Status.ELIGIBLE), kind)
    selector = Desk(desk, factories.person(office, Role.FDA_SELECTOR))
    selector.opens("home")
    selector.page.get_by_role("link", name="Selection", exact=True).click()
    selector.follows("Finished Dosage Forms")
    selector.follows("Read the letters and release")
    letters = selector.main.locator("details.letter")
    assert letters.count() == 20
    assert selector.main.locator("details.letter[open]").count() == 3
    selector.reads("20 mails go out")
    selector.signs()  # a click into the first field; the second is one key away
    selector.presses("Sign and release")
    selector.reads("The decisions are released")
    states = ParticipationRequest.objects.values_list("status", flat=True)
    assert sorted(states) == sorted(kinds)


def assigned(coordinator, program, panel):
    """The coordinator asks each of the panel to score all five."""
    for reviewer in panel:
        coordinator.opens("applications:review_assignments", program.pk)
        coordinator.main.locator("[name=reviewer]").select_option(label=reviewer.person.name)
        for name in SITES:
            coordinator.ticks(f"{name} site")
        coordinator.presses("Assign", exact=True)
        coordinator.reads(f"Assigned to {reviewer.person.name}")


def scored(panel, program, *, conflicted):
    """The first reviewer has a conflict at one site; everything else is scored by all three."""
    for number, reviewer in enumerate(panel, 2):
        reviewer.opens("home")
        reviewer.follows("[Ss]core")
        for name in SITES:
            reviewer.opens("applications:review_list")
            reviewer.follows(f"Declare {name} site")
            if reviewer is panel[0] and name == conflicted:
                reviewer.ticks("I have a conflict of interest")
                reviewer.fills("What the conflict is", "My brother works there.")
            else:
                reviewer.ticks("I have no conflict of interest")
            reviewer.presses("Declare this")
        reviewer.opens("applications:review_list")
        reviewer.presses("Score the next one")
        reviewer.reads("What colleagues gave is shown to you once your own scores are in")
        reviewer.does_not_read("Well run")
        for _ in range(4 if reviewer is panel[0] else 5):
            for control in reviewer.main.locator("input[name^=score_]").all():
                control.fill(str(number))
            reviewer.fills("Comment", "Well run.")
            reviewer.presses("Submit and score the next")
    barred = ParticipationRequest.objects.get(facility__name=f"{conflicted} site")
    page = reverse("applications:request_review", args=[barred.pk])
    assert [one.page.request.get(page).status for one in panel] == [404, 200, 200]


def released(selector, program):
    """Two selected, two alternates, one not selected; then every letter, and the signature."""
    select, keep = "Select", "Keep as an alternate"
    decisions = [select, select, keep, keep, "Do not select"]
    for name, decision in zip(SITES, decisions, strict=True):
        selector.opens("applications:selection_board", program.pk)
        selector.follows(f"Decide {name} site")
        selector.reads("Scores inform, they decide nothing")
        selector.ticks(decision)
        if "alternate" in decision:
            selector.fills("Rank among the alternates", "12"[name == "Dogwood"])
        selector.fills("Reason", "A diverse group.")
        selector.presses("Draft the decision")
    selector.follows("Read the letters and release")
    selector.reads("Alder site")
    selector.signs()
    selector.presses("Sign and release")
    selector.reads("The decisions are released")


def promoted(selector):
    """From her task, by the recheck, to the signature under the promotion."""
    selector.opens("home")
    selector.follows("A place of FDF 2020 is free: alternates wait")
    selector.follows("Recheck and propose")
    selector.reads("Cedar site")
    selector.follows("Promote")
    selector.fills("Reason", "Next by rank.")
    selector.signs()
    selector.presses("Sign and promote")
    selector.reads("Cedar site")
