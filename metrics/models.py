"""Metric definitions of a program, and what a firm submits for one participation."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Count, Min, Q
from django.urls import reverse

from applications.access import engaged_participations
from applications.models import Barring
from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.roles import Scope, Side
from qmm_pilot.lifecycle import Lifecycle

from . import measures


class MetricDefinition(models.Model):
    """One metric of one program: what is counted, against what, and where that is said."""

    class Unit(models.TextChoices):
        PERCENT = measures.Unit.PERCENT.value, "percent"
        PER_MILLION = measures.Unit.PER_MILLION.value, "per million"

    class PeriodLength(models.TextChoices):
        QUARTER = "quarter", "calendar quarter"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(
        "programs.Program", models.PROTECT, related_name="metric_definitions"
    )
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=100)
    numerator_label = models.CharField(max_length=100)
    denominator_label = models.CharField(max_length=100)
    unit = models.CharField(max_length=20, choices=Unit)
    basis = models.CharField(
        max_length=60,
        blank=True,
        help_text="What a million is counted of, for example “dosage units distributed”.",
    )
    period = models.CharField(max_length=20, choices=PeriodLength, default=PeriodLength.QUARTER)
    definition = models.TextField()
    source = models.TextField()
    is_assumption = models.BooleanField(
        default=False, help_text="Ours, not FDA's published text; the screen says so."
    )
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="one_metric_per_code"),
            models.UniqueConstraint(fields=["program", "order"], name="one_metric_per_order"),
            models.CheckConstraint(
                condition=Q(unit__in=["percent", "per_million"]), name="metric_unit_is_known"
            ),
            models.CheckConstraint(condition=Q(period="quarter"), name="metric_period_is_known"),
            models.CheckConstraint(
                condition=~Q(unit="per_million") | ~Q(basis=""), name="metric_names_its_million"
            ),
        ]

    def __str__(self):
        return self.name


class Progress(models.TextChoices):
    """Where a whole submission stands, derived from its metrics when read, never stored."""

    OPEN = "open", "Not all submitted"
    SUBMITTED = "submitted", "With FDA"
    QUERIED = "queried", "FDA has a question"
    ACCEPTED = "accepted", "Settled"
    FROZEN = "frozen", "Frozen"
    CLOSED = "closed", "Closed"


class SubmissionQuerySet(models.QuerySet):
    """Submissions, by who may know of them."""

    def visible_to(self, user):
        """The firm's and its agents' own; all for FDA staff on cases; a contractor's where agreed.

        FDA's analysts read coded data on the top floor, its administrators no case data.
        """
        if user.side == Side.FIRM:
            return self.filter(participation__organization__in=firms_of(user, Scope.METRICS))
        if user.reads_cases:
            barred = Barring.objects.feis_of(user)
            return self.exclude(participation__participation_request__fei_key__in=barred)
        if user.side == Side.CONTRACTOR:
            return self.filter(
                participation__program__metrics_visible_to_contractor=True,
                participation__in=engaged_participations(user),
            )
        return self.none()

    def real(self):
        """All but those of rehearsals, which staff lists leave out."""
        return self.filter(participation__program__rehearsal_of=None)

    def with_progress(self):
        """Each submission with the number of its metrics by where they stand, in one query."""
        return self.annotate(
            metrics_total=Count("standings", distinct=True),
            **{
                f"metrics_{status.value}": Count(
                    "standings", filter=Q(standings__status=status), distinct=True
                )
                for status in MetricStanding.Status
            },
            submitted_first_at=Min("versions__submitted_at"),
        )


class MetricsSubmission(models.Model):
    """The metrics that one participant owes before its assessment begins."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation = models.OneToOneField(
        "applications.Participation", models.PROTECT, related_name="metrics_submission"
    )
    due_on = models.DateField(help_text="The last day, Eastern Time, on which they are on time.")
    requested_at = models.DateTimeField()
    first_year = models.PositiveSmallIntegerField()
    first_quarter = models.PositiveSmallIntegerField()
    quarters = models.PositiveSmallIntegerField(default=measures.QUARTERS_ASKED)
    frozen_at = models.DateTimeField(null=True)
    frozen_version = models.ForeignKey(
        "MetricsVersion", models.PROTECT, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.TextField(blank=True)

    # Filled by with_progress().
    metrics_total: int
    metrics_not_started: int
    metrics_submitted: int
    metrics_queried: int
    submitted_first_at: datetime | None

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["due_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_quarter__gte=1, first_quarter__lte=4),
                name="metrics_begin_with_a_quarter",
            ),
            models.CheckConstraint(condition=Q(quarters__gte=1), name="metrics_ask_for_a_quarter"),
            models.CheckConstraint(
                condition=Q(frozen_version=None) | ~Q(frozen_at=None),
                name="metrics_in_force_are_frozen",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_reason="")
                | (~Q(closed_at=None) & ~Q(closed_reason="")),
                name="metrics_close_with_a_reason",
            ),
        ]

    def __str__(self):
        return f"Metrics of {self.participation}"

    def get_absolute_url(self):
        return reverse("metrics:submission", kwargs={"pk": self.pk})

    @property
    def firm(self):
        """Whose metrics these are."""
        return self.participation.organization

    @property
    def periods(self) -> tuple[measures.Period, ...]:
        """The quarters asked for, oldest first."""
        first = measures.Period(self.first_year, self.first_quarter)
        return measures.quarters_from(first, self.quarters)

    @property
    def is_frozen(self) -> bool:
        return self.frozen_at is not None

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    def is_correction(self, version: "MetricsVersion") -> bool:
        """Whether a version was handed in after the one in force was frozen."""
        if self.frozen_at is None or version.submitted_at is None:
            return False
        return version.submitted_at >= self.frozen_at and version.pk != self.frozen_version_id

    def days_late(self, at: datetime) -> int:
        """Calendar days, Eastern Time, between the due date and the first submission, or today.

        0 when on time, and when nothing is owed any more: all waived, promised, or ended early.
        """
        program = self.participation.program
        row = self if hasattr(self, "submitted_first_at") else self._with_progress()
        if row.submitted_first_at is not None:
            reached = row.submitted_first_at
        elif self.is_closed or not row.metrics_not_started:
            return 0
        else:
            reached = at
        return max((program.today(reached) - self.due_on).days, 0)

    def _with_progress(self):
        return MetricsSubmission.objects.with_progress().get(pk=self.pk)

    @property
    def progress(self) -> "Progress":
        """Where the whole submission stands; load it by with_progress()."""
        if self.is_closed:
            return Progress.CLOSED
        if self.is_frozen:
            return Progress.FROZEN
        if self.metrics_queried:
            return Progress.QUERIED
        if self.metrics_not_started:
            return Progress.OPEN
        return Progress.SUBMITTED if self.metrics_submitted else Progress.ACCEPTED


