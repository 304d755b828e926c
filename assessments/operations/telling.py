"""Who is told what about a visit, and what becomes due: letters and action items.

A rehearsal is absent from staff queues: it asks and writes to the people named on it alone, never
to everyone who holds a role at FDA.
"""

from django.conf import settings
from django.template.loader import render_to_string

from applications.models import EngagementMember
from applications.operations.letters import open_to
from qmm_pilot.accounts.operations import people_with
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.letters import queue_letter

PAGE = "assessments:assessment_detail"


def officials_of(assessment):
    """The firm's authorized officials."""
    return people_with(Role.FIRM_OFFICIAL, assessment.participation.organization)


def officials_of_place(participation):
    """The firm's authorized officials, of a place that may have no assessment yet."""
    return people_with(Role.FIRM_OFFICIAL, participation.organization)


def coordinators():
    """FDA's coordinators."""
    return list(people_with(Role.FDA_COORDINATOR))


def team_of(assessment, *, at):
    """The contractor's active people on the team at this moment, the lead first."""
    members = (
        assessment.engagement.members.in_force(at)
        .filter(user__is_active=True)
        .select_related("user")
        .distinct()
    )
    return [member.user for member in sorted(members, key=lambda m: m.function != "lead")]


def lead_of(assessment):
    """The lead of the contractor's team, who alone holds its tasks.

    They name the facility, which a colleague of the same contractor who is not on this team does
    not learn (A7).
    """
    lead = EngagementMember.Function.LEAD
    return assessment.engagement.members.get(function=lead, until=None).user


def fda_people_of(assessment, *, at):
    """The active FDA people on the team on this day."""
    today = assessment.program.today(at)
    members = assessment.team_members.filter(user__is_active=True).select_related("user")
    return [m.user for m in members if m.until is None or today < m.until]


def staff_with(role, assessment):
    """FDA's people of this role; nobody in a rehearsal."""
    return [] if assessment.program.is_rehearsal else list(people_with(role))


def everyone_on(assessment, *, at):
    """The firm's officials, the contractor's team, the FDA people, the coordinators; each once."""
    people = [
        *officials_of(assessment),
        *team_of(assessment, at=at),
        *fda_people_of(assessment, at=at),
        *staff_with(Role.FDA_COORDINATOR, assessment),
    ]
    return list(dict.fromkeys(people))


def write_to(people, kind, assessment, *, at, about=None, **facts):
    """Queue the letter templates/letters/<kind>.txt, first line its subject, for each person.

    A letter names no finding, level, reason or comment: it asks the person to sign in.
    """
    for person in open_to(people, assessment):
        text = render_to_string(
            f"letters/{kind}.txt",
            {
                "assessment": assessment,
                "person": person,
                "site_address": settings.SITE_ADDRESS,
                **facts,
            },
        )
        subject, _, body = text.strip().partition("\n")
        queue_letter(
            kind=kind,
            to=person,
            subject=subject,
            body=body.strip(),
            about=about or assessment,
            at=at,
        )


def ask(
    deed,
    title,
    assessment,
    *,
    at,
    role="",
    organization=None,
    user=None,
    due_on=None,
    url_name=PAGE,
):
    """Raise the action item of this deed on this assessment, held by a role or a person."""
    if assessment.program.is_rehearsal and organization is None and user is None:
        return
    raise_item(
        key_of(deed, assessment),
        title=title,
        about=assessment,
        url_name=url_name,
        url_kwargs={"pk": assessment.pk},
        at=at,
        due_on=due_on,
        role=role,
        organization=organization,
        user=user,
    )


def no_longer_ask(deed, assessment, *, by, at):
    """Close the action item of this deed on this assessment, where one is open."""
    close_item(key_of(deed, assessment), by=by, at=at)


def due_on(assessment, key):
    """The due day of one milestone of this assessment, or None."""
    return assessment.milestones.filter(key=key).values_list("due_on", flat=True).first()


def key_of(deed, assessment) -> str:
    """The key under which one deed on one assessment is asked for, once."""
    return f"assessment:{assessment.pk}:{deed}"
