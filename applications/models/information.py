"""What FDA asks a firm about its request, and the firm's answers until they are handed in (B8)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from .request import ParticipationRequest


class InformationRequest(models.Model):
    """FDA's question about a request under review: reasons, reopened answers, mail, last day."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "Answered"
        LAPSED = "lapsed", "Lapsed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="information_requests"
    )
    reasons = models.JSONField(help_text="Codes of applications.reasons.REASONS.")
    fields = models.JSONField(help_text="The answers that the firm may change.")
    note = models.TextField(blank=True, help_text="For the firm's page; it is not mailed.")
    mail_subject = models.CharField(max_length=200)
    mail_body = models.TextField()
    answer_by = models.DateField(help_text="Inclusive, Eastern Time.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    concerned = models.JSONField(
        default=list, help_text="The kinds of criteria that the changed answers concern."
    )
    examined_at = models.DateTimeField(
        null=True, help_text="When the criteria were examined again with the new answers."
    )

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request"],
                condition=Q(ended_at=None),
                name="one_question_to_a_firm_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="")
                | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="question_ends_with_an_outcome",
            ),
        ]

    def __str__(self):
        return f"Information requested about {self.participation_request}"


class AnswerDraft(models.Model):
    """Answers that a firm prepares about a request that FDA has; FDA sees them once handed in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="answer_drafts"
    )
    answers = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="Handed in, or no longer asked for.")

    class Meta:
        ordering = ["saved_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request"],
                condition=Q(ended_at=None),
                name="one_draft_of_answers_at_a_time",
            )
        ]

    def __str__(self):
        return f"Draft of answers about {self.participation_request}"
