"""Scores of requests: by which criteria, by whom, and each version of what she gave (C1, C2)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from qmm_pilot.programs.models import Program

from .barring import Barring
from .request import ParticipationRequest

HIGHEST_WEIGHT = 10


class ScoringCriterionQuerySet(models.QuerySet):
    def standing(self):
        """Those that reviewers score; the others were left out before the first score."""
        return self.filter(is_left_out=False)


class ScoringCriterion(models.Model):
    """What reviewers score a request by, with its weight; scores run from lowest to highest.

    The notices are silent on scores (85 FR 65824, 65828): every row is FDA's own setting. The
    criteria of one program share one range, so that their mean is on it too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="scoring_criteria")
    title = models.CharField(max_length=100)
    guidance = models.TextField(blank=True, help_text="What a reviewer looks at.")
    weight = models.PositiveSmallIntegerField()
    lowest = models.PositiveSmallIntegerField(default=1)
    highest = models.PositiveSmallIntegerField(default=5)
    source = models.CharField(max_length=200)
    order = models.PositiveSmallIntegerField()
    is_left_out = models.BooleanField(default=False)

    objects = ScoringCriterionQuerySet.as_manager()

    class Meta:
        ordering = ["order", "title"]
        verbose_name_plural = "scoring criteria"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "title"], name="scoring_criterion_title_once"
            ),
            models.CheckConstraint(
                condition=Q(weight__gte=1, weight__lte=HIGHEST_WEIGHT),
                name="scoring_weight_one_to_ten",
            ),
            models.CheckConstraint(
                condition=Q(lowest__lt=F("highest")), name="scoring_range_is_a_range"
            ),
        ]

    def __str__(self):
        return self.title


class ReviewAssignmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A reviewer's own; who sees colleagues' is for scores.py to say."""
        return self.filter(reviewer=user, ended_at=None)

    def standing(self):
        """Neither ended by the coordinator nor by a recusal."""
        return self.filter(ended_at=None)

    def open(self):
        """Standing, of requests that still may be scored: nothing was released about them."""
        return self.standing().filter(
            participation_request__status__in=ReviewAssignment.OPEN,
            participation_request__told_at=None,
            participation_request__program__is_scored=True,
        )

    def with_conflict(self):
        """Ended by a conflict of interest that stands."""
        return self.filter(has_conflict=True, conflict_lifted_at=None)

    def without_score(self):
        """Those whose reviewer has not submitted a score."""
        submitted = Review.objects.submitted().filter(assignment=OuterRef("pk"))
        return self.filter(~Exists(submitted))

    def hiding_from(self, user):
        """Programs whose scores this person may not read yet, because her own are missing."""
        own = self.open().filter(reviewer=user).without_score()
        return own.values("participation_request__program")


class ReviewAssignment(models.Model):
    """One reviewer asked to score one request: her declaration of interest, then her scores."""

    Status = ParticipationRequest.Status
    OPEN = (Status.UNDER_REVIEW, Status.INFORMATION_REQUESTED, Status.ELIGIBLE)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="review_assignments"
    )
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    declared_at = models.DateTimeField(null=True)
    has_conflict = models.BooleanField(null=True, help_text="Null until she has declared.")
    conflict_reason = models.TextField(
        blank=True, help_text="Kept in confidence: on no page, in no dossier, not in the trail."
    )
    conflict_lifted_at = models.DateTimeField(
        null=True, help_text="When two people found that it was declared by mistake."
    )
    served_at = models.DateTimeField(null=True, help_text="When “save and next” led her here.")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    end_reason = models.TextField(blank=True)

    objects = ReviewAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["assigned_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request", "reviewer"],
                condition=Q(ended_at=None),
                name="reviewer_assigned_once",
            ),
            models.CheckConstraint(
                condition=Q(has_conflict__isnull=True)
                | Q(has_conflict=False)
                | Q(has_conflict=True, ended_at__isnull=False),
                name="recused_reviewer_is_not_assigned",
            ),
        ]

    def __str__(self):
        return f"{self.reviewer} reviews {self.participation_request}"

    @property
    def conflict_stands(self) -> bool:
        """Whether she declared a conflict of interest that was not lifted since."""
        return bool(self.has_conflict) and self.conflict_lifted_at is None

    @property
    def is_declared(self) -> bool:
        return self.has_conflict is not None


class ReviewQuerySet(models.QuerySet):
    def submitted(self):
        return self.filter(submitted_at__isnull=False)

    def newest(self):
        """The version that counts of each assignment: the last one submitted."""
        later = self.model.objects.submitted().filter(
            assignment=OuterRef("assignment"), number__gt=OuterRef("number")
        )
        return self.submitted().filter(~Exists(later))


class Review(models.Model):
    """One version of a reviewer's scores: a draft until submitted, then never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(ReviewAssignment, models.PROTECT, related_name="reviews")
    number = models.PositiveSmallIntegerField()
    scores = models.JSONField(default=dict, help_text="Scoring criterion id to whole number.")
    comment = models.TextField(blank=True)
    correction_reason = models.TextField(blank=True, help_text="Of every version but the first.")
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["assignment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="review_version_once"),
            models.UniqueConstraint(
                fields=["assignment"],
                condition=Q(submitted_at=None),
                name="one_draft_per_reviewer",
            ),
        ]

    def __str__(self):
        return f"Version {self.number} of {self.assignment}"


def programs_closed_to(user):
    """Programs whose whole record this person may not take along, as querysets of their ids.

    Her own scores are missing there, or a site of it is closed to her: a dossier or an archive
    would show what its pages hide.
    """
    barred = ParticipationRequest.objects.filter(fei_key__in=Barring.objects.feis_of(user))
    return (ReviewAssignment.objects.hiding_from(user), barred.values("program"))
