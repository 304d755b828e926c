"""What remains when a contractor's file is closed: work handed in, and copies taken along."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.models import Barring
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.models import Download, StoredFile

from .assessment import Assessment
from .finding import Finding


class HandInQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's case staff read what was handed in; the person sees that hers arrived."""
        if not user.reads_cases:
            return self.filter(handed_in_by=user)
        return self.filter(assessment__in=Assessment.objects.visible_to(user))


class HandIn(models.Model):
    """Work begun that a person hands in after her access has ended (states.md: hand-in only).

    She is shown its receipt and hashes, never the words again; FDA reads and rules on it.
    """

    class Kind(models.TextChoices):
        FINDING = "finding", "Finding"
        RATING = "rating", "Rating of a topic"
        REPORT = "report", "Text of the report"
        OTHER = "other", "Other work"

    class Status(models.TextChoices):
        HANDED_IN = "handed_in", "Handed in"
        ENTERED = "entered", "Entered in the record"
        SET_ASIDE = "set_aside", "Set aside"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="hand_ins")
    receipt = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    topic_name = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    facts = models.JSONField(default=dict, help_text="The answers of a form, name by name.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the text, UTF-8.")
    stored_file = models.OneToOneField(
        StoredFile, on_delete=models.PROTECT, null=True, related_name="+"
    )
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    handed_in_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.HANDED_IN)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ruled_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    finding = models.OneToOneField(Finding, on_delete=models.PROTECT, null=True, related_name="+")

    objects = HandInQuerySet.as_manager()

    class Meta:
        ordering = ["handed_in_at"]
        constraints = [
            models.CheckConstraint(
                name="hand_in_holds_something",
                condition=~Q(text="") | Q(stored_file__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, receipt {self.receipt}"


class EngagementPartQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's case staff see all; a contractor's administrator those of her organization."""
        if user.reads_cases:
            barred = Barring.objects.feis_of(user)
            site = "engagement__participation__participation_request__fei_key__in"
            return self.exclude(**{site: barred})
        if user.has_role(Role.CONTRACTOR_ADMINISTRATOR):
            return self.filter(engagement__organization=user.organization_id)
        return self.none()


class DestructionCertificate(models.Model):
    """A contractor's word that no copy of an engagement's records is left (21 CFR 20.90).

    Signed here by its administrator, or a signed paper that FDA files; it covers the copies that
    were outstanding then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    engagement = models.ForeignKey(
        "applications.Engagement", on_delete=models.PROTECT, related_name="certificates"
    )
    statement = models.TextField()
    stored_file = models.OneToOneField(
        StoredFile, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()

    objects = EngagementPartQuerySet.as_manager()

    class Meta:
        ordering = ["made_at"]

    def __str__(self):
        return f"Destruction certificate for {self.engagement}"


class CopyEnd(models.Model):
    """That one downloaded copy came back or was destroyed; without it the copy is outstanding."""

    class How(models.TextChoices):
        RETURNED = "returned", "Returned"
        DESTROYED = "destroyed", "Destroyed"

    download = models.OneToOneField(Download, on_delete=models.PROTECT, related_name="copy_end")
    engagement = models.ForeignKey(
        "applications.Engagement", on_delete=models.PROTECT, related_name="copy_ends"
    )
    how = models.CharField(max_length=10, choices=How)
    words = models.TextField(blank=True)
    certificate = models.ForeignKey(
        DestructionCertificate, on_delete=models.PROTECT, null=True, related_name="copy_ends"
    )
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    noted_at = models.DateTimeField()

    objects = EngagementPartQuerySet.as_manager()

    def __str__(self):
        return f"{self.get_how_display()}: {self.download_id}"