class OfVisibleSubmission(models.QuerySet):
    """Parts of a submission: visible where the submission is."""

    def visible_to(self, user):
        return self.filter(submission__in=MetricsSubmission.objects.visible_to(user))


class VersionQuerySet(OfVisibleSubmission):
    """Versions; an unsubmitted one is a draft that only the firm may see."""

    def visible_to(self, user):
        visible = super().visible_to(user)
        return visible if user.side == Side.FIRM else visible.submitted()

    def submitted(self):
        return self.filter(submitted_at__isnull=False)


class MetricsVersion(models.Model):
    """One set of counts: a draft until submitted, then never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(MetricsSubmission, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    revision = models.PositiveIntegerField(
        default=0, help_text="Counts the saves of a draft, so that a stale page is noticed."
    )
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)
    noted_at = models.DateTimeField(null=True, help_text="When FDA noted this correction.")
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "number"], name="one_metrics_version_per_number"
            ),
            models.UniqueConstraint(
                fields=["submission"], condition=Q(submitted_at=None), name="one_metrics_draft"
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None, submitted_by=None)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                name="metrics_are_submitted_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | Q(number=1) | ~Q(reason=""),
                name="metrics_change_with_a_reason",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="metrics_versions_begin_at_1"),
        ]

    def __str__(self):
        return f"Version {self.number}"


class MetricEntry(models.Model):
    """The counts of one metric in one quarter, as one version has them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(MetricsVersion, models.PROTECT, related_name="entries")
    definition = models.ForeignKey(MetricDefinition, models.PROTECT, related_name="entries")
    year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField()
    numerator = models.PositiveBigIntegerField(null=True)
    denominator = models.PositiveBigIntegerField(null=True)
    not_measured = models.BooleanField(default=False)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["definition__order", "year", "quarter"]
        verbose_name_plural = "metric entries"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "definition", "year", "quarter"],
                name="one_metric_entry_per_quarter",
            ),
            models.CheckConstraint(
                condition=Q(quarter__gte=1, quarter__lte=4), name="metric_entry_has_a_quarter"
            ),
            models.CheckConstraint(
                condition=(Q(numerator=None) | Q(numerator__gte=0, numerator__lte=10**12 - 1))
                & (Q(denominator=None) | Q(denominator__gte=0, denominator__lte=10**12 - 1)),
                name="metric_counts_are_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(not_measured=False) | Q(numerator=None, denominator=None),
                name="not_measured_has_no_counts",
            ),
        ]

    def __str__(self):
        return f"{self.definition}, {self.period}"

    @property
    def period(self) -> measures.Period:
        return measures.Period(self.year, self.quarter)

    @property
    def measurement(self) -> measures.Measurement:
        return measures.Measurement(self.period, self.numerator, self.denominator)


