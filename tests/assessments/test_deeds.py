"""Every operation of the top floor: refuses the wrong person, leaves nothing half done."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from assessments import operations as deeds
from assessments.operations import reports
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import TrailEntry, TrailHead
from tests.assessments.visits import AT, FIRST_ON, LAST_ON, PDF, proof_of

FIRST_DAY = datetime(2021, 4, 12, 14, 0, tzinfo=UTC)

# deed: the stage before it, who may, who may not, the call
DEEDS = {
    "assign_team": (
        None,
        "coordinator",
        ["official", "lead", "approver", "observer"],
        lambda v, by: deeds.assign_team(
            v.participation,
            contractor=v.contractor,
            lead=v.lead,
            assessors=[v.assessor],
            fda_people=[v.observer],
            mode="remote",
            by=by,
            at=v.at,
        ),
    ),
    "join_team": (
        "planning",
        "coordinator",
        ["observer", "lead", "official"],
        lambda v, by: deeds.join_team(v.assessment, person=v.approver, by=by, at=v.at),
    ),
    "leave_team": (
        "planning",
        "coordinator",
        ["observer", "lead", "official"],
        lambda v, by: deeds.leave_team(
            v.assessment, person=v.observer, reason="Ill", by=by, at=v.at
        ),
    ),
    "propose_dates": (
        "planning",
        "official",
        ["stranger", "metrics_person", "observer", "assessor", "bystander", "other_lead"],
        lambda v, by: deeds.propose_dates(
            v.assessment, first_on=FIRST_ON, last_on=LAST_ON, mode="remote", by=by, at=v.at
        ),
    ),
    "confirm_dates": (
        "proposed",
        "official",
        ["stranger", "metrics_person", "observer", "assessor", "bystander", "other_lead"],
        lambda v, by: deeds.confirm_dates(v.proposal, by=by, at=v.at),
    ),
    "record_consultation": (
        "planning",
        "lead",
        ["official", "observer", "assessor", "bystander", "other_lead"],
        lambda v, by: deeds.record_consultation(
            v.assessment, kind="pre", held_on=AT.date(), attendees="All three", by=by, at=v.at
        ),
    ),
    "complete_milestone": (
        "dates_agreed",
        "coordinator",
        ["official", "observer", "stranger", "assessor", "bystander"],
        lambda v, by: deeds.complete_milestone(
            v.assessment.milestones.get(key="agenda"), done_on=AT.date(), by=by, at=v.at
        ),
    ),
    "decide_go": (
        "consulted",
        "coordinator",
        ["official", "observer", "approver", "lead"],
        lambda v, by: deeds.decide_go(v.assessment, by=by, at=v.at),
    ),
    "decide_no_go": (
        "dates_agreed",
        "coordinator",
        ["official", "observer", "approver", "lead"],
        lambda v, by: deeds.decide_no_go(v.assessment, reason="Travel is closed.", by=by, at=v.at),
    ),
    "begin_assessment": (
        "settled",
        "lead",
        ["official", "coordinator", "assessor", "bystander", "other_lead"],
        lambda v, by: deeds.begin_assessment(v.assessment, by=by, at=v.at),
    ),
    "add_topic": (
        "in_progress",
        "assessor",
        ["official", "coordinator", "observer", "bystander", "other_lead"],
        lambda v, by: deeds.add_topic(v.assessment, name="Digital records", by=by, at=v.at),
    ),
    "rate_topic": (
        "in_progress",
        "assessor",
        ["official", "coordinator", "observer", "bystander", "other_lead"],
        lambda v, by: deeds.rate_topic(
            v.topic, coverage="rated", level=4, rationale="Seen.", by=by, at=v.at
        ),
    ),
    "record_finding": (
        "in_progress",
        "assessor",
        ["official", "coordinator", "observer", "bystander", "other_lead"],
        lambda v, by: deeds.record_finding(
            v.topic, kind="strength", seen="Plans", evidence="Minutes", by=by, at=v.at
        ),
    ),
    "amend_finding": (
        "rated",
        "assessor",
        ["official", "coordinator", "observer", "bystander", "other_lead"],
        lambda v, by: deeds.amend_finding(
            v.topic.findings.get(kind="strength"),
            seen="Better plans",
            evidence="Minutes",
            by=by,
            at=v.at,
        ),
    ),
    "withdraw_finding": (
        "rated",
        "lead",
        ["official", "coordinator", "observer", "bystander", "other_lead"],
        lambda v, by: deeds.withdraw_finding(
            v.topic.findings.first(), reason="Recorded twice", by=by, at=v.at
        ),
    ),
    "attach_file": (
        "rated",
        "assessor",
        ["official", "coordinator", "observer", "bystander", "other_lead"],
        lambda v, by: deeds.attach_file(
            v.topic.findings.first(),
            SimpleUploadedFile("notes.txt", b"Seen on the line."),
            by=by,
            at=v.at,
        ),
    ),
    "close_fieldwork": (
        "in_progress",
        "lead",
        ["official", "coordinator", "assessor", "bystander", "other_lead"],
        lambda v, by: deeds.close_fieldwork(v.assessment, by=by, at=v.at),
    ),
    "start_reporting": (
        "rated",
        "lead",
        ["official", "coordinator", "assessor", "bystander", "other_lead"],
        lambda v, by: deeds.start_reporting(v.assessment, by=by, at=v.at),
    ),
    "render_report": (
        "reporting",
        "lead",
        ["official", "coordinator", "assessor", "bystander", "other_lead"],
        lambda v, by: deeds.render_report(v.report, summary="It plans well.", by=by, at=v.at),
    ),
    "sign_report": (
        "draft_ready",
        "lead",
        ["official", "coordinator", "approver", "assessor", "bystander", "other_lead"],
        lambda v, by: deeds.sign_report(
            v.report, seen=v.report.sha256, proof=proof_of(by), by=by, at=v.at
        ),
    ),
    "return_report": (
        "submitted",
        "approver",
        ["official", "coordinator", "observer", "lead", "analyst"],
        lambda v, by: deeds.return_report(v.report, comments="Say more.", by=by, at=v.at),
    ),
    "accept_report": (
        "submitted",
        "approver",
        ["official", "coordinator", "observer", "lead", "analyst"],
        lambda v, by: deeds.accept_report(
            v.report, seen=v.report.sha256, proof=proof_of(by), by=by, at=v.at
        ),
    ),
    "release_report": (
        "printed",
        "approver",
        ["official", "coordinator", "observer", "lead", "analyst"],
        lambda v, by: deeds.release_report(
            v.report, seen=v.report.released_sha256, proof=proof_of(by), by=by, at=v.at
        ),
    ),
}
# The system's own deeds, done by the worker.
WORKER_DEEDS = {
    "keep_draft": (
        "rendering",
        lambda v: reports.keep_draft(v.report.pk, PDF, job=v.report.job),
    ),
    "fail_rendering": (
        "rendering",
        lambda v: reports.fail_rendering(v.report.pk, job=v.report.job),
    ),
    "keep_released_edition": (
        "accepted",
        lambda v: reports.keep_released_edition(v.report.pk, PDF, job=v.report.job),
    ),
}


def rows():
    """Every row of the product's own tables, to be compared before and after."""
    labels = ("assessments", "metrics", "applications", "records", "programs")
    return {
        model._meta.label: sorted(map(str, model.objects.values_list()))
        for label in labels
        for model in apps.get_app_config(label).get_models()
    }


