"""Ending a participation early on every floor, in one transaction (C12).

The firm's withdrawal stops the visit at once; FDA then closes it, which shuts the contractor out,
closes the metrics and frees the place (states.md). Locks go in the house's order: program,
participation, assessment, then what the floors below lock. Nothing is deleted.
"""

from datetime import timedelta

from django.db import transaction

from applications import operations as intake
from applications.access import may_end_participation, may_withdraw_participation
from applications.models import (
    Declaration,
    Engagement,
    Participation,
    ParticipationEnding,
    StandingDecision,
)
from applications.operations.letters import write_letter
from assessments.models import Assessment
from assessments.operations import telling
from assessments.operations.copies import ask_for_copies
from metrics import operations as metrics
from metrics.models import MetricsSubmission
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.programs.working_days import add_working_days
from qmm_pilot.records.actions import (
    close_item,
    close_items_about,
    hold_items_about,
    raise_item,
)
from qmm_pilot.records.models import ActionItem
from qmm_pilot.records.trail import record

Status = Participation.Status
# Said on pages that the contractor reads too, so never why FDA removed a firm.
WHY = {
    Status.WITHDRAWN: "The firm withdrew from the pilot.",
    Status.REMOVED: "FDA ended the participation.",
    Status.ENDED: "The program ended.",
}
OUTLIVES = "outlives:"
CLOSED_WITHIN = 1  # working days in which FDA closes a withdrawal; our assumption


@transaction.atomic
def withdraw_participation(
    participation, *, reason="", wants_partial_report=None, may_compare_data=None, by, at
) -> ParticipationEnding:
    """The firm's official withdraws: the visit stops, everyone is told, FDA is asked to close it.

    Where fieldwork has begun and no report is released, she chooses whether there is a partial
    report; once it has begun, whether the data may be compared without the firm's name. Raises
    Refusal for anyone else and without these choices; IllegalMove where it is not active.
    """
    participation, assessment = _locked(participation)
    if not may_withdraw_participation(by, participation):
        raise Refusal("Only an authorized official of the firm withdraws from the pilot.")
    _refuse_unless_active(participation)
    if assessment is not None:
        if assessment.status == Assessment.Status.COMPLETED:
            wants_partial_report = False  # the whole report is released
        telling.write_to(_visitors(assessment, at=at), "visit_stops", assessment, at=at)
        _withdraw_proposed_dates(assessment, at=at)
        close_items_about(assessment, by=by, at=at)
    for submission in MetricsSubmission.objects.filter(participation=participation):
        close_items_about(submission, by=by, at=at)
    close_item(f"assign:{participation.pk}", by=by, at=at)
    _tell_coordinators(participation, "firm_withdraws", "A firm withdraws", at=at)
    if not participation.program.is_rehearsal:
        raise_item(
            f"close-withdrawal:{participation.pk}",
            title=f"Close the withdrawal of {participation.facility}",
            about=participation,
            url_name="assessments:close_withdrawal",
            url_kwargs={"pk": participation.pk},
            at=at,
            due_on=add_working_days(participation.program.today(at), CLOSED_WITHIN),
            role=Role.FDA_COORDINATOR,
        )
    return intake.begin_withdrawal(
        participation,
        reason=reason,
        fieldwork_begun=has_begun(assessment),
        wants_partial_report=wants_partial_report,
        may_compare_data=may_compare_data,
        by=by,
        at=at,
    )


@transaction.atomic
def close_withdrawal(participation, *, by, at) -> Participation:
    """FDA closes a withdrawal: the contractor is shut out, metrics end, the place is free."""
    participation, assessment = _held(participation)
    _check_ends(by)
    if participation.status != Status.WITHDRAWING:
        raise IllegalMove(
            f"This participation is “{participation.get_status_display()}”: there is no "
            "withdrawal to close."
        )
    return _end(participation, assessment, Status.WITHDRAWN, by=by, at=at)


