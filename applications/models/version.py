"""What a firm submitted, each time as it was: versions that never change (B9)."""

import uuid

from django.conf import settings
from django.db import models

from qmm_pilot.records.models import Signature

from .information import InformationRequest
from .request import ParticipationRequest


class RequestVersion(models.Model):
    """The answers of a request as one signature handed them in; a trigger refuses any change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="versions"
    )
    number = models.PositiveSmallIntegerField(help_text="1 is what was first submitted.")
    answers = models.JSONField()
    facility = models.JSONField(help_text="What described the facility at this moment.")
    note = models.TextField(blank=True, help_text="What the firm answered in its own words.")
    changed = models.JSONField(default=list, help_text="The answers that differ from the last one.")
    information_request = models.OneToOneField(
        InformationRequest, models.PROTECT, null=True, related_name="version"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(help_text="When it was signed and handed in.")
    # No constraint: a signature that was removed by hand is found and named by signatures.py.
    signature = models.OneToOneField(
        Signature, models.PROTECT, null=True, related_name="+", db_constraint=False
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request", "number"], name="version_number_once"
            )
        ]

    def __str__(self):
        return f"Version {self.number}"

    def keep(self, signature) -> None:
        """Save this version, once, under the signature that covers it."""
        self.signature = signature
        self.save(force_insert=True)
