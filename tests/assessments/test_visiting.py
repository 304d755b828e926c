"""Go, beginning, fieldwork, and the way into the report."""

from datetime import UTC, date, datetime, timedelta

import pytest

from assessments import operations as deeds
from assessments.models import Assessment
from qmm_pilot.lifecycle import Refusal
from tests.assessments.visits import AT


def test_go_needs_agreed_dates_and_a_consultation(visit):
    visit.to("proposed")
    with pytest.raises(Refusal, match="not confirmed by firm, contractor and FDA yet"):
        visit.ready()
    visit.dates_agreed()
    with pytest.raises(Refusal, match="consultation is not recorded yet"):
        visit.ready()
    visit.consulted()
    visit.ready()
    assert (visit.assessment.status, visit.assessment.ready_at) == (Assessment.Status.READY, AT)
    assert visit.assessment.milestones.get(key="go_no_go").done_on == date(2021, 2, 1)


def test_the_assessment_does_not_begin_without_settled_metrics(visit):
    visit.to("ready")
    with pytest.raises(Refusal, match="when FDA has accepted each metric") as refused:
        visit.in_progress()
    assert "Lot acceptance" not in str(refused.value)
    visit.program.metrics_visible_to_contractor = True
    visit.program.save()
    with pytest.raises(Refusal, match="Lot acceptance rate: the firm has not submitted it"):
        visit.in_progress()
    assert visit.assessment.status == Assessment.Status.READY


def test_the_assessment_does_not_begin_before_its_first_day_at_the_site(visit):
    visit.to("settled")
    facility = visit.assessment.facility
    facility.time_zone = "Asia/Tokyo"
    facility.save()
    midnight_there = datetime(2021, 4, 11, 15, 0, tzinfo=UTC)
    early = midnight_there - timedelta(microseconds=1)
    with pytest.raises(Refusal, match="agreed to begin on April 12, 2021"):
        deeds.begin_assessment(visit.assessment, by=visit.lead, at=early)
    assert visit.assessment.status == Assessment.Status.READY
    deeds.begin_assessment(visit.assessment, by=visit.lead, at=midnight_there)
    assert visit.assessment.status == Assessment.Status.IN_PROGRESS


def test_the_assessment_does_not_begin_without_an_fda_person(visit):
    visit.to("settled")
    deeds.leave_team(
        visit.assessment, person=visit.observer, reason="Ill", by=visit.coordinator, at=visit.at
    )
    with pytest.raises(Refusal, match="No FDA person is on the team"):
        visit.in_progress()
    deeds.join_team(visit.assessment, person=visit.approver, by=visit.coordinator, at=visit.at)
    visit.in_progress()
    assert visit.assessment.status == Assessment.Status.IN_PROGRESS


def test_beginning_freezes_the_metrics(visit):
    visit.to("settled")
    assert visit.submission.frozen_at is None
    visit.in_progress()
    assert visit.submission.frozen_at == datetime(2021, 4, 12, 14, 0, tzinfo=UTC)
    assert visit.assessment.began_at == visit.submission.frozen_at
    assert visit.assessment.milestones.get(key="assessment_start").done_on == date(2021, 4, 12)


def test_a_lead_whose_engagement_has_lapsed_does_not_begin(visit):
    visit.to("settled")
    visit.agreement.until = date(2021, 4, 11)
    visit.agreement.save()
    with pytest.raises(Refusal, match="Only the lead"):
        visit.in_progress()


def test_closing_the_fieldwork_marks_the_end(visit):
    visit.to("fieldwork_done")
    assert visit.assessment.fieldwork_closed_at == datetime(2021, 4, 16, 20, 0, tzinfo=UTC)
    assert visit.assessment.milestones.get(key="assessment_end").done_on == date(2021, 4, 16)


def test_blank_topics_stop_the_report_by_name(visit):
    visit.to("rated")
    topics = visit.assessment.topics.all()
    topics.filter(name="Planning").update(rationale=" ")
    deeds.add_topic(visit.assessment, name="Digital records", by=visit.lead, at=visit.at)
    with pytest.raises(Refusal, match=r"Still blank: Planning; Digital records\.$"):
        visit.reporting()
    for topic in topics.filter(name__in=["Planning", "Digital records"]):
        deeds.rate_topic(
            topic,
            coverage="not_assessed",
            rationale="The planners were away all week.",
            by=visit.assessor,
            at=visit.at,
        )
    visit.reporting()
    assert visit.assessment.status == Assessment.Status.REPORTING
    assert (visit.report.version, visit.report.status) == (1, "drafting")


def test_the_consultation_after_follows_the_release(visit):
    visit.to("printed")
    facts = {"kind": "post", "held_on": visit.at.date(), "attendees": "All", "at": visit.at}
    with pytest.raises(Refusal, match="follows the released report"):
        deeds.record_consultation(visit.assessment, by=visit.coordinator, **facts)
    visit.released()
    deeds.record_consultation(visit.assessment, by=visit.coordinator, **facts)
    assert visit.assessment.milestones.get(key="post_consultation").done_on == visit.at.date()


def test_a_consultation_names_who_took_part(visit):
    visit.to("planning")
    with pytest.raises(Refusal, match="Name the people"):
        deeds.record_consultation(
            visit.assessment,
            kind="pre",
            held_on=AT.date(),
            attendees=" ",
            by=visit.coordinator,
            at=AT,
        )


def test_the_day_of_the_visit_is_recorded_by_the_calendar_of_the_site(visit):
    facility = visit.participation.facility
    facility.time_zone = "Asia/Kolkata"
    facility.save()
    visit.to("settled")
    # 9:00 a.m. on April 12 in Kolkata is still April 11 in Eastern Time.
    visit.at = datetime(2021, 4, 12, 3, 30, tzinfo=UTC)
    deeds.begin_assessment(visit.assessment, by=visit.lead, at=visit.at)
    assert visit.assessment.milestones.get(key="assessment_start").done_on == date(2021, 4, 12)
