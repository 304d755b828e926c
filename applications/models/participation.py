"""A place that was offered, and the engagement that opens its file to a contractor."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Scope
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import Lifecycle
from qmm_pilot.programs.models import Program

from .facility import Facility
from .request import ParticipationRequest
from .selection import Seat


class ParticipationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A firm's and its agents' own; FDA case staff all. Contractors see assessments instead."""
        if user.reads_cases:
            return self
        return self.filter(organization__in=firms_of(user, Scope.PREPARE, Scope.SUBMIT))

    def real(self):
        """All but those of rehearsals."""
        return self.filter(program__rehearsal_of=None)


class Participation(Lifecycle):
    """One facility's part in one program, from the offer of its place onwards."""

    class Status(models.TextChoices):
        OFFERED = "offered", "Place offered"
        ACTIVE = "active", "Taking part"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        COMPLETED = "completed", "Completed"

    MOVES = {
        Status.OFFERED: {Status.ACTIVE, Status.DECLINED},
        Status.ACTIVE: {Status.WITHDRAWN, Status.COMPLETED},
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seat = models.OneToOneField(Seat, models.PROTECT, related_name="participation")
    participation_request = models.OneToOneField(
        ParticipationRequest, models.PROTECT, related_name="participation"
    )
    program = models.ForeignKey(Program, models.PROTECT, related_name="participations")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="participations")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="participations")
    status = models.CharField(max_length=15, choices=Status, default=Status.OFFERED)
    offered_at = models.DateTimeField()
    accept_by = models.DateField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    end_reason = models.TextField(blank=True)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        ordering = ["facility__name"]

    def __str__(self):
        return f"{self.facility} in {self.program.short_name}"


class Engagement(models.Model):
    """The one row that opens a participation's file to a contractor organization."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation = models.ForeignKey(Participation, models.PROTECT, related_name="engagements")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="engagements")
    since = models.DateField()
    until = models.DateField(help_text="Inclusive.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation"],
                condition=Q(ended_at=None),
                name="one_engagement_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(since__lte=models.F("until")), name="engagement_since_before_until"
            ),
        ]

    def __str__(self):
        return f"{self.organization} for {self.participation}"


class EngagementMemberQuerySet(models.QuerySet):
    def in_force(self, moment):
        """Members whose own dates, engagement and agreement all hold at this moment (A9)."""
        day = moment.astimezone(EASTERN).date()
        return self.filter(
            until=None,
            engagement__ended_at=None,
            engagement__since__lte=day,
            engagement__until__gte=day,
            engagement__participation__program__agreements__organization=models.F(
                "engagement__organization"
            ),
            engagement__participation__program__agreements__since__lte=day,
            engagement__participation__program__agreements__until__gte=day,
        )


class EngagementMember(models.Model):
    """A contractor's person on one engagement; who leaves keeps the row, with its end."""

    class Function(models.TextChoices):
        LEAD = "lead", "Lead assessor"
        ASSESSOR = "assessor", "Assessor"

    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="engagements")
    function = models.CharField(max_length=10, choices=Function)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    objects = EngagementMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "user"], condition=Q(until=None), name="member_once"
            ),
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(until=None, function="lead"),
                name="one_lead_per_engagement",
            ),
        ]

    def __str__(self):
        return f"{self.user} ({self.get_function_display()})"
