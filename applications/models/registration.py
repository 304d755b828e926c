"""FDA's published registrations of drug establishments, and the files that brought them."""

from django.db import models
from django.db.models import F, Q

from .snapshot import PublicDataQuerySet, Snapshot, of_snapshot


class RegistrationImport(Snapshot):
    """One file of drug-establishment registrations (`drls_reg.txt`) that was read in whole."""

    class Meta(Snapshot.Meta):
        constraints = [
            models.CheckConstraint(
                name="registration_import_counts_add_up",
                condition=Q(rows_read=F("created") + F("updated") + F("unchanged") + F("rejected")),
            ),
        ]


class Registration(models.Model):
    """One published registration of an establishment, without any person's name or address.

    An FEI may have several, of several registrants; rows that differ in their operations alone
    are united. Kept, closed and marked as the rows of inspections are (InspectionRecord).
    """

    fei = models.CharField("FEI as published", max_length=16)
    fei_key = models.CharField("FEI without leading zeros", max_length=10)
    duns = models.CharField("DUNS number of the site", max_length=16, blank=True)
    firm_name = models.CharField(max_length=255, blank=True)
    address = models.CharField("address as published", max_length=500, blank=True)
    country = models.CharField("country, ISO 3166-1 alpha-3", max_length=3, blank=True)
    operations = models.CharField(
        "operations as published, in alphabetical order, separated by “; ”",
        max_length=500,
        blank=True,
    )
    registrant_name = models.CharField(max_length=255, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    first_import = of_snapshot(RegistrationImport)
    absent_since = of_snapshot(RegistrationImport, "first newer file that lacks this row")
    closed_by = of_snapshot(
        RegistrationImport, "import or roll-back that took this row out of force"
    )

    objects = PublicDataQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="registration_open_once",
                fields=["fei_key", "duns", "firm_name", "address", "registrant_name"],
                condition=Q(closed_by__isnull=True),
            ),
        ]

    def __str__(self):
        return f"Registration of FEI {self.fei_key}, {self.firm_name}"
