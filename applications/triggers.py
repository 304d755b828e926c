"""Rules of this floor that hold against raw SQL too (architecture.md: the cap is a seat table)."""

from qmm_pilot.records.triggers import declare


def declare_own():
    """Declare that no seat's number exceeds its program's cap, and that no seat is deleted."""
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
