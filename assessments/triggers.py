"""Rules of this floor that hold against raw SQL too: signed bytes stay, nothing is deleted."""

from qmm_pilot.records.triggers import declare

KEPT_FOR_GOOD = ("assessment", "assessedtopic", "finding", "report", "teammember")


def declare_own():
    """Declare that a signed report keeps its content and that no record of a visit is deleted."""
    declare(
        "signed_report_keeps_its_bytes",
        "assessments_report",
        event="UPDATE",
        when=(
            "OLD.submitted_at IS NOT NULL AND (NEW.submitted_at IS NULL "
            "OR NEW.sha256 <> OLD.sha256 OR NEW.version <> OLD.version "
            "OR NEW.content_json <> OLD.content_json "
            "OR NEW.stored_file_id IS NULL OR NEW.stored_file_id <> OLD.stored_file_id)"
        ),
        message="a signed report keeps its content",
    )
    declare(
        "released_report_keeps_its_edition",
        "assessments_report",
        event="UPDATE",
        when=(
            "OLD.released_at IS NOT NULL AND (NEW.released_at IS NULL "
            "OR NEW.released_sha256 <> OLD.released_sha256 "
            "OR NEW.released_file_id IS NULL OR NEW.released_file_id <> OLD.released_file_id)"
        ),
        message="a released report keeps its edition",
    )
    for name in KEPT_FOR_GOOD:
        declare(
            f"{name}_never_deleted",
            f"assessments_{name}",
            event="DELETE",
            message="records of a visit are withdrawn or ended, never deleted",
        )
