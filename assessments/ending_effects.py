"""What the early end of a participation changes, read for the pages that ask before it (C12)."""

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q

from applications.models import EngagementMember
from assessments.models import Assessment, DateProposal
from assessments.operations import telling
from assessments.operations.copies import counts_of
from metrics.models import MetricsSubmission, MetricsVersion
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.roles import Side
from qmm_pilot.uswds.moments import day_in_words

Status = Assessment.Status
KEPT = (
    "Everything that was submitted, agreed, recorded or written stays on record. Firm and FDA go "
    "on reading what they read today. Nothing is deleted."
)


class Effect(NamedTuple):
    """One thing that the end changes, in a word and a sentence."""

    label: str
    words: str


def effects_of(participation, *, assessment=None, frees_place=True, at) -> list[Effect]:
    """Place, dates, metrics, people told, access, copies and what is kept, in this order.

    `assessment` is that of assessment_of(), where the caller has it already.
    """
    assessment = assessment or assessment_of(participation)
    effects = [
        Effect("Place", _place(participation, frees_place)),
        Effect("Assessment", _dates(assessment)),
        Effect("Metrics", _metrics(assessment)),
        Effect("People told", _people(participation, assessment, at=at)),
    ]
    if assessment is not None:
        effects.append(Effect("Contractor’s access", _access(assessment)))
        effects.append(Effect("Copies to return", _copies(assessment)))
    return [*effects, Effect("What is kept", KEPT)]


def assessment_of(participation) -> Assessment | None:
    """The assessment of a participation, or None where no team was assigned."""
    submissions = MetricsSubmission.objects.filter(participation=OuterRef("participation"))
    handed_in = MetricsVersion.objects.submitted().filter(
        submission__participation=OuterRef("participation")
    )
    live = DateProposal.objects.filter(assessment=OuterRef("pk"), superseded_at=None)
    return (
        Assessment.objects.filter(participation=participation)
        .select_related("engagement__organization", "participation__program")
        .annotate(
            has_proposal=Exists(live),
            has_metrics=Exists(submissions),
            has_handed_in=Exists(handed_in),
            open_deadlines=Count("milestones", filter=Q(milestones__done_on=None)),
        )
        .first()
    )


def asks_about_report(assessment) -> bool:
    """Whether a firm that withdraws chooses about a partial report: begun, and none released."""
    return (
        assessment is not None
        and assessment.began_at is not None
        and assessment.status not in Assessment.OVER
    )


def asks_about_data(assessment) -> bool:
    """Whether a firm that withdraws chooses about its data: fieldwork has begun."""
    return assessment is not None and assessment.began_at is not None


def _place(participation, frees_place):
    number = participation.seat.number
    if not frees_place:
        return f"Place {number} stays taken: no other facility follows at the end of a program."
    if participation.seat.freed_at is not None:
        return f"Place {number} is free already."
    return f"Place {number} becomes free, and FDA may offer it to an alternate."


def _dates(assessment):
    if assessment is None:
        return "No team was assigned, so there are no dates."
    if assessment.status == Status.COMPLETED:
        return "It is completed and its report released. Both stay as they are."
    if assessment.starts_on is None:
        return "The proposed dates fall." if assessment.has_proposal else "No dates were proposed."
    days = f"{day_in_words(assessment.starts_on)} to {day_in_words(assessment.ends_on)}"
    deadlines = f"{assessment.open_deadlines} open deadlines"
    if assessment.open_deadlines == 1:
        deadlines = "1 open deadline"
    if assessment.began_at is None:
        return f"The agreed dates, {days}, and {deadlines} are cancelled."
    return f"It ends where it stands (agreed for {days}); {deadlines} are cancelled."


def _metrics(assessment):
    if assessment is None or not assessment.has_metrics:
        return "None were asked for."
    if assessment.has_handed_in:
        return "They are closed. What was submitted stays readable."
    return "They are no longer asked for."


def _people(participation, assessment, *, at):
    """Who is told, by side: one query for all of them."""
    told = Q(pk__in=telling.officials_of_place(participation).values("pk"))
    if assessment is not None:
        team = EngagementMember.objects.in_force(at).filter(engagement=assessment.engagement)
        day = participation.program.today(at)
        joining = assessment.team_members.filter(Q(until=None) | Q(until__gt=day))
        told |= Q(pk__in=team.values("user")) | Q(pk__in=joining.values("user"))
    names = defaultdict(list)
    people = User.objects.filter(told, is_active=True).order_by("name", "pk")
    for name, side in people.values_list("name", "organization__kind"):
        names[side].append(name)
    groups = [
        ("the officials of the firm", names[Side.FIRM]),
        ("the contractor’s team", names[Side.CONTRACTOR]),
        ("the FDA people who join", names[Side.FDA]),
    ]
    told_by_group = [f"{group} ({', '.join(found)})" for group, found in groups if found]
    if not participation.program.is_rehearsal:
        told_by_group.append("FDA’s coordinators")
    words = f"{'; '.join(told_by_group)}."
    return words[0].upper() + words[1:]


def _access(assessment):
    if assessment.engagement.ended_at is not None:
        return f"{assessment.contractor} reads nothing of this any more already."
    words = f"{assessment.contractor} reads nothing of this any more once FDA has closed it."
    if asks_about_report(assessment):
        words += " Where a partial report is wanted, work already begun may still be handed in."
    return words


def _copies(assessment):
    _, left = counts_of([assessment.engagement])[assessment.engagement.pk]
    if not left:
        return "None are outstanding."
    copies = "1 copy" if left == 1 else f"{left} copies"
    return f"{copies} taken along by the contractor: listed until returned or destroyed."
