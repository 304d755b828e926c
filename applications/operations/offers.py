"""Deeds on offers without an answer: remind, ask FDA, move the day, let the offer lapse (C7)."""

from datetime import date, datetime

from django.db import transaction

from applications.access import may_review_requests
from applications.models import AcceptanceReminder, Hold, Participation, Seat
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.models import ActionItem
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import day_in_words

from .decision_letters import tell_later_decision
from .holds import refuse_while_on_hold
from .letters import firm_people, write_letter
from .places import tell_of_free_place

Status = Participation.Status
REMINDED = (5, 1, -1, -5)  # calendar days before the day to accept; negative: after it
OVERDUE = "accept-overdue:"
PEOPLE_OF = (
    "program",
    "facility",
    "organization",
    "participation_request__program",
    "participation_request__facility",
    "participation_request__organization",
    "participation_request__started_by",
)


def remind_of_acceptance(*, at) -> int:
    """Mail firms before and after their day to accept, and make what is overdue a task; how many.

    Each mail once for each day to accept, so that a day that was moved is told anew. Nothing is
    dropped by it: an offer stands until somebody ends it. While a record is on hold its clock
    stops, and nobody is reminded.
    """
    offered = list(_waiting_offers().order_by("accept_by", "pk"))
    sent = set(
        AcceptanceReminder.objects.filter(participation__in=offered).values_list(
            "participation", "accept_by", "days_before"
        )
    )
    tasks = set(
        ActionItem.objects.open().filter(key__startswith=OVERDUE).values_list("key", flat=True)
    )
    reminded = 0
    for offer in offered:
        left = (offer.accept_by - offer.program.today(at)).days
        due = acceptance_reminder_due(offer.accept_by, offer.offered_at, offer.program, at)
        is_new = due is not None and (offer.pk, offer.accept_by, due) not in sent
        if is_new or (left < 0 and overdue_key(offer) not in tasks):
            reminded += _remind(offer, due if is_new else None, at=at)
    return reminded


def acceptance_reminder_due(accept_by: date, offered_at: datetime, program, at) -> int | None:
    """The reminder due on this Eastern day: one of REMINDED, or None.

    Of several whose day has passed the latest alone is due; one whose day had passed when the
    place was offered never is.
    """
    left = (accept_by - program.today(at)).days
    reached = [days for days in REMINDED if days >= left]
    if not reached or (accept_by - program.today(offered_at)).days <= reached[-1]:
        return None
    return reached[-1]


@transaction.atomic
def lapse_offer(participation, *, reason, by, at) -> Participation:
    """Let the offer of a place lapse whose day has passed without an answer; the place is free.

    The firm is told by letter. Raises Refusal for anyone but a coordinator, without a reason,
    through the last day itself, and while the record is on hold; IllegalMove once it is answered.
    """
    participation = _offer_locked(participation, by)
    program = participation.program
    if not reason.strip():
        raise Refusal("Say why the offer lapses; the reason stays on record.")
    if program.today(at) <= participation.accept_by:
        raise Refusal(
            f"The firm may answer through {day_in_words(participation.accept_by)}. Let the offer "
            "lapse after that day."
        )
    participation.become(Status.LAPSED)
    participation.end_reason = reason.strip()
    participation.save(update_fields=["status", "end_reason"])
    Seat.objects.filter(pk=participation.seat_id, freed_at=None).update(
        freed_at=at, freed_reason="The offer lapsed without an answer."
    )
    _close_items(participation, by=by, at=at)
    tell_of_free_place(program, at=at)
    tell_later_decision(participation.participation_request, "offer_lapsed", at=at)
    record(
        "lapse_offer",
        participation,
        by=by,
        at=at,
        before={"status": Status.OFFERED, "accept_by": participation.accept_by},
        after={"status": Status.LAPSED},
        reason=participation.end_reason,
    )
    return participation


