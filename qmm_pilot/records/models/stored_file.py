"""Private files and their downloads."""

import uuid

from django.conf import settings
from django.db import models

from .designation import Designation
from .subject import AboutSubject


class StoredFile(AboutSubject):
    """A private file; its name is data, never a path."""

    class ScanState(models.TextChoices):
        PENDING = "pending", "Virus scan pending"
        CLEAN = "clean", "Scanned, clean"
        REFUSED = "refused", "Refused by the scanner"
        MADE_HERE = "made_here", "Made by this system"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=60, unique=True)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)
    scan_state = models.CharField(max_length=10, choices=ScanState, default=ScanState.PENDING)
    is_confidential = models.BooleanField(default=True)
    designation = models.ForeignKey(
        Designation,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Where the firm that handed it in marked it so.",
    )
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    kept_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["kept_at"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="file_by_subject")]

    def __str__(self):
        return self.name


class Download(models.Model):
    """One download of a private file (21 CFR 20.90 asks who received what)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="downloads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    downloaded_at = models.DateTimeField(help_text="Real time.")

    class Meta:
        ordering = ["downloaded_at"]
