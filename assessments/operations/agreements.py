"""Ending a contractor's agreement or moving its end, with all that this touches (21 CFR 20.90)."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Prefetch

from applications import operations as intake
from applications.models import Engagement, EngagementMember
from assessments.models import Assessment, Milestone
from assessments.operations import telling
from assessments.operations.copies import ask_for_copies
from qmm_pilot.accounts.roles import Side
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs import operations as programs
from qmm_pilot.programs.access import may_file_agreement
from qmm_pilot.programs.models import Agreement, Program


@dataclass(frozen=True)
class Touched:
    """One visit that an agreement's new end reaches, and how."""

    assessment: Assessment
    people: list[str]
    words: str
    deadlines: list[Milestone]  # the contractor's, open, that fall after the new last day


def touched_by(agreement, until: date, *, at, seen_by) -> list[Touched]:
    """The visits under way whose file a new last day (inclusive) closes earlier or keeps open.

    Another agreement in force for the same contractor and program may keep a file open; then the
    words say so. Only visits that `seen_by` may know of (C2).
    """
    others = Agreement.objects.in_force(at).filter(
        program=agreement.program_id, organization=agreement.organization_id, until__gt=until
    )
    covered = others.exclude(pk=agreement.pk).exists()
    found = []
    for assessment in _under(agreement).visible_to(seen_by):
        ends_on = assessment.engagement.until
        if until < ends_on or ends_on == agreement.until:
            names = [str(member.user) for member in assessment.engagement.members.all()]
            words = _effect(assessment, agreement, until, covered)
            found.append(Touched(assessment, names, words, _deadlines_after(assessment, until)))
    return found


@transaction.atomic
def end_agreement(agreement, *, reason, by, at) -> Agreement:
    """End an agreement early: reading ends at once, work begun may still be handed in.

    The people whose file it closes are written to, and their copies become FDA's task.
    """
    if not may_file_agreement(by):
        raise Refusal(programs.COORDINATORS_ONLY)
    Program.objects.select_for_update(no_key=True).get(pk=agreement.program_id)
    under = list(_under(agreement))
    # Held before the entry about the agreement holds the trail's head: copies end under them.
    engagements = Engagement.objects.filter(pk__in=[a.engagement_id for a in under])
    list(engagements.order_by("pk").select_for_update(no_key=True))
    open_before = [(a, telling.team_of(a, at=at)) for a in under]
    agreement = programs.end_agreement(agreement, reason=reason, by=by, at=at)
    for assessment, people in open_before:
        ask_for_copies(assessment.engagement, due_on=assessment.program.today(at), at=at)
        still = telling.team_of(assessment, at=at)
        gone = [person for person in people if person not in still]
        telling.write_to(gone, "access_ended", assessment, at=at)
    return agreement


@transaction.atomic
def move_agreement_end(agreement, *, until, reason, by, at) -> Agreement:
    """Move an agreement's last day; engagements that ended with it move along."""
    if not may_file_agreement(by):
        raise Refusal(programs.COORDINATORS_ONLY)
    before = agreement.until
    agreement = programs.move_agreement_end(agreement, until=until, reason=reason, by=by, at=at)
    if until > before:
        for assessment in _under(agreement):
            if assessment.engagement.until == before:
                intake.move_engagement_end(assessment.engagement, until=until, by=by, at=at)
    return agreement


def _under(agreement):
    return (
        Assessment.objects.filter(
            participation__program=agreement.program_id,
            engagement__organization=agreement.organization_id,
            engagement__ended_at=None,
        )
        .exclude(status__in=Assessment.OVER)
        .select_related("engagement", "participation__facility", "participation__program")
        .prefetch_related(
            Prefetch(
                "engagement__members",
                EngagementMember.objects.filter(until=None)
                .select_related("user")
                .order_by("user__name"),
            ),
            Prefetch("milestones", Milestone.objects.filter(owner=Side.CONTRACTOR, done_on=None)),
        )
        .order_by("participation__facility__name", "pk")
    )


def _deadlines_after(assessment, until):
    return [milestone for milestone in assessment.milestones.all() if milestone.due_on > until]


def _effect(assessment, agreement, until, covered):
    engagement = assessment.engagement
    if until > agreement.until and engagement.until == agreement.until:
        return "The file stays open until the new last day"
    if covered:
        return "Another agreement in force keeps the file open"
    if assessment.ends_on and until < assessment.ends_on:
        return "The file closes before the assessment ends"
    return "The file closes on the new last day"
