"""What was found for one criterion of one request: opinion, evidence, ruling."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from applications import eligibility
from qmm_pilot.programs.models import Criterion

from .inspection import InspectionImport
from .request import ParticipationRequest

OUTCOMES = [
    (eligibility.Outcome.MEETS.value, "Meets"),
    (eligibility.Outcome.FAILS.value, "Fails"),
    (eligibility.Outcome.UNDETERMINED.value, "Undetermined"),
]
RULINGS = OUTCOMES[:2]


class CriterionResult(models.Model):
    """One criterion of one request; the opinion stays as it was when a person rules otherwise."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="criterion_results"
    )
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    opinion = models.CharField(max_length=15, choices=OUTCOMES)
    opinion_reason = models.TextField()
    evidence = models.JSONField(default=dict)
    examined_at = models.DateTimeField()
    snapshot = models.ForeignKey(InspectionImport, models.PROTECT, null=True, related_name="+")
    ruling = models.CharField(max_length=15, choices=RULINGS, blank=True)
    ruling_reason = models.TextField(blank=True)
    ruling_source = models.CharField(max_length=300, blank=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    ruled_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["criterion__order"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request", "criterion"], name="one_result_per_criterion"
            ),
            models.CheckConstraint(
                condition=Q(ruling="") | Q(ruled_by__isnull=False, ruled_at__isnull=False),
                name="ruling_has_its_author",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=models.F("ruled_by")),
                name="ruling_confirmed_by_another_person",
            ),
        ]

    def __str__(self):
        return f"{self.criterion}: {self.outcome}"

    @property
    def awaits_second_person(self) -> bool:
        """Whether a ruling against the opinion *fails* still lacks its second person (B14)."""
        return (
            self.ruling == eligibility.Outcome.MEETS
            and self.opinion == eligibility.Outcome.FAILS
            and self.confirmed_by_id is None
        )

    @property
    def outcome(self) -> str:
        """What stands: the ruling in force, else the opinion."""
        if self.ruling and not self.awaits_second_person:
            return self.ruling
        return self.opinion

    @property
    def is_overridden(self) -> bool:
        """Whether a ruling in force contradicts what the examination found."""
        return self.outcome != self.opinion and self.opinion != eligibility.Outcome.UNDETERMINED

    @property
    def status(self) -> str:
        """The badge: meets, fails, undetermined, or overridden (B11)."""
        return eligibility.Outcome.OVERRIDDEN if self.is_overridden else self.outcome
