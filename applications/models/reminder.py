"""That the owners of a draft were reminded of the close of its window."""

from django.db import models

from .request import ParticipationRequest


class CloseReminder(models.Model):
    """One mail to a draft's owners, so many days before one close: each is sent once (A2)."""

    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="close_reminders"
    )
    closes_at = models.DateTimeField(help_text="The close that it spoke of; exclusive.")
    days_before = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request", "closes_at", "days_before"],
                name="close_reminded_once",
            )
        ]

    def __str__(self):
        return f"{self.days_before} days before the close: {self.participation_request}"
