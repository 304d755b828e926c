"""FDA's ruling on two firms' requests for one facility: who may ask for it, and who said so."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from qmm_pilot.programs.models import Program

from .request import ParticipationRequest


class ClaimRuling(models.Model):
    """One person rules which request holds; it takes effect when a second person confirms it.

    `weighed` lists the ids of the requests that were compared, so that a ruling cannot be
    confirmed once another claim has come or gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="+")
    fei_key = models.CharField(max_length=10)
    holder = models.ForeignKey(ParticipationRequest, models.PROTECT, related_name="claim_rulings")
    weighed = models.JSONField(default=list)
    reason = models.TextField()
    source = models.CharField(max_length=300)
    ruled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ruled_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["ruled_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "fei_key"],
                condition=Q(confirmed_at=None, withdrawn_at=None),
                name="one_open_ruling_per_contest",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("ruled_by")),
                name="claim_confirmed_by_another_person",
            ),
        ]

    def __str__(self):
        return f"{self.holder} holds"
