"""Background work."""

import uuid

from django.conf import settings
from django.db import models

from .subject import AboutSubject


class Job(AboutSubject):
    """A piece of background work; this row is the queue of record, Celery's message a hint."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    moment = models.DateTimeField(help_text="The at= that the job's operation uses.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(help_text="Real time.")
    not_before = models.DateTimeField(help_text="Real time; later after an error.")
    claim = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True, help_text="Real time.")
    attempts = models.PositiveIntegerField(default=0)
    crashes = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    steps_done = models.PositiveIntegerField(default=0, help_text="Noted by long work.")
    steps_total = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["status", "not_before"], name="job_by_status"),
            models.Index(fields=["subject_kind", "subject_id"], name="job_by_subject"),
        ]

    def __str__(self):
        return f"{self.kind} ({self.status})"
