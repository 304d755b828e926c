"""What the team assessed and saw: topics with their ratings, findings in them."""

import hashlib
import json
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from assessments import ratings
from qmm_pilot.records.models import AboutSubject, StoredFile

from .assessment import Assessment, WithheldFromFirm

COVERAGE_LABELS = {
    ratings.Coverage.RATED: "Rated",
    ratings.Coverage.NOT_RATED: "Not rated",
    ratings.Coverage.NOT_APPLICABLE: "Not applicable",
    ratings.Coverage.NOT_ASSESSED: "Not assessed",
}
COVERAGES = [(coverage.value, label) for coverage, label in COVERAGE_LABELS.items()]


class FindingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Findings of the topics that this person sees; the firm reads them in the report."""
        return self.filter(topic__in=AssessedTopic.objects.visible_to(user))

    def standing(self):
        """Those not withdrawn."""
        return self.filter(withdrawn_at=None)


class AssessedTopic(models.Model):
    """One topic of one assessment: copied from the program, or added by the contractor."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="topics")
    topic = models.ForeignKey(
        "programs.Topic", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(max_length=200)
    order = models.PositiveSmallIntegerField()
    coverage = models.CharField(
        max_length=20, choices=COVERAGES, default=ratings.Coverage.NOT_RATED.value
    )
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    rationale = models.TextField(blank=True)
    evidence = models.TextField(blank=True)
    next_level = models.TextField(blank=True)
    rated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rated_at = models.DateTimeField(null=True, blank=True)

    objects = WithheldFromFirm.as_manager()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(
                "assessment", Lower("name"), name="assessed_topic_name_once_per_assessment"
            ),
            models.CheckConstraint(
                name="assessed_topic_level_only_when_rated",
                condition=Q(
                    coverage="rated",
                    level__isnull=False,
                    level__gte=ratings.LOWEST_LEVEL,
                    level__lte=ratings.HIGHEST_LEVEL,
                )
                | (~Q(coverage="rated") & Q(level__isnull=True)),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def rating(self):
        """This topic as the pure rules of ratings.py read it."""
        return ratings.TopicRating(self.name, self.coverage, self.level, self.rationale)

    @property
    def fingerprint(self) -> str:
        """SHA-256, hex, of the rating: a page made from another one is out of date."""
        return _fingerprint(
            self.coverage, self.level, self.rationale, self.evidence, self.next_level
        )

    @property
    def is_covered(self):
        return ratings.is_covered(self.rating)

    @property
    def attachments(self):
        """The files kept about this topic."""
        return StoredFile.objects.filter(**AboutSubject.naming(self), withdrawn_at=None)


class Extent(models.TextChoices):
    """How much a recommendation would bring, or cost."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class Finding(models.Model):
    """What the team saw in one topic: a strength, or an opportunity with its recommendation."""

    class Kind(models.TextChoices):
        STRENGTH = "strength", "Strength"
        OPPORTUNITY = "opportunity", "Opportunity"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.ForeignKey(AssessedTopic, on_delete=models.PROTECT, related_name="findings")
    kind = models.CharField(max_length=12, choices=Kind)
    seen = models.TextField()
    evidence = models.TextField()
    recommendation = models.TextField(blank=True)
    impact = models.CharField(max_length=6, choices=Extent, blank=True)
    effort = models.CharField(max_length=6, choices=Extent, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="finding_opportunity_has_recommendation",
                condition=Q(kind="strength")
                | (~Q(recommendation="") & ~Q(impact="") & ~Q(effort="")),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} in {self.topic.name}"

    @property
    def fingerprint(self) -> str:
        """SHA-256, hex, of the words: a page made from other ones is out of date."""
        return _fingerprint(self.seen, self.evidence, self.recommendation, self.impact, self.effort)

    @property
    def attachments(self):
        """The files kept about this finding."""
        return StoredFile.objects.filter(**AboutSubject.naming(self), withdrawn_at=None)


def _fingerprint(*facts):
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
