"""Deeds on the standing of a participation after selection: mark, propose, confirm (C11).

A mark stops nothing: work goes on until two people have decided. The verdict on criterion b, by
which the facility was selected, is never rewritten here.
"""

from django.db import transaction

from applications.access import may_review_standing
from applications.models import (
    Hold,
    Participation,
    StandingDecision,
    StandingMark,
)
from qmm_pilot.accounts.roles import Role
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.trail import record

from .holds import end_hold, place_hold
from .letters import firm_people, write_letter

Status = Participation.Status
Kind = StandingDecision.Kind
STANDING = Hold.Cause.STANDING
COORDINATORS_ONLY = "Only FDA coordinators decide about the standing of a participation."


@transaction.atomic
def mark_standing(
    participation, *, cause, what, source, happened_on, tell_firm, by, at
) -> StandingMark:
    """A coordinator notes what may bear on a participation; the firm hears of it if she says so.

    Raises Refusal for anyone else, without facts and source, and for a day to come; IllegalMove
    for a participation that is not active.
    """
    participation = _locked(participation)
    if not may_review_standing(by):
        raise Refusal(COORDINATORS_ONLY)
    _refuse_unless_active(participation)
    if not what.strip() or not source.strip():
        raise Refusal("Say what happened and where that is documented; the record keeps both.")
    if happened_on > participation.program.today(at):
        raise Refusal("That day has not come yet. Enter the day on which it happened.")
    return raise_mark(
        participation,
        cause=cause,
        what=what.strip(),
        source=source.strip(),
        happened_on=happened_on,
        tell_firm=tell_firm,
        by=by,
        at=at,
    )


def raise_mark(
    participation, *, cause, what, source, happened_on, tell_firm=True, seen="", by, at
) -> StandingMark:
    """Mark an active participation, inside the caller's transaction and under its lock."""
    mark = StandingMark.objects.create(
        participation=participation,
        cause=cause,
        what=what,
        source=source,
        happened_on=happened_on,
        seen=seen,
        raised_by=by,
        raised_at=at,
        firm_told_at=at if tell_firm else None,
    )
    _ask(participation, f"Review the standing of {participation.facility}", at=at)
    if tell_firm:
        _tell_firm(participation, "standing_marked", "FDA looks at a change", at=at, mark=mark)
    record(
        "mark_standing",
        participation,
        by=by,
        at=at,
        after={
            "mark": mark.pk,
            "cause": cause,
            "source": source,
            "happened_on": happened_on,
            "firm_told": tell_firm,
        },
        reason=what,
    )
    return mark


def mark_active_places(
    facility, *, cause, what, source, by, at, happened_on=None
) -> list[StandingMark]:
    """Mark every active participation of a facility, inside the caller's transaction.

    For deeds on the facility itself: its owner or an identifier has changed, today unless
    `happened_on` is another Eastern day. `by` is None where the firm's own deed raises the mark.
    """
    places = (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .filter(facility=facility, status=Status.ACTIVE)
        .select_related("program", "facility", "organization", "participation_request__started_by")
        .order_by("pk")
    )
    day = happened_on or at.astimezone(EASTERN).date()
    facts = {"cause": cause, "what": what, "source": source[:300], "happened_on": day}
    return [raise_mark(place, **facts, by=by, at=at) for place in places]


@transaction.atomic
def propose_decision(
    participation, *, kind, reason, mark=None, review_on=None, by, at
) -> StandingDecision:
    """Propose to continue, hold or remove; a second person confirms, and only then it happens.

    `review_on` is the Eastern day on which FDA looks at a hold again. Raises Refusal for anyone
    but a coordinator, without a reason, while a proposal waits, for a hold without a day to come,
    and for a mark that is closed; IllegalMove for a participation that is not active.
    """
    participation = _locked(participation)
    if not may_review_standing(by):
        raise Refusal(COORDINATORS_ONLY)
    _refuse_unless_active(participation)
    if not reason.strip():
        raise Refusal("Give the reason; the record keeps it.")
    if participation.standing_decisions.waiting().exists():
        raise Refusal("A proposal waits for its second person already. It is settled first.")
    if mark is None and kind != Kind.REMOVE:
        raise Refusal("Only a mark is decided on so. Note first what happened.")
    if mark is not None:
        mark = participation.standing_marks.get(pk=mark.pk)
        if mark.closed_at:
            raise Refusal("This mark is closed already. Reload the page to see how.")
    today = participation.program.today(at)
    if kind == Kind.HOLD and (review_on is None or review_on <= today):
        raise Refusal("A hold needs the day, after today, on which FDA looks at it again.")
    decision = StandingDecision.objects.create(
        participation=participation,
        mark=mark,
        kind=kind,
        reason=reason.strip(),
        review_on=review_on if kind == Kind.HOLD else None,
        proposed_by=by,
        proposed_at=at,
    )
    words = decision.get_kind_display().lower()
    _ask(participation, f"Second person: {words} {participation.facility}?", at=at)
    record(
        "propose_decision",
        participation,
        by=by,
        at=at,
        after={"decision": decision.pk, "kind": kind, "mark": mark and mark.pk},
        reason=decision.reason,
    )
    return decision


