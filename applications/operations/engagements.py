"""Deeds on an engagement: open it, name its people, let them go, move its end, end it."""

from datetime import datetime, time

from django.db import transaction

from applications.access import may_engage
from applications.models import Engagement, EngagementMember, Participation
from applications.operations.declarations import ask_to_declare
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.actions import close_item
from qmm_pilot.records.trail import record

Function = EngagementMember.Function


@transaction.atomic
def engage_contractor(participation, *, organization, members, since, until, by, at) -> Engagement:
    """Engage a contractor's named people for an active participation, and ask each to declare.

    `members` maps people to EngagementMember.Function; exactly one leads. `since` and `until`
    are Eastern dates, `until` inclusive. The file opens to each person once her declaration for
    this facility is accepted. Raises Refusal without an agreement in force (21 CFR 20.90), for
    people who do not fit, and while another engagement stands.
    """
    participation = _locked(participation, by=by)
    if participation.status != Participation.Status.ACTIVE:
        raise IllegalMove("A contractor is assigned once the firm has accepted its place.")
    if organization.kind != Side.CONTRACTOR:
        raise Refusal(f"{organization} is not a contractor.")
    if not participation.program.agreements.in_force(at).filter(organization=organization).exists():
        raise Refusal(
            f"No written agreement with {organization} is in force for "
            f"{participation.program.short_name} (21 CFR 20.90)."
        )
    for person, function in members.items():
        _check_fits(person, function, organization)
    if list(members.values()).count(Function.LEAD) != 1:
        raise Refusal("Name exactly one lead assessor.")
    if participation.engagements.filter(ended_at=None).exists():
        raise IllegalMove("A contractor is assigned to this facility already.")
    engagement = Engagement.objects.create(
        participation=participation, organization=organization, since=since, until=until
    )
    for person, function in members.items():
        member = EngagementMember.objects.create(
            engagement=engagement, user=person, function=function, since=at
        )
        ask_to_declare(member, at=at)
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
def name_member(
    engagement, *, person, function, subcontractor=None, since=None, last_on=None, by, at
) -> EngagementMember:
    """Name another person of an engagement, for her days, and ask her to declare her interests.

    `since` and `last_on` are Eastern dates; without them her part begins now and ends with the
    engagement. Substitutes and interpreters are named with their last day. A new lead ends the
    part of the present one. Raises Refusal for a person who does not fit or is named already, and
    for a subcontractor that FDA has not approved for the day on which her part begins.
    """
    participation = _locked(engagement.participation, by=by)
    engagement = _standing(engagement)
    today = participation.program.today(at)
    since = since or today
    _check_fits(person, function, engagement.organization)
    if function in (Function.SUBSTITUTE, Function.INTERPRETER) and last_on is None:
        raise Refusal("Substitutes and interpreters are named with their last day.")
    if since < today:
        raise Refusal("A person’s part begins today or later.")
    if last_on is not None and last_on < since:
        raise Refusal("The last day is before the first day.")
    if (last_on or since) > engagement.until:
        raise Refusal("The engagement ends before that day.")
    if engagement.members.filter(user=person, until=None).exists():
        raise Refusal(f"{person} is on this team already.")
    _check_approved(subcontractor, engagement, since, last_on or since)
    replaced = None
    if function == Function.LEAD:
        replaced = engagement.members.filter(function=Function.LEAD, until=None).first()
        if replaced:
            _leave(replaced, at=at)
    member = EngagementMember.objects.create(
        engagement=engagement,
        user=person,
        function=function,
        subcontractor=subcontractor,
        since=at if since == today else datetime.combine(since, time.min, EASTERN),
        last_on=last_on,
    )
    ask_to_declare(member, at=at)
    record(
        "name_member",
        engagement,
        by=by,
        at=at,
        after={
            "person": person.pk,
            "function": function,
            "employer": member.employer,
            "since": since,
            "last_on": last_on,
            "replaces": replaced.user_id if replaced else None,
        },
    )
    return member


