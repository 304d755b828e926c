"""A place that was offered, and what the firm answered."""

import uuid

from django.conf import settings
from django.db import models

from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Scope
from qmm_pilot.lifecycle import Lifecycle
from qmm_pilot.programs.models import Program

from .barring import Barring
from .facility import Facility
from .request import ParticipationRequest
from .selection import Seat


class ParticipationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A firm's and its agents' own; FDA case staff all. Contractors see assessments instead."""
        if user.reads_cases:
            barred = Barring.objects.feis_of(user)
            return self.exclude(participation_request__fei_key__in=barred)
        return self.filter(organization__in=firms_of(user, Scope.PREPARE, Scope.SUBMIT))

    def real(self):
        """All but those of rehearsals."""
        return self.filter(program__rehearsal_of=None)


class Participation(Lifecycle):
    """One facility's part in one program, from the offer of its place onwards."""

    class Status(models.TextChoices):
        OFFERED = "offered", "Place offered"
        ACTIVE = "active", "Taking part"
        DECLINED = "declined", "Declined"
        LAPSED = "lapsed", "Offer lapsed"
        WITHDRAWING = "withdrawing", "Withdrawing"
        WITHDRAWN = "withdrawn", "Withdrawn"
        REMOVED = "removed", "Removed"
        COMPLETED = "completed", "Completed"
        ENDED = "ended_by_program", "Ended with the program"

    MOVES = {
        Status.OFFERED: {Status.ACTIVE, Status.DECLINED, Status.LAPSED},
        Status.ACTIVE: {
            Status.WITHDRAWING,
            Status.REMOVED,
            Status.COMPLETED,
            Status.ENDED,
        },
        Status.WITHDRAWING: {Status.WITHDRAWN},
    }

    # It ends early, or has ended so: nothing of it goes on.
    ENDING = (Status.WITHDRAWING, Status.WITHDRAWN, Status.REMOVED, Status.ENDED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seat = models.OneToOneField(Seat, models.PROTECT, related_name="participation")
    participation_request = models.OneToOneField(
        ParticipationRequest, models.PROTECT, related_name="participation"
    )
    program = models.ForeignKey(Program, models.PROTECT, related_name="participations")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="participations")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="participations")
    status = models.CharField(max_length=20, choices=Status, default=Status.OFFERED)
    offered_at = models.DateTimeField()
    accept_by = models.DateField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    end_reason = models.TextField(blank=True)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        ordering = ["facility__name"]

    @property
    def ends_early(self) -> bool:
        """Whether it is ending or has ended before its work was done."""
        return self.status in self.ENDING

    def __str__(self):
        return f"{self.facility} in {self.program.short_name}"
