"""Deeds on a place: accept, decline, engage a contractor, complete."""

from django.db import transaction

from applications.access import may_answer_offer
from applications.models import Engagement, EngagementMember, Participation, Seat
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.trail import record

from .holds import refuse_firm_while_on_hold
from .letters import coordinators, write_letter

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
def engage_contractor(participation, *, organization, members, since, until, by, at) -> Engagement:
    """Open the file of an active participation to a contractor's named people.

    `members` maps people to EngagementMember.Function; exactly one leads. `since` and `until`
    are Eastern dates, `until` inclusive. Raises Refusal without an agreement in force (21 CFR
    20.90), for people of another organization, and while another engagement stands.
    """
    participation = _locked(participation)
    if not by.has_role(Role.FDA_COORDINATOR):
        raise Refusal("Only FDA coordinators assign a contractor.")
    if participation.status != Status.ACTIVE:
        raise IllegalMove("A contractor is assigned once the firm has accepted its place.")
    if organization.kind != Side.CONTRACTOR:
        raise Refusal(f"{organization} is not a contractor.")
    if not participation.program.agreements.in_force(at).filter(organization=organization).exists():
        raise Refusal(
            f"No written agreement with {organization} is in force for "
            f"{participation.program.short_name} (21 CFR 20.90)."
        )
    strangers = [str(user) for user in members if user.organization_id != organization.pk]
    if strangers:
        raise Refusal(f"Not people of {organization}: {', '.join(strangers)}.")
    if list(members.values()).count(EngagementMember.Function.LEAD) != 1:
        raise Refusal("Name exactly one lead assessor.")
    lead = next(u for u, f in members.items() if f == EngagementMember.Function.LEAD)
    if not lead.has_role(Role.CONTRACTOR_LEAD):
        raise Refusal(f"{lead} does not hold the role of lead assessor.")
    if participation.engagements.filter(ended_at=None).exists():
        raise IllegalMove("A contractor is assigned to this facility already.")
    engagement = Engagement.objects.create(
        participation=participation, organization=organization, since=since, until=until
    )
    EngagementMember.objects.bulk_create(
        EngagementMember(engagement=engagement, user=user, function=function, since=at)
        for user, function in members.items()
    )
    close_item(f"assign:{participation.pk}", by=by, at=at)
    record(
        "engage_contractor",
        engagement,
        by=by,
        at=at,
        after={
            "participation": participation.pk,
            "organization": organization.pk,
            "members": {str(user.pk): str(function) for user, function in members.items()},
            "since": since,
            "until": until,
        },
    )
    return engagement


@transaction.atomic
def complete_participation(participation, *, by, at) -> Participation:
    """Close an active participation whose work is done; its place stays taken."""
    participation = _locked(participation)
    if not by.has_role(Role.FDA_COORDINATOR):
        raise Refusal("Only FDA coordinators complete a participation.")
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
    return (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization", "participation_request")
        .get(pk=participation.pk)
    )
