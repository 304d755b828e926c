"""What no page may show to whom: the ids, firms and addresses of others' things.

A door that opens may still show too much: a list that forgets whose rows it lists answers 200 as it
should. So every page that opens is read for what this person may not know of.
"""

import re

from qmm_pilot.accounts.roles import Scope

from .people import (
    ADMINISTRATOR,
    AUTHORITY,
    CASE_STAFF,
    CONFLICTED,
    COUNTS_A,
    FDA,
    FIRM_A,
    FIRM_B,
    FIRMS,
    MEMBERS,
    OF_A,
    OF_B,
    PEOPLE,
    RECORDS_OFFICER,
    REVIEWER,
    TEAM_ONE,
    TEAM_TWO,
    UNDECLARED,
)

# Every firm knows the programs; every contractor's person, and FDA, is named on visits.
SHARED = {"program", "FDA person on the team"}
# What a firm learns of by the released report alone, or by a letter.
WITHHELD_FROM_FIRM = {
    "topic",
    "topic of a released report",
    "finding",
    "file about a topic",
    "file about a finding",
    "withdrawn file",
    "draft report",
    "accepted report",
    "returned report",
    "PDF of the draft report",
    "PDF of the accepted report",
    "PDF of the released report",
    "drafted decision",
    "rival's draft",
    "entered inspection",
    "inspection without a letter",
    "printed sheet",
    "sheet on its way",
    "newer data",
    "proposal to reopen",
    "entered message",
    "rival's firm",
}
# What the firm has not handed in does not exist for FDA.
NOT_HANDED_IN = {
    "A's draft request",
    "B's draft request",
    "A's request with its signer",
    "B's request with its signer",
    "A's rival's draft",
    "B's rival's draft",
    "A's open version",
    "A's declared inspection",
    "B's declared inspection",
    "A's declared inspection without a letter",
    "B's declared inspection without a letter",
    "A's facility without a request",
    "B's facility without a request",
    "A's rival's firm",
    "B's rival's firm",
}
# A contractor sees visits, never how FDA came to choose the facility.
BEFORE_THE_PLACE = {
    "draft request",
    "request with its signer",
    "contested request",
    "former FEI",
    "request of a site bought",
    "offer of a site",
    "submitted request",
    "request under review",
    "request asked about",
    "withdrawn request",
    "unconfirmed request",
    "entered message",
    "question",
    "eligible request",
    "selected request",
    "offered place",
    "decision letter",
    "letter",
    "letter without a PDF",
    "letter about a place",
    "request with a draft",
    "drafted decision",
    "criterion b",
    "facility without a request",
    "rival's draft",
    "rival's firm",
    "declared inspection",
    "declared inspection without a letter",
    "submitted inspection",
    "request with an inspection",
    "entered inspection",
    "inspection without a letter",
    "printed sheet",
    "sheet on its way",
    "newer data",
    "request to reopen",
    "proposal to reopen",
    "letter of authority",
    "official's letter",
}
# A firm's own people, and FDA's administrator, who looks after accounts.
ACCOUNTS = {"colleague", "official"}
# A contractor's own people, whose accounts its administrator and FDA's look after.
TEAM_ACCOUNTS = {"assessor on the team"}
CONTRACTOR_OF = {"A": "contractor one", "B": "contractor two"}
# The firm's own affair: whom it invites and authorizes.
OWN_AFFAIR = {
    "kept copy",
    "invitation",
    "invitation of an agent",
    "token of an invitation",
    "token of an address",
    "token of a mailed request",
}
# What an agent sees by the scopes of her letter; everything else by preparing or submitting.
COUNTS = {"open metrics", "open version", "metrics", "version"}
REPORT = {"released report", "released edition"}
VISITS = {
    "visit",
    "visit in planning",
    "visit with agreed dates",
    "visit with a released report",
    "visit with the draft report",
    "visit with the accepted report",
    "visit with the released report",
    "visit under a lapsed agreement",
}
# The notice gives metrics to FDA alone in the FDF pilot, to both in the API pilot.
FDF_METRICS = {"A's open metrics", "A's open version", "A's metrics", "A's version"}

# What a rehearsal brings along, and who may know of it.
OF_A_REHEARSAL = {"a rehearsal": CASE_STAFF, "the contractor of a rehearsal": CASE_STAFF}
# Where FDA names one of all firms that have an account, whether or not it has handed anything in.
FIRMS_TO_CHOOSE = {"assessments:new_owner", "assessments:late_admission_new"}
# Counts of A that its firm has not handed in.
UNSUBMITTED = b"unsubmitted counts of A"
# The name of a site of A, which a conflict closes (C2): some pages hold no id of what they name.
CLOSED_SITE = b"drafted site of A"
# What a reviewer said of a request of B, while a colleague has not scored it (C1).
SCORED = b"words beside a score of B"
# What of A stands for no site: its firm, its people, FDA's own. All else a conflict closes (C2).
OF_NO_SITE = {
    "program",
    "late admission",
    "question",
    "answered question",
    "letter of authority",
    "official's letter",
    "colleague",
    "official",
    "invitation",
    "invitation of an agent",
    "token of an invitation",
    "token of an address",
    "token of a mailed request",
    "organization of firm",
    "legal hold",
    "archive",
    "dossier",
    "agreement",
    "subcontractor",
    "assessor on the team",
    "FDA person on the team",
    "undeclared assignment",
    "entry about a draft",
    "lead",
}
# What holds records of A's sites among others: closed as they are, but no secret.
HOLDS_A_TOO = {
    "A's archive",
    "A's dossier",
    "B's archive",  # five's visit is in B's program
    "B's dossier",
    "an export of the trail",
    "an export on its way",
}
OF_A_TOO = {  # things of A's sites that are named for the contractor's people
    "one's engagement",
    "one's copy",
    "one's certificate",
    "five's visit",
    "five's topic",
    "five's text handed in",
    "five's file handed in",
    "the declaration of one's lead",
    "the declaration of one's undeclared assessor",
}
# A line of a firm's register, about what does not exist for FDA.
OPENED_DRAFT = {"A": b"a line about a draft of A", "B": b"a line about a draft of B"}
# Who learns that a contractor takes part at all, beside FDA and agents.
OTHERS_CONTRACTOR = {
    "firm A": "two",
    "contractor one": "two",
    "firm B": "one",
    "contractor two": "one",
}
RIVALS = {"A's rival's firm", "B's rival's firm"}
FOUND = re.compile(
    rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|firm [AB]\b|contractor (?:one|two)\b"
    rb"|unsubmitted counts of A|drafted site of A|words beside a score of B"
    rb"|a line about a draft of [AB]"
    rb"|[\w.]+@example\.test"
)


