"""Signatures, bound to the bytes signed."""

import uuid

from django.conf import settings
from django.db import models

from .subject import AboutSubject


class Signature(AboutSubject):
    """Printed name, moment and meaning, bound to the bytes signed (21 CFR 11.50, 11.70)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=200)
    meaning = models.CharField(max_length=200)
    at = models.DateTimeField()
    signed_at = models.DateTimeField(help_text="The real moment of signing.")
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["at", "signed_at"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="signature_by_subject")]

    def __str__(self):
        return f"{self.printed_name}: {self.meaning}"
