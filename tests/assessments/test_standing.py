"""Standing after selection (C11): a mark, and continue, hold or remove by two people."""

import io
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from applications import operations as intake
from applications import tasks
from applications.inspections import import_inspections
from applications.models import (
    CriterionResult,
    Hold,
    Participation,
    StandingDecision,
    StandingMark,
)
from applications.operations.holds import OnHold
from assessments import operations as deeds
from assessments import overview
from assessments.operations.ownership import accept_facility
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.jobs import run_job
from qmm_pilot.records.models import ActionItem, Job, Letter, TrailEntry
from tests import factories
from tests.applications.exports import NAI, OAI, export, row
from tests.assessments.test_deeds import rows
from tests.assessments.test_ending import plant_failure_of
from tests.assessments.visits import person
from tests.factories import AFTER_CLOSE

pytestmark = pytest.mark.django_db
assert tasks  # registers the work of the recheck's job
Status = Participation.Status
RECALL = {
    "cause": "recall",
    "what": "Lot 17 is recalled for a wrong label.",
    "source": "Recall D-0123-2021",
    "happened_on": date(2021, 1, 20),
}


def mark(visit, by=None, **replaced):
    facts = {**RECALL, "tell_firm": False, **replaced}
    by = by or visit.coordinator
    return intake.mark_standing(visit.participation, **facts, by=by, at=visit.at)


def propose(visit, kind, marked=None, by=None, **facts):
    return intake.propose_decision(
        visit.participation,
        kind=kind,
        mark=marked,
        reason="As the file shows.",
        by=by or visit.coordinator,
        at=visit.at,
        **facts,
    )


@pytest.fixture
def second(visit):
    """A second coordinator."""
    return person(visit.fda, Role.FDA_COORDINATOR, name="Cleo")


def status_of(visit):
    return Participation.objects.get(pk=visit.participation.pk).status


def standing_items():
    return list(ActionItem.objects.open().filter(key__startswith="standing:").values_list("title"))


# --- the mark ----------------------------------------------------------------------------------


def test_a_mark_stops_nothing_and_is_fdas_own_until_it_tells_the_firm(visit):
    visit.to("proposed")
    made = mark(visit)
    assert (made.raised_by, made.raised_at, made.closed_at) == (visit.coordinator, visit.at, None)
    assert status_of(visit) == Status.ACTIVE
    visit.dates_agreed()
    assert visit.assessment.status == "dates_agreed"
    assert not Letter.objects.filter(kind="standing_marked").exists()
    proposal = propose(visit, "continue", made)
    for who in (visit.official, visit.lead):
        assert not StandingMark.objects.visible_to(who).exists()
        assert not StandingDecision.objects.visible_to(who).exists()
    assert StandingDecision.objects.visible_to(visit.approver).get() == proposal
    assert StandingMark.objects.visible_to(visit.approver).get() == made
    mark(visit, tell_firm=True)
    letter = Letter.objects.get(kind="standing_marked")
    assert letter.person == visit.official
    assert not any(word in letter.body for word in ("Lot 17", "D-0123", "ecall"))


@pytest.mark.parametrize("who", ["official", "lead", "observer", "approver", "stranger"])
def test_only_a_coordinator_marks_and_proposes(visit, who):
    made = mark(visit)
    before = rows()
    by = getattr(visit, who)
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        mark(visit, by=by)
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        propose(visit, "continue", made, by=by)
    assert rows() == before


def test_a_mark_needs_facts_source_and_a_day_that_has_come(visit):
    before = rows()
    for replaced in ({"what": " "}, {"source": ""}):
        with pytest.raises(Refusal, match="where that is documented"):
            mark(visit, **replaced)
    with pytest.raises(Refusal, match="has not come yet"):
        mark(visit, happened_on=visit.at.date() + timedelta(days=1))
    assert rows() == before


# --- two people --------------------------------------------------------------------------------


def test_continue_closes_the_mark_by_two_people(visit, second):
    made = mark(visit)
    proposal = propose(visit, "continue", made)
    assert StandingMark.objects.get().closed_at is None
    with pytest.raises(Refusal, match="second person"):
        deeds.confirm_decision(proposal, by=visit.coordinator, at=visit.at)
    deeds.confirm_decision(proposal, by=second, at=visit.at)
    assert StandingMark.objects.get().closed_at == visit.at
    assert (status_of(visit), standing_items()) == (Status.ACTIVE, [])
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.actor, entry.reason) == (
        "confirm_decision", second, "As the file shows.",
    )  # fmt: skip
    with pytest.raises(IllegalMove, match="settled already"):
        deeds.confirm_decision(proposal, by=second, at=visit.at)
    with pytest.raises(Refusal, match="closed already"):
        propose(visit, "hold", made, review_on=date(2021, 3, 1))


def test_the_table_itself_refuses_one_person_for_both(visit):
    proposal = propose(visit, "continue", mark(visit))
    with pytest.raises(IntegrityError), transaction.atomic():
        StandingDecision.objects.filter(pk=proposal.pk).update(
            confirmed_by=visit.coordinator, confirmed_at=visit.at
        )


