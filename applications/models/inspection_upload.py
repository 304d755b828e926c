"""A file of inspection data that was uploaded, and what became of it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from qmm_pilot.records.models import StoredFile

from .inspection import InspectionImport, PublicDataQuerySet


class InspectionUpload(models.Model):
    """One uploaded file: waiting for its job, then imported or refused, never both."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stored_file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    snapshot = models.ForeignKey(
        InspectionImport,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="The file that was the newest on record once this one had been read.",
    )
    refusal = models.TextField(blank=True, help_text="Why the whole file was refused.")

    objects = PublicDataQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(snapshot=None) | Q(refusal=""), name="upload_imported_or_refused"
            )
        ]

    def __str__(self):
        return str(self.stored_file)

    @property
    def is_settled(self) -> bool:
        """Whether the file was imported or refused."""
        return self.snapshot_id is not None or self.refusal != ""

    @property
    def made_its_snapshot(self) -> bool:
        """Whether this upload brought its snapshot, or repeated a file that was there already."""
        made = (self.snapshot.imported_at, self.snapshot.recorded_by_id)
        return made == (self.uploaded_at, self.uploaded_by_id)
