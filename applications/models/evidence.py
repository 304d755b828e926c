"""An inspection that no public file brought: declared by the firm, or entered by FDA (B12)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications.eligibility import Classification, Inspection, Origin
from qmm_pilot.records.models import StoredFile

from .request import ParticipationRequest

CLASSES = [(each.value, f"{each.label} ({each.value})") for each in Classification]
# Each source's letter or note is kept with the row that rests on it.
ORIGINS = [(Origin.FIRM.value, "Declared by the firm"), (Origin.FDA.value, "Entered by FDA")]


class StatedInspectionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A firm's people see what their requests declare; FDA case staff what they received."""
        requests = ParticipationRequest.objects.visible_to(user)
        rows = self.filter(participation_request__in=requests)
        return rows if user.reads_cases else rows.declared()

    def standing(self):
        return self.filter(withdrawn_at=None)

    def declared(self):
        return self.filter(origin=Origin.FIRM.value)

    def with_letter(self):
        """With each letter and its firm's mark, by the same query."""
        return self.select_related("letter__designation")


class StatedInspection(models.Model):
    """One inspection as the firm or FDA's staff know it; taken back rather than changed.

    What the firm declares is part of its answers: it is signed with them and does not change
    afterwards. What FDA's staff enter names the system that they looked into, and the day.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="stated_inspections"
    )
    origin = models.CharField(max_length=10, choices=ORIGINS)
    ended_on = models.DateField("last day of the inspection")
    classification = models.CharField(
        max_length=3, choices=CLASSES, blank=True, help_text="Empty: no final class is known."
    )
    fei_key = models.CharField(max_length=10)
    number = models.CharField("inspection number", max_length=40, blank=True)
    note = models.TextField(blank=True)
    source = models.CharField(max_length=300, blank=True)
    looked_up_on = models.DateField(null=True)
    letter = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.TextField(blank=True)

    objects = StatedInspectionQuerySet.as_manager()

    class Meta:
        ordering = ["-ended_on", "added_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(origin="fda") | (~Q(source="") & Q(looked_up_on__isnull=False)),
                name="inspection_entered_by_fda_has_its_source",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_by__isnull=False),
                name="inspection_taken_back_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.get_origin_display()}, ended {self.ended_on.isoformat()}"

    def as_inspection(self) -> Inspection:
        """The inspection as the criteria read it."""
        return Inspection(
            self.number or "without a number",
            self.ended_on,
            Classification(self.classification) if self.classification else None,
            fei_key=self.fei_key,
            origin=Origin(self.origin),
        )

    def as_evidence(self, *, since, before) -> dict:
        """The same with who said it and when, as an examination keeps it (with_letter())."""
        designation = self.letter and self.letter.designation
        return {
            **self.as_inspection().as_evidence(since=since, before=before),
            "id": self.number or "No number",
            "source": self.source,
            "looked_up_on": self.looked_up_on and self.looked_up_on.isoformat(),
            "note": self.note,
            "stated_on": self.added_at.isoformat(),
            "stated": str(self.pk),
            "letter": self.letter_id is not None,
            "letter_marked_until": designation.expires_on.isoformat() if designation else None,
        }
