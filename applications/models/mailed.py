"""A request that came by mail: the message as filed, and the link by which its firm confirms."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import StoredFile

from .barring import Barring
from .request import ParticipationRequest


class MailedRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's coordinators, who file messages; the firm sees its request."""
        if user.has_role(*FILED_BY):
            barred = Barring.objects.feis_of(user)
            return self.exclude(participation_request__fei_key__in=barred)
        return self.none()

    def waiting(self):
        """Filed, and neither entered nor set aside."""
        return self.filter(participation_request=None, set_aside_at=None)


FILED_BY = ("fda_coordinator",)


class MailedRequest(models.Model):
    """A message to FDA's mailbox that asks to take part (B19)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="mailed_requests")
    participation_request = models.OneToOneField(
        ParticipationRequest, models.PROTECT, null=True, related_name="mailed"
    )
    stored_file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    sender_name = models.CharField(max_length=300, blank=True)
    sender_address = models.CharField(max_length=300)
    subject = models.CharField(max_length=300, blank=True)
    written_at = models.DateTimeField(null=True, help_text="By the sender's clock.")
    received_at = models.DateTimeField(null=True, help_text="By the mailbox's Received header.")
    text = models.TextField(blank=True)
    attachments = models.JSONField(default=list, help_text="Name, type and size of each.")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    set_aside_reason = models.TextField(blank=True)
    set_aside_at = models.DateTimeField(null=True, help_text="It asks for no part in the pilot.")

    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    entered_at = models.DateTimeField(null=True)
    contact_name = models.CharField(max_length=200, blank=True)
    contact_email = models.EmailField(blank=True)
    confirm_by = models.DateField(null=True, help_text="Inclusive, Eastern Time.")
    # Null until a link goes out: empty texts would collide in the unique index.
    token_sha256 = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001
    link_sent_at = models.DateTimeField(null=True)
    link_expires_at = models.DateTimeField(null=True, help_text="Exclusive.")
    link_revoked_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    taken_at = models.DateTimeField(null=True, help_text="When the firm took it up by the link.")

    objects = MailedRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-filed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(participation_request=None)
                | Q(set_aside_at=None, entered_at__isnull=False, confirm_by__isnull=False),
                name="mailed_request_is_entered_or_set_aside",
            )
        ]

    def __str__(self):
        return f"Message of {self.sender_address}"

    def is_open_at(self, moment) -> bool:
        """Whether its link leads in at this moment."""
        return bool(
            self.token_sha256
            and not self.taken_at
            and not self.link_revoked_at
            and moment < self.link_expires_at
        )
