"""Doors of what FDA's coordinator does with programs: rounds, rules, windows, the end."""

from .doors import Door
from .people import CASE_STAFF, COORDINATOR, FIRM_A, FIRM_B, MEMBERS


def managed(methods, *more):
    """A page about a program, which everybody may know of, and a rehearsal, which case staff do."""
    return [
        Door(methods, ("A's program", *more), yes=COORDINATOR, refused=MEMBERS),
        Door(methods, ("a rehearsal", *more), yes=COORDINATOR, refused=CASE_STAFF),
    ]


CHANGED = [
    "clone",
    "end",
    "rules",
    "terms",
    "texts",
    "scoring",
    "scoring_switch",
    "topics",
    "offsets",
]
DOORS = {
    "assessments:round_new": [Door("GET", yes=COORDINATOR, refused=MEMBERS)],
    "assessments:round_from_preset": [
        Door("GET POST", "a preset", yes=COORDINATOR, refused=MEMBERS),
        Door("GET POST", "another preset", yes=COORDINATOR, refused=MEMBERS),
    ],
    "assessments:program_manage": managed("GET"),
    **{f"assessments:program_{name}": managed("GET POST") for name in CHANGED},
    "assessments:program_criterion": managed("GET POST", "the code of criterion b"),
    "assessments:window_open": managed("GET POST"),
    "assessments:opening_change": managed("GET POST"),
    "assessments:late_admission_new": managed("GET POST"),
    "assessments:late_admission_end": [
        Door("GET POST", "A's late admission", yes=COORDINATOR, refused=CASE_STAFF | FIRM_A),
        Door("GET POST", "B's late admission", yes=COORDINATOR, refused=CASE_STAFF | FIRM_B),
    ],
}
