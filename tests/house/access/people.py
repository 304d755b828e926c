"""Who knocks at the doors: one person per role and side, and the groups that the tables name."""

from qmm_pilot.accounts.roles import Role, Scope

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
    "B official": ("firm B", [Role.FIRM_OFFICIAL]),
    "B preparer": ("firm B", [Role.FIRM_PREPARER]),
    # agents belong to no organization: see AUTHORITY
    "A agent": (None, []),
    "A agent who submits": (None, []),
    "agent of A and B": (None, []),
    # contractor one is engaged for A's facilities, contractor two for B's
    "one's lead": ("contractor one", [Role.CONTRACTOR_LEAD]),
    # she leads elsewhere, here she was named as assessor
    "one's lead who assesses": ("contractor one", [Role.CONTRACTOR_LEAD]),
    "one's assessor": ("contractor one", [Role.CONTRACTOR_ASSESSOR]),
    "one's other lead": ("contractor one", [Role.CONTRACTOR_LEAD]),
    "one's former assessor": ("contractor one", [Role.CONTRACTOR_ASSESSOR]),
    "one's undeclared assessor": ("contractor one", [Role.CONTRACTOR_ASSESSOR]),
    "one's administrator": ("contractor one", [Role.CONTRACTOR_ADMINISTRATOR]),
    "two's lead": ("contractor two", [Role.CONTRACTOR_LEAD]),
    "two's assessor": ("contractor two", [Role.CONTRACTOR_ASSESSOR]),
    # three's engagement for A has ended, four's agreement has lapsed
    "three's lead": ("contractor three", [Role.CONTRACTOR_LEAD]),
    "four's lead": ("contractor four", [Role.CONTRACTOR_LEAD]),
    # five's agreement ended just now, in mid-work
    "five's lead": ("contractor five", [Role.CONTRACTOR_LEAD]),
    # FDA
    "coordinator": ("FDA", [Role.FDA_COORDINATOR]),
    "reviewer": ("FDA", [Role.FDA_REVIEWER]),
    # by a conflict of interest every site of firm A is closed to her, on every page (C2)
    "conflicted reviewer": ("FDA", [Role.FDA_REVIEWER, Role.FDA_OBSERVER]),
    # the same for one with every role that deals with closed things; named to come last of each
    # group, so that the table's other tests post as somebody who may
    "staff with a conflict": (
        "FDA",
        [Role.FDA_COORDINATOR, Role.FDA_SELECTOR, Role.FDA_RECORDS_OFFICER],
    ),
    "selector": ("FDA", [Role.FDA_SELECTOR]),
    "observer": ("FDA", [Role.FDA_OBSERVER]),
    "approver": ("FDA", [Role.FDA_APPROVER]),
    "approver on the team": ("FDA", [Role.FDA_APPROVER, Role.FDA_OBSERVER]),
    "analyst": ("FDA", [Role.FDA_ANALYST]),
    "records officer": ("FDA", [Role.FDA_RECORDS_OFFICER]),
    "FDA administrator": ("FDA", [Role.FDA_ADMINISTRATOR]),
    # she has signed in with her password, and has no second factor yet
    "FDA person without second factor": ("FDA", [Role.FDA_COORDINATOR, Role.FDA_SELECTOR]),
}

# agent: what her letters of authority hold, by firm
AUTHORITY = {
    "A agent": {"firm A": [Scope.PREPARE, Scope.METRICS]},
    "A agent who submits": {"firm A": [Scope.SUBMIT, Scope.REPORT]},
    "agent of A and B": {"firm A": [Scope.METRICS], "firm B": [Scope.PREPARE, Scope.REPORT]},
}

EVERYBODY = frozenset(PEOPLE)
STRANGERS = frozenset({"anonymous", "deactivated official of A"})
NEWCOMER = frozenset({"newcomer without organization"})
SIGNED_IN = EVERYBODY - STRANGERS
UNENROLLED = frozenset({"FDA person without second factor"})
MEMBERS = SIGNED_IN - NEWCOMER - UNENROLLED


def _of(*organizations):
    return frozenset(name for name in MEMBERS if PEOPLE[name][0] in organizations)


def _agents(firm, *scopes):
    """The agents whose letter of this firm holds one of these scopes."""
    return frozenset(
        name for name, letters in AUTHORITY.items() if set(scopes) & set(letters.get(firm, []))
    )


# who sees a firm's requests, places and visits; its counts; its report
OF_A, OF_B = _of("firm A"), _of("firm B")
FIRM_A = OF_A | _agents("firm A", Scope.PREPARE, Scope.SUBMIT)
FIRM_B = OF_B | _agents("firm B", Scope.PREPARE, Scope.SUBMIT)
COUNTS_A = OF_A | _agents("firm A", Scope.METRICS)
COUNTS_B = OF_B | _agents("firm B", Scope.METRICS)
REPORT_A = OF_A | _agents("firm A", Scope.REPORT)
REPORT_B = OF_B | _agents("firm B", Scope.REPORT)
FIRMS = OF_A | OF_B | frozenset(AUTHORITY)
# who prepares, signs, counts
OFFICIAL_A = frozenset({"A official", "A agent who submits"})
OFFICIAL_B = frozenset({"B official"})
PREPARERS_A = frozenset({"A preparer", "A official", "A agent"})
PREPARERS_B = frozenset({"B preparer", "B official", "agent of A and B"})
PREPARERS = PREPARERS_A | PREPARERS_B
METRICS_A = frozenset({"A metrics person", "A official", "A agent", "agent of A and B"})
METRICS_B = frozenset({"B official"})

CONTRACTORS = _of(
    "contractor one", "contractor two", "contractor three", "contractor four", "contractor five"
)
UNDECLARED = frozenset({"one's undeclared assessor"})  # named, and has not declared her interests
LEAD_FIVE = frozenset({"five's lead"})
ADMINISTRATOR_ONE = frozenset({"one's administrator"})
TEAM_ONE = frozenset({"one's lead", "one's assessor", "one's lead who assesses"})
LEAD_ONE = frozenset({"one's lead"})
TEAM_TWO = frozenset({"two's lead", "two's assessor"})
LEAD_TWO = frozenset({"two's lead"})

FDA = _of("FDA")
WITHOUT_CASES = frozenset({"analyst", "FDA administrator"})
CASE_STAFF = FDA - WITHOUT_CASES
CONFLICTED_STAFF = frozenset({"staff with a conflict"})
CONFLICTED_REVIEWER = frozenset({"conflicted reviewer"})
CONFLICTED = CONFLICTED_REVIEWER | CONFLICTED_STAFF
COORDINATOR = frozenset({"coordinator"}) | CONFLICTED_STAFF
SELECTOR = frozenset({"selector"}) | CONFLICTED_STAFF
REVIEWER = frozenset({"reviewer"})
APPROVER = frozenset({"approver"})
APPROVERS = frozenset({"approver", "approver on the team"})
RECORDS_OFFICER = frozenset({"records officer"}) | CONFLICTED_STAFF
ADMINISTRATOR = frozenset({"FDA administrator"})
NOBODY = frozenset()
