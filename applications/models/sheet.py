"""The eligibility sheet of one request as a document: frozen content, then the printed PDF."""

import uuid

from django.conf import settings
from django.db import models

from qmm_pilot.records.models import Job, StoredFile

from .barring import Barring
from .request import ParticipationRequest


class VerdictSheetQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's case staff alone: a sheet holds what FDA has not told the firm yet."""
        if not user.reads_cases:
            return self.none()
        return self.exclude(participation_request__fei_key__in=Barring.objects.feis_of(user))


class VerdictSheet(models.Model):
    """One printed edition; `content` is what the sheet said when it was asked for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="verdict_sheets"
    )
    content = models.JSONField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")

    objects = VerdictSheetQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self):
        return f"Eligibility sheet of {self.participation_request}"
