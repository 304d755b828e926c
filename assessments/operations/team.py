"""The contractor's people on a visit that is assigned: another one, one who leaves, the end."""

from django.db import transaction

from applications import operations as intake
from applications.models import EngagementMember, Participation
from assessments import access
from assessments.operations.copies import ask_for_copies
from assessments.operations.dates import bookings_of
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import AboutSubject, ActionItem
from qmm_pilot.uswds.moments import day_in_words

Function = EngagementMember.Function


@transaction.atomic
def name_member(
    assessment, *, person, function, subcontractor=None, since=None, last_on=None, by, at
) -> EngagementMember:
    """Name another person of the contractor's team, who is asked to declare interests.

    Raises Refusal when she is on another visit in the agreed days; see the operation below for
    who fits. A new lead takes over the tasks of the one before.
    """
    assessment = _locked(assessment, by=by)
    intake.refuse_unless_goes_on(assessment.participation, by=by)
    if assessment.starts_on:
        days = (assessment.starts_on, assessment.ends_on)
        booked = bookings_of([person.pk], days=days, besides=assessment)
        if booked:
            other = booked[0][0]
            raise Refusal(
                f"{person} is on another visit from {day_in_words(other.starts_on)} to "
                f"{day_in_words(other.ends_on)}, which these dates overlap."
            )
    before = assessment.engagement.members.filter(function=Function.LEAD, until=None).first()
    member = intake.name_member(
        assessment.engagement,
        person=person,
        function=function,
        subcontractor=subcontractor,
        since=since,
        last_on=last_on,
        by=by,
        at=at,
    )
    if function == Function.LEAD and before:
        open_items = ActionItem.objects.open().filter(**AboutSubject.naming(assessment))
        open_items.filter(user=before.user).update(user=person)
    return member


@transaction.atomic
def end_member(assessment, *, person, reason, by, at) -> EngagementMember:
    """End a person's part at once; her copies stay outstanding until returned."""
    assessment = _locked(assessment, by=by)
    member = assessment.engagement.members.filter(user=person, until=None).first()
    if member is None:
        raise Refusal(f"{person} is not on this team.")
    ask_for_copies(assessment.engagement, due_on=assessment.program.today(at), at=at)
    return intake.end_member(member, reason=reason, by=by, at=at)


@transaction.atomic
def end_engagement(assessment, *, reason, by, at):
    """Close the engagement: reading ends at once, work begun may be handed in, copies come back."""
    assessment = _locked(assessment, by=by)
    ask_for_copies(assessment.engagement, due_on=assessment.program.today(at), at=at)
    return intake.end_engagement(assessment.engagement, reason=reason, by=by, at=at)


@transaction.atomic
def move_engagement_end(assessment, *, until, by, at):
    """Move the engagement's last day, for example to that of a new agreement."""
    assessment = _locked(assessment, by=by)
    return intake.move_engagement_end(assessment.engagement, until=until, by=by, at=at)


def _locked(assessment, *, by):
    Participation.objects.select_for_update(no_key=True).get(pk=assessment.participation_id)
    assessment = type(assessment).objects.select_for_update(no_key=True).get(pk=assessment.pk)
    if not access.may_assign_team(by):
        raise Refusal("Only an FDA coordinator changes the team.")
    return assessment