@transaction.atomic
def confirm_decision(decision, *, by, at) -> StandingDecision:
    """A second person confirms continue, hold or remove, and what follows happens (C11).

    Raises Refusal for who proposed it and for anyone but a coordinator.
    """
    participation, assessment = _held(decision.participation)
    was_held = participation.holds.filter(ended_at=None).exists()
    decision = intake.confirm_decision(decision, by=by, at=at)
    if decision.kind == StandingDecision.Kind.REMOVE:
        _end(participation, assessment, Status.REMOVED, reason=decision.reason, by=by, at=at)
        return decision
    is_held = participation.holds.filter(ended_at=None).exists()
    if is_held != was_held:
        kind = "participation_held" if is_held else "participation_resumed"
        subject = "On hold for now" if is_held else "It goes on"
        people = list(telling.officials_of_place(participation))
        if assessment is not None:
            people += _visitors(assessment, at=at)
        write_letter(
            kind,
            to=people,
            subject=f"{participation.program.short_name}: {subject}",
            about=participation,
            at=at,
            participation=participation,
        )
    return decision


@transaction.atomic
def end_with_program(participation, *, by, at) -> Participation:
    """FDA ends a participation whose program is over; its place stays taken.

    Raises Refusal before the program's last day has passed, IllegalMove where it is not active.
    """
    participation, assessment = _held(participation)
    _check_ends(by)
    if not participation.program.has_ended(at):
        raise Refusal(
            "The program has not ended yet. A firm withdraws, or two people of FDA remove it."
        )
    _refuse_unless_active(participation)
    return _end(participation, assessment, Status.ENDED, reason=WHY[Status.ENDED], by=by, at=at)


def find_what_outlives_its_program(*, at) -> int:
    """Ask FDA to end each participation that is under way after its program's last day; how many.

    Safe to run twice. A task falls where the end of the program was moved, and with the
    participation. Nothing ends by the clock; rehearsals have no tasks.
    """
    asked = set(
        ActionItem.objects.open().filter(key__startswith=OUTLIVES).values_list("key", flat=True)
    )
    due = set()
    for participation in (
        Participation.objects.real().filter(status=Status.ACTIVE).select_related("program")
    ):
        if participation.program.has_ended(at):
            due.add(f"{OUTLIVES}{participation.pk}")
            if f"{OUTLIVES}{participation.pk}" not in asked:
                _ask_to_end(participation, at=at)
    for key in asked - due:
        close_item(key, by=None, at=at)
    return len(due)


@transaction.atomic
def _ask_to_end(participation, *, at):
    participation = (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility")
        .get(pk=participation.pk)
    )
    if participation.status != Status.ACTIVE:
        return
    raise_item(
        f"{OUTLIVES}{participation.pk}",
        title=f"{participation.program.short_name} is over: end the part of "
        f"{participation.facility}",
        about=participation,
        url_name="assessments:end_with_program",
        url_kwargs={"pk": participation.pk},
        at=at,
        due_on=participation.program.ends_on + timedelta(days=1),
        role=Role.FDA_COORDINATOR,
    )


def has_begun(assessment) -> bool:
    """Whether fieldwork has begun, so that there is something to report."""
    return assessment is not None and assessment.began_at is not None


def _end(participation, assessment, status, *, reason="", by, at):
    """From the highest floor down: assessment and contractor, metrics, participation and seat."""
    fda_people = []
    if assessment is not None:
        fda_people = telling.fda_people_of(assessment, at=at)
        _shut_contractor_out(assessment, WHY[status], by=by, at=at)
        if assessment.status not in Assessment.OVER:
            _end_assessment(assessment, WHY[status], by=by, at=at)
    metrics.close(participation, reason=WHY[status], by=by, at=at)
    _tell_coordinators(
        participation, "participation_over", "A participation has ended", fda_people, at=at
    )
    return intake.end_participation(
        participation,
        status=status,
        fieldwork_begun=has_begun(assessment),
        reason=reason,
        by=by,
        at=at,
    )


