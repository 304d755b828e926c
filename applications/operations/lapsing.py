"""How a request that nobody answers for ends, and how FDA takes it up again (states.md)."""

from django.db import IntegrityError, transaction

from applications.access import may_review_requests
from applications.models import InformationRequest, ParticipationRequest
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.windows import window_for
from qmm_pilot.records.actions import close_items_about, raise_item
from qmm_pilot.records.models import ActionItem
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import day_in_words

from .claims import contest, lock_program_of
from .decision_letters import end_own_words
from .holds import refuse_while_on_hold
from .information import locked
from .letters import coordinators, firm_people, write_letter
from .questions import end_question, open_question, overdue_key
from .review_tasks import refresh_tasks_about
from .verdicts import examine

Status = ParticipationRequest.Status
Outcome = InformationRequest.Outcome


@transaction.atomic
def lapse_request(participation_request, *, reason, by, at) -> ParticipationRequest:
    """Let a request lapse whose firm did not answer in time; the firm is told.

    Raises Refusal for anyone but a coordinator, without a reason, before the day has passed, and
    while the request is on hold, when clocks stop.
    """
    participation_request = locked(participation_request)
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators let a request lapse.")
    if not reason.strip():
        raise Refusal("Say why the request lapses; the reason stays on record.")
    last_day = last_day_to_answer(participation_request)
    if last_day is None:
        raise IllegalMove("FDA waits for no answer about this request, so it does not lapse.")
    if participation_request.program.today(at) <= last_day:
        raise Refusal(
            f"The firm may answer through {day_in_words(last_day)}. Let the request lapse after "
            "that day."
        )
    refuse_while_on_hold(participation_request)
    before = participation_request.status
    participation_request.become(Status.LAPSED)
    participation_request.lapsed_at = participation_request.saved_at = at
    participation_request.save(update_fields=["status", "lapsed_at", "saved_at"])
    end_question(participation_request, Outcome.LAPSED, by=by, at=at)
    refresh_tasks_about(participation_request, by=by, at=at)
    close_items_about(participation_request, by=by, at=at)
    is_unconfirmed = before == Status.AWAITING_CONFIRMATION
    write_letter(
        "request_lapsed",
        to=firm_people(participation_request)
        or ([participation_request.mailed.contact_email] if is_unconfirmed else []),
        subject=f"Your request has lapsed: {participation_request.receipt_number}",
        about=participation_request,
        at=at,
        participation_request=participation_request,
    )
    record(
        "lapse_request",
        participation_request,
        by=by,
        at=at,
        before={"status": before},
        after={"status": Status.LAPSED},
        reason=reason.strip(),
    )
    return participation_request


@transaction.atomic
def reinstate_request(participation_request, *, reason, by, at) -> ParticipationRequest:
    """Take up again a request that lapsed or was withdrawn, while requests are accepted.

    Every criterion is examined anew. Raises Refusal for anyone but a coordinator, without a
    reason, after the window, once the outcome is released, for a request that its firm never
    signed, and where the firm has made another one meanwhile.
    """
    lock_program_of(participation_request)
    participation_request = locked(participation_request)
    program = participation_request.program
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators reinstate a request.")
    if not is_reinstatable(participation_request):
        raise IllegalMove("Only a request that lapsed or was withdrawn is reinstated.")
    if not reason.strip():
        raise Refusal("Say why the request is reinstated.")
    if window_for(program, participation_request.organization_id, at) is None:
        raise Refusal(
            f"{program.name} accepts no requests now. Reopen it, or admit the firm late, first."
        )
    before = participation_request.status
    participation_request.become(Status.UNDER_REVIEW)
    participation_request.withdrawn_at = participation_request.lapsed_at = None
    participation_request.determined_at, participation_request.saved_at = None, at
    try:
        with transaction.atomic():
            participation_request.save()
    except IntegrityError as fault:
        raise Refusal(
            "A live request stands for this facility and program, so this one stays closed."
        ) from fault
    end_own_words(participation_request, at=at)
    examine(participation_request, by=by, at=at)
    refresh_tasks_about(participation_request, by=by, at=at)
    if not program.is_rehearsal:
        raise_item(
            f"determine:{participation_request.pk}",
            title=f"Determine eligibility: {participation_request.receipt_number}",
            about=participation_request,
            url_name="applications:request_review",
            url_kwargs={"pk": participation_request.pk},
            at=at,
            role=Role.FDA_COORDINATOR,
            user=participation_request.officer,
        )
    write_letter(
        "request_reinstated",
        to=[*firm_people(participation_request), *coordinators()],
        subject=f"FDA goes on with your request: {participation_request.receipt_number}",
        about=participation_request,
        at=at,
        participation_request=participation_request,
    )
    for claim in contest(participation_request, at=at):
        if claim.pk != participation_request.pk:
            record("place_hold", claim, by=None, at=at, after={"cause": "contested"})
    record(
        "reinstate_request",
        participation_request,
        by=by,
        at=at,
        before={"status": before},
        after={"status": Status.UNDER_REVIEW},
        reason=reason.strip(),
    )
    return participation_request


@transaction.atomic
def find_overdue_answers(*, at) -> list[ParticipationRequest]:
    """Raise a task for each request whose firm did not answer in time. Safe to run twice.

    Returns the requests whose task is new.
    """
    waiting = ParticipationRequest.objects.real().filter(status__in=WAITS_FOR_FIRM)
    keys = set(
        ActionItem.objects.open()
        .filter(key__startswith="overdue-answer:")
        .values_list("key", flat=True)
    )
    found = []
    for row in waiting.select_related("program", "facility", "officer"):
        last_day = last_day_to_answer(row)
        if row.program.today(at) <= last_day or overdue_key(row) in keys:
            continue
        raise_item(
            overdue_key(row),
            title=f"No answer came about {row.facility}: extend, or let {row.receipt_number} lapse",
            about=row,
            url_name="applications:request_review",
            url_kwargs={"pk": row.pk},
            at=at,
            due_on=row.program.today(at),
            role=Role.FDA_COORDINATOR,
            user=row.officer,
        )
        found.append(row)
    for row in found:
        record("find_overdue_answer", row, by=None, at=at)
    return found


WAITS_FOR_FIRM = [Status.INFORMATION_REQUESTED, Status.AWAITING_CONFIRMATION]


def last_day_to_answer(participation_request):
    """The Eastern day through which the firm may answer, or None where FDA waits for nothing."""
    if participation_request.status == Status.INFORMATION_REQUESTED:
        return open_question(participation_request).answer_by
    if participation_request.status == Status.AWAITING_CONFIRMATION:
        return participation_request.mailed.confirm_by
    return None


def is_reinstatable(participation_request) -> bool:
    """Whether this request ended without an outcome and was signed by its firm once."""
    return (
        participation_request.status in (Status.LAPSED, Status.WITHDRAWN)
        and participation_request.told_at is None
        and participation_request.submitted_by_id is not None
    )
