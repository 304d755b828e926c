"""What was found for one criterion of one request, what was ruled, and what stood before."""

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
# What a deed can replace, and what is kept of a verdict that was replaced.
KEPT = (
    "opinion",
    "opinion_reason",
    "evidence",
    "examined_at",
    "snapshot_id",
    "ruling",
    "ruling_reason",
    "ruling_source",
    "ruled_by_id",
    "ruled_at",
    "confirmed_by_id",
    "confirmed_at",
)


def awaits_second_person(opinion, ruling, is_confirmed) -> bool:
    """Whether a ruling *meets* against the opinion *fails* still lacks its second person (B14)."""
    contradicts = ruling == eligibility.Outcome.MEETS and opinion == eligibility.Outcome.FAILS
    return contradicts and not is_confirmed


def outcome_in_force(opinion, ruling, is_confirmed) -> str:
    """What stands for a criterion: the ruling in force, else the opinion."""
    if ruling and not awaits_second_person(opinion, ruling, is_confirmed):
        return ruling
    return opinion


class Verdict(models.Model):
    """The machine's opinion with its evidence, and a person's ruling: as it stands, or stood."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
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
        abstract = True

    @property
    def awaits_second_person(self) -> bool:
        """Whether a ruling against the opinion *fails* still lacks its second person (B14)."""
        return awaits_second_person(self.opinion, self.ruling, self.confirmed_by_id is not None)

    @property
    def outcome(self) -> str:
        """What stands: the ruling in force, else the opinion."""
        return outcome_in_force(self.opinion, self.ruling, self.confirmed_by_id is not None)

    @property
    def is_overridden(self) -> bool:
        """Whether a ruling in force contradicts what the examination found."""
        return self.outcome != self.opinion and self.opinion != eligibility.Outcome.UNDETERMINED

    @property
    def status(self) -> str:
        """The badge: meets, fails, undetermined, or overridden (B11)."""
        return eligibility.Outcome.OVERRIDDEN if self.is_overridden else self.outcome


class CriterionResultQuerySet(models.QuerySet):
    def undetermined(self):
        """Those that neither the examination nor a ruling has settled."""
        return self.filter(opinion=eligibility.Outcome.UNDETERMINED.value, ruling="")

    def awaiting_second_person(self):
        """Rulings against the opinion *fails* that nobody has confirmed yet (B14)."""
        return self.filter(
            opinion=eligibility.Outcome.FAILS.value,
            ruling=eligibility.Outcome.MEETS.value,
            confirmed_by=None,
        )


class CriterionResult(Verdict):
    """One criterion of one request; the opinion stays as it was when a person rules otherwise."""

    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="criterion_results"
    )
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")

    objects = CriterionResultQuerySet.as_manager()

    class Meta:
        ordering = ["criterion__order"]
        indexes = [
            models.Index(
                fields=["participation_request"],
                condition=Q(opinion="undetermined", ruling=""),
                name="undetermined_results",
            ),
            models.Index(
                fields=["participation_request"],
                condition=Q(opinion="fails", ruling="meets", confirmed_by=None),
                name="results_to_confirm",
            ),
        ]
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


class EarlierVerdict(Verdict):
    """What stood for one criterion until a deed replaced it, kept whole with its data."""

    class Deed(models.TextChoices):
        EXAMINED = "examined", "Examined again"
        RULED = "ruled", "Ruled on again"

    result = models.ForeignKey(CriterionResult, models.PROTECT, related_name="earlier")
    number = models.PositiveSmallIntegerField(help_text="From 1, in the order of time.")
    replaced_by = models.CharField("deed", max_length=10, choices=Deed)
    replaced_at = models.DateTimeField()
    replaced_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Whose deed replaced it.",
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["result", "number"], name="earlier_verdict_once")
        ]

    def __str__(self):
        return f"{self.result}, version {self.number}"

    @classmethod
    def of(cls, result, deed, *, by, at) -> "EarlierVerdict":
        """What stands for this criterion now, unsaved, before a deed replaces it."""
        return cls(
            **{name: getattr(result, name) for name in KEPT},
            result=result,
            number=1 + cls.objects.filter(result=result).count(),
            replaced_by=deed,
            replaced_at=at,
            replaced_for=by,
        )