def is_of_a_closed_site(name):
    """Whether this thing is about a site of A, all of which are closed to the conflicted one."""
    side, _, what = name.partition("'s ")
    return name in OF_A_TOO or (side == "A" and what not in OF_NO_SITE)


def reads_side(person):
    """The sides, A and B, of which this person may know anything beyond the program."""
    if person in CASE_STAFF:
        return "AB"
    if person in AUTHORITY:
        return "".join(firm[-1] for firm in AUTHORITY[person])
    if person in FIRM_A | TEAM_ONE:
        return "A"
    return "B" if person in FIRM_B | TEAM_TWO else ""


def scopes_that_show(what):
    """The scopes of a letter of authority, any of which shows this thing to the agent."""
    if what in COUNTS:
        return {Scope.METRICS}
    if what in REPORT:
        return {Scope.REPORT}
    intake = {Scope.PREPARE, Scope.SUBMIT}
    return intake | {Scope.REPORT} if what in VISITS else intake


def knows_firm(person):
    """The sides whose firm she may know by name: for that of which she is asked to declare too."""
    return "A" if person in UNDECLARED else reads_side(person)


class Hidden:
    """What is hidden from each person of a world, by the text that would show it."""

    def __init__(self, world):
        self.world = world
        self.of = {person: self._hidden_from(person) for person in MEMBERS}

    def shown(self, page, person, door=""):
        """The names of hidden things that this page shows to this person."""
        hidden = self.of.get(person, {})
        shown = {hidden[found] for found in FOUND.findall(page) if found in hidden}
        return sorted(shown - RIVALS if door in FIRMS_TO_CHOOSE else shown)

    def _hidden_from(self, person):
        hidden = {}
        if person not in COUNTS_A:
            hidden[UNSUBMITTED] = "counts that were not submitted"
        if person not in REVIEWER:
            hidden[SCORED] = "what a reviewer said of a request"
        if person in CONFLICTED:
            hidden[CLOSED_SITE] = "the name of a closed site"
            hidden |= {
                str(thing).encode(): name
                for name, thing in self.world.things.items()
                if is_of_a_closed_site(name)
            }
        for side, line in OPENED_DRAFT.items():
            if person not in {"A": OF_A, "B": OF_B}[side]:
                hidden[line] = f"what an agent opened of a draft of {side}"
        if other := OTHERS_CONTRACTOR.get(PEOPLE[person][0]):
            hidden[f"contractor {other}".encode()] = f"the name of contractor {other}"
        for name, thing in self.world.things.items():
            side, _, what = name.partition("'s ")
            if side in ("A", "B") and what not in SHARED and self._is_hidden(name, what, person):
                hidden[str(thing).encode()] = name
        for name, knowing in OF_A_REHEARSAL.items():
            if person not in knowing:
                hidden[str(self.world.things[name]).encode()] = name
        for side in {"A", "B"} - set(knows_firm(person)) if person not in FDA else ():
            hidden[f"firm {side}".encode()] = f"the name of firm {side}"
            for user in self.world.organization[f"firm {side}"].people.all():
                hidden[user.email.encode()] = f"an address of firm {side}"
        return hidden

    @staticmethod
    def _is_hidden(name, what, person):
        if person in ADMINISTRATOR and what in ACCOUNTS | TEAM_ACCOUNTS:
            return False
        if what in TEAM_ACCOUNTS and PEOPLE[person][0] == CONTRACTOR_OF[name[0]]:
            return False
        if name[0] not in reads_side(person):
            return True
        if person in AUTHORITY and what not in ACCOUNTS | OWN_AFFAIR:
            scopes = AUTHORITY[person][f"firm {name[0]}"]
            return what in WITHHELD_FROM_FIRM or not scopes_that_show(what) & set(scopes)
        if person in FIRMS:
            return what in WITHHELD_FROM_FIRM
        if what in OWN_AFFAIR:
            # The trail tells records officers that somebody was invited, never by which link.
            return person not in RECORDS_OFFICER or what.startswith("token")
        if person in CASE_STAFF:
            return name in NOT_HANDED_IN
        return what in BEFORE_THE_PLACE or name in FDF_METRICS
