"""Deeds on rival claims: two firms ask for one facility in one program (B6, B17).

Both requests stay and are put on hold with the same words to both firms. One coordinator rules
which of them holds, a second one confirms; then that request goes on and the other is closed.
Whoever calls here holds the program's row, so that two claims cannot miss each other.
"""

from django.db import transaction

from applications.access import may_review_requests
from applications.models import (
    ClaimRuling,
    Decision,
    Hold,
    InformationRequest,
    ParticipationRequest,
    Seat,
)
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.actions import close_item, close_items_about, raise_item
from qmm_pilot.records.trail import record

from .holds import end_hold, place_hold, review_day
from .letters import firm_people, write_letter
from .places import close_free_place, tell_of_free_place
from .questions import end_question
from .review_tasks import refresh_tasks_about
from .selection import close_selection_without_work

Status = ParticipationRequest.Status
CONTESTED = Hold.Cause.CONTESTED
WHY = "Another firm has submitted a request for the same facility."


def rival_claims(participation_request):
    """Every live, submitted request for this facility in this program, this one included."""
    return (
        ParticipationRequest.objects.live()
        .filter(program=participation_request.program_id, fei_key=participation_request.fei_key)
        .exclude(status=Status.DRAFT)
        .select_related("program", "facility", "organization", "started_by")
        .order_by("pk")
    )


def open_ruling(participation_request) -> ClaimRuling | None:
    """The ruling on this facility that waits for its second person, or None."""
    return (
        ClaimRuling.objects.filter(
            program=participation_request.program_id,
            fei_key=participation_request.fei_key,
            confirmed_at=None,
            withdrawn_at=None,
        )
        .select_related("holder__organization", "ruled_by__organization")
        .first()
    )


def contest(participation_request, *, at) -> list[ParticipationRequest]:
    """Put every claim to this facility on hold where two firms make one; those held anew.

    Part of submit_request: the requests are locked in one order, and both firms are told alike.
    """
    claims = list(rival_claims(participation_request).select_for_update(of=("self",), no_key=True))
    if len({claim.organization_id for claim in claims}) < 2:
        return []
    held = [c for c in claims if place_hold(c, cause=CONTESTED, why=WHY, by=None, at=at)]
    for claim in held:
        _tell(claim, "request_held", "Your request is on hold", at=at)
    _withdraw_open_ruling(participation_request, at=at)
    _raise_contested(participation_request, at=at)
    return held


def settle_contest(participation_request, *, by, at) -> list[ParticipationRequest]:
    """End the contest when one claim at most is left; gives those whose hold has ended.

    Called for a request that was withdrawn, whose own hold ends in any case.
    """
    end_hold(participation_request, cause=CONTESTED, reason="Withdrawn.", by=by, at=at)
    claims = list(rival_claims(participation_request).select_for_update(of=("self",), no_key=True))
    _withdraw_open_ruling(participation_request, at=at)
    if len({claim.organization_id for claim in claims}) > 1:
        return []
    close_item(_key(participation_request), by=by, at=at)
    reason = "No other claim to this facility is left."
    freed = [c for c in claims if end_hold(c, cause=CONTESTED, reason=reason, by=None, at=at)]
    for claim in freed:
        _tell(claim, "request_resumed", "Your request goes on", at=at)
    return freed


@transaction.atomic
def rule_on_claims(holder, *, reason, source, by, at) -> ClaimRuling:
    """Rule which of the rival requests holds; it takes effect when a second person confirms.

    Raises Refusal for anyone but a coordinator, without reason and source, where nothing is
    contested, where a ruling waits already, and while another claim holds a place.
    """
    holder, claims = _locked(holder, by)
    if not reason.strip() or not source.strip():
        raise Refusal("A ruling needs its reason and the source that it rests on.")
    if holder.pk not in {claim.pk for claim in claims}:
        raise IllegalMove("This request is closed, so it cannot be the one that holds.")
    if len(claims) < 2:
        raise IllegalMove("No other firm asks for this facility any more: there is no contest.")
    if open_ruling(holder):
        raise IllegalMove("A ruling here waits for a second person. Take it back first.")
    placed = [c for c in claims if c.pk != holder.pk and c.status == Status.SELECTED]
    if placed:
        raise IllegalMove(
            f"The request {placed[0].receipt_number} holds a place. End its participation first."
        )
    ruling = ClaimRuling.objects.create(
        program=holder.program,
        fei_key=holder.fei_key,
        holder=holder,
        weighed=[str(claim.pk) for claim in claims],
        reason=reason,
        source=source,
        ruled_by=by,
        ruled_at=at,
    )
    _raise_contested(holder, title="Confirm the ruling on a contested facility", at=at)
    record(
        "rule_on_claims",
        holder,
        by=by,
        at=at,
        after={"weighed": ruling.weighed, "source": source},
        reason=reason,
    )
    return ruling