def kept_files(settings):
    return sorted(path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())


def refused_without_a_trace(settings, deed):
    """The sentence of the refusal; nothing in the tables or on disk has changed."""
    before, files_before = rows(), kept_files(settings)
    with pytest.raises(Refusal) as refusal:
        deed()
    assert rows() == before
    assert kept_files(settings) == files_before
    return str(refusal.value)


def at_stage(visit, stage):
    return visit.to(stage) if stage else visit


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_refuses_strangers_is_done_whole_or_not_at_all_and_is_recorded(
    visit, settings, name
):
    stage, who, strangers, call = DEEDS[name]
    at_stage(visit, stage)
    if name == "begin_assessment":
        visit.at = FIRST_DAY
    for stranger in strangers:
        by = getattr(visit, stranger)
        sentence = refused_without_a_trace(settings, lambda by=by: call(visit, by))
        assert sentence.endswith("."), stranger
    by = getattr(visit, who)
    fails_without_a_trace(settings, lambda: call(visit, by))
    call(visit, by)
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.actor, entry.at) == (name, by, visit.at)


@pytest.mark.parametrize("name", WORKER_DEEDS)
def test_a_deed_of_the_worker_is_done_whole_or_not_at_all_and_is_recorded(visit, settings, name):
    stage, call = WORKER_DEEDS[name]
    visit.to(stage)
    fails_without_a_trace(settings, lambda: call(visit))
    call(visit)
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.actor, entry.actor_name) == (name, None, "The system")


def fails_without_a_trace(settings, deed):
    """Occupy the trail's next positions, so that record(), the last statement, fails.

    The deed's own transaction has to undo the rest: none is opened around it here.
    """
    before_planting = transaction.savepoint()
    head = TrailHead.objects.get()
    for ahead in (1, 2):
        TrailEntry.objects.create(
            position=head.position + ahead,
            deed="planted",
            subject_kind="test",
            subject_id="1",
            actor_name="Test",
            at=AT,
            recorded_at=AT,
            previous_hash="",
            hash="",
        )
    before, files_before = rows(), kept_files(settings)
    with pytest.raises(IntegrityError):
        deed()
    assert rows() == before
    assert kept_files(settings) == files_before
    transaction.savepoint_rollback(before_planting)
