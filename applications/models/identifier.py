"""An FEI that a site bore before, or that was merged into the one it bears now (A5)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from applications.eligibility import canonical_fei

from .facility import Facility


class FacilityIdentifierQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(withdrawn_at=None)


class FacilityIdentifier(models.Model):
    """One former or merged FEI with its dates and source; inspections under it count too."""

    class Kind(models.TextChoices):
        FORMER = "former", "Former"
        MERGED = "merged", "Merged"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="identifiers")
    kind = models.CharField(max_length=10, choices=Kind)
    fei = models.CharField("FEI number", max_length=20)
    fei_key = models.CharField(max_length=10, editable=False)
    since = models.DateField("from", null=True, help_text="Null: not known.")
    until = models.DateField(null=True, help_text="Inclusive; null: not known.")
    source = models.CharField(max_length=300)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.TextField(blank=True)

    objects = FacilityIdentifierQuerySet.as_manager()

    class Meta:
        ordering = ["-until", "-added_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "fei_key"],
                condition=Q(withdrawn_at=None),
                name="identifier_once_per_facility",
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(since__lte=F("until")),
                name="identifier_since_before_until",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="identifier_names_its_source"),
        ]

    def __str__(self):
        return f"{self.fei} ({self.get_kind_display().lower()})"

    def take_fei(self, text):
        """Set the FEI as typed with its key. Raises ValueError for what is no FEI."""
        self.fei, self.fei_key = text.strip(), canonical_fei(text)
