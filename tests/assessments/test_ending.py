"""A participation that ends early (C12): at every step, by whom, whole or not at all."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from applications import operations as intake
from applications.models import (
    CriterionResult,
    Declaration,
    Participation,
    ParticipationEnding,
    ParticipationRequest,
    Seat,
)
from assessments import operations as deeds
from assessments import overview
from assessments.models import Assessment
from assessments.operations import ending, reports
from metrics.models import MetricsSubmission
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, Download, Letter, TrailEntry
from qmm_pilot.records.triggers import Trigger, _statements
from tests import factories
from tests.assessments.test_deeds import rows
from tests.assessments.visits import AT, FIRST_ON, LAST_ON, PDF, STAGES, Visit, person

pytestmark = pytest.mark.django_db
Status = Participation.Status
BEFORE_FIELDWORK = ["planning", "proposed", "dates_agreed", "consulted", "ready", "settled"]
# In which the report is not released yet.
AFTER_ITS_BEGINNING = ["in_progress", "fieldwork_done", "reporting", "draft_ready", "submitted"]
ONCE_RELEASED = {"may_compare_data": True}
CHOICES = {"wants_partial_report": True, "may_compare_data": False}


def choices_at(stage):
    if stage is None or stage in BEFORE_FIELDWORK:
        return {}
    return ONCE_RELEASED if stage == "released" else CHOICES


def withdraw(visit, by=None, **given):
    return deeds.withdraw_participation(
        visit.participation, **given, by=by or visit.official, at=visit.at
    )


def close(visit, by=None):
    return deeds.close_withdrawal(visit.participation, by=by or visit.coordinator, at=visit.at)


def second(visit):
    """A second coordinator."""
    return person(visit.fda, Role.FDA_COORDINATOR, name="Cleo")


def remove(visit, reason="The site was closed by its owner."):
    proposal = intake.propose_decision(
        visit.participation, kind="remove", reason=reason, by=visit.coordinator, at=visit.at
    )
    return deeds.confirm_decision(proposal, by=second(visit), at=visit.at)


def state(visit):
    participation = Participation.objects.get(pk=visit.participation.pk)
    return participation.status, Seat.objects.get(pk=participation.seat_id).freed_at


def letters(visit):
    """To whom which letter went since the planting stage, without the one that came before."""
    kinds = (
        "visit_stops", "firm_withdraws", "withdrawal_received", "assessment_ended",
        "participation_over", "participation_withdrawn", "participation_removed",
    )  # fmt: skip
    found = {}
    for kind, name in Letter.objects.filter(kind__in=kinds).values_list("kind", "person__name"):
        found.setdefault(kind, set()).add(name)
    return found


def items(subject):
    return set(
        ActionItem.objects.open().filter(**ActionItem.naming(subject)).values_list("key", flat=True)
    )


# --- every step ---------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [None, *BEFORE_FIELDWORK, *AFTER_ITS_BEGINNING, "released"])
def test_a_firm_withdraws_at_any_step_and_fda_closes_it(visit, stage):
    if stage:
        visit.to(stage)
    chosen = choices_at(stage)
    withdraw(visit, reason="A merger.", **chosen)
    assert state(visit) == (Status.WITHDRAWING, None)
    close(visit)
    assert state(visit) == (Status.WITHDRAWN, visit.at)
    row = ParticipationEnding.objects.get()
    assert row.fieldwork_begun == bool(chosen)
    assert row.wants_partial_report == ({} if not chosen else {"wants_partial_report": False}
        | chosen).get("wants_partial_report")  # fmt: skip
    assert row.may_compare_data == chosen.get("may_compare_data")
    assert (row.declared_by, row.closed_by, row.closed_at) == (
        visit.official, visit.coordinator, visit.at,
    )  # fmt: skip
    if stage:
        assessment = visit.assessment
        completed = stage == "released"
        assert assessment.status == ("completed" if completed else "ended_early")
        assert assessment.ended_at == (None if completed else visit.at)
        assert assessment.engagement.ended_at == visit.at
        assert not Assessment.objects.visible_to(visit.lead).exists()
        assert items(assessment) == set()
        assert assessment.live_proposal is None or assessment.starts_on
    submission = MetricsSubmission.objects.filter(participation=visit.participation).first()
    assert submission is None or (submission.closed_at, submission.closed_reason) == (
        visit.at, "The firm withdrew from the pilot.",
    )  # fmt: skip
    assert items(visit.participation) == set()


@pytest.mark.parametrize("stage", [None, "planning", "dates_agreed", "in_progress", "reporting"])
def test_fda_removes_at_any_step_by_two_people(visit, stage):
    if stage:
        visit.to(stage)
    remove(visit)
    assert state(visit) == (Status.REMOVED, visit.at)
    row = ParticipationEnding.objects.get()
    assert (row.kind, row.wants_partial_report, row.may_compare_data) == ("removal", None, None)
    told = letters(visit)
    assert told["participation_removed"] == {"Olga"}
    assert {"Cora", "Cleo"} <= told["participation_over"]
    if stage:
        assert visit.assessment.status == "ended_early"
        assert told["assessment_ended"] == {"Leah", "Arno"}
        assert "Otto" in told["participation_over"]
    participation = Participation.objects.get(pk=visit.participation.pk)
    assert participation.end_reason == "The site was closed by its owner."
    # Neither letter nor metrics nor engagement tells the contractor why.
    for text in Letter.objects.values_list("body", flat=True):
        assert "closed by its owner" not in text


def test_a_place_that_is_only_offered_is_declined_instead():
    official = factories.registrant()
    offered = factories.participation(official, accepted=False)
    with pytest.raises(IllegalMove, match="“Place offered”"):
        deeds.withdraw_participation(offered, by=official, at=AT)
    with pytest.raises(IllegalMove, match="“Place offered”"):
        intake.propose_decision(
            offered, kind="remove", reason="x", by=factories.fda(Role.FDA_COORDINATOR), at=AT
        )


def test_nothing_is_ended_twice(visit):
    visit.to("dates_agreed")
    withdraw(visit)
    with pytest.raises(IllegalMove, match="“Withdrawing”"):
        withdraw(visit)
    with pytest.raises(IllegalMove):
        intake.propose_decision(
            visit.participation, kind="remove", reason="x", by=visit.coordinator, at=visit.at
        )
    close(visit)
    with pytest.raises(IllegalMove, match="no withdrawal to close"):
        close(visit)


# --- who ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who", ["stranger", "metrics_person", "coordinator", "approver", "lead", "observer"]
)
def test_only_an_official_of_the_firm_withdraws(visit, who):
    visit.to("planning")
    before = rows()
    with pytest.raises(Refusal, match="authorized official"):
        withdraw(visit, by=getattr(visit, who))
    assert rows() == before


@pytest.mark.parametrize("who", ["official", "approver", "lead", "observer"])
def test_only_a_coordinator_closes_ends_and_confirms(visit, who):
    visit.to("planning")
    by = getattr(visit, who)
    proposal = intake.propose_decision(
        visit.participation, kind="remove", reason="x", by=visit.coordinator, at=visit.at
    )
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        deeds.confirm_decision(proposal, by=by, at=visit.at)
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        deeds.end_with_program(visit.participation, by=by, at=visit.at)
    withdraw(visit)
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        close(visit, by=by)
    assert state(visit) == (Status.WITHDRAWING, None)


def test_who_proposed_a_removal_does_not_confirm_it(visit):
    proposal = intake.propose_decision(
        visit.participation, kind="remove", reason="x", by=visit.coordinator, at=visit.at
    )
    before = rows()
    with pytest.raises(Refusal, match="second person"):
        deeds.confirm_decision(proposal, by=visit.coordinator, at=visit.at)
    assert rows() == before


# --- whole or not at all -----------------------------------------------------------------------


def plant_failure_of(table):
    """From now on the table refuses every update, as if the lowest step failed."""
    planted = Trigger("planted", table, "UPDATE", "", "planted for this test")
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor, planted):
            cursor.execute(statement)


@pytest.mark.parametrize("stage", ["planning", "dates_agreed", "in_progress", "submitted"])
@pytest.mark.parametrize("way", ["close", "remove"])
def test_where_the_seat_cannot_be_freed_nothing_above_it_has_changed(visit, stage, way):
    visit.to(stage)
    if way == "close":
        withdraw(visit, **choices_at(stage))
        deed = lambda: close(visit)  # noqa: E731
    else:
        by = second(visit)
        proposal = intake.propose_decision(
            visit.participation, kind="remove", reason="x", by=visit.coordinator, at=visit.at
        )
        deed = lambda: deeds.confirm_decision(proposal, by=by, at=visit.at)  # noqa: E731
    plant_failure_of("applications_seat")
    before = rows()
    with pytest.raises(IntegrityError, match="planted"), transaction.atomic():
        deed()
    assert rows() == before


def test_where_the_ending_cannot_be_kept_the_withdrawal_leaves_nothing(visit):
    visit.to("dates_agreed")
    plant_failure_of("applications_participation")
    before = rows()
    with pytest.raises(IntegrityError, match="planted"), transaction.atomic():
        withdraw(visit)
    assert rows() == before


# --- what follows ------------------------------------------------------------------------------


def test_after_fieldwork_has_begun_the_firm_has_to_choose(visit):
    visit.to("in_progress")
    before = rows()
    with pytest.raises(Refusal, match="Choose whether you want a partial report"):
        withdraw(visit)
    with pytest.raises(Refusal, match="Choose whether you want a partial report"):
        withdraw(visit, wants_partial_report=True)
    assert rows() == before


def test_everyone_is_told_and_nobody_why(visit):
    visit.to("in_progress")
    withdraw(visit, reason="A merger is coming.", **CHOICES)
    close(visit)
    assert letters(visit) == {
        "visit_stops": {"Leah", "Arno", "Otto"},
        "firm_withdraws": {"Cora"},
        "withdrawal_received": {"Olga"},
        "assessment_ended": {"Leah", "Arno"},
        "participation_over": {"Cora", "Otto"},
        "participation_withdrawn": {"Olga"},
    }
    assert not [text for text in Letter.objects.values_list("body", flat=True) if "merger" in text]


def test_the_withdrawal_stops_the_visit_before_fda_has_closed_it(visit):
    visit.to("proposed")
    proposal = visit.proposal
    withdraw(visit)
    for deed in (
        lambda: deeds.confirm_dates(proposal, by=visit.coordinator, at=visit.at),
        visit.proposed,
        visit.consulted,
        visit.ready,
    ):
        with pytest.raises(Refusal, match="The firm has withdrawn"):
            deed()
    assert visit.assessment.live_proposal is None
    assert items(visit.assessment) == set()


@pytest.mark.parametrize(("stage", "deed"), [
    ("settled", "in_progress"), ("in_progress", "fieldwork_done"), ("rated", "reporting"),
    ("reporting", "rendering"), ("draft_ready", "submitted"), ("submitted", "accepted"),
    ("printed", "released"),
])  # fmt: skip
def test_no_step_follows_a_withdrawal_or_a_removal(visit, stage, deed):
    visit.to(stage)
    withdraw(visit, **choices_at(stage))
    with pytest.raises(Refusal, match="The firm has withdrawn"):
        getattr(visit, deed)()
    close(visit)
    with pytest.raises(Refusal, match="This participation has ended"):
        getattr(visit, deed)()


def test_what_is_seen_is_still_recorded_for_a_partial_report_until_fda_closes(visit):
    visit.to("in_progress")
    withdraw(visit, **CHOICES)
    visit.rated()
    assert visit.topic.findings.count() == 2


def test_without_a_partial_report_nothing_more_is_recorded(visit):
    visit.to("in_progress")
    withdraw(visit, wants_partial_report=False, may_compare_data=True)
    with pytest.raises(Refusal, match="wants no partial report"):
        visit.rated()


@pytest.mark.parametrize("wants", [True, False])
def test_work_begun_is_handed_in_only_for_a_partial_report(visit, wants):
    visit.to("in_progress")
    withdraw(visit, wants_partial_report=wants, may_compare_data=False)
    close(visit)
    open_to = [row for row, _ in deeds.hand_ins_open_to(visit.lead, at=visit.at)]
    assert open_to == ([visit.assessment] if wants else [])
    facts = {"kind": "strength", "seen": "Two suppliers.", "evidence": "The list."}
    given = {"kind": "finding", "topic_name": visit.topic.name, "text": "x", "facts": facts}
    if not wants:
        with pytest.raises(Refusal, match="Nothing can be handed in"):
            deeds.hand_in(visit.assessment, **given, by=visit.lead, at=visit.at)
        return
    row = deeds.hand_in(visit.assessment, **given, by=visit.lead, at=visit.at)
    deeds.enter_hand_in(row, by=visit.coordinator, at=visit.at)
    assert [f.seen for f in visit.topic.findings.all()] == ["Two suppliers."]
    later = visit.at + timedelta(days=visit.program.hand_in_days + 1)
    assert deeds.hand_ins_open_to(visit.lead, at=later) == []


def test_copies_are_listed_until_they_are_returned(visit):
    visit.to("draft_ready")
    file = visit.report.stored_file
    Download.objects.create(stored_file=file, user=visit.lead, at=AT, downloaded_at=AT)
    withdraw(visit, **CHOICES)
    close(visit)
    engagement = visit.assessment.engagement
    assert items(engagement) == {f"copies:{engagement.pk}"}


def test_open_declarations_end_and_nobody_rules_on_them(visit):
    visit.assigned()
    withdraw(visit)
    close(visit)
    assert set(Declaration.objects.values_list("status", flat=True)) == {"expired"}
    assert not ActionItem.objects.open().filter(subject_kind="applications.declaration").exists()


def test_a_report_that_was_being_rendered_waits_for_nobody(visit):
    visit.to("rendering")
    report = visit.report
    withdraw(visit, **CHOICES)
    close(visit)
    assert reports.keep_draft(report.pk, PDF, job=report.job) is None
    assert reports.fail_rendering(report.pk, job=report.job) is None
    assert items(visit.assessment) == set()


def test_the_trail_says_what_stood_before_and_after(visit):
    visit.to("dates_agreed")
    withdraw(visit, reason="A merger.")
    close(visit)
    told = {
        entry.deed: entry
        for entry in TrailEntry.objects.filter(
            deed__in=[
                "withdraw_participation", "end_assessment_early", "end_participation",
                "close_metrics", "end_engagement",
            ]
        )
    }  # fmt: skip
    assert len(told) == 5
    begun = told["withdraw_participation"]
    assert (begun.before, begun.after["status"], begun.reason) == (
        {"status": "active"}, "withdrawing", "A merger.",
    )  # fmt: skip
    ended = told["end_assessment_early"]
    assert ended.before == {"status": "dates_agreed"}
    assert (ended.after["status"], ended.after["first_day"]) == ("ended_early", str(FIRST_ON))
    assert "metrics" in ended.after["deadlines_cancelled"]
    last = told["end_participation"]
    assert (last.before["status"], last.after["status"], last.after["place_freed"]) == (
        "withdrawing", "withdrawn", True,
    )  # fmt: skip
    assert last == TrailEntry.objects.latest("position")


def test_a_freed_place_asks_the_selectors_to_look_at_the_alternates(visit):
    factories.participation_request(ParticipationRequest.Status.ALTERNATE)
    withdraw(visit)
    close(visit)
    assert ActionItem.objects.open().filter(key=f"free-place:{visit.program.pk}").exists()


def test_people_of_an_ended_visit_are_not_booked(visit):
    visit.to("dates_agreed")
    other = Visit.__new__(Visit)
    other.__dict__ = dict(visit.__dict__)
    withdraw(visit)
    close(visit)
    booked = deeds.clashes_of(
        visit.assessment, first_on=FIRST_ON, last_on=LAST_ON, reader=visit.coordinator
    )
    assert [clash for clash in booked if "visit" in clash] == []
    assert ending.has_begun(visit.assessment) is False


def test_deadlines_of_an_ended_visit_are_cancelled_and_none_is_overdue(visit):
    visit.to("dates_agreed")
    late = datetime(2021, 9, 1, 12, tzinfo=UTC)
    counts = lambda: next(  # noqa: E731
        row for row in overview.programs_in_counts(visit.coordinator, at=late)
        if row.program == visit.program
    )  # fmt: skip
    assert counts().overdue > 0
    withdraw(visit)
    assert counts().overdue == 0  # the firm's word is enough
    close(visit)
    facts = counts()
    assert (facts.overdue, facts.visits, facts.ended_early, facts.places_used) == (0, 0, 1, 0)
    board = overview.board_for(visit.coordinator, at=late)
    assert board.overdue == []
    assert {cell.label for cell in board.rows[0].cells if cell} == {"Cancelled"}


# --- with the program --------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [None, "dates_agreed", "in_progress", "released"])
def test_after_the_programs_last_day_fda_ends_what_is_under_way_and_the_place_stays(visit, stage):
    if stage:
        visit.to(stage)
    with pytest.raises(Refusal, match="The program has not ended yet"):
        deeds.end_with_program(visit.participation, by=visit.coordinator, at=visit.at)
    after = datetime.combine(
        visit.program.ends_on + timedelta(days=2), datetime.min.time(), tzinfo=UTC
    )
    deeds.end_with_program(visit.participation, by=visit.coordinator, at=after)
    assert state(visit) == (Status.ENDED, None)
    assert ParticipationEnding.objects.get().kind == "program_end"
    if stage == "released":
        assert visit.assessment.status == "completed"


def test_what_is_under_way_after_the_last_day_is_a_task_until_it_is_ended(visit):
    last = datetime.combine(visit.program.ends_on, datetime.min.time(), tzinfo=UTC)
    key = f"outlives:{visit.participation.pk}"
    assert deeds.find_what_outlives_its_program(at=last) == 0
    for _ in range(2):  # beat asks again and again
        assert deeds.find_what_outlives_its_program(at=last + timedelta(days=40)) == 1
    [item] = ActionItem.objects.open().held_by(visit.coordinator).filter(key=key)
    assert item.title == "FDF 2020 is over: end the part of Acme Springfield"
    assert item.due_on == visit.program.ends_on + timedelta(days=1)
    assert deeds.find_what_outlives_its_program(at=last) == 0  # the end was moved
    assert key not in items(visit.participation)
    late = last + timedelta(days=41)
    deeds.find_what_outlives_its_program(at=late)
    assert key in items(visit.participation)
    deeds.end_with_program(visit.participation, by=visit.coordinator, at=late)
    assert items(visit.participation) == set()
    assert deeds.find_what_outlives_its_program(at=late) == 0


def test_the_end_leaves_the_verdicts_as_they_were(visit):
    before = list(CriterionResult.objects.order_by("pk").values())
    remove(visit)
    assert list(CriterionResult.objects.order_by("pk").values()) == before


assert set(BEFORE_FIELDWORK + AFTER_ITS_BEGINNING) < set(STAGES)
