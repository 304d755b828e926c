"""Doors of metrics: FDF metrics never open to the contractor, API metrics to the assigned one."""

from .doors import Door
from .people import (
    CASE_STAFF,
    COORDINATOR,
    COUNTS_A,
    COUNTS_B,
    MEMBERS,
    METRICS_A,
    METRICS_B,
    NOBODY,
    TEAM_TWO,
)

# Drafts of counts are the firm's alone: A's open metrics are a draft, B's are submitted.
SEE_A = COUNTS_A | CASE_STAFF
SEE_B = COUNTS_B | CASE_STAFF | TEAM_TWO


def ruling(methods):
    """One metric that FDA rules on; everyone else who sees the submission is refused."""
    return [
        Door(methods, ("A's metrics", "lot-acceptance"), yes=COORDINATOR, refused=SEE_A),
        Door(methods, ("B's open metrics", "lot-acceptance"), yes=COORDINATOR, refused=SEE_B),
    ]


DOORS = {
    "metrics:designate": [
        Door("GET POST", ("A's open metrics", "A's open version"), yes=NOBODY),
        Door("GET POST", ("A's metrics", "A's version"), yes=METRICS_A, refused=SEE_A),
        Door("GET POST", ("B's open metrics", "B's open version"), yes=METRICS_B, refused=SEE_B),
    ],
    "metrics:submission_list": [Door("GET", yes=MEMBERS)],
    "metrics:submission": [
        Door("GET", "A's open metrics", yes=SEE_A),
        Door("GET", "A's metrics", yes=SEE_A),
        Door("GET", "B's metrics", yes=SEE_B),
    ],
    "metrics:enter": [
        Door("GET POST", "A's open metrics", yes=METRICS_A, refused=SEE_A),
        Door("GET POST", "A's metrics", yes=METRICS_A, refused=SEE_A),
        Door("GET POST", "B's open metrics", yes=METRICS_B, refused=SEE_B),
    ],
    "metrics:submit": [
        Door("GET POST", "A's open metrics", yes=METRICS_A, refused=SEE_A),
        Door("GET POST", "B's open metrics", yes=METRICS_B, refused=SEE_B),
    ],
    "metrics:version": [
        Door("GET", ("A's open metrics", "A's open version"), yes=NOBODY),
        Door("GET", ("A's metrics", "A's version"), yes=SEE_A),
        Door("GET", ("B's open metrics", "B's open version"), yes=SEE_B),
        Door("GET", ("B's metrics", "B's version"), yes=SEE_B),
    ],
    "metrics:note_correction": [
        Door("POST", ("A's metrics", "A's version"), yes=COORDINATOR, refused=SEE_A),
        Door("POST", ("B's metrics", "B's version"), yes=COORDINATOR, refused=SEE_B),
    ],
    "metrics:accept": [
        Door("POST", "A's metrics", yes=COORDINATOR, refused=SEE_A),
        Door("POST", "B's open metrics", yes=COORDINATOR, refused=SEE_B),
    ],
    "metrics:accept_metric": ruling("POST"),
    "metrics:query_metric": ruling("GET POST"),
    "metrics:promise_metric": ruling("GET POST"),
    "metrics:waive_metric": ruling("GET POST"),
}
