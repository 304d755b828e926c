"""The mark *standing review* on a participation, and what two people decide about it (C11)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from .barring import Barring
from .participation import Participation


class OfFDA(models.QuerySet):
    """Rows that FDA's case staff alone read: its reviewing is told to nobody else as such."""

    def visible_to(self, user):
        if not user.reads_cases:
            return self.none()
        barred = Barring.objects.feis_of(user)
        return self.exclude(participation__participation_request__fei_key__in=barred)


class StandingMarkQuerySet(OfFDA):
    def standing(self):
        return self.filter(closed_at=None)


def participation_is_marked(path):
    """Whether a mark stands on the participation that `path` leads to, as an annotation."""
    return Exists(StandingMark.objects.standing().filter(participation=OuterRef(path)))


class StandingMark(models.Model):
    """Something that happened after selection and may bear on a participation: a mark, no state.

    Work goes on. `what` and `source` are FDA's words; the firm reads the cause alone, and only
    once it was told. `seen` names the evidence of a mark that the product raised by itself, so
    that the same evidence never raises another.
    """

    class Cause(models.TextChoices):
        OAI = "oai", "Official action indicated (OAI)"
        RECALL = "recall", "Recall"
        NEW_OWNER = "new_owner", "New owner"
        IDENTIFIER = "identifier", "Changed identifier"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation = models.ForeignKey(Participation, models.PROTECT, related_name="standing_marks")
    cause = models.CharField(max_length=10, choices=Cause)
    what = models.TextField()
    source = models.CharField(max_length=300)
    happened_on = models.DateField()
    seen = models.CharField(max_length=100, blank=True)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    raised_at = models.DateTimeField()
    firm_told_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = StandingMarkQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation", "cause", "seen"],
                condition=~Q(seen=""),
                name="one_standing_mark_per_evidence",
            ),
        ]

    def __str__(self):
        return f"{self.get_cause_display()}: {self.participation}"


class StandingDecisionQuerySet(OfFDA):
    def waiting(self):
        """Those that wait for their second person: one of each participation at most."""
        return self.filter(confirmed_at=None, withdrawn_at=None)


class StandingDecision(models.Model):
    """Continue, hold or remove: one person proposes, another one confirms."""

    class Kind(models.TextChoices):
        CONTINUE = "continue", "Continue"
        HOLD = "hold", "Hold"
        REMOVE = "remove", "Remove"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation = models.ForeignKey(
        Participation, models.PROTECT, related_name="standing_decisions"
    )
    mark = models.ForeignKey(
        StandingMark,
        models.PROTECT,
        null=True,
        related_name="decisions",
        help_text="None: a removal that rests on no mark.",
    )
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.TextField(help_text="FDA's; that of a removal is read by the firm.")
    review_on = models.DateField(null=True, help_text="Of a hold: when FDA looks again.")
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

    objects = StandingDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation"],
                condition=Q(confirmed_at=None, withdrawn_at=None),
                name="one_waiting_decision_per_participation",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                name="standing_confirmed_by_another_person",
            ),
            models.CheckConstraint(
                condition=~Q(kind="hold") | Q(review_on__isnull=False),
                name="standing_hold_has_its_review",
            ),
            models.CheckConstraint(
                condition=Q(kind="remove") | Q(mark__isnull=False),
                name="only_a_removal_needs_no_mark",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.participation}"