def _shut_contractor_out(assessment, why, *, by, at):
    """End the engagement: nobody of it reads any more, copies are listed until returned."""
    engagement = assessment.engagement
    ask_for_copies(engagement, due_on=assessment.program.today(at), at=at)
    if engagement.ended_at is not None:
        return
    takes_work = ParticipationEnding.objects.filter(
        participation=assessment.participation_id, wants_partial_report=True
    ).exists()
    telling.write_to(
        telling.team_of(assessment, at=at),
        "assessment_ended",
        assessment,
        at=at,
        takes_work=takes_work,
    )
    open_ones = Declaration.objects.filter(
        member__engagement=engagement,
        status__in=[Declaration.Status.ASKED, Declaration.Status.DECLARED],
    )
    for declaration in open_ones:
        before = declaration.status
        declaration.become(Declaration.Status.EXPIRED)
        declaration.ended_at, declaration.reason = at, why
        declaration.save(update_fields=["status", "ended_at", "reason"])
        close_items_about(declaration, by=by, at=at)
        record(
            "expire_declaration",
            declaration,
            by=by,
            at=at,
            before={"status": before},
            after={"status": declaration.status},
        )
    intake.end_engagement(engagement, reason=why, by=by, at=at)


def _end_assessment(assessment, why, *, by, at):
    before = assessment.status
    assessment.become(Assessment.Status.ENDED_EARLY)
    assessment.ended_at = at
    assessment.save(update_fields=["status", "ended_at"])
    _withdraw_proposed_dates(assessment, at=at)
    ActionItem.objects.open().filter(**ActionItem.naming(assessment)).exclude(
        key=telling.key_of("hand_ins", assessment)
    ).update(closed_at=at, closed_by=by)
    fallen = assessment.milestones.filter(done_on=None).values_list("key", flat=True)
    record(
        "end_assessment_early",
        assessment,
        by=by,
        at=at,
        before={"status": before},
        after={
            "status": assessment.status,
            "first_day": assessment.starts_on,
            "last_day": assessment.ends_on,
            "deadlines_cancelled": sorted(fallen),
        },
        reason=why,
    )


def _withdraw_proposed_dates(assessment, *, at):
    """Dates on the table fall; agreed ones stay on record, as those that were cancelled."""
    if assessment.starts_on is None:
        assessment.proposals.filter(superseded_at=None).update(superseded_at=at)


def _visitors(assessment, *, at):
    """The contractor's team that the file is open to, and the FDA people who join."""
    return [*telling.team_of(assessment, at=at), *telling.fda_people_of(assessment, at=at)]


def _tell_coordinators(participation, kind, subject, others=(), *, at):
    staff = [] if participation.program.is_rehearsal else telling.coordinators()
    write_letter(
        kind,
        to=[*staff, *others],
        subject=f"{participation.program.short_name}: {subject}",
        about=participation,
        at=at,
        participation=participation,
    )


def _check_ends(by):
    if not may_end_participation(by):
        raise Refusal("Only FDA coordinators end a participation.")


def _refuse_unless_active(participation):
    if participation.status != Status.ACTIVE:
        raise IllegalMove(
            f"This participation is “{participation.get_status_display()}”. Only one that is "
            "under way ends so."
        )


def _locked(participation):
    """The participation and its assessment, or None, locked with its metrics; the program first.

    Freeing a place looks at those that wait for one, and the program is first in the house's
    order of locks.
    """
    Program.objects.select_for_update(no_key=True).get(pk=participation.program_id)
    participation = (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization")
        .get(pk=participation.pk)
    )
    assessment = (
        Assessment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("engagement__organization")
        .filter(participation=participation)
        .first()
    )
    if assessment is not None:
        assessment.participation = participation
    # Held before the first entry in the trail holds its head: the firm may be submitting.
    metrics_of_it = MetricsSubmission.objects.filter(participation=participation)
    list(metrics_of_it.select_for_update(no_key=True).values_list("pk", flat=True))
    return participation, assessment


def _held(participation):
    """The same, with all that its end touches, held before the first entry holds the trail's head.

    The contractor ends a copy under her engagement, the mailer gives a mail up, a coordinator
    settles a verdict: each of them without the participation.
    """
    participation, assessment = _locked(participation)
    about = list(MetricsSubmission.objects.filter(participation=participation))
    if assessment is not None:
        Engagement.objects.select_for_update(no_key=True).get(pk=assessment.engagement_id)
        about.append(assessment)
    intake.hold_what_ends(participation)
    hold_items_about(*about)
    return participation, assessment