def test_one_proposal_waits_at_a_time_and_may_be_taken_back(visit, second):
    made = mark(visit)
    proposal = propose(visit, "remove", made)
    with pytest.raises(Refusal, match="waits for its second person already"):
        propose(visit, "continue", made)
    intake.take_back_decision(proposal, by=visit.coordinator, at=visit.at)
    with pytest.raises(IllegalMove, match="settled already"):
        deeds.confirm_decision(proposal, by=second, at=visit.at)
    assert status_of(visit) == Status.ACTIVE
    assert len(standing_items()) == 1
    propose(visit, "continue", made)


def test_hold_stops_the_visit_until_two_people_continue(visit, second):
    visit.to("proposed")
    made = mark(visit)
    for day in (None, visit.at.date()):
        with pytest.raises(Refusal, match="after today"):
            propose(visit, "hold", made, review_on=day)
    review_on = date(2021, 3, 1)
    held = propose(visit, "hold", made, review_on=review_on)
    deeds.confirm_decision(held, by=second, at=visit.at)
    hold = Hold.objects.get()
    assert (hold.participation, hold.cause, hold.review_on, hold.why) == (
        visit.participation, "standing", review_on, "As the file shows.",
    )  # fmt: skip
    assert StandingMark.objects.get().closed_at is None
    assert ActionItem.objects.get(key__startswith="standing:").due_on == review_on
    with pytest.raises(OnHold, match="As the file shows"):
        deeds.confirm_dates(visit.proposal, by=visit.coordinator, at=visit.at)
    for who in (visit.official,):
        with pytest.raises(OnHold) as told:
            deeds.confirm_dates(visit.proposal, by=who, at=visit.at)
        assert "file shows" not in str(told.value)
    told = Letter.objects.filter(kind="participation_held").values_list("person__name", flat=True)
    assert set(told) == {"Olga", "Leah", "Arno", "Otto"}
    deeds.confirm_decision(propose(visit, "continue", made), by=second, at=visit.at)
    assert Hold.objects.get().ended_at == visit.at
    assert Letter.objects.filter(kind="participation_resumed").count() == 4
    visit.dates_agreed()
    assert visit.assessment.status == "dates_agreed"


@pytest.mark.parametrize(("stage", "deed"), [
    (None, "assigned"), ("planning", "proposed"), ("dates_agreed", "consulted"),
    ("consulted", "ready"), ("settled", "in_progress"), ("in_progress", "fieldwork_done"),
    ("rated", "reporting"), ("draft_ready", "submitted"), ("printed", "released"),
])  # fmt: skip
def test_nothing_advances_on_hold(visit, second, stage, deed):
    if stage:
        visit.to(stage)
    held = propose(visit, "hold", mark(visit), review_on=date(2022, 3, 1))
    deeds.confirm_decision(held, by=second, at=visit.at)
    with pytest.raises(OnHold):
        getattr(visit, deed)()


def test_no_deadline_runs_on_hold(visit, second):
    visit.to("dates_agreed")
    held = propose(visit, "hold", mark(visit), review_on=date(2022, 3, 1))
    deeds.confirm_decision(held, by=second, at=visit.at)
    late = visit.at + timedelta(days=300)
    board = overview.board_for(visit.coordinator, at=late)
    assert board.overdue == []
    assert {cell.label for cell in board.rows[0].cells if cell} == {"On hold"}
    assert board.rows[0].stops == "On hold"


def test_one_mark_continued_leaves_the_hold_of_another(visit, second):
    one, two = mark(visit), mark(visit, cause="other")
    for made in (one, two):
        held = propose(visit, "hold", made, review_on=date(2022, 3, 1))
        deeds.confirm_decision(held, by=second, at=visit.at)
    deeds.confirm_decision(propose(visit, "continue", one), by=second, at=visit.at)
    assert Hold.objects.get().ended_at is None
    deeds.confirm_decision(propose(visit, "continue", two), by=second, at=visit.at)
    assert Hold.objects.get().ended_at == visit.at


def test_remove_from_a_mark_ends_the_participation_and_settles_every_mark(visit, second):
    visit.to("dates_agreed")
    made, other = mark(visit), mark(visit, cause="other")
    held = propose(visit, "hold", other, review_on=date(2022, 3, 1))
    deeds.confirm_decision(held, by=second, at=visit.at)
    deeds.confirm_decision(propose(visit, "remove", made), by=second, at=visit.at)
    assert status_of(visit) == Status.REMOVED
    assert not StandingMark.objects.standing().exists()
    assert not Hold.objects.standing().exists()
    assert standing_items() == []


@pytest.mark.parametrize("kind", ["continue", "hold"])
def test_where_the_last_step_fails_the_decision_is_not_confirmed(visit, second, kind):
    review_on = date(2022, 3, 1) if kind == "hold" else None
    made = mark(visit)
    proposal = propose(visit, kind, made, review_on=review_on)
    plant_failure_of("records_trailhead")
    before = rows()
    with pytest.raises(IntegrityError, match="planted"), transaction.atomic():
        deeds.confirm_decision(proposal, by=second, at=visit.at)
    assert rows() == before


