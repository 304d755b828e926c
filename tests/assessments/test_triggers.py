"""What raw SQL cannot do to a visit either."""

import pytest
from django.db import IntegrityError, connection, transaction

from assessments.models import Report
from qmm_pilot.records.models import StoredFile
from tests.assessments.visits import Visit


def refused(sql, *parameters):
    """Whether the database itself refuses this statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
    except IntegrityError:
        return True
    return False


def other_file():
    """The id of another kept file, as the engine holds it."""
    there = StoredFile.objects.first()
    other = StoredFile(name="other.pdf", key="other", size=1, sha256="0" * 64, media_type="x")
    other.kept_at = there.kept_at
    other.save(force_insert=True)
    return other.pk.hex if connection.vendor == "sqlite" else other.pk


def test_a_signed_report_keeps_its_content_and_a_draft_does_not(visit):
    visit.to("draft_ready")
    change = "UPDATE assessments_report SET sha256 = 'other'"
    assert not refused(change)
    Report.objects.update(sha256=visit.report.stored_file.sha256)
    visit.submitted()
    assert refused(change)
    assert refused("UPDATE assessments_report SET version = 7")
    assert refused("UPDATE assessments_report SET submitted_at = NULL")
    assert refused("UPDATE assessments_report SET stored_file_id = NULL")
    assert refused("UPDATE assessments_report SET stored_file_id = %s", other_file())
    assert refused("""UPDATE assessments_report SET content_json = '{"summary": "other"}'""")


def test_a_released_report_keeps_its_edition(visit):
    visit.to("released")
    assert refused("UPDATE assessments_report SET released_sha256 = 'other'")
    assert refused("UPDATE assessments_report SET released_at = NULL")
    assert refused("UPDATE assessments_report SET released_file_id = stored_file_id")


@pytest.mark.django_db
def test_no_record_of_a_visit_is_deleted():
    Visit().to("released")
    for name in ("finding", "report", "assessedtopic", "teammember", "assessment"):
        assert refused(f"DELETE FROM assessments_{name}"), name
