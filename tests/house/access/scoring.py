"""Doors of scoring and of selection dossiers: reviewers, coordinators, selectors, records."""

from .doors import Door
from .people import CONFLICTED, COORDINATOR, NOBODY, RECORDS_OFFICER, REVIEWER, SELECTOR

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
    "applications:review_list": [Door("GET", yes=REVIEWER | CONFLICTED)],
    "applications:review_score": [
        Door("GET POST", "A's assignment", yes=REVIEWER),
        Door("GET POST", "B's assignment", yes=REVIEWER),
        Door("GET POST", "B's second assignment", yes=CONFLICTED),
        Door("GET POST", "A's undeclared assignment", yes=CONFLICTED),
    ],
    "applications:review_declare": [
        Door("GET POST", "A's assignment", yes=REVIEWER),
        Door("GET POST", "B's assignment", yes=REVIEWER),
        Door("GET POST", "A's undeclared assignment", yes=CONFLICTED),
    ],
    "applications:review_next": [
        Door("POST", "A's program", yes=REVIEWER | CONFLICTED),
        Door("POST", "B's program", yes=REVIEWER | CONFLICTED),
        Door("POST", "a rehearsal", yes=REVIEWER | CONFLICTED),
    ],
}
