"""A finished draft in the hands of the person who signs it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from .request import ParticipationRequest


class Handover(models.Model):
    """The preparer gives the draft to its signer; it ends by submission, or goes back."""

    class Outcome(models.TextChoices):
        SUBMITTED = "submitted", "Submitted"
        SENT_BACK = "sent_back", "Sent back"
        TAKEN_BACK = "taken_back", "Taken back"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="handovers"
    )
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    answer = models.TextField("why it was sent back", blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request"],
                condition=Q(ended_at=None),
                name="one_signer_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="")
                | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="handover_ends_with_an_outcome",
            ),
        ]

    def __str__(self):
        return f"{self.participation_request} with {self.to}"
