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


class Scope(models.TextChoices):
    """What a letter of authority lets an agent do for a firm (A14)."""

    PREPARE = "prepare", "Prepare: start and answer requests, agree dates"
    SUBMIT = "submit", "Submit: attest and submit requests, answer the offer of a place"
    METRICS = "metrics", "Metrics: enter and submit metrics"
    REPORT = "report", "Report: read the released report"


# The role of the firm whose work an agent of this scope does; a report is only read.
STANDS_IN_FOR = {
    Scope.PREPARE: Role.FIRM_PREPARER,
    Scope.SUBMIT: Role.FIRM_OFFICIAL,
    Scope.METRICS: Role.FIRM_METRICS,
}
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
ADMINISTRATORS = frozenset(
    {Role.FIRM_ADMINISTRATOR, Role.CONTRACTOR_ADMINISTRATOR, Role.FDA_ADMINISTRATOR}
)
REGISTRANT_ROLES = (
    Role.FIRM_ADMINISTRATOR,
    Role.FIRM_PREPARER,
    Role.FIRM_OFFICIAL,
    Role.FIRM_METRICS,
)
