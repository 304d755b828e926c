"""FDA's statement of use, and who saw which version."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from .subject import AboutSubject


class StatementOfUse(models.Model):
    """One version of FDA's statement: who reads what firms submit, and what it is not used for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.PositiveSmallIntegerField(unique=True)
    sections = models.JSONField(help_text="Headings, each with its sentences and their sources.")
    since = models.DateTimeField()
    reason = models.TextField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-version"]
        verbose_name = "statement of use"
        verbose_name_plural = "statements of use"
        constraints = [
            models.CheckConstraint(condition=Q(version__gte=1), name="statements_begin_at_1")
        ]

    def __str__(self):
        return f"Statement of use, version {self.version}"


class StatementSeen(AboutSubject):
    """Which version of the statement a person had before her when she did a deed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    statement = models.ForeignKey(StatementOfUse, models.PROTECT, related_name="seen")
    deed = models.CharField(max_length=60)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="statement_seen_by_subject")
        ]

    def __str__(self):
        return f"{self.deed}: version {self.statement.version}"
