"""Doors of the programs: everyone reads them, rehearsals FDA's case staff; coordinators file."""

from .doors import Door
from .people import ADMINISTRATOR_ONE, CASE_STAFF, COORDINATOR, MEMBERS

SEE_ONE = CASE_STAFF | ADMINISTRATOR_ONE


def agreement_deed(thing):
    """A deed of FDA's coordinator on a contractor's agreement or what hangs on it."""
    return [
        Door("GET POST", f"one's {thing}", yes=COORDINATOR, refused=SEE_ONE),
        Door("GET POST", f"two's {thing}", yes=COORDINATOR, refused=CASE_STAFF),
    ]


DOORS = {
    "programs:program_list": [Door("GET", yes=MEMBERS)],
    "programs:program_detail": [
        Door("GET", "A's program", yes=MEMBERS),
        Door("GET", "B's program", yes=MEMBERS),
        Door("GET", "a rehearsal", yes=CASE_STAFF),
    ],
    "programs:agreement_new": [
        Door("GET POST", "A's program", yes=COORDINATOR, refused=MEMBERS),
        Door("GET POST", "a rehearsal", yes=COORDINATOR, refused=CASE_STAFF),
    ],
    # --- agreements: FDA's case staff, and the dates for the contractor's administrator ---------
    "programs:agreement_list": [Door("GET", yes=SEE_ONE)],
    "programs:agreement_detail": [
        Door("GET", "one's agreement", yes=SEE_ONE),
        Door("GET", "two's agreement", yes=CASE_STAFF),
    ],
    "programs:agreement_document": [
        Door("GET", "one's agreement", yes=CASE_STAFF, leaves="records_download"),
        Door("GET", "two's agreement", yes=CASE_STAFF, leaves="records_download"),
    ],
    "programs:agreement_file_document": agreement_deed("agreement"),
    "programs:subcontractor_approve": agreement_deed("agreement"),
    "programs:subcontractor_revoke": agreement_deed("subcontractor"),
}
