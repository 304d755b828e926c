"""Who knocks at the doors: one person per role and side, and the groups that the tables name."""

from qmm_pilot.accounts.roles import Role

# name in the tables: (organization or None, roles)
PEOPLE = {
    # nobody yet
    "anonymous": (None, []),
    "deactivated official of A": ("firm A", [Role.FIRM_OFFICIAL]),
    "newcomer without organization": (None, []),
    # the manufacturers
    "A preparer": ("firm A", [Role.FIRM_PREPARER]),
    "A official": ("firm A", [Role.FIRM_OFFICIAL]),
    "A administrator": ("firm A", [Role.FIRM_ADMINISTRATOR]),
    "A metrics person": ("firm A", [Role.FIRM_METRICS]),
    "A agent": ("firm A", [Role.FIRM_AGENT]),
    "B official": ("firm B", [Role.FIRM_OFFICIAL]),
    "B preparer": ("firm B", [Role.FIRM_PREPARER]),
    # contractor one is engaged for A's facilities, contractor two for B's
    "one's lead": ("contractor one", [Role.CONTRACTOR_LEAD]),
    "one's assessor": ("contractor one", [Role.CONTRACTOR_ASSESSOR]),
    "one's other lead": ("contractor one", [Role.CONTRACTOR_LEAD]),
    "one's former assessor": ("contractor one", [Role.CONTRACTOR_ASSESSOR]),
    "one's administrator": ("contractor one", [Role.CONTRACTOR_ADMINISTRATOR]),
    "two's lead": ("contractor two", [Role.CONTRACTOR_LEAD]),
    "two's assessor": ("contractor two", [Role.CONTRACTOR_ASSESSOR]),
    # three's engagement for A has ended, four's agreement has lapsed
    "three's lead": ("contractor three", [Role.CONTRACTOR_LEAD]),
    "four's lead": ("contractor four", [Role.CONTRACTOR_LEAD]),
    # FDA
    "coordinator": ("FDA", [Role.FDA_COORDINATOR]),
    "reviewer": ("FDA", [Role.FDA_REVIEWER]),
    "selector": ("FDA", [Role.FDA_SELECTOR]),
    "observer": ("FDA", [Role.FDA_OBSERVER]),
    "approver": ("FDA", [Role.FDA_APPROVER]),
    "approver on the team": ("FDA", [Role.FDA_APPROVER, Role.FDA_OBSERVER]),
    "analyst": ("FDA", [Role.FDA_ANALYST]),
    "records officer": ("FDA", [Role.FDA_RECORDS_OFFICER]),
    "FDA administrator": ("FDA", [Role.FDA_ADMINISTRATOR]),
}

EVERYBODY = frozenset(PEOPLE)
STRANGERS = frozenset({"anonymous", "deactivated official of A"})
NEWCOMER = frozenset({"newcomer without organization"})
SIGNED_IN = EVERYBODY - STRANGERS
MEMBERS = SIGNED_IN - NEWCOMER


def _of(*organizations):
    return frozenset(name for name in MEMBERS if PEOPLE[name][0] in organizations)


FIRM_A = _of("firm A")
FIRM_B = _of("firm B")
FIRMS = FIRM_A | FIRM_B
PREPARERS = frozenset({"A preparer", "A official", "B preparer", "B official"})
OFFICIAL_A = frozenset({"A official"})
OFFICIAL_B = frozenset({"B official"})
PREPARERS_A = frozenset({"A preparer", "A official"})
METRICS_A = frozenset({"A metrics person", "A official"})

CONTRACTORS = _of("contractor one", "contractor two", "contractor three", "contractor four")
TEAM_ONE = frozenset({"one's lead", "one's assessor"})
LEAD_ONE = frozenset({"one's lead"})
TEAM_TWO = frozenset({"two's lead", "two's assessor"})
LEAD_TWO = frozenset({"two's lead"})

FDA = _of("FDA")
WITHOUT_CASES = frozenset({"analyst", "FDA administrator"})
CASE_STAFF = FDA - WITHOUT_CASES
COORDINATOR = frozenset({"coordinator"})
SELECTOR = frozenset({"selector"})
APPROVER = frozenset({"approver"})
APPROVERS = frozenset({"approver", "approver on the team"})
RECORDS_OFFICER = frozenset({"records officer"})
NOBODY = frozenset()
