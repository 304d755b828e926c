"""Topics, ratings, findings and files: what is kept, and what is refused with which words."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from assessments import operations as deeds
from assessments.models import AssessedTopic, Finding
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import TrailEntry


def test_a_topic_can_be_added_once(visit):
    visit.to("in_progress")
    topic = deeds.add_topic(visit.assessment, name=" Digital  records ", by=visit.lead, at=visit.at)
    assert (topic.name, topic.order, topic.topic) == ("Digital records", 12, None)
    for name in ("digital RECORDS", "Quality culture"):
        with pytest.raises(Refusal, match="is a topic of this assessment already"):
            deeds.add_topic(visit.assessment, name=name, by=visit.lead, at=visit.at)
    with pytest.raises(Refusal, match="Give the topic a name"):
        deeds.add_topic(visit.assessment, name=" ", by=visit.lead, at=visit.at)


def test_a_rating_keeps_its_author_and_the_trail_the_earlier_one(visit):
    visit.to("rated")
    topic = deeds.rate_topic(
        visit.topic,
        coverage="rated",
        level=4,
        rationale="Measured every month.",
        evidence="Dashboard",
        next_level="Suppliers see the same figures.",
        by=visit.lead,
        at=visit.at,
    )
    assert (topic.level, topic.rated_by, topic.rated_at) == (4, visit.lead, visit.at)
    entry = TrailEntry.objects.latest("position")
    assert (entry.before["level"], entry.after["level"]) == (3, 4)


def test_a_level_needs_its_rationale(visit):
    visit.to("in_progress")
    with pytest.raises(Refusal, match="Give the rationale"):
        deeds.rate_topic(
            visit.topic, coverage="rated", level=4, rationale="", by=visit.lead, at=visit.at
        )


def test_the_database_itself_keeps_levels_to_rated_topics(visit):
    visit.to("in_progress")
    topics = AssessedTopic.objects.filter(pk=visit.topic.pk)
    for facts in (
        {"coverage": "rated", "level": 0},
        {"coverage": "rated", "level": 6},
        {"coverage": "rated", "level": None},
        {"coverage": "not_rated", "level": 1},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            topics.update(**facts)


def test_an_opportunity_needs_a_recommendation_with_impact_and_effort(visit):
    visit.to("in_progress")
    facts = {"kind": "opportunity", "seen": "Forecasts are short", "evidence": "Minutes"}
    with pytest.raises(Refusal, match="needs a recommendation"):
        deeds.record_finding(
            visit.topic, **facts, recommendation="Plan ahead", by=visit.lead, at=visit.at
        )
    finding = deeds.record_finding(
        visit.topic,
        **facts,
        recommendation="Plan ahead",
        impact="high",
        effort="low",
        by=visit.lead,
        at=visit.at,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).update(effort="")


def test_a_finding_says_what_was_seen_and_its_evidence(visit):
    visit.to("in_progress")
    with pytest.raises(Refusal, match="name the evidence"):
        deeds.record_finding(
            visit.topic, kind="strength", seen="Plans", evidence=" ", by=visit.lead, at=visit.at
        )


def test_an_amended_finding_keeps_its_earlier_words_in_the_trail(visit):
    visit.to("rated")
    finding = visit.topic.findings.get(kind="strength")
    deeds.amend_finding(
        finding,
        seen="Two suppliers are qualified.",
        evidence="Supplier list",
        reason="Number corrected",
        by=visit.assessor,
        at=visit.at,
    )
    entry = TrailEntry.objects.latest("position")
    assert entry.before["seen"] == "A second supplier is qualified for every critical excipient."
    assert (entry.after["seen"], entry.reason) == (
        "Two suppliers are qualified.",
        "Number corrected",
    )


def test_a_withdrawn_finding_stays_on_file_and_is_closed(visit):
    visit.to("rated")
    finding = visit.topic.findings.get(kind="strength")
    with pytest.raises(Refusal, match="Give the reason"):
        deeds.withdraw_finding(finding, reason=" ", by=visit.lead, at=visit.at)
    deeds.withdraw_finding(finding, reason="Recorded twice", by=visit.lead, at=visit.at)
    assert list(visit.topic.findings.standing().values_list("kind", flat=True)) == ["opportunity"]
    for deed in (
        lambda: deeds.withdraw_finding(finding, reason="Again", by=visit.lead, at=visit.at),
        lambda: deeds.amend_finding(
            finding, seen="More", evidence="List", by=visit.lead, at=visit.at
        ),
        lambda: deeds.attach_file(
            finding, SimpleUploadedFile("n.txt", b"Seen"), by=visit.lead, at=visit.at
        ),
    ):
        with pytest.raises(Refusal, match="was withdrawn"):
            deed()


def test_a_file_is_kept_with_its_hash_about_its_finding(visit):
    visit.to("rated")
    finding = visit.topic.findings.get(kind="strength")
    upload = SimpleUploadedFile("list.txt", b"Supplier list, March 2021")
    stored = deeds.attach_file(finding, upload, by=visit.assessor, at=visit.at)
    assert list(finding.attachments) == [stored]
    assert list(visit.topic.attachments) == []
    assert TrailEntry.objects.latest("position").after["sha256"] == stored.sha256


def test_a_file_that_is_not_what_it_is_called_is_refused(visit, settings):
    visit.to("rated")
    finding = visit.topic.findings.get(kind="strength")
    upload = SimpleUploadedFile("list.pdf", b"MZ\x90\x00 this is a program")
    with pytest.raises(Refusal, match="is not a true PDF file"):
        deeds.attach_file(finding, upload, by=visit.assessor, at=visit.at)
    assert not finding.attachments.exists()


def test_findings_close_while_the_report_is_with_fda_and_open_when_it_returns(visit):
    visit.to("submitted")
    finding = {"kind": "strength", "seen": "Plans", "evidence": "Minutes"}
    with pytest.raises(Refusal, match="The report is with FDA"):
        deeds.record_finding(visit.topic, **finding, by=visit.lead, at=visit.at)
    deeds.return_report(visit.report, comments="Say more.", by=visit.approver, at=visit.at)
    deeds.record_finding(visit.topic, **finding, by=visit.lead, at=visit.at)
    assert visit.topic.findings.count() == 3
