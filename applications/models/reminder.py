"""That people were reminded: of the close of a window, of the day to accept a place."""

from django.db import models

from .participation import Participation
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


class AcceptanceReminder(models.Model):
    """One mail to a firm about the day to accept its place: each is sent once for each day (C7)."""

    participation = models.ForeignKey(
        Participation, models.PROTECT, related_name="acceptance_reminders"
    )
    accept_by = models.DateField(help_text="The day that it spoke of.")
    days_before = models.SmallIntegerField(help_text="Negative: days after that day.")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation", "accept_by", "days_before"],
                name="acceptance_reminded_once",
            )
        ]

    def __str__(self):
        return f"{self.days_before} days before the day to accept: {self.participation}"
