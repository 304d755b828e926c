"""What the imports of FDA's public files have in common: a file taken in whole, and its rows."""

import uuid

from django.conf import settings
from django.db import models


class PublicDataQuerySet(models.QuerySet):
    """Public data; which facilities FDA looks at is not, so only its case staff read them here."""

    def visible_to(self, user):
        return self if user.reads_cases else self.none()


class Snapshot(models.Model):
    """One published file that was read in whole, or a roll-back to an earlier one.

    It is written in the same transaction as its rows, so that a failed import leaves none; the
    state of an import on its way is that of its job. `number` orders the snapshots: the moments
    of two imports may be equal. A roll-back repeats name, hash and counts of the file it returns
    to and names it in `restores`; one that returns to the time before the first file has no hash.
    """

    NO_FILE = "No file"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True, editable=False)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField("SHA-256 of the file", max_length=64)
    bytes_read = models.PositiveBigIntegerField("size of the file in bytes")
    row_rules = models.PositiveSmallIntegerField("version of the row rules that read it")
    imported_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    rows_read = models.PositiveIntegerField()
    created = models.PositiveIntegerField()
    updated = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    absent = models.PositiveIntegerField("rows on record that this file lacks")
    rejects = models.JSONField(
        "the first rejected rows, each with line and reason", default=list, blank=True
    )
    restores = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="earlier snapshot that this roll-back returned to",
    )
    reason = models.TextField("why it was rolled back", blank=True)

    objects = PublicDataQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-number"]

    def __str__(self):
        return f"{self.file_name}, {self.rows_read} rows"

    @property
    def is_of_no_file(self) -> bool:
        """Whether every file was taken back, so that nothing is on record."""
        return self.sha256 == ""


def of_snapshot(model, verbose_name=None):
    """A published row's reference to a snapshot; one with a verbose name may be empty.

    It has no index, since every read starts from an FEI or a key, and no foreign key in the
    database, since both engines would look up the same snapshot for each of 300,000 rows: that
    took longer than everything else of an import. Snapshots are never deleted (a trigger holds
    it), and only applications.staging writes these columns.
    """
    return models.ForeignKey(
        model,
        models.PROTECT,
        null=verbose_name is not None,
        blank=verbose_name is not None,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=verbose_name,
    )