@transaction.atomic
def confirm_claim_ruling(ruling, *, by, at) -> ClaimRuling:
    """Confirm, as a second person: the hold of one request ends, the others are closed.

    Raises Refusal for the person who ruled, and when a claim has come or gone since.
    """
    holder, claims = _locked(ruling.holder, by)
    ruling = ClaimRuling.objects.get(pk=ruling.pk)
    if ruling.confirmed_at or ruling.withdrawn_at:
        raise IllegalMove("This ruling does not wait for a second person.")
    if ruling.ruled_by_id == by.pk:
        raise Refusal("You made this ruling, so a second person must confirm it.")
    if sorted(ruling.weighed) != sorted(str(claim.pk) for claim in claims):
        raise IllegalMove("The claims changed since this ruling. Take it back and rule anew.")
    ruling.confirmed_by, ruling.confirmed_at = by, at
    ruling.save(update_fields=["confirmed_by", "confirmed_at"])
    closed = [claim for claim in claims if claim.pk != holder.pk]
    before = {str(claim.pk): claim.status for claim in closed}
    for claim in closed:
        _close(claim, reason=ruling.reason, by=by, at=at)
    end_hold(holder, cause=CONTESTED, reason=ruling.reason, by=by, at=at)
    _tell(holder, "request_resumed", "Your request goes on", at=at)
    close_item(_key(holder), by=by, at=at)
    close_selection_without_work(holder.program, by=by, at=at)
    record(
        "confirm_claim_ruling",
        holder,
        by=by,
        at=at,
        before=before,
        after={str(claim.pk): claim.status for claim in closed},
        reason=ruling.reason,
    )
    return ruling


@transaction.atomic
def take_back_claim_ruling(ruling, *, by, at) -> ClaimRuling:
    """Take back a ruling that nobody has confirmed; both requests stay on hold."""
    holder, _ = _locked(ruling.holder, by)
    ruling = ClaimRuling.objects.get(pk=ruling.pk)
    if ruling.confirmed_at or ruling.withdrawn_at:
        raise IllegalMove("This ruling is no longer open, so it cannot be taken back.")
    ruling.withdrawn_at = at
    ruling.save(update_fields=["withdrawn_at"])
    _raise_contested(holder, at=at)
    record("take_back_claim_ruling", holder, by=by, at=at, before={"weighed": ruling.weighed})
    return ruling


def lock_program_of(participation_request) -> None:
    """Hold the program's row until commit: first in the order of locks."""
    Program.objects.select_for_update(no_key=True).get(pk=participation_request.program_id)


def _locked(holder, by):
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators rule on rival claims.")
    lock_program_of(holder)
    claims = list(rival_claims(holder).select_for_update(of=("self",), no_key=True))
    return next((claim for claim in claims if claim.pk == holder.pk), holder), claims


def _close(claim, *, reason, by, at):
    claim.become(Status.CLOSED)
    claim.closed_at = claim.saved_at = at
    claim.save(update_fields=["status", "closed_at", "saved_at"])
    end_hold(claim, cause=CONTESTED, reason=reason, by=by, at=at)
    is_freed = Seat.objects.filter(participation_request=claim, freed_at=None).update(
        freed_at=at, freed_reason="The request was closed."
    )
    decisions = Decision.objects.standing().filter(participation_request=claim)
    decisions.filter(released_at=None).update(withdrawn_at=at)
    decisions.exclude(released_at=None).update(ended_at=at)
    if is_freed:
        tell_of_free_place(claim.program, at=at)
    close_free_place(claim.program, by=by, at=at)
    end_question(claim, InformationRequest.Outcome.WITHDRAWN, by=by, at=at)
    refresh_tasks_about(claim, by=by, at=at)
    close_items_about(claim, by=by, at=at)
    _tell(claim, "request_closed", "Your request is closed", at=at)


def _tell(claim, kind, subject, *, at):
    write_letter(
        kind,
        to=firm_people(claim),
        subject=f"{subject}: {claim.receipt_number}",
        about=claim,
        at=at,
        participation_request=claim,
    )


def _withdraw_open_ruling(participation_request, *, at):
    ClaimRuling.objects.filter(
        program=participation_request.program_id,
        fei_key=participation_request.fei_key,
        confirmed_at=None,
        withdrawn_at=None,
    ).update(withdrawn_at=at)


def _key(participation_request):
    return f"contested:{participation_request.program_id}:{participation_request.fei_key}"


def _raise_contested(participation_request, *, title="", at):
    program = participation_request.program
    if program.is_rehearsal:
        return
    raise_item(
        _key(participation_request),
        title=title or f"Contested facility: two firms ask for one site in {program.short_name}",
        about=program,
        url_name="applications:claims",
        url_kwargs={"pk": participation_request.pk},
        at=at,
        due_on=review_day(program, at),
        role=Role.FDA_COORDINATOR,
    )