@transaction.atomic
def take_back_decision(decision, *, by, at) -> StandingDecision:
    """Take a proposal back that waits for its second person; nothing else changes."""
    participation = _locked(decision.participation)
    if not may_review_standing(by):
        raise Refusal(COORDINATORS_ONLY)
    decision = _waiting(decision)
    decision.withdrawn_by, decision.withdrawn_at = by, at
    decision.save(update_fields=["withdrawn_by", "withdrawn_at"])
    _ask_what_is_left(participation, by=by, at=at)
    record("take_back_decision", participation, by=by, at=at, before={"decision": decision.pk})
    return decision


@transaction.atomic
def confirm_decision(decision, *, by, at) -> StandingDecision:
    """Confirm as a second person, inside the deed of the floor above, which does what follows.

    *Continue* closes the mark and ends its hold; *hold* puts the participation on hold and leaves
    the mark open; what *remove* leads to is the caller's. Raises Refusal for who proposed it.
    """
    participation = _locked(decision.participation)
    if not may_review_standing(by):
        raise Refusal(COORDINATORS_ONLY)
    decision = _waiting(decision)
    if decision.proposed_by_id == by.pk:
        raise Refusal("You proposed this, so a second person must confirm it.")
    _refuse_unless_active(participation)
    decision.confirmed_by, decision.confirmed_at = by, at
    decision.save(update_fields=["confirmed_by", "confirmed_at"])
    if decision.kind == Kind.CONTINUE:
        participation.standing_marks.filter(pk=decision.mark_id).update(closed_at=at)
        if not _is_held_by_another(participation, decision):
            end_hold(participation, cause=STANDING, reason=decision.reason, by=by, at=at)
    elif decision.kind == Kind.HOLD:
        _hold(participation, decision, by=by, at=at)
    _ask_what_is_left(participation, by=by, at=at)
    record(
        "confirm_decision",
        participation,
        by=by,
        at=at,
        after={
            "decision": decision.pk,
            "kind": decision.kind,
            "mark": decision.mark_id,
            "proposed_by": decision.proposed_by_id,
            "review_on": decision.review_on,
        },
        reason=decision.reason,
    )
    return decision


def settle_standing(participation, *, by, at) -> None:
    """Close marks, hold and proposal of a participation that ends, inside the caller's deed."""
    participation.standing_marks.standing().update(closed_at=at)
    participation.standing_decisions.waiting().update(withdrawn_by=by, withdrawn_at=at)
    end_hold(participation, cause=STANDING, reason="The participation ended.", by=by, at=at)
    close_item(_key(participation), by=by, at=at)


def _hold(participation, decision, *, by, at):
    placed = place_hold(
        participation,
        cause=STANDING,
        why=decision.reason,
        review_on=decision.review_on,
        by=by,
        at=at,
    )
    if not placed:  # looked at again, and held on
        standing = Hold.objects.standing().on(participation).filter(cause=STANDING)
        standing.update(review_on=decision.review_on)


def _is_held_by_another(participation, decision):
    """Whether another open mark was last decided to be a hold."""
    others = participation.standing_marks.standing().exclude(pk=decision.mark_id)
    return StandingDecision.objects.filter(
        mark__in=others, kind=Kind.HOLD, confirmed_at__isnull=False
    ).exists()


def _ask(participation, title, *, at, due_on=None):
    """Make the standing the coordinators' one task; a rehearsal stays out of their list."""
    if participation.program.is_rehearsal:
        return
    raise_item(
        _key(participation),
        title=title,
        about=participation,
        url_name="assessments:standing",
        url_kwargs={"pk": participation.pk},
        at=at,
        due_on=due_on,
        role=Role.FDA_COORDINATOR,
    )


def _ask_what_is_left(participation, *, by, at):
    """The task that follows from the marks still open: none, a review, or a hold's next look."""
    if not participation.standing_marks.standing().exists():
        close_item(_key(participation), by=by, at=at)
        return
    hold = Hold.objects.standing().on(participation).filter(cause=STANDING).first()
    title = f"Review the standing of {participation.facility}"
    _ask(participation, title, at=at, due_on=hold.review_on if hold else None)


def _tell_firm(participation, kind, subject, *, at, **facts):
    write_letter(
        kind,
        to=firm_people(participation.participation_request),
        subject=f"{participation.program.short_name}: {subject}",
        about=participation,
        at=at,
        participation=participation,
        **facts,
    )


def _waiting(decision):
    decision = StandingDecision.objects.select_for_update(no_key=True).get(pk=decision.pk)
    if decision.confirmed_at or decision.withdrawn_at:
        raise IllegalMove("This proposal is settled already. Reload the page.")
    return decision


def _refuse_unless_active(participation):
    if participation.status != Status.ACTIVE:
        raise IllegalMove(
            f"This participation is “{participation.get_status_display()}”: only one that is "
            "under way has its standing reviewed."
        )


def _key(participation) -> str:
    return f"standing:{participation.pk}"


def _locked(participation):
    return (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization", "participation_request__started_by")
        .get(pk=participation.pk)
    )
