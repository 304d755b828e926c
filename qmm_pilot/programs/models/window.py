"""When a program takes requests: its openings for everyone, and firms admitted late."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Scope

from .program import Program


class Opening(models.Model):
    """A time in which requests are accepted: opens_at <= moment < closes_at."""

    program = models.ForeignKey(Program, models.PROTECT, related_name="openings")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(help_text="Exclusive.")
    source = models.CharField(max_length=200, help_text="The notice that announces it.")
    reason = models.TextField(
        blank=True, help_text="Why FDA set it; empty for the window that the program began with."
    )

    class Meta:
        ordering = ["opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__lt=models.F("closes_at")), name="opening_opens_before_close"
            )
        ]

    def __str__(self):
        return f"{self.program}: {self.opens_at} to {self.closes_at}"


class LateAdmissionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's case staff see all; a firm and its agents its own: no firm learns of another."""
        if user.reads_cases:
            return self
        return self.filter(organization__in=firms_of(user, Scope.PREPARE, Scope.SUBMIT))

    def in_force(self, moment):
        """Those that let their firm in at this moment: admitted_at <= moment < closes_at."""
        return self.filter(
            Q(ended_at=None) | Q(ended_at__gt=moment), admitted_at__lte=moment, closes_at__gt=moment
        )


class LateAdmission(models.Model):
    """One named firm whose requests a program takes after its window, until a moment (A3)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="late_admissions")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="late_admissions")
    reason = models.TextField()
    admitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    admitted_at = models.DateTimeField()
    closes_at = models.DateTimeField(help_text="Exclusive.")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    end_reason = models.TextField(blank=True)

    objects = LateAdmissionQuerySet.as_manager()

    class Meta:
        ordering = ["admitted_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(admitted_at__lt=models.F("closes_at")),
                name="late_admission_begins_before_its_end",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="late_admission_has_its_reason"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(end_reason=""),
                name="late_admission_ends_with_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.organization} admitted late to {self.program.short_name}"
