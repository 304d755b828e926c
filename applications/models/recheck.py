"""A recheck of every live request after new data, and the verdicts that it would change (B15)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from .barring import Barring
from .eligibility import OUTCOMES, CriterionResult
from .inspection import InspectionImport
from .snapshot import PublicDataQuerySet

EXAMINED_AGAIN = "Examined again."  # the settlement that an examination leaves


class Recheck(models.Model):
    """One recheck of all live requests and places: what it looked at, and how many it found.

    It changes no verdict. `finished_at` is empty while its job waits or runs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cause = models.CharField(max_length=200)
    snapshot = models.ForeignKey(InspectionImport, models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    checked = models.PositiveIntegerField("verdicts looked at", default=0)
    changed = models.PositiveIntegerField("verdicts that would change", default=0)

    objects = PublicDataQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self):
        return self.cause


class VerdictChangeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's case staff alone: the firm learns its outcome when that is released."""
        if not user.reads_cases:
            return self.none()
        barred = Barring.objects.feis_of(user)
        return self.exclude(result__participation_request__fei_key__in=barred)

    def standing(self):
        return self.filter(settled_at=None)

    def answered(self):
        """Those for which a person said why the verdict stays, with just this evidence.

        Not what the data took back themselves, nor what another examination replaced: where the
        same evidence comes again, nobody has spoken on it yet.
        """
        return self.exclude(settled_by=None).exclude(settlement=EXAMINED_AGAIN)


class VerdictChange(models.Model):
    """A verdict that newer data would change: FDA's people decide what follows.

    `seen` is a mark of the evidence that it rests on, so that what was settled once is not
    raised again for the same evidence.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recheck = models.ForeignKey(Recheck, models.PROTECT, null=True, related_name="changes")
    result = models.ForeignKey(CriterionResult, models.PROTECT, related_name="changes")
    before = models.CharField("what stands", max_length=15, choices=OUTCOMES)
    after = models.CharField("what the data say now", max_length=15, choices=OUTCOMES)
    reason = models.TextField()
    seen = models.CharField("SHA-256 of the evidence", max_length=64)
    found_at = models.DateTimeField()
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)
    settlement = models.TextField(blank=True)

    objects = VerdictChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-found_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["result"],
                condition=Q(settled_at=None),
                name="one_standing_change_per_verdict",
            )
        ]

    def __str__(self):
        return f"{self.result}: {self.before} to {self.after}"
