"""The trail of deeds, what FDA does not know of yet, and copies of the trail."""

import json
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from qmm_pilot.records.access import may_read_trail
from qmm_pilot.records.closed_sites import closed_since, without_closed_entries

from .job import Job
from .stored_file import StoredFile
from .subject import AboutSubject


class TrailHead(models.Model):
    """The one row that numbers and links the trail; identity tells this trail from any other."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    identity = models.UUIDField(default=uuid.uuid4, editable=False)
    position = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="trail_has_one_head")]


class WithheldQuerySet(models.QuerySet):
    def still(self):
        """What is not disclosed yet."""
        return self.filter(disclosed_at=None)

    def about_the_same(self):
        """Those about the record that a row of the query around this one is about."""
        return self.filter(subject_kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id"))


class Withheld(AboutSubject):
    """A record that FDA does not know of yet, such as a draft (A13); disclosure.py writes it.

    The entries of the trail are written and verified all the same; until the record is disclosed
    no page, export or archive of FDA shows them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    withheld_at = models.DateTimeField()
    disclosed_at = models.DateTimeField(null=True)

    objects = WithheldQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "withheld"
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="withheld_once")
        ]


class TrailEntryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's records officers read what is disclosed to FDA; anyone else nothing here.

        Nor does an officer who is barred from a site read the entries that name its records (C2).
        """
        if not may_read_trail(user):
            return self.none()
        return without_closed_entries(self.disclosed(), user)

    def disclosed(self):
        """All entries but those about records that FDA does not know of yet."""
        return self.filter(~Exists(self._withheld()))

    def withheld(self):
        """The entries about records that FDA does not know of yet."""
        return self.filter(Exists(self._withheld()))

    @staticmethod
    def _withheld():
        return Withheld.objects.still().about_the_same()


class TrailEntry(AboutSubject):
    """One deed: who, when, what, before, after, why; chained by SHA-256 (21 CFR 11.10(e))."""

    position = models.PositiveBigIntegerField(primary_key=True)
    deed = models.CharField(max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=True
    )
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField(help_text="The moment of the deed, as the program's clock had it.")
    recorded_at = models.DateTimeField(help_text="The real moment at which the entry was written.")
    before_json = models.TextField(default="{}")
    after_json = models.TextField(default="{}")
    reason = models.TextField(blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = TrailEntryQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "trail entries"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="trail_by_subject"),
            models.Index(fields=["deed", "position"], name="trail_by_deed"),
            models.Index(fields=["at"], name="trail_by_moment"),
            models.Index(fields=["hash"], name="trail_by_hash"),
        ]

    def __str__(self):
        return f"{self.position} {self.deed}"

    @property
    def before(self) -> dict:
        return json.loads(self.before_json)

    @property
    def after(self) -> dict:
        return json.loads(self.after_json)


class TrailExportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """FDA's records officers only.

        Whoever is barred from a site sees of them what she asked for since: a colleague's copy,
        and an older one of her own, hold that site's entries (C2).
        """
        if not may_read_trail(user):
            return self.none()
        since = closed_since(user)
        return self.filter(asked_by=user, asked_at__gte=since) if since else self


class TrailExport(models.Model):
    """A filtered copy of the trail, up to the position that it had when it was asked for."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV, for a spreadsheet"
        JSON_LINES = "jsonl", "JSON lines, for a program"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    format = models.CharField(max_length=5, choices=Format)
    chosen = models.JSONField(default=dict, help_text="The filters, as the address held them.")
    up_to = models.PositiveBigIntegerField(help_text="The last position looked at.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    entries = models.PositiveIntegerField(null=True)
    stored_file = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")

    objects = TrailExportQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self):
        return f"Export of the trail ({self.get_format_display()})"