@transaction.atomic
def extend_acceptance(participation, *, accept_by, reason, by, at) -> Participation:
    """Give a firm a later Eastern day to accept its place; it is told by letter.

    Raises Refusal for anyone but a coordinator, without a reason, for a day that is not later
    than the present one and today, beyond the program's end, and while the record is on hold.
    """
    participation = _offer_locked(participation, by)
    program, before = participation.program, participation.accept_by
    if not reason.strip():
        raise Refusal("Say why the day is moved; the reason stays on record.")
    if accept_by <= max(before, program.today(at)):
        raise Refusal(
            f"The firm has through {day_in_words(before)} now. Choose a later day, which is still "
            "to come."
        )
    if accept_by > program.ends_on:
        raise Refusal(
            f"{program.short_name} ends on {day_in_words(program.ends_on)}. Choose an earlier day."
        )
    participation.accept_by = accept_by
    participation.save(update_fields=["accept_by"])
    close_item(overdue_key(participation), by=by, at=at)
    raise_acceptance_item(participation, at=at)
    write_letter(
        "acceptance_extended",
        to=firm_people(participation.participation_request),
        subject=f"More time to accept the place: {participation.facility}",
        about=participation,
        at=at,
        participation=participation,
        last_day=day_in_words(accept_by),
    )
    record(
        "extend_acceptance",
        participation,
        by=by,
        at=at,
        before={"accept_by": before},
        after={"accept_by": accept_by},
        reason=reason.strip(),
    )
    return participation


def raise_acceptance_item(participation, *, at) -> None:
    """The official's task to answer the offer by its day."""
    raise_item(
        f"accept:{participation.pk}",
        title=f"Accept or decline the place of {participation.facility}",
        about=participation,
        url_name="applications:participation_detail",
        url_kwargs={"pk": participation.pk},
        at=at,
        due_on=participation.accept_by,
        organization=participation.organization,
        role=Role.FIRM_OFFICIAL,
    )


def overdue_key(participation) -> str:
    """The key of the coordinators' task about an offer whose day has passed."""
    return f"{OVERDUE}{participation.pk}"


@transaction.atomic
def _remind(offer, days, *, at) -> bool:
    """Send one reminder (`days` before the day; None: none is new), and raise what is overdue.

    Nothing where the offer was answered, or its day was moved, after this one was read.
    """
    day = offer.accept_by
    offer = (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .select_related(*PEOPLE_OF)
        .get(pk=offer.pk)
    )
    if offer.status != Status.OFFERED or offer.accept_by != day:
        return False
    is_overdue = offer.program.today(at) > offer.accept_by
    if is_overdue:
        raise_item(
            overdue_key(offer),
            title=f"No answer to the offer of a place: {offer.facility}",
            about=offer,
            url_name="applications:offer",
            url_kwargs={"pk": offer.pk},
            at=at,
            due_on=offer.accept_by,
            role=Role.FDA_COORDINATOR,
        )
    if days is None:
        return False
    _, is_first = AcceptanceReminder.objects.get_or_create(
        participation=offer, accept_by=offer.accept_by, days_before=days, defaults={"at": at}
    )
    if not is_first:
        return False
    write_letter(
        "acceptance_overdue" if is_overdue else "acceptance_nears",
        to=firm_people(offer.participation_request),
        subject=f"Please answer FDA’s offer of a place: {offer.facility}",
        about=offer,
        at=at,
        participation=offer,
        last_day=day_in_words(offer.accept_by),
    )
    record(
        "remind_of_acceptance",
        offer,
        by=None,
        at=at,
        after={"days_before": days, "accept_by": offer.accept_by},
    )
    return True


def _waiting_offers():
    holds = Hold.objects.standing()
    return (
        Participation.objects.real()
        .filter(status=Status.OFFERED)
        .exclude(pk__in=holds.exclude(participation=None).values("participation"))
        .exclude(participation_request__in=Hold.objects.held_requests())
        .select_related("program")
    )


def _offer_locked(participation, by):
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators move the day of an offer or let it lapse.")
    Program.objects.select_for_update(no_key=True).get(pk=participation.program_id)
    participation = (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .select_related(*PEOPLE_OF)
        .get(pk=participation.pk)
    )
    if participation.status != Status.OFFERED:
        raise IllegalMove("The offer of this place is answered or has ended already.")
    refuse_while_on_hold(participation.participation_request)
    refuse_while_on_hold(participation)
    return participation


def _close_items(participation, *, by, at):
    for key in (f"accept:{participation.pk}", overdue_key(participation)):
        close_item(key, by=by, at=at)
