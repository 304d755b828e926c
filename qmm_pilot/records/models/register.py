"""Who outside a firm opened its records."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, Q

from qmm_pilot.records.access import FIRM, may_read_register
from qmm_pilot.records.closed_sites import without_closed

from .subject import AboutSubject
from .trail import Withheld


class RecordAccessQuerySet(models.QuerySet):
    def visible_to(self, user, *, lists_since=None):
        """A firm sees who opened its own records, FDA's records officers all; anyone else none.

        That an agent opened a draft is her firm's to know: FDA knows of no draft (A13).
        FDA's lists hold every firm that has handed something in: a firm sees them from the moment
        `lists_since` at which it did. The lines of a site are closed to an officer who is barred
        from it (C2); lines about lists name no site.
        """
        if may_read_register(user):
            return without_closed(self.disclosed(), user)
        if user.side != FIRM or not user.organization_id:
            return self.none()
        own = Q(organization_id=user.organization_id)
        if lists_since:
            own |= Q(organization_id=None, at__gte=lists_since)
        return self.filter(own)

    def disclosed(self):
        """All lines but those about records that FDA does not know of yet."""
        return self.filter(~Exists(Withheld.objects.still().about_the_same()))


class RecordAccess(AboutSubject):
    """Somebody outside a firm opened one of its records (A13).

    Page views stand once per person, record and hour, each download by itself. The row holds the
    names as they were. `organization_id` is the firm; it is null for a list of all firms.
    """

    class How(models.TextChoices):
        OPENED = "opened", "Opened"
        DOWNLOADED = "downloaded", "Downloaded"
        LISTED = "listed", "Seen in a list"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization_id = models.UUIDField(null=True)
    how = models.CharField(max_length=10, choices=How)
    what = models.CharField(max_length=100)
    site = models.CharField(max_length=200, blank=True)
    program_name = models.CharField(max_length=60, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=200)
    office = models.CharField(max_length=200)
    at = models.DateTimeField()
    hour = models.DateTimeField(help_text="The hour in which it happened, as the clock had it.")
    noted_at = models.DateTimeField(help_text="Real time.")

    objects = RecordAccessQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = "access to a record"
        verbose_name_plural = "accesses to records"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "subject_kind", "subject_id", "hour", "organization_id"],
                condition=~Q(how="downloaded") & Q(organization_id__isnull=False),
                name="record_opened_once_an_hour",
            ),
            models.UniqueConstraint(
                fields=["user", "subject_kind", "subject_id", "hour"],
                condition=~Q(how="downloaded") & Q(organization_id=None),
                name="list_opened_once_an_hour",
            ),
        ]
        indexes = [
            models.Index(fields=["organization_id", "-at", "-id"], name="register_of_a_firm"),
        ]

    def __str__(self):
        return f"{self.person_name}: {self.what}"
