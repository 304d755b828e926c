"""A site that passes to another firm, and what its former owner keeps of it (A15)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Role, Side

from .barring import Barring
from .facility import Facility
from .request import ParticipationRequest


class OwnershipChangeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's case staff see all; the firms their own; whom it was offered to, that offer."""
        if user.reads_cases:
            return self.exclude(facility__fei_key__in=Barring.objects.feis_of(user))
        if user.side != Side.FIRM or not user.organization_id:
            return self.none()
        own = Q(former=user.organization_id) | Q(successor=user.organization_id)
        if user.has_role(Role.FIRM_OFFICIAL):
            own |= Q(successor_email__iexact=user.email)
        return self.filter(own)


class OwnershipChange(models.Model):
    """One sale: offered by the owner's official and confirmed by the new one's, or FDA's record.

    The new owner is named by the e-mail address of her official, so that no firm learns from us
    which other firms there are.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Waits for the new owner"
        CONFIRMED = "confirmed", "Confirmed"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="ownership_changes")
    former = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    successor = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+")
    successor_email = models.EmailField("e-mail address of the new owner’s official", blank=True)
    since = models.DateField(help_text="The day from which the new owner holds the site.")
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, help_text="Why FDA alone records it.")
    source = models.CharField(max_length=300, blank=True)
    declared_at = models.DateTimeField(
        null=True, help_text="When conflicts of interest had been declared again."
    )

    objects = OwnershipChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility"],
                condition=Q(status="proposed"),
                name="one_open_ownership_change_per_facility",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed")
                | Q(successor__isnull=False, settled_at__isnull=False),
                name="confirmed_change_names_the_new_owner",
            ),
        ]

    def __str__(self):
        return f"{self.facility} from {self.since}"


class KeptCopyQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The former owner's own people; nobody else needs a copy of what FDA has itself."""
        return self.filter(organization=user.organization_id)


class KeptCopy(models.Model):
    """What a former owner submitted about a site, frozen on the day it passed on.

    `content` is a list of sections: heading, then (question, answer) pairs. Nothing later is in it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    change = models.ForeignKey(OwnershipChange, models.PROTECT, related_name="copies")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    participation_request = models.ForeignKey(
        ParticipationRequest, models.PROTECT, related_name="+"
    )
    facility_name = models.CharField(max_length=200)
    program_name = models.CharField(max_length=200)
    receipt_number = models.CharField(max_length=30)
    content = models.JSONField(default=list)
    kept_at = models.DateTimeField()

    objects = KeptCopyQuerySet.as_manager()

    class Meta:
        ordering = ["-kept_at", "facility_name"]
        verbose_name_plural = "kept copies"

    def __str__(self):
        return f"{self.receipt_number}, {self.facility_name}"
