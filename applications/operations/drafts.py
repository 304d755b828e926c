"""Deeds on drafted decisions: change one in one step, move an alternate up or down (C5, C6)."""

from django.db import transaction

from applications.models import Decision, Seat
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.trail import record

from .barring import refuse_while_barred
from .holds import refuse_while_on_hold
from .places import take_seat
from .selection import locked_for_decision, refuse_taken_rank

Kind = Decision.Kind


@transaction.atomic
def change_decision(decision, *, kind, rank=None, reason, by, at) -> Decision:
    """Draft another decision in place of this one; the earlier draft stays on record.

    A place is freed, taken or kept as the new decision asks. Raises Refusal for what is no draft
    any more, for a taken rank and when nothing would change, NoSeatLeft where no place is free;
    then the draft stays as it is.
    """
    participation_request = locked_for_decision(
        decision.participation_request, by, with_program=True
    )
    decision = _draft_again(decision)
    refuse_while_on_hold(participation_request)
    rank = rank if kind == Kind.ALTERNATE else None
    if not reason.strip():
        raise Refusal("A decision needs its reason.")
    if (kind, rank, reason) == (decision.kind, decision.rank, decision.reason):
        raise Refusal("Nothing was changed.")
    if kind == Kind.ALTERNATE:
        if not rank or rank < 1:
            raise Refusal("Alternates are ranked from 1.")
        refuse_taken_rank(participation_request, rank, by=by)
    decision.withdrawn_at = at
    decision.save(update_fields=["withdrawn_at"])
    seat = decision.seat
    if kind == Kind.SELECTED and seat is None:
        seat = take_seat(participation_request, by=by, at=at)
    elif kind != Kind.SELECTED and seat is not None:
        Seat.objects.filter(pk=seat.pk, freed_at=None).update(
            freed_at=at, freed_reason="The draft decision was changed."
        )
        seat = None
    changed = Decision.objects.create(
        participation_request=participation_request,
        kind=kind,
        rank=rank,
        seat=seat,
        reason=reason,
        drafted_by=by,
        drafted_at=at,
    )
    record(
        "change_decision",
        participation_request,
        by=by,
        at=at,
        before=_facts(decision),
        after=_facts(changed),
        reason=reason,
    )
    return changed


@transaction.atomic
def move_alternate(decision, *, up, by, at) -> Decision:
    """Exchange the ranks of a drafted alternate and the drafted one before (or after) it.

    The ranks of alternates who were told stay: a signature covers them. Raises Refusal where
    there is none to exchange with, and where a conflict closes the other one to this person.
    """
    participation_request = locked_for_decision(
        decision.participation_request, by, with_program=True
    )
    decision = _draft_again(decision)
    if decision.kind != Kind.ALTERNATE:
        raise IllegalMove("Only alternates have a rank.")
    others = (
        Decision.objects.standing()
        .filter(
            participation_request__program=participation_request.program_id,
            kind=Kind.ALTERNATE,
            released_at=None,
        )
        .select_related("participation_request")
    )
    if up:
        other = others.filter(rank__lt=decision.rank).order_by("-rank").first()
    else:
        other = others.filter(rank__gt=decision.rank).order_by("rank").first()
    if other is None:
        which = "first" if up else "last"
        raise Refusal(f"{participation_request.facility} is the {which} drafted alternate already.")
    refuse_while_barred([other.participation_request], by=by)
    before = decision.rank
    decision.rank, other.rank = other.rank, decision.rank
    Decision.objects.bulk_update([decision, other], ["rank"])
    record(
        "move_alternate",
        participation_request,
        by=by,
        at=at,
        before={"rank": before},
        after={"rank": decision.rank, "exchanged_with": other.participation_request_id},
    )
    return decision


def _draft_again(decision):
    """The decision as it is now, held. Raises IllegalMove where it is no draft any more."""
    decision = (
        Decision.objects.select_for_update(of=("self",), no_key=True)
        .select_related("seat")
        .get(pk=decision.pk)
    )
    if decision.released_at or decision.withdrawn_at:
        raise IllegalMove(
            "This decision is no longer a draft, so it stays as it is. Reload the page to see its "
            "present state."
        )
    return decision


def _facts(decision):
    return {
        "decision": decision.kind,
        "place": decision.seat.number if decision.seat else None,
        "rank": decision.rank,
    }