class MetricStanding(Lifecycle):
    """Where one metric of one submission stands, who put it there, and why (states.md).

    A draft leaves no mark here: FDA, its exports and archives read these rows (A13).
    """

    class Status(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        SUBMITTED = "submitted", "Submitted"
        ACCEPTED = "accepted", "Accepted"
        QUERIED = "queried", "Queried"
        PROMISED = "promised", "Promised"
        WAIVED = "waived", "Waived"
        FROZEN = "frozen", "Frozen"

    # Settled: the assessment may begin. Open to the firm: the firm may enter or change counts.
    SETTLED = frozenset({Status.ACCEPTED, Status.PROMISED, Status.WAIVED})
    OPEN_TO_FIRM = frozenset({Status.NOT_STARTED, Status.QUERIED, Status.PROMISED})

    MOVES = {
        Status.NOT_STARTED: {Status.SUBMITTED, Status.PROMISED, Status.WAIVED},
        Status.SUBMITTED: {Status.ACCEPTED, Status.QUERIED, Status.PROMISED, Status.WAIVED},
        Status.QUERIED: {Status.SUBMITTED, Status.PROMISED, Status.WAIVED},
        Status.PROMISED: {Status.SUBMITTED, Status.FROZEN},
        Status.ACCEPTED: {Status.FROZEN},
        Status.WAIVED: {Status.FROZEN},
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(MetricsSubmission, models.PROTECT, related_name="standings")
    definition = models.ForeignKey(MetricDefinition, models.PROTECT, related_name="standings")
    status = models.CharField(max_length=20, choices=Status, default=Status.NOT_STARTED)
    frozen_from = models.CharField(
        max_length=20, choices=Status, blank=True, help_text="The status when it was frozen."
    )
    reason = models.TextField(blank=True)
    promised_on = models.DateField(null=True, help_text="The day by which it is promised.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = OfVisibleSubmission.as_manager()

    class Meta:
        ordering = ["definition__order"]
        verbose_name = "metric"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "definition"], name="one_standing_per_metric"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "not_started",
                        "submitted",
                        "accepted",
                        "queried",
                        "promised",
                        "waived",
                        "frozen",
                    ]
                ),
                name="metric_status_is_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="frozen") & Q(frozen_from__in=["accepted", "promised", "waived"])
                )
                | (~Q(status="frozen") & Q(frozen_from="")),
                name="metric_is_frozen_from_settled",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["queried", "promised", "waived"]) | ~Q(reason=""),
                name="metric_ruling_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~(Q(status="promised") | Q(frozen_from="promised"))
                | Q(promised_on__isnull=False),
                name="metric_promise_has_a_date",
            ),
        ]

    def __str__(self):
        return f"{self.definition}: {self.get_status_display()}"

    @property
    def is_settled(self) -> bool:
        """Whether this metric lets the assessment begin."""
        return self.status in self.SETTLED or self.status == self.Status.FROZEN

    @property
    def is_open_to_firm(self) -> bool:
        """Whether the firm may enter or change counts: before FDA has them, or as a correction."""
        if self.status == self.Status.FROZEN:
            return self.frozen_from != self.Status.WAIVED
        return self.status in self.OPEN_TO_FIRM

    @property
    def is_owed(self) -> bool:
        """Whether the next submission must hold this metric, changed or not."""
        return self.is_open_to_firm and self.status not in {
            self.Status.PROMISED,
            self.Status.FROZEN,
        }
