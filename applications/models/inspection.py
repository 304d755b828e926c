"""FDA's published inspection classifications, and the files that brought them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from applications.eligibility import Classification


class PublicDataQuerySet(models.QuerySet):
    """Public data; which facilities FDA looks at is not, so only its case staff read them here."""

    def visible_to(self, user):
        return self if user.reads_cases else self.none()


class InspectionImport(models.Model):
    """One file of FDA's inspection classifications that was read in whole.

    It is written in the same transaction as its rows, so that a failed import leaves none; the
    state of an import on its way is that of its job. `number` orders the files: the moments of
    two imports may be equal.
    """

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

    objects = PublicDataQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                name="inspection_import_counts_add_up",
                condition=Q(rows_read=F("created") + F("updated") + F("unchanged") + F("rejected")),
            ),
        ]

    def __str__(self):
        return f"{self.file_name}, {self.rows_read} rows"


class InspectionRecord(models.Model):
    """One published row: the classification of one project area of one inspection.

    Rows are never overwritten: an update closes the old row (`closed_by`) and adds a new one, so
    that an old verdict can still be shown. A row that the newest file lacks stays open and is
    marked (`absent_since`). Texts are as FDA publishes them, `-` read as missing.
    """

    fei = models.CharField("FEI as published", max_length=16)
    fei_key = models.CharField("FEI without leading zeros", max_length=10)
    legal_name = models.CharField(max_length=255, blank=True)
    city = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=60, blank=True)
    postal_code = models.CharField(max_length=30, blank=True)
    country = models.CharField("country or area as FDA spells it", max_length=120, blank=True)
    fiscal_year = models.PositiveSmallIntegerField(null=True, blank=True)
    inspection_id = models.CharField(max_length=40)
    posted_citations = models.CharField(max_length=20, blank=True)
    ended_on = models.DateField()
    # NULL is an answer of its own here: not yet finally classified.
    classification = models.CharField(  # noqa: DJ001
        max_length=3,
        null=True,
        blank=True,
        choices=[(c.value, f"{c.label} ({c.value})") for c in Classification],
    )
    project_area = models.CharField(max_length=200, blank=True)
    product_type = models.CharField(max_length=100, blank=True)
    additional_details = models.CharField(max_length=1000, blank=True)
    fmd145_on = models.DateField("date of the FMD-145 letter", null=True, blank=True)
    conflicting = models.BooleanField(
        "the file held another row that contradicts this one", default=False
    )
    # These three have no index of their own: every read starts from an FEI or a key, and
    # an index on each would cost a third of the time of an import.
    first_import = models.ForeignKey(
        InspectionImport, models.PROTECT, related_name="+", db_index=False
    )
    absent_since = models.ForeignKey(
        InspectionImport,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="first newer file that lacks this row",
    )
    closed_by = models.ForeignKey(
        InspectionImport,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="import that replaced this row",
    )

    objects = PublicDataQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="inspection_record_open_once",
                fields=["inspection_id", "project_area", "product_type"],
                condition=Q(closed_by__isnull=True),
            ),
            models.CheckConstraint(
                name="inspection_record_known_classification",
                condition=Q(classification__isnull=True)
                | Q(classification__in=[c.value for c in Classification]),
            ),
        ]
        indexes = [
            models.Index(
                name="inspection_record_open_by_fei",
                fields=["fei_key"],
                condition=Q(closed_by__isnull=True),
            ),
        ]

    def __str__(self):
        return f"Inspection {self.inspection_id}, {self.project_area}"
