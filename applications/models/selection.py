"""Places and decisions: the seat table that holds the cap, and what was decided about whom."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from qmm_pilot.programs.models import MOST_PLACES, Program

from .facility import Facility
from .request import ParticipationRequest


class Seat(models.Model):
    """One of a program's places, taken by a facility until it is freed; never deleted.

    The number is 1 to 9, unique per program while the seat is taken, and a trigger keeps it
    within the program's cap, so that no way of writing seats more facilities than that.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="seats")
    number = models.PositiveSmallIntegerField()
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="seats"
    )
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="seats")
    fei_key = models.CharField(max_length=10)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()
    freed_at = models.DateTimeField(null=True)
    freed_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__gte=1) & Q(number__lte=MOST_PLACES),
                name="seat_number_one_to_nine",
            ),
            models.UniqueConstraint(
                fields=["program", "number"],
                condition=Q(freed_at=None),
                name="seat_number_taken_once",
            ),
            models.UniqueConstraint(
                fields=["participation_request"],
                condition=Q(freed_at=None),
                name="one_seat_per_request",
            ),
            models.UniqueConstraint(
                fields=["program", "facility"],
                condition=Q(freed_at=None),
                name="one_seat_per_facility",
            ),
            # Two firms may claim one site: a place is one per program and FEI.
            models.UniqueConstraint(
                fields=["program", "fei_key"],
                condition=Q(freed_at=None),
                name="one_seat_per_fei",
            ),
        ]

    def __str__(self):
        return f"Place {self.number} of {self.program.short_name}"


class DecisionQuerySet(models.QuerySet):
    def standing(self):
        """Drafts, and what was released and still holds."""
        return self.filter(withdrawn_at=None, ended_at=None)


class Decision(models.Model):
    """What FDA decided about one eligible request: drafted first, released with the others.

    A later decision about an alternate ends this one, which stays as it was told.
    """

    class Kind(models.TextChoices):
        SELECTED = "selected", "Selected"
        ALTERNATE = "alternate", "Alternate"
        NOT_SELECTED = "not_selected", "Not selected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="decisions"
    )
    kind = models.CharField(max_length=15, choices=Kind)
    rank = models.PositiveSmallIntegerField(null=True, help_text="Of an alternate, from 1.")
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, related_name="decisions")
    reason = models.TextField()
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True, help_text="When the draft was taken back.")
    ended_at = models.DateTimeField(
        null=True, help_text="When an alternate was promoted, was told otherwise, or withdrew."
    )
    skip_reason = models.TextField(
        blank=True, help_text="Of a promotion: why alternates of a better rank were passed over."
    )
    clearance = models.CharField(
        max_length=200,
        blank=True,
        help_text="Of a promotion: the clearance under which ten or more persons are asked.",
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["drafted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participation_request"],
                condition=Q(withdrawn_at=None, ended_at=None),
                name="one_decision_per_request",
            ),
            models.CheckConstraint(
                condition=~Q(kind="selected") | Q(seat__isnull=False),
                name="selected_decision_has_its_seat",
            ),
        ]

    def __str__(self):
        return f"{self.participation_request}: {self.get_kind_display()}"
