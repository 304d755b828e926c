"""A file of FDA's public data that was uploaded, and what became of it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from qmm_pilot.records.models import StoredFile

from .inspection import InspectionImport
from .registration import RegistrationImport
from .snapshot import PublicDataQuerySet


class DataUpload(models.Model):
    """One uploaded file: read and compared by a job, then applied by a second job or set aside.

    It ends imported, refused or discarded, and never in two of these ways. What would change is
    shown before anybody confirms it (`preview`); it holds against the snapshot of the number
    `compared_with` only, 0 before the first.
    """

    class Kind(models.TextChoices):
        INSPECTIONS = "inspections", "Inspection classifications"
        REGISTRATIONS = "registrations", "Drug establishment registrations"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.INSPECTIONS)
    stored_file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    preview = models.JSONField(
        "counts and samples of what would change", null=True, blank=True, default=None
    )
    compared_with = models.PositiveIntegerField("number of the snapshot compared with", null=True)
    is_shown_anew = models.BooleanField(
        "another import came between the comparison and its confirmation", default=False
    )
    reject_file = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    discarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    discarded_at = models.DateTimeField(null=True)
    snapshot = models.ForeignKey(
        InspectionImport,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="The file that was the newest on record once this one had been read.",
    )
    registration_snapshot = models.ForeignKey(
        RegistrationImport, models.PROTECT, null=True, related_name="+"
    )
    refusal = models.TextField(blank=True, help_text="Why the whole file was refused.")
    content_removed_at = models.DateTimeField(
        null=True, help_text="When the file itself was removed, since it names contact persons."
    )

    objects = PublicDataQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                name="upload_ends_one_way",
                condition=Q(snapshot=None, registration_snapshot=None)
                | Q(snapshot=None, refusal="", discarded_at=None)
                | Q(registration_snapshot=None, refusal="", discarded_at=None),
            ),
            models.CheckConstraint(
                name="upload_refused_or_discarded",
                condition=Q(refusal="") | Q(discarded_at=None),
            ),
        ]

    def __str__(self):
        return str(self.stored_file)

    @property
    def result(self):
        """The snapshot in force once this file had been applied, or None."""
        return self.snapshot or self.registration_snapshot

    @property
    def is_settled(self) -> bool:
        """Whether the file was imported, refused or discarded."""
        imported = self.snapshot_id is not None or self.registration_snapshot_id is not None
        return imported or self.refusal != "" or self.discarded_at is not None

    @property
    def awaits_confirmation(self) -> bool:
        """Whether what would change is shown and nobody has said yes or no."""
        return self.preview is not None and self.confirmed_at is None and not self.is_settled

    @property
    def made_its_snapshot(self) -> bool:
        """Whether this upload brought its snapshot, or repeated a file that was there already."""
        made = (self.result.imported_at, self.result.recorded_by_id)
        return made == (self.confirmed_at, self.confirmed_by_id)
