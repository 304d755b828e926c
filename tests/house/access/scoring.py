"""Doors of scoring and of selection dossiers: reviewers, coordinators, selectors, records."""

from .doors import Door
from .people import CONFLICTED_REVIEWER, COORDINATOR, NOBODY, RECORDS_OFFICER, REVIEWER, SELECTOR

DOORS = {
    "applications:review_assignments": [
        Door("GET POST", "A's program", yes=COORDINATOR),
        Door("GET POST", "B's program", yes=COORDINATOR),
        Door("GET POST", "a rehearsal", yes=COORDINATOR),
    ],
    "applications:review_end": [
        Door("GET POST", ("A's program", "A's assignment"), yes=COORDINATOR),
        Door("GET POST", ("B's program", "B's second assignment"), yes=COORDINATOR),
    ],
    "applications:review_lift": [
        Door("GET POST", ("A's program", "A's recused assignment"), yes=COORDINATOR),
        Door("GET POST", ("B's program", "B's recused assignment"), yes=COORDINATOR),
    ],
    **{
        f"applications:review_lift_{deed}": [
            Door("POST", ("A's program", "A's recused assignment"), yes=COORDINATOR),
            Door("POST", ("B's program", "B's recused assignment"), yes=COORDINATOR),
        ]
        for deed in ("confirm", "take_back")
    },
    "applications:dossier_list": [
        Door("GET", "A's program", yes=SELECTOR | RECORDS_OFFICER),
        Door("GET", "B's program", yes=SELECTOR | RECORDS_OFFICER),
        Door("GET", "a rehearsal", yes=SELECTOR | RECORDS_OFFICER),
    ],
    "applications:dossier_make": [
        Door("POST", "A's program", yes=SELECTOR | RECORDS_OFFICER),
        Door("POST", "B's program", yes=SELECTOR | RECORDS_OFFICER),
        Door("POST", "a rehearsal", yes=SELECTOR | RECORDS_OFFICER),
    ],
    "applications:dossier_detail": [
        Door("GET", "A's dossier", yes=SELECTOR | RECORDS_OFFICER),
        Door("GET", "B's dossier", yes=SELECTOR | RECORDS_OFFICER),
        Door("GET", "a dossier on its way", yes=SELECTOR | RECORDS_OFFICER),
    ],
    "applications:dossier_retry": [
        Door("POST", "A's dossier", yes=SELECTOR | RECORDS_OFFICER),
        Door("POST", "B's dossier", yes=SELECTOR | RECORDS_OFFICER),
    ],
    **{
        f"applications:dossier_{kind}": [
            Door(
                "GET",
                f"{side}'s dossier",
                yes=SELECTOR | RECORDS_OFFICER,
                leaves="records_download",
            )
            for side in "AB"
        ]
        + [Door("GET", "a dossier on its way", yes=NOBODY)]  # it has no files yet
        for kind in ("pdf", "zip")
    },
    "applications:review_list": [Door("GET", yes=REVIEWER | CONFLICTED_REVIEWER)],
    "applications:review_score": [
        Door("GET POST", "A's assignment", yes=REVIEWER),
        Door("GET POST", "B's assignment", yes=REVIEWER),
        Door("GET POST", "B's second assignment", yes=CONFLICTED_REVIEWER),
        Door("GET POST", "A's undeclared assignment", yes=CONFLICTED_REVIEWER),
    ],
    "applications:review_declare": [
        Door("GET POST", "A's assignment", yes=REVIEWER),
        Door("GET POST", "B's assignment", yes=REVIEWER),
        Door("GET POST", "A's undeclared assignment", yes=CONFLICTED_REVIEWER),
    ],
    "applications:review_next": [
        Door("POST", "A's program", yes=REVIEWER | CONFLICTED_REVIEWER),
        Door("POST", "B's program", yes=REVIEWER | CONFLICTED_REVIEWER),
        Door("POST", "a rehearsal", yes=REVIEWER | CONFLICTED_REVIEWER),
    ],
}
