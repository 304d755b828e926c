"""Doors of the programs: everyone reads them, rehearsals FDA's case staff; coordinators file."""

from .doors import Door
from .people import CASE_STAFF, COORDINATOR, MEMBERS

DOORS = {
    "programs:program_list": [Door("GET", yes=MEMBERS)],
    "programs:program_detail": [
        Door("GET", "A's program", yes=MEMBERS),
        Door("GET", "a rehearsal", yes=CASE_STAFF),
    ],
    "programs:agreement_new": [
        Door("GET POST", "A's program", yes=COORDINATOR, refused=MEMBERS),
        Door("GET POST", "a rehearsal", yes=COORDINATOR, refused=CASE_STAFF),
    ],
}
