"""A manufacturing site of an organization, with its identifiers."""

import uuid

from django.db import models
from django_countries.fields import CountryField

from applications.eligibility import canonical_fei
from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.models import Organization, check_time_zone
from qmm_pilot.accounts.roles import Scope

from .barring import Barring

# What describes a site, as it is kept with a request when that is submitted.
DESCRIBING = (
    "name",
    "fei",
    "fei_key",
    "duns",
    "address_line_1",
    "address_line_2",
    "city",
    "state",
    "postal_code",
    "country",
    "time_zone",
)


class FacilityQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A firm and its agents see its facilities, FDA case staff those of submitted requests."""
        if user.reads_cases:
            submitted = self.filter(participation_requests__submitted_at__isnull=False)
            return submitted.exclude(fei_key__in=Barring.objects.feis_of(user)).distinct()
        return self.filter(organization__in=firms_of(user, Scope.PREPARE, Scope.SUBMIT))


class Facility(models.Model):
    """One site; its FEI is kept as typed and compared without leading zeros."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="facilities")
    name = models.CharField("facility legal name", max_length=200)
    fei = models.CharField("FEI number", max_length=20)
    fei_key = models.CharField(max_length=10, editable=False, db_index=True)
    duns = models.CharField("DUNS number", max_length=11)
    address_line_1 = models.CharField("street address", max_length=200)
    address_line_2 = models.CharField("suite or building", max_length=200, blank=True)
    city = models.CharField(max_length=100)
    state = models.CharField("state or region", max_length=100, blank=True)
    postal_code = models.CharField("ZIP or postal code", max_length=20, blank=True)
    country = CountryField()
    time_zone = models.CharField(max_length=60, validators=[check_time_zone])

    objects = FacilityQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "facilities"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "fei_key"], name="facility_fei_once_per_organization"
            )
        ]

    def __str__(self):
        return self.name

    def take_fei(self, text):
        """Set the FEI as typed with its key. Raises ValueError for what is no FEI."""
        self.fei, self.fei_key = text.strip(), canonical_fei(text)

    def facts(self) -> dict[str, str]:
        """Every column that describes the site, as plain data; Facility(**facts) shows it again."""
        return {name: str(getattr(self, name)) for name in DESCRIBING}

    @property
    def address(self) -> str:
        """The address on one line."""
        parts = [
            self.address_line_1,
            self.address_line_2,
            self.city,
            f"{self.state} {self.postal_code}".strip(),
            self.country.name,  # type: ignore[attr-defined]
        ]
        return ", ".join(part for part in parts if part)
