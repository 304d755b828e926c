"""The wish to examine a determined request again, before its outcome is released."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .request import ParticipationRequest


class Reopening(models.Model):
    """New evidence on a determined request: one person proposes, a second one reopens it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="reopenings"
    )
    reason = models.TextField()
    source = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request"],
                condition=Q(confirmed_at=None, withdrawn_at=None),
                name="one_open_reopening_per_request",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                name="reopening_confirmed_by_another_person",
            ),
        ]

    def __str__(self):
        return f"Reopening of {self.participation_request}"
