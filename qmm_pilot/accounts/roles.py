"""The roles of product.md, and the side each stands on; nobody holds roles of two sides."""

from django.db import models


class Side(models.TextChoices):
    """On which side of the pilot an organization stands."""

    FIRM = "firm", "Manufacturer"
    FDA = "fda", "FDA"
    CONTRACTOR = "contractor", "Contractor"


class Role(models.TextChoices):
    """What a person may be asked to do; roles hold for all programs."""

    FIRM_PREPARER = "firm_preparer", "Preparer"
    FIRM_OFFICIAL = "firm_official", "Authorized official"
    FIRM_ADMINISTRATOR = "firm_administrator", "Firm administrator"
    FIRM_METRICS = "firm_metrics", "Metrics person"
    FIRM_AGENT = "firm_agent", "Agent"
    FDA_COORDINATOR = "fda_coordinator", "FDA coordinator"
    FDA_REVIEWER = "fda_reviewer", "FDA reviewer"
    FDA_SELECTOR = "fda_selector", "FDA selector"
    FDA_OBSERVER = "fda_observer", "FDA observer"
    FDA_APPROVER = "fda_approver", "FDA approver"
    FDA_ANALYST = "fda_analyst", "FDA analyst"
    FDA_RECORDS_OFFICER = "fda_records_officer", "FDA records officer"
    FDA_ADMINISTRATOR = "fda_administrator", "FDA administrator"
    CONTRACTOR_LEAD = "contractor_lead", "Lead assessor"
    CONTRACTOR_ASSESSOR = "contractor_assessor", "Assessor"
    CONTRACTOR_ADMINISTRATOR = "contractor_administrator", "Contractor administrator"

    @property
    def side(self) -> str:
        """The side of the pilot on which this role stands."""
        return self.value.split("_", 1)[0]


# FDA staff who work on cases; the administrator holds no case data, the analyst reads coded data.
CASE_ROLES = frozenset(
    {
        Role.FDA_COORDINATOR,
        Role.FDA_REVIEWER,
        Role.FDA_SELECTOR,
        Role.FDA_OBSERVER,
        Role.FDA_APPROVER,
        Role.FDA_RECORDS_OFFICER,
    }
)
REGISTRANT_ROLES = (
    Role.FIRM_ADMINISTRATOR,
    Role.FIRM_PREPARER,
    Role.FIRM_OFFICIAL,
    Role.FIRM_METRICS,
)
