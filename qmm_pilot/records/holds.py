"""Legal hold: what is about a held record stays as it is, in view and undestroyed (H3).

A hold is on a program, an organization, a request or a participation. Records stand below those
nouns, so whoever withdraws something names what it belongs to, and asks here first.
"""

from datetime import date
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse

from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import Refusal

from .access import may_read_trail
from .models import LONGEST_LINE, AboutSubject, LegalHold
from .trail import record
from .trail_choice import trail_address

OFFICERS_ONLY = "Only FDA’s records officers place and lift legal holds."
# Said to firms and contractors too, who are not told of the matter.
KEPT_AS_IT_IS = (
    "FDA keeps these records as they are at present, so nothing about them can be withdrawn. "
    "Ask FDA’s coordinator."
)


class Marks(NamedTuple):
    """What a page shows of a record's keeping, to FDA's case staff alone."""

    holds: list[LegalHold]
    ways: tuple[tuple[str, str], ...] = ()  # label and address


@transaction.atomic
def place_hold(subject, *, matter, reason, since: date, by, at) -> LegalHold:
    """Put a record under legal hold for a matter, from the day on which the matter asks for it.

    Raises Refusal without a matter or reason, for a day to come, and where the record is held for
    this matter already.
    """
    if not may_read_trail(by):
        raise Refusal(OFFICERS_ONLY)
    matter, reason = matter.strip(), reason.strip()
    if not matter or not reason:
        raise Refusal("Name the matter, and say why the record is held.")
    if since > at.astimezone(EASTERN).date():
        raise Refusal("The hold begins today at the latest.")
    try:
        with transaction.atomic():
            hold = LegalHold.objects.create(
                **AboutSubject.naming(subject),
                subject_name=str(subject)[:LONGEST_LINE],
                matter=matter,
                reason=reason,
                since=since,
                placed_by=by,
                placed_at=at,
            )
    except IntegrityError as fault:
        raise Refusal(f"This record is held for “{matter}” already.") from fault
    facts = {"hold": hold.pk, "matter": matter, "since": since}
    record("place_hold", subject, by=by, at=at, after=facts, reason=reason)
    return hold


@transaction.atomic
def lift_hold(hold, *, reason, by, at) -> LegalHold:
    """End a legal hold; its row stays. Raises Refusal without a reason, or when it has ended."""
    if not may_read_trail(by):
        raise Refusal(OFFICERS_ONLY)
    if not reason.strip():
        raise Refusal("Give the reason for lifting the hold.")
    hold = LegalHold.objects.select_for_update(no_key=True).get(pk=hold.pk)
    if hold.lifted_at:
        raise Refusal("This hold was lifted already.")
    hold.lifted_by, hold.lifted_at, hold.lift_reason = by, at, reason.strip()
    hold.save(update_fields=["lifted_by", "lifted_at", "lift_reason"])
    record(
        "lift_hold",
        hold,
        by=by,
        at=at,
        before={"matter": hold.matter, "record": hold.subject_name},
        after={"lifted": True},
        reason=hold.lift_reason,
    )
    return hold


def refuse_if_held(*subjects) -> None:
    """Raise Refusal when one of these records is held: what is about it is not withdrawn now."""
    if _holds_on(subjects).exists():
        raise Refusal(KEPT_AS_IT_IS)


def marks_of(user, subject, *above, trail_of=None) -> Marks | None:
    """The marks of a record's page: holds on it and what it belongs to, and ways to its records.

    None for everyone but FDA's case staff; the ways are the records officers' alone. `trail_of` is
    the record whose trail the page leads to, where it is not `subject` itself.
    """
    if not user.reads_cases:
        return None
    holds = list(_holds_on([subject, *above]))
    if not may_read_trail(user):
        return Marks(holds)
    firm = [one for one in above if one._meta.model_name == "organization"]
    return Marks(
        holds,
        (
            ("Trail of this record", trail_address(trail_of or subject)),
            *(
                (
                    f"Place the {one._meta.verbose_name} under legal hold",
                    reverse(f"assessments:hold_{one._meta.model_name}", args=[one.pk]),
                )
                for one in (subject, *firm)
            ),
        ),
    )


def _holds_on(subjects):
    named = Q(pk=None)
    for subject in subjects:
        named |= Q(**AboutSubject.naming(subject))
    return LegalHold.objects.in_force().filter(named)