# --- what the product sees by itself -----------------------------------------------------------


def bring_in(*lines, by, at):
    import_inspections(io.BytesIO(export(*lines)), file_name="x.csv", by=by, at=at)
    for job in Job.objects.filter(status="queued", kind="recheck_verdicts"):
        assert run_job(job.pk)


def inspected(participation, classification, *, number, ended):
    return row(
        fei=participation.participation_request.fei_key,
        classification=classification,
        id=number,
        ended=ended,
        year=f"20{ended[-2:]}",
    )


@pytest.fixture
def seated():
    return factories.participation(factories.registrant())


def test_a_new_official_action_marks_a_seated_site_and_leaves_its_ruling(seated):
    coordinator = factories.fda(Role.FDA_COORDINATOR)
    rulings = list(CriterionResult.objects.order_by("pk").values())
    later = AFTER_CLOSE + timedelta(days=90)
    bring_in(inspected(seated, NAI, number="70", ended="05/06/2019"), by=coordinator, at=later)
    assert not StandingMark.objects.exists()
    new = inspected(seated, OAI, number="71", ended="01/15/2021")  # after the window of criterion b
    bring_in(new, by=coordinator, at=later)
    made = StandingMark.objects.get()
    assert (made.cause, made.seen, made.happened_on, made.raised_by) == (
        "oai", "71", date(2021, 1, 15), None,
    )  # fmt: skip
    assert "Inspection 71" in made.what
    bring_in(new, inspected(seated, NAI, number="72", ended="02/15/2021"), by=coordinator, at=later)
    assert StandingMark.objects.count() == 1
    assert list(CriterionResult.objects.order_by("pk").values()) == rulings
    assert ActionItem.objects.open().filter(key=f"standing:{seated.pk}").exists()
    entry = TrailEntry.objects.filter(deed="mark_standing").get()
    assert (entry.actor, entry.after["cause"]) == (None, "oai")


def test_an_official_action_before_the_window_or_of_another_site_marks_nothing(seated):
    coordinator = factories.fda(Role.FDA_COORDINATOR)
    offered = factories.participation(factories.registrant(), accepted=False)
    bring_in(
        inspected(seated, OAI, number="73", ended="05/06/2011"),
        inspected(offered, OAI, number="74", ended="01/15/2021"),
        by=coordinator,
        at=AFTER_CLOSE,
    )
    assert not StandingMark.objects.exists()


def test_evidence_that_fda_enters_marks_the_participation_without_telling_the_firm(seated):
    coordinator = factories.fda(Role.FDA_COORDINATOR)
    rulings = list(CriterionResult.objects.order_by("pk").values())
    intake.enter_inspection(
        seated.participation_request,
        ended_on=date(2019, 5, 6),
        fei_key=seated.participation_request.fei_key,
        source="FDA’s own system",
        looked_up_on=date(2020, 12, 10),
        classification="OAI",
        by=coordinator,
        at=AFTER_CLOSE,
    )
    made = StandingMark.objects.get()
    assert (made.cause, made.raised_by, made.firm_told_at) == ("oai", coordinator, None)
    assert not Letter.objects.filter(kind="standing_marked").exists()
    assert list(CriterionResult.objects.order_by("pk").values()) == rulings


def test_a_new_owner_marks_the_participation_for_fda_and_tells_the_new_firm():
    seller, buyer = factories.registrant(), factories.registrant()
    participation = factories.participation(seller)
    change = intake.offer_facility(
        participation.facility,
        to_email=buyer.email,
        since=date(2020, 12, 1),
        by=seller,
        at=AFTER_CLOSE,
    )
    accept_facility(change, by=buyer, at=AFTER_CLOSE)
    made = StandingMark.objects.get()
    assert (made.cause, made.happened_on, made.raised_by) == ("new_owner", date(2020, 12, 1), None)
    assert Letter.objects.get(kind="standing_marked").person == buyer


def test_a_changed_identifier_marks_the_participation(seated):
    official = seated.answered_by
    added = intake.add_identifier(
        seated.facility, fei="17", kind="former", source="A letter", by=official, at=AFTER_CLOSE
    )
    assert [m.what for m in StandingMark.objects.all()] == ["FEI 17 was added as a former one."]
    intake.withdraw_identifier(
        added,
        reason="Not ours.",
        by=factories.fda(Role.FDA_COORDINATOR),
        at=AFTER_CLOSE,
    )
    assert StandingMark.objects.filter(cause="identifier").count() == 2


def test_a_site_without_a_place_is_not_marked():
    official = factories.registrant()
    site = factories.facility(official)
    intake.add_identifier(
        site, fei="17", kind="former", source="A letter", by=official, at=AFTER_CLOSE
    )
    assert not StandingMark.objects.exists()
