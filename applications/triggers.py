"""Rules of this floor that hold against raw SQL too (architecture.md: the cap is a seat table)."""

from qmm_pilot.records.triggers import declare

from .letter_texts import KINDS

# One id as both engines hold it: text with hyphens beside SQLite's 32 digits.
ABOUT = "REPLACE(CAST({} AS TEXT), '-', '')"


def declare_own():
    """Declare what holds of seats, of what was submitted, and of decision letters."""
    declare(
        "seat_within_cap",
        "applications_seat",
        event="INSERT OR UPDATE",
        when=(
            "NEW.freed_at IS NULL AND NEW.number > "
            "(SELECT cap FROM programs_program WHERE id = NEW.program_id)"
        ),
        message="all places of this program are taken",
        # Else a cap that another person lowers at this moment, uncommitted, would not be seen.
        first=(
            "IF NEW.freed_at IS NULL THEN "
            "PERFORM 1 FROM programs_program WHERE id = NEW.program_id FOR SHARE; END IF;"
        ),
    )
    declare(
        "cap_not_below_seats",
        "programs_program",
        event="UPDATE",
        when=(
            "NEW.cap < COALESCE((SELECT MAX(number) FROM applications_seat "
            "WHERE program_id = NEW.id AND freed_at IS NULL), 0)"
        ),
        message="the cap cannot go below the highest place in use",
    )
    declare(
        "request_version_refuses_update",
        "applications_requestversion",
        event="UPDATE",
        message="what was submitted is never changed",
    )
    declare(
        "submitted_review_refuses_update",
        "applications_review",
        event="UPDATE",
        when="OLD.submitted_at IS NOT NULL",
        message="a submitted score is corrected by another version, never changed",
    )
    declare(
        "seat_never_deleted",
        "applications_seat",
        event="DELETE",
        message="a place is freed, never deleted",
    )
    declare(
        "letter_text_refuses_update",
        "applications_lettertext",
        event="UPDATE",
        message="a letter's words are followed by a new version, never changed",
    )
    declare(
        "decision_letter_words_stand",
        "applications_decisionletter",
        event="UPDATE",
        when=(
            "NEW.subject <> OLD.subject OR NEW.body <> OLD.body OR NEW.kind <> OLD.kind OR "
            "NEW.participation_request_id <> OLD.participation_request_id OR NEW.at <> OLD.at OR "
            "NEW.organization_id <> OLD.organization_id OR NEW.addressee <> OLD.addressee OR "
            "(OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS NULL)"
        ),
        message="what a firm was told is never changed",
    )
    kinds = ", ".join(f"'{kind}'" for kind in sorted(KINDS))
    declare(
        "no_letter_against_the_decision",
        "records_letter",
        event="INSERT OR UPDATE",
        when=(
            f"NEW.status = 'queued' AND NEW.kind IN ({kinds}) AND NOT EXISTS "
            "(SELECT 1 FROM applications_decisionletter told WHERE told.superseded_at IS NULL "
            f"AND told.kind = NEW.kind AND {ABOUT.format('told.participation_request_id')} = "
            f"{ABOUT.format('NEW.subject_id')})"
        ),
        message="no decision stands that this letter tells of",
    )
