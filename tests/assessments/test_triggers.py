"""What raw SQL cannot do to a visit either."""

import pytest
from django.db import IntegrityError, connection, transaction

from assessments.models import Report
from tests.assessments.visits import Visit


def refused(sql, *parameters):
    """Whether the database itself refuses this statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
    except IntegrityError:
        return True
    return False


def test_a_signed_report_keeps_its_content_and_a_draft_does_not(visit):
    visit.to("draft_ready")
    change = "UPDATE assessments_report SET sha256 = 'other'"
    assert not refused(change)
    Report.objects.update(sha256=visit.report.stored_file.sha256)
    visit.submitted()
    assert refused(change)
    assert refused("UPDATE assessments_report SET version = 7")
    assert refused("UPDATE assessments_report SET submitted_at = NULL")
    assert refused("""UPDATE assessments_report SET content_json = '{"summary": "other"}'""")


def test_a_released_report_keeps_its_edition(visit):
    visit.to("released")
    assert refused("UPDATE assessments_report SET released_sha256 = 'other'")
    assert refused("UPDATE assessments_report SET released_at = NULL")


@pytest.mark.django_db
def test_no_record_of_a_visit_is_deleted():
    Visit().to("released")
    for name in ("finding", "report", "assessedtopic", "teammember", "assessment"):
        assert refused(f"DELETE FROM assessments_{name}"), name
