"""Deeds on a place: accept, decline, complete."""

from django.db import transaction

from applications.access import may_answer_offer
from applications.models import Participation, Seat
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.trail import record

from .holds import refuse_firm_while_on_hold, refuse_while_on_hold
from .letters import coordinators, write_letter
from .offers import overdue_key
from .places import tell_of_free_place

Status = Participation.Status


@transaction.atomic
def accept_place(participation, *, by, at) -> Participation:
    """The official accepts the offered place; late acceptance stands while the offer does."""
    participation = _answered(participation, Status.ACTIVE, by=by, at=at)
    if not participation.program.is_rehearsal:
        raise_item(
            f"assign:{participation.pk}",
            title=f"Assign a contractor to {participation.facility}",
            about=participation,
            url_name="assessments:assign_team",
            url_kwargs={"pk": participation.pk},
            at=at,
            role=Role.FDA_COORDINATOR,
        )
    _tell_coordinators("place_accepted", "Place accepted", participation, at=at)
    record(
        "accept_place",
        participation,
        by=by,
        at=at,
        before={"status": Status.OFFERED},
        after={"status": Status.ACTIVE},
    )
    return participation


@transaction.atomic
def decline_place(participation, *, reason="", by, at) -> Participation:
    """The official declines the offered place, which becomes free at once."""
    participation = _answered(participation, Status.DECLINED, by=by, at=at, reason=reason)
    Seat.objects.filter(pk=participation.seat_id, freed_at=None).update(
        freed_at=at, freed_reason="The firm declined the place."
    )
    tell_of_free_place(participation.program, at=at)
    _tell_coordinators("place_declined", "Place declined", participation, at=at)
    record(
        "decline_place",
        participation,
        by=by,
        at=at,
        before={"status": Status.OFFERED},
        after={"status": Status.DECLINED},
        reason=reason,
    )
    return participation


@transaction.atomic
def complete_participation(participation, *, by, at) -> Participation:
    """Close an active participation whose work is done; its place stays taken."""
    participation = _locked(participation)
    if not by.has_role(Role.FDA_COORDINATOR):
        raise Refusal("Only FDA coordinators complete a participation.")
    refuse_while_on_hold(participation)
    participation.become(Status.COMPLETED)
    participation.save(update_fields=["status"])
    record(
        "complete_participation",
        participation,
        by=by,
        at=at,
        before={"status": Status.ACTIVE},
        after={"status": Status.COMPLETED},
    )
    return participation


def _answered(participation, answer, *, by, at, reason=""):
    participation = _locked(participation)
    if not may_answer_offer(by, participation):
        raise Refusal("Only an authorized official of the firm answers the offer of a place.")
    if participation.status == Status.OFFERED:
        refuse_firm_while_on_hold(participation.participation_request)
        refuse_firm_while_on_hold(participation)
    participation.become(answer)
    participation.answered_at, participation.answered_by = at, by
    participation.end_reason = reason
    participation.save()
    close_item(f"accept:{participation.pk}", by=by, at=at)
    close_item(overdue_key(participation), by=by, at=at)
    return participation


def _tell_coordinators(kind, subject, participation, *, at):
    if not participation.program.is_rehearsal:
        write_letter(
            kind,
            to=coordinators(),
            subject=f"{subject}: {participation.program.short_name}",
            about=participation,
            at=at,
            participation=participation,
        )


def _locked(participation):
    # A place that is declined becomes free, and whoever promotes an alternate counts free places.
    Program.objects.select_for_update(no_key=True).get(pk=participation.program_id)
    return (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization", "participation_request")
        .get(pk=participation.pk)
    )
