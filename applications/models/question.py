"""What firms ask about a program before its window closes, and what FDA answers (B18)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from qmm_pilot.accounts.models import Organization
from qmm_pilot.programs.models import Program


class ProgramQuestionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's case staff all of them, a firm its own; what is published names nobody."""
        if user.reads_cases:
            return self
        return self.filter(organization=user.organization_id)

    def open(self):
        return self.filter(answered_at=None)

    def published(self):
        """What everybody may read: `published_question` and `answer`, never `text` or the firm."""
        return self.filter(is_published=True)


class ProgramQuestion(models.Model):
    """A question of a firm; its words stay between the firm and FDA."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="questions")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="questions")
    text = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    is_published = models.BooleanField(default=False)
    published_question = models.TextField(blank=True, help_text="In FDA’s words, naming nobody.")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    objects = ProgramQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="", is_published=False)
                | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="question_is_answered_by_words",
            ),
            models.CheckConstraint(
                condition=Q(is_published=False) | ~Q(published_question=""),
                name="published_question_is_in_fda_s_words",
            ),
        ]

    def __str__(self):
        return f"Question about {self.program.short_name}"


class EarlierAnswer(models.Model):
    """What FDA answered until it corrected the answer: kept, and shown with the reason.

    Whoever reads the answer reads these too: the firm alone, or everybody.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question = models.ForeignKey(ProgramQuestion, models.PROTECT, related_name="earlier_answers")
    number = models.PositiveSmallIntegerField(help_text="From 1, in the order of time.")
    answer = models.TextField()
    published_question = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    corrected_at = models.DateTimeField()
    reason = models.TextField("why it was corrected")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="earlier_answer_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="answer_corrected_with_reason"),
        ]

    def __str__(self):
        return f"{self.question}, answer {self.number}"
