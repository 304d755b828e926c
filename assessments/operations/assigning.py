"""Assigning the contractor's team and the FDA people who join."""

from django.db import transaction

from applications.models import Barring, EngagementMember, Participation
from applications.operations import engage_contractor, refuse_unless_goes_on
from assessments import access
from assessments.models import AssessedTopic, Assessment, TeamMember
from assessments.operations import telling
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Agreement
from qmm_pilot.records.signatures import signatures_of
from qmm_pilot.records.trail import record


@transaction.atomic
def assign_team(
    participation, *, contractor, lead, assessors, fda_people, mode, by, at
) -> Assessment:
    """Name the contractor's team and the FDA people; the file opens to each who has declared.

    The engagement lasts until the contractor's written agreement ends (21 CFR 20.90). The
    program's topics are copied, so that later changes of the program leave this visit alone.
    Raises Refusal before the firm has accepted its place, without an agreement in force, when a
    person does not fit, or when a team is assigned already.
    """
    participation = Participation.objects.select_for_update(no_key=True).get(pk=participation.pk)
    if not access.may_assign_team(by):
        raise Refusal("Only an FDA coordinator assigns a team.")
    refuse_unless_goes_on(participation, by=by)
    agreement = (
        Agreement.objects.in_force(at)
        .filter(program=participation.program, organization=contractor)
        .select_related("superseded_by")
        .order_by("-until")
        .first()
    )
    if agreement is None:
        raise Refusal(
            f"{contractor} has no written agreement in force for {participation.program} "
            "(21 CFR 20.90), so it cannot be assigned."
        )
    today = participation.program.today(at)
    engagement = engage_contractor(
        participation,
        organization=contractor,
        members=_functions(lead, assessors),
        since=today,
        until=agreement.last_day(),
        by=by,
        at=at,
    )
    assessment = Assessment.objects.create(
        participation=participation, engagement=engagement, mode=mode, assigned_at=at
    )
    AssessedTopic.objects.bulk_create(
        AssessedTopic(assessment=assessment, topic=topic, name=topic.name, order=topic.order)
        for topic in participation.program.topics.standing()
    )
    for person in fda_people:
        _join(assessment, person, today)
    telling.ask(
        "propose_dates",
        f"Propose dates for the assessment of {assessment.facility.name}",
        assessment,
        at=at,
        user=lead,
    )
    telling.write_to(telling.everyone_on(assessment, at=at), "team_assigned", assessment, at=at)
    record(
        "assign_team",
        assessment,
        by=by,
        at=at,
        after={
            "contractor": contractor.name,
            "lead": str(lead),
            "assessors": [str(person) for person in assessors],
            "fda_people": [str(person) for person in fda_people],
            "mode": mode,
        },
    )
    return assessment


@transaction.atomic
def join_team(assessment, *, person, by, at) -> TeamMember:
    """Add an FDA person to the team.

    Raises Refusal when she is on it, does not work on cases for FDA, or has signed a report of
    this assessment, and once the assessment is completed: who accepts is never on the team (F11).
    """
    assessment = _lock_for_coordinator(assessment, by=by)
    if assessment.status in Assessment.OVER:
        raise Refusal(
            f"The assessment is {assessment.get_status_display().lower()}, so nobody joins its "
            "team any more."
        )
    if any(signatures_of(report).filter(signer=person) for report in assessment.reports.all()):
        raise Refusal(f"{person} has signed this assessment’s report and so cannot join its team.")
    if assessment.team_members.filter(user=person, until__isnull=True).exists():
        raise Refusal(f"{person} is on this team already.")
    member = _join(assessment, person, assessment.program.today(at))
    telling.write_to([person], "team_assigned", assessment, at=at)
    record("join_team", assessment, by=by, at=at, after={"joined": str(person)})
    return member


@transaction.atomic
def leave_team(assessment, *, person, reason, by, at) -> TeamMember:
    """End an FDA person's part from today; the row stays and bars her from approving."""
    assessment = _lock_for_coordinator(assessment, by=by)
    member = assessment.team_members.filter(user=person, until__isnull=True).first()
    if member is None:
        raise Refusal(f"{person} is not on this team.")
    member.until = assessment.program.today(at)
    member.save(update_fields=["until"])
    record("leave_team", assessment, by=by, at=at, after={"left": str(person)}, reason=reason)
    return member


def _lock_for_coordinator(assessment, *, by):
    assessment = Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)
    if not access.may_assign_team(by):
        raise Refusal("Only an FDA coordinator changes the team.")
    return assessment


def _join(assessment, person, today):
    if not person.reads_cases or not person.is_active:
        raise Refusal(f"{person} is not on FDA’s staff for cases and so cannot join for FDA.")
    site = assessment.participation.participation_request.fei_key
    if Barring.objects.standing().filter(person=person, fei_key=site).exists():
        raise Refusal(
            f"This site is closed to {person}, who has declared a conflict of interest or is asked "
            "to declare first. Choose another person."
        )
    return TeamMember.objects.create(assessment=assessment, user=person, since=today)


def _functions(lead, assessors):
    """Each person with her function; who leads and belongs is checked where the team is engaged."""
    if len({lead, *assessors}) < 1 + len(assessors):
        raise Refusal("Each person is on the team once.")
    for person in assessors:
        if not person.has_role(Role.CONTRACTOR_LEAD, Role.CONTRACTOR_ASSESSOR):
            raise Refusal(f"{person} is not an assessor.")
    helping = dict.fromkeys(assessors, EngagementMember.Function.ASSESSOR)
    return {lead: EngagementMember.Function.LEAD, **helping}
