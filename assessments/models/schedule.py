"""When a visit takes place, what is due around it, and the consultations before and after."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When

from assessments import milestones
from metrics.models import MetricStanding, MetricsVersion
from qmm_pilot.accounts.roles import Side
from qmm_pilot.clock import EASTERN

from .assessment import MODES, Assessment, OfVisibleAssessment


class MilestoneQuerySet(OfVisibleAssessment):
    def with_metrics_day(self):
        """Each with metrics_submitted_at, when the firm first handed in its metrics, or None.

        And with metrics_settled_at, when the last of them was waived or promised, where the firm
        owes none any more and has handed in none.
        """
        first = MetricsVersion.objects.filter(
            submission__participation=OuterRef("assessment__participation"),
            submitted_at__isnull=False,
        ).order_by("submitted_at")
        standings = MetricStanding.objects.filter(
            submission__participation=OuterRef("assessment__participation")
        )
        owed = standings.filter(status=MetricStanding.Status.NOT_STARTED)
        settled = standings.order_by("-at").values("at")[:1]
        return self.annotate(
            metrics_submitted_at=Subquery(first.values("submitted_at")[:1]),
            metrics_settled_at=Case(
                When(Exists(owed), then=None),
                default=Subquery(settled),
                output_field=models.DateTimeField(),
            ),
        )


class DateProposal(models.Model):
    """Dates and mode that one side proposes; agreed only when all three have confirmed (D3)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="proposals")
    first_on = models.DateField()
    last_on = models.DateField()
    mode = models.CharField(max_length=10, choices=MODES)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = OfVisibleAssessment.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="proposal_one_live_per_assessment",
                fields=["assessment"],
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(
                name="proposal_days_in_order", condition=Q(last_on__gte=F("first_on"))
            ),
        ]

    def __str__(self):
        return f"{self.first_on:%B %-d, %Y} to {self.last_on:%B %-d, %Y}"

    @property
    def missing_sides(self):
        """The sides that have not confirmed yet, in the order firm, FDA, contractor."""
        confirmed = {confirmation.side for confirmation in self.confirmations.all()}
        return [side for side in Side if side not in confirmed]


class DateConfirmation(models.Model):
    """One side's yes to a proposal: who and when."""

    proposal = models.ForeignKey(
        DateProposal, on_delete=models.PROTECT, related_name="confirmations"
    )
    side = models.CharField(max_length=10, choices=Side)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["confirmed_at"]
        constraints = [
            models.UniqueConstraint(name="confirmation_once_per_side", fields=["proposal", "side"]),
        ]

    def __str__(self):
        return f"{self.get_side_display()} confirmed"


class Milestone(models.Model):
    """One due date of an assessment; done, due or overdue is read, never stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="milestones")
    key = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    owner = models.CharField(max_length=10, choices=Side)
    order = models.PositiveSmallIntegerField(default=0)
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        ordering = ["order", "due_on"]
        constraints = [
            models.UniqueConstraint(
                name="milestone_once_per_assessment", fields=["assessment", "key"]
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def day_done(self):
        """The day on which it was done, or None; that of the metrics is read from the floor below.

        Load rows by with_metrics_day().
        """
        if self.key == milestones.Key.METRICS:
            moment = self.metrics_submitted_at or self.metrics_settled_at
            return moment.astimezone(EASTERN).date() if moment else self.done_on
        return self.done_on

    def standing(self, today):
        """Done, due or overdue on the program's Eastern calendar day; see day_done."""
        return milestones.standing(self.due_on, self.day_done, today)


class Consultation(models.Model):
    """A meeting before or after the assessment that the notices ask for (FDF e, API c(3)).

    Firm, contractor and FDA all read the date, the people and the notes.
    """

    class Kind(models.TextChoices):
        PRE = "pre", "Pre-assessment consultation"
        POST = "post", "Post-assessment consultation"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="consultations"
    )
    kind = models.CharField(max_length=4, choices=Kind)
    held_on = models.DateField()
    attendees = models.TextField()
    notes = models.TextField(blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    objects = OfVisibleAssessment.as_manager()

    class Meta:
        ordering = ["held_on", "recorded_at"]

    def __str__(self):
        return self.get_kind_display()
