"""FDA's published inspection classifications, and the files that brought them."""

from django.db import models
from django.db.models import F, Q

from applications.eligibility import Classification

from .snapshot import PublicDataQuerySet, Snapshot, of_snapshot


class InspectionImport(Snapshot):
    """One file of FDA's inspection classifications that was read in whole."""

    class Meta(Snapshot.Meta):
        constraints = [
            models.CheckConstraint(
                name="inspection_import_counts_add_up",
                condition=Q(rows_read=F("created") + F("updated") + F("unchanged") + F("rejected")),
            ),
        ]


class InspectionRecord(models.Model):
    """One published row: the classification of one project area of one inspection.

    Rows are never overwritten: an update closes the old row (`closed_by`) and adds a new one, so
    that an old verdict can still be shown. A row that the newest file lacks stays open and is
    marked (`absent_since`); when it comes back, the marked row is closed and a new one added, so
    that what was in force at any snapshot can be told from the three references alone. Texts are
    as FDA publishes them, `-` read as missing.
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
    first_import = of_snapshot(InspectionImport)
    absent_since = of_snapshot(InspectionImport, "first newer file that lacks this row")
    closed_by = of_snapshot(InspectionImport, "import or roll-back that took this row out of force")

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
