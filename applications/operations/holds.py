"""Holds on live records: placing and ending them, and the refusal of whatever would advance."""

from datetime import date

from applications.models import Hold
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.working_days import add_working_days
from qmm_pilot.uswds.moments import day_in_words

REVIEWED_AFTER = 10  # working days from the day on which the hold was placed


class OnHold(Refusal):
    """The record is on hold, so nothing advances."""


def place_hold(record, *, cause, why, by, at, review_on=None) -> bool:
    """Put a record on hold, inside the caller's transaction and under its lock on the record.

    Says whether it is new: a hold of this cause that stands already stays as it is. `review_on` is
    the Eastern day on which FDA looks at it again; without it, that of review_day().
    """
    standing = Hold.objects.standing().on(record).filter(cause=cause)
    if standing.exists():
        return False
    Hold.objects.create(
        **Hold.naming(record),
        cause=cause,
        why=why,
        placed_by=by,
        placed_at=at,
        review_on=review_on or review_day(record.program, at),
    )
    return True


def end_hold(record, *, cause, reason, by, at) -> bool:
    """End the hold of this cause, inside the caller's transaction; says whether one stood."""
    ended = (
        Hold.objects.standing()
        .on(record)
        .filter(cause=cause)
        .update(ended_at=at, ended_by=by, end_reason=reason)
    )
    return ended > 0


def review_day(program, at) -> date:
    """The Eastern day on which FDA looks again at a hold that is placed now."""
    return add_working_days(program.today(at), REVIEWED_AFTER)


def refuse_while_on_hold(record) -> None:
    """Raise OnHold, with words for FDA, while any hold stands on this record."""
    hold = Hold.objects.standing().on(record).first()
    if hold:
        raise OnHold(on_hold_in_words(record, hold))


def on_hold_in_words(record, hold) -> str:
    """Why nothing advances, for FDA."""
    return (
        f"This record is on hold since {day_in_words(record.program.today(hold.placed_at))}: "
        f"{hold.why} Nothing advances until the hold ends."
    )


def refuse_firm_while_on_hold(record) -> None:
    """The same with words for the firm, which say nothing of the cause."""
    if Hold.objects.standing().on(record).exists():
        raise OnHold(
            "FDA has put this request on hold while it checks details of the facility. "
            "FDA writes to you when it goes on."
        )
