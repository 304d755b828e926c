"""Legal hold: who places and lifts it, what it keeps, who sees it (H3)."""

from datetime import date

import pytest
from django.urls import reverse

from applications import operations as intake
from assessments import operations as deeds
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.holds import KEPT_AS_IT_IS, lift_hold, place_hold
from qmm_pilot.records.models import LegalHold, TrailEntry
from tests import factories
from tests.assessments.visits import AT, Visit
from tests.factories import fda

WHAT = {"matter": "Acme v. FDA", "reason": "Counsel asks for it.", "since": date(2021, 1, 4)}
SECRET = "Acme v. FDA"


@pytest.fixture
def officer(db):
    return fda(Role.FDA_RECORDS_OFFICER)


@pytest.fixture
def visit(db):
    visit = Visit()
    visit.to("rated")
    return visit


def place(subject, officer, **facts):
    return place_hold(subject, **{**WHAT, **facts}, by=officer, at=AT)


def withdraw(visit):
    finding = visit.assessment.topics.first().findings.filter(withdrawn_at=None).first()
    return deeds.withdraw_finding(finding, reason="Seen twice.", by=visit.lead, at=visit.at)


@pytest.mark.parametrize(
    "held", ["participation", "participation_request", "organization", "program"]
)
def test_while_any_of_four_nouns_is_held_no_finding_about_it_is_withdrawn(visit, officer, held):
    place_ = visit.participation
    subject = place_ if held == "participation" else getattr(place_, held)
    hold = place(subject, officer)
    with pytest.raises(Refusal) as refusal:
        withdraw(visit)
    assert str(refusal.value) == KEPT_AS_IT_IS
    assert SECRET not in str(refusal.value)
    lift_hold(hold, reason="Settled.", by=officer, at=AT)
    assert withdraw(visit).withdrawn_at == visit.at


def test_a_hold_on_another_program_keeps_nothing_here(visit, officer):
    place(factories.program("api"), officer)
    assert withdraw(visit).withdrawn_at == visit.at


def test_while_a_firm_is_held_no_former_fei_of_its_site_is_taken_back(officer):
    by = factories.registrant()
    site = factories.facility(by)
    added = intake.add_identifier(
        site, fei="3004555111", kind="former", source="A letter", by=by, at=AT
    )
    hold = place(by.organization, officer)
    with pytest.raises(Refusal, match="keeps these records as they are"):
        intake.withdraw_identifier(added, reason="Mistyped", by=by, at=AT)
    lift_hold(hold, reason="Settled.", by=officer, at=AT)
    assert intake.withdraw_identifier(added, reason="Mistyped", by=by, at=AT).withdrawn_at == AT


def test_placing_and_lifting_are_in_the_trail_with_their_reasons(visit, officer):
    hold = place(visit.program, officer)
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.subject_id) == ("place_hold", str(visit.program.pk))
    assert (entry.after["matter"], entry.reason) == (SECRET, "Counsel asks for it.")
    lift_hold(hold, reason=" Settled. ", by=officer, at=AT)
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.subject_id, entry.reason) == ("lift_hold", str(hold.pk), "Settled.")
    hold.refresh_from_db()
    assert (hold.lifted_by, hold.lift_reason) == (officer, "Settled.")


def test_what_is_refused(visit, officer):
    with pytest.raises(Refusal, match="records officers"):
        place(visit.program, visit.coordinator)
    for facts in ({"matter": " "}, {"reason": ""}):
        with pytest.raises(Refusal, match="Name the matter"):
            place(visit.program, officer, **facts)
    with pytest.raises(Refusal, match="begins today at the latest"):
        place(visit.program, officer, since=date(2021, 2, 2))
    hold = place(visit.program, officer)
    with pytest.raises(Refusal, match="already"):
        place(visit.program, officer)
    place(visit.program, officer, matter="Another matter")
    with pytest.raises(Refusal, match="reason"):
        lift_hold(hold, reason=" ", by=officer, at=AT)
    with pytest.raises(Refusal, match="records officers"):
        lift_hold(hold, reason="x", by=visit.coordinator, at=AT)
    lift_hold(hold, reason="x", by=officer, at=AT)
    with pytest.raises(Refusal, match="lifted already"):
        lift_hold(hold, reason="x", by=officer, at=AT)
    assert LegalHold.objects.count() == 2


# --- pages -------------------------------------------------------------------------------------


def page(client, user, name, *args):
    client.force_login(user)
    return client.get(reverse(name, args=args)).content.decode()


@pytest.mark.parametrize("who", ["coordinator", "official", "lead"])
def test_the_mark_is_shown_to_fda_case_staff_alone(client, visit, officer, who):
    place(visit.participation, officer)
    shown = page(client, getattr(visit, who), "assessments:assessment_detail", visit.assessment.pk)
    assert (SECRET in shown) == (who == "coordinator")
    assert "Trail of this record" not in shown


def test_records_officers_find_the_trail_and_the_hold_from_a_case(client, visit, officer):
    shown = page(client, officer, "assessments:assessment_detail", visit.assessment.pk)
    assert f"?kind=assessments.assessment&amp;record={visit.assessment.pk}" in shown
    for noun, subject in [
        ("participation", visit.participation),
        ("organization", visit.firm),
    ]:
        assert reverse(f"assessments:hold_{noun}", args=[subject.pk]) in shown


def test_the_pages_place_list_and_lift_a_hold(client, visit, officer):
    client.force_login(officer)
    where = reverse("assessments:hold_participation", args=[visit.participation.pk])
    assert client.get(where).status_code == 200
    unfinished = client.post(where, {"matter": SECRET})
    assert "Enter a day." in unfinished.content.decode()
    given = {**WHAT, "since": "2020-11-16"}
    listed = client.post(where, given, follow=True).content.decode()
    assert SECRET in listed
    hold = LegalHold.objects.get()
    lift = reverse("assessments:hold_lift", args=[hold.pk])
    assert "Lift this hold?" in client.get(lift).content.decode()
    listed = client.post(lift, {"reason": "Settled."}, follow=True).content.decode()
    assert "No record is held" in listed
    assert "Settled." in listed


def test_what_fda_does_not_know_of_is_not_held(client, officer):
    by = factories.registrant()
    draft = factories.draft(by)
    client.force_login(officer)
    for noun, pk in [
        ("participationrequest", draft.pk),
        ("organization", by.organization_id),
    ]:
        where = reverse(f"assessments:hold_{noun}", args=[pk])
        assert client.get(where).status_code == 404