@transaction.atomic
def end_member(member, *, reason, by, at) -> EngagementMember:
    """End a person's part at once; the row stays. The lead’s part ends when another is named."""
    _locked(member.engagement.participation, by=by)
    member = EngagementMember.objects.select_for_update(no_key=True).get(pk=member.pk)
    if member.until:
        raise Refusal(f"{member.user} has left this team already.")
    if member.function == Function.LEAD:
        raise Refusal("Name another lead assessor first; that ends this person’s part.")
    if not reason.strip():
        raise Refusal("Give the reason.")
    _leave(member, at=at)
    record(
        "end_member",
        member.engagement,
        by=by,
        at=at,
        after={"person": member.user_id, "function": member.function},
        reason=reason,
    )
    return member


@transaction.atomic
def move_engagement_end(engagement, *, until, by, at) -> Engagement:
    """Move the last day of an engagement, inclusive, within an agreement that covers it."""
    participation = _locked(engagement.participation, by=by)
    engagement = _standing(engagement)
    if until < engagement.since:
        raise Refusal("The last day is before the first day.")
    agreements = participation.program.agreements.filter(organization=engagement.organization)
    if not any(a.last_day() >= until for a in agreements.select_related("superseded_by")):
        raise Refusal("No written agreement reaches until that day (21 CFR 20.90).")
    before = engagement.until
    engagement.until = until
    engagement.save(update_fields=["until"])
    record(
        "move_engagement_end",
        engagement,
        by=by,
        at=at,
        before={"until": before},
        after={"until": until},
    )
    return engagement


@transaction.atomic
def end_engagement(engagement, *, reason, by, at) -> Engagement:
    """Close an engagement: from this moment its file is closed to the contractor."""
    _locked(engagement.participation, by=by)
    engagement = _standing(engagement)
    if not reason.strip():
        raise Refusal("Give the reason for ending the engagement.")
    engagement.ended_at, engagement.end_reason = at, reason.strip()
    engagement.save(update_fields=["ended_at", "end_reason"])
    record(
        "end_engagement", engagement, by=by, at=at, after={"ended_at": at}, reason=reason.strip()
    )
    return engagement


def _locked(participation, *, by):
    participation = (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization")
        .get(pk=participation.pk)
    )
    if not may_engage(by):
        raise Refusal("Only FDA coordinators assign a contractor and name its people.")
    return participation


def _standing(engagement):
    engagement = (
        Engagement.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization", "participation__program")
        .get(pk=engagement.pk)
    )
    if engagement.ended_at:
        raise Refusal("This engagement has ended.")
    return engagement


def _check_fits(person, function, organization):
    if not User.objects.filter(pk=person.pk, is_active=True).exists():
        raise Refusal(f"The account of {person} is not active.")
    if person.organization_id != organization.pk:
        raise Refusal(f"Not of the people of {organization}: {person}.")
    if function == Function.LEAD and not person.has_role(Role.CONTRACTOR_LEAD):
        raise Refusal(f"{person} does not hold the role of lead assessor.")
    if function != Function.INTERPRETER and not person.has_role(
        Role.CONTRACTOR_LEAD, Role.CONTRACTOR_ASSESSOR
    ):
        raise Refusal(f"{person} is not an assessor.")


def _check_approved(subcontractor, engagement, since, last_on):
    if subcontractor is None:
        return
    fits = (
        subcontractor.agreement.organization_id == engagement.organization_id
        and subcontractor.agreement.program_id == engagement.participation.program_id
        and subcontractor.revoked_at is None
        and subcontractor.since <= since
        and last_on <= subcontractor.until
    )
    if not fits:
        raise Refusal(
            f"{subcontractor} is not approved by FDA for these days (21 CFR 20.90). "
            "Approve it under the agreement first."
        )


def _leave(member, *, at):
    member.until = at
    member.save(update_fields=["until"])
