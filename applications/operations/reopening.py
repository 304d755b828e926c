"""Deeds on determined requests: examine them again on new evidence, by two people (states.md)."""

from django.db import IntegrityError, transaction

from applications.access import may_review_requests
from applications.models import Decision, ParticipationRequest, Reopening
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.trail import record

from .claims import contest, lock_program_of
from .decision_letters import end_own_words
from .holds import refuse_while_on_hold
from .review_tasks import refresh_tasks_about
from .selection import close_selection_without_work
from .verdicts import ask_to_determine, examine

Status = ParticipationRequest.Status
DETERMINED = (Status.ELIGIBLE, Status.NOT_ELIGIBLE)


def is_determined(participation_request) -> bool:
    """Whether it is determined and its outcome not released: two people may reopen it."""
    return participation_request.status in DETERMINED and participation_request.told_at is None


def open_reopening(participation_request) -> Reopening | None:
    """The proposal that waits for its second person, or None."""
    return (
        Reopening.objects.filter(
            participation_request=participation_request, confirmed_at=None, withdrawn_at=None
        )
        .select_related("proposed_by__organization")
        .first()
    )


@transaction.atomic
def propose_reopening(participation_request, *, reason, source, by, at) -> Reopening:
    """Propose that a determined request be examined again; a second person reopens it.

    Raises Refusal for anyone but a coordinator, without reason and source, and while a proposal
    waits; IllegalMove for a request that is not determined, whose outcome was released, or on
    which a decision is drafted.
    """
    participation_request = _locked(participation_request, by)
    _refuse_unless_determined(participation_request)
    if not reason.strip() or not source.strip():
        raise Refusal("Name the new evidence and its source; the record keeps both.")
    if open_reopening(participation_request):
        raise Refusal("It is proposed already and waits for a second person.")
    reopening = Reopening.objects.create(
        participation_request=participation_request,
        reason=reason,
        source=source.strip(),
        proposed_by=by,
        proposed_at=at,
    )
    if not participation_request.program.is_rehearsal:
        raise_item(
            _key(participation_request),
            title=f"Second person: examine {participation_request.receipt_number} again?",
            about=participation_request,
            url_name="applications:request_review",
            url_kwargs={"pk": participation_request.pk},
            at=at,
            role=Role.FDA_COORDINATOR,
        )
    record(
        "propose_reopening",
        participation_request,
        by=by,
        at=at,
        after={"reopening": reopening.pk, "source": reopening.source},
        reason=reason,
    )
    return reopening


@transaction.atomic
def confirm_reopening(reopening, *, by, at) -> ParticipationRequest:
    """Reopen a determined request as a second person; every criterion is examined anew.

    Raises Refusal for the person who proposed it, and where the firm has another live request for
    the facility by now.
    """
    lock_program_of(reopening.participation_request)
    participation_request = _locked(reopening.participation_request, by)
    reopening = Reopening.objects.get(pk=reopening.pk)
    if reopening.confirmed_at or reopening.withdrawn_at:
        raise IllegalMove("This proposal is settled already. Reload the page.")
    if reopening.proposed_by_id == by.pk:
        raise Refusal("You proposed this, so a second person must confirm it.")
    _refuse_unless_determined(participation_request)
    before = participation_request.status
    reopening.confirmed_by, reopening.confirmed_at = by, at
    reopening.save(update_fields=["confirmed_by", "confirmed_at"])
    participation_request.become(Status.UNDER_REVIEW)
    participation_request.determined_at = None
    try:
        with transaction.atomic():
            participation_request.save(update_fields=["status", "determined_at"])
    except IntegrityError as fault:
        raise Refusal(
            "The firm has another live request for this facility in this program. It would have to "
            "withdraw that one first."
        ) from fault
    end_own_words(participation_request, at=at)
    results = examine(participation_request, by=by, at=at)
    close_item(_key(participation_request), by=by, at=at)
    refresh_tasks_about(participation_request, by=by, at=at)
    close_selection_without_work(participation_request.program, by=by, at=at)
    ask_to_determine(participation_request, at=at)
    for claim in contest(participation_request, at=at):
        if claim.pk != participation_request.pk:
            record("place_hold", claim, by=None, at=at, after={"cause": "contested"})
    record(
        "confirm_reopening",
        participation_request,
        by=by,
        at=at,
        before={"status": before},
        after={
            "status": Status.UNDER_REVIEW,
            "reopening": reopening.pk,
            "opinions": {result.criterion.code: result.opinion for result in results},
        },
        reason=reopening.reason,
    )
    return participation_request


@transaction.atomic
def take_back_reopening(reopening, *, by, at) -> Reopening:
    """Take a proposal back that waits for its second person; the determination stands."""
    participation_request = _locked(reopening.participation_request, by)
    reopening = Reopening.objects.get(pk=reopening.pk)
    if reopening.confirmed_at or reopening.withdrawn_at:
        raise IllegalMove("This proposal is settled already. Reload the page.")
    reopening.withdrawn_by, reopening.withdrawn_at = by, at
    reopening.save(update_fields=["withdrawn_by", "withdrawn_at"])
    close_item(_key(participation_request), by=by, at=at)
    record(
        "take_back_reopening",
        participation_request,
        by=by,
        at=at,
        before={"reopening": reopening.pk},
    )
    return reopening


def _refuse_unless_determined(participation_request):
    if participation_request.status not in DETERMINED:
        raise IllegalMove(
            f"This request is “{participation_request.get_status_display()}”: only a determined "
            "one is examined again."
        )
    if participation_request.told_at:
        raise IllegalMove("Its outcome was released, so this determination stands.")
    if Decision.objects.filter(
        participation_request=participation_request, withdrawn_at=None
    ).exists():
        raise IllegalMove(
            "A decision on this request is drafted. The selector takes it back first, then it can "
            "be examined again."
        )
    refuse_while_on_hold(participation_request)


def _key(participation_request) -> str:
    return f"reopen:{participation_request.pk}"


def _locked(participation_request, by):
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators reopen a determined request.")
    return (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility")
        .get(pk=participation_request.pk)
    )
