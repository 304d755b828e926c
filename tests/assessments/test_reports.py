"""The report's way: frozen, rendered, signed, returned or accepted, released."""

import hashlib

import pytest

from assessments import operations as deeds
from assessments import tasks  # noqa: F401 - registers the handlers, as the worker does
from assessments.models import Assessment, Report
from assessments.operations import report_content, reports
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import files
from qmm_pilot.records.jobs import MOST_ERRORS, run_job
from qmm_pilot.records.models import ActionItem, Job, Letter, StoredFile, TrailEntry
from qmm_pilot.records.proofs import Proof
from qmm_pilot.records.signatures import signatures_of
from tests.assessments.visits import AT, PDF, STAGES, Visit, person, proof_of
from tests.pdf import pages_of

STAGES_AFTER_PLANNING = {
    stage: STAGES[1 : STAGES.index(stage) + 1] for stage in ("submitted", "printed")
}


def content_of(report):
    return report_content.thaw(report.content_json)


def file_of(report):
    """The hash of the newest file of a report, as its signer is shown it."""
    return report.released_sha256 or report.sha256


def test_rendering_is_queued_with_the_frozen_content(visit):
    visit.to("rendering")
    report = visit.report
    assert (report.status, report.job.status, report.job.kind) == (
        Report.Status.RENDERING,
        Job.Status.QUEUED,
        "render_report",
    )
    content = content_of(report)
    assert content.facility_name == "Acme Springfield"
    assert [topic.level for topic in content.topics] == [3] * 11
    assert content.recommendations[0].text == "Plan four quarters ahead."
    assert [(f.function, f.people) for f in content.people_interviewed] == [
        ("Quality control", 2),
        ("Warehouse", None),
    ]


@pytest.mark.parametrize(
    ("state", "postal_code", "line"),
    [
        ("Illinois", "62701", "Springfield, Illinois 62701"),
        ("", "62701", "Springfield, 62701"),
        ("", "", "Springfield"),
    ],
)
def test_the_address_is_printed_as_on_an_envelope(visit, state, postal_code, line):
    visit.to("reporting")
    facility = visit.assessment.facility
    facility.state, facility.postal_code = state, postal_code
    facility.save()
    visit.rendering()
    assert content_of(visit.report).facility_address == (
        "1 Main Street",
        line,
        "United States of America",
    )


def test_what_changes_after_rendering_was_asked_for_is_not_in_the_report(visit):
    visit.to("rendering")
    deeds.rate_topic(
        visit.topic, coverage="rated", level=1, rationale="Late.", by=visit.lead, at=visit.at
    )
    assert content_of(visit.report).topics[0].level == 3


def test_withdrawn_findings_are_not_in_the_report(visit):
    visit.to("reporting")
    finding = visit.topic.findings.get(kind="strength")
    deeds.withdraw_finding(finding, reason="Recorded twice", by=visit.lead, at=visit.at)
    visit.rendering()
    topic = content_of(visit.report).topics[0]
    assert (topic.strengths, len(topic.opportunities)) == ((), 1)


def test_topics_without_a_level_say_why(visit):
    visit.to("reporting")
    deeds.rate_topic(
        visit.topic,
        coverage="not_applicable",
        rationale="Another site buys.",
        by=visit.lead,
        at=visit.at,
    )
    visit.rendering()
    topic = content_of(visit.report).topics[0]
    assert (topic.level, topic.without_level, topic.reason, topic.rationale) == (
        None,
        "not applicable",
        "Another site buys.",
        "",
    )


def test_fdf_metrics_stay_with_fda_and_only_their_day_is_printed(visit):
    visit.to("rendering")
    content = content_of(visit.report)
    assert content.metrics == ()
    assert content.metrics_submitted_text == "February 1, 2021"


@pytest.mark.django_db
def test_api_metrics_are_in_the_report_with_their_counts():
    visit = Visit("api-2020").to("rendering")
    content = content_of(visit.report)
    assert content.metrics_submitted_on is None
    assert [metric.label for metric in content.metrics] == [
        "Lot acceptance rate",
        "Product quality complaint rate",
        "Invalidated out-of-specification (OOS) rate",
    ]
    lots = content.metrics[0].quarters
    assert [(q.numerator, q.denominator, q.rate) for q in lots] == [(97, 100, "97.00%")] * 4
    assert lots[0].quarter == str(visit.submission.periods[0])


def test_a_report_opens_with_a_summary(visit):
    visit.to("reporting")
    with pytest.raises(Refusal, match="Write the summary"):
        deeds.render_report(visit.report, summary=" ", by=visit.lead, at=visit.at)


def test_letters_that_cannot_be_printed_are_named_before_rendering(visit):
    visit.to("reporting")
    with pytest.raises(Refusal, match="have no letter for \U0001f9ea"):
        deeds.render_report(
            visit.report, summary="One \U0001f9ea too many.", by=visit.lead, at=visit.at
        )


@pytest.mark.parametrize("sign", ["\x0b", "\x01", "\x1f", "\x85"])
def test_control_characters_that_cannot_be_printed_are_named_before_rendering(visit, sign):
    visit.to("reporting")
    with pytest.raises(Refusal, match=rf"a hidden sign \(U\+{ord(sign):04X}\)"):
        deeds.render_report(visit.report, summary=f"One{sign}two.", by=visit.lead, at=visit.at)


def test_a_number_of_people_that_nobody_can_count_stays_text(visit):
    visit.to("reporting")
    line = f"Quality control: {'9' * 5000}"
    deeds.render_report(
        visit.report, summary="Good.", people_interviewed=line, by=visit.lead, at=visit.at
    )
    assert [(f.function, f.people) for f in content_of(visit.report).people_interviewed] == [
        (line, None)
    ]


def test_an_unsigned_draft_is_rendered_again_in_the_same_version(visit):
    visit.to("draft_ready")
    first = visit.report
    visit.rendering()
    assert (visit.report.pk, visit.report.status, visit.report.sha256) == (
        first.pk,
        Report.Status.RENDERING,
        "",
    )
    assert visit.report.job != first.job


def test_a_job_that_runs_twice_keeps_one_file(visit):
    visit.to("rendering")
    job = visit.report.job
    assert reports.keep_draft(visit.report.pk, PDF, job=job).status == Report.Status.DRAFT_READY
    assert reports.keep_draft(visit.report.pk, PDF + b" again", job=job) is None
    assert StoredFile.objects.filter(subject_id=str(visit.report.pk)).count() == 1
    assert visit.report.sha256 == hashlib.sha256(PDF).hexdigest()


def test_a_job_that_another_rendering_overtook_keeps_nothing(visit):
    visit.to("draft_ready")
    overtaken = visit.report.job
    visit.rendering()
    assert reports.keep_draft(visit.report.pk, PDF, job=overtaken) is None
    assert reports.fail_rendering(visit.report.pk, job=overtaken) is None
    assert visit.report.status == Report.Status.RENDERING


def test_the_released_edition_is_kept_once(visit):
    visit.to("printed")
    report = visit.report
    again = reports.keep_released_edition(report.pk, PDF + b" again", job=report.job)
    assert again is None
    assert visit.report.released_sha256 == report.released_sha256


def test_a_rendering_that_failed_for_good_is_tried_again_with_the_same_content(visit):
    visit.to("rendering")
    job = visit.report.job
    with pytest.raises(Refusal, match="Nothing has failed"):
        deeds.retry_render(visit.report, by=visit.lead, at=visit.at)
    reports.fail_rendering(visit.report.pk, job=job)
    failed = visit.report
    assert failed.status == Report.Status.FAILED
    assert ActionItem.objects.open().filter(title__contains="rendered again").exists()
    with pytest.raises(Refusal, match="Only the lead, or FDA"):
        deeds.retry_render(failed, by=visit.official, at=visit.at)
    deeds.retry_render(failed, by=visit.coordinator, at=visit.at)
    assert (visit.report.status, visit.report.content_json) == (
        Report.Status.RENDERING,
        failed.content_json,
    )
    assert visit.report.job != job
    assert not ActionItem.objects.open().filter(title__contains="rendered again").exists()


def test_a_released_edition_that_failed_for_good_is_printed_again(visit):
    visit.to("accepted")
    job = visit.report.job
    reports.fail_rendering(visit.report.pk, job=job)
    Job.objects.filter(pk=job.pk).update(status=Job.Status.FAILED)
    assert visit.report.status == Report.Status.ACCEPTED
    deeds.retry_render(visit.report, by=visit.approver, at=visit.at)
    assert visit.report.job != job
    visit.printed()
    visit.released()
    assert visit.report.status == Report.Status.RELEASED


def test_the_author_signs_the_very_bytes_that_were_rendered(visit):
    visit.to("submitted")
    signature = signatures_of(visit.report).get()
    assert (signature.signer, signature.meaning, signature.sha256) == (
        visit.lead,
        "Author of this report",
        hashlib.sha256(PDF).hexdigest(),
    )


@pytest.mark.parametrize(
    ("stage", "deed", "who"),
    [
        ("draft_ready", deeds.sign_report, "lead"),
        ("submitted", deeds.accept_report, "approver"),
        ("printed", deeds.release_report, "approver"),
    ],
)
def test_a_wrong_password_signs_nothing(visit, stage, deed, who):
    visit.to(stage)
    before = visit.report.status, signatures_of(visit.report).count()
    with pytest.raises(Refusal, match="password"):
        deed(
            visit.report,
            seen=file_of(visit.report),
            proof=Proof(password="not mine"),
            by=getattr(visit, who),
            at=visit.at,
        )
    assert (visit.report.status, signatures_of(visit.report).count()) == before


@pytest.mark.parametrize(
    ("stage", "deed", "who"),
    [
        ("draft_ready", deeds.sign_report, "lead"),
        ("submitted", deeds.accept_report, "approver"),
        ("printed", deeds.release_report, "approver"),
    ],
)
def test_a_file_that_the_signer_was_not_shown_is_not_signed(visit, stage, deed, who):
    visit.to(stage)
    with pytest.raises(Refusal, match="rendered again after this page was opened"):
        deed(
            visit.report,
            seen="0" * 64,
            proof=proof_of(getattr(visit, who)),
            by=getattr(visit, who),
            at=visit.at,
        )


def test_a_file_that_was_changed_on_the_disk_is_not_signed(visit, settings):
    visit.to("draft_ready")
    (settings.MEDIA_ROOT / visit.report.stored_file.key).write_bytes(PDF + b" and more")
    with pytest.raises(Refusal, match="not the one that was rendered"):
        visit.submitted()


def test_a_draft_that_a_blank_topic_has_overtaken_is_not_signed(visit):
    visit.to("draft_ready")
    deeds.add_topic(visit.assessment, name="Digital records", by=visit.assessor, at=visit.at)
    with pytest.raises(Refusal, match="have changed since this draft was rendered"):
        visit.submitted()


def test_a_draft_that_a_withdrawn_finding_has_overtaken_is_rendered_again_and_signed(visit):
    visit.to("draft_ready")
    finding = visit.topic.findings.first()
    deeds.withdraw_finding(finding, reason="Recorded twice", by=visit.lead, at=visit.at)
    with pytest.raises(Refusal, match="have changed since this draft was rendered"):
        visit.submitted()
    for stage in ("rendering", "draft_ready", "submitted"):
        getattr(visit, stage)()
    assert visit.report.status == Report.Status.SUBMITTED


@pytest.mark.parametrize(
    ("stage", "deed"), [("submitted", deeds.accept_report), ("printed", deeds.release_report)]
)
def test_an_approver_who_once_joined_the_team_neither_accepts_nor_releases(visit, stage, deed):
    second = person(visit.fda, Role.FDA_APPROVER)
    visit.to("planning")
    deeds.join_team(visit.assessment, person=second, by=visit.coordinator, at=visit.at)
    deeds.leave_team(visit.assessment, person=second, reason="", by=visit.coordinator, at=visit.at)
    for name in STAGES_AFTER_PLANNING[stage]:
        getattr(visit, name)()
    with pytest.raises(Refusal, match="never on this assessment’s team"):
        deed(
            visit.report, seen=file_of(visit.report), proof=proof_of(second), by=second, at=visit.at
        )


def test_a_returned_report_is_followed_by_a_new_version(visit):
    visit.to("submitted")
    deeds.return_report(visit.report, comments=" Say more. ", by=visit.approver, at=visit.at)
    returned = visit.report
    assert (returned.status, returned.return_comments) == ("returned", "Say more.")
    deeds.revise_report(returned, by=visit.lead, at=visit.at)
    revised = visit.report
    assert (revised.version, revised.status, revised.summary) == (2, "drafting", returned.summary)
    with pytest.raises(Refusal, match="follows the newest one"):
        deeds.revise_report(returned, by=visit.lead, at=visit.at)
    for stage in ("rendering", "draft_ready", "submitted", "accepted", "printed", "released"):
        getattr(visit, stage)()
    assert visit.report.status == Report.Status.RELEASED
    assert content_of(visit.report).version == 2
    returned.refresh_from_db()
    assert (returned.status, returned.sha256) == ("returned", hashlib.sha256(PDF).hexdigest())


def test_a_report_is_returned_with_comments(visit):
    visit.to("submitted")
    with pytest.raises(Refusal, match="Write what the author is to change"):
        deeds.return_report(visit.report, comments=" ", by=visit.approver, at=visit.at)


def test_release_waits_for_the_edition_with_the_signatures(visit):
    visit.to("accepted")
    with pytest.raises(Refusal, match="still being printed"):
        visit.released()
    visit.printed()
    visit.released()
    report = visit.report
    assert [s.meaning for s in signatures_of(report)] == [
        "Author of this report",
        "Acceptance of this report for FDA",
        "Release of this report to the firm",
    ]
    assert signatures_of(report).last().sha256 == report.released_sha256


def test_release_completes_the_assessment_and_tells_the_firm(visit):
    visit.to("released")
    assert (visit.assessment.status, visit.assessment.completed_at) == (
        Assessment.Status.COMPLETED,
        visit.at,
    )
    assert visit.assessment.milestones.get(key="final_report").done_on == visit.at.date()
    letter = Letter.objects.get(kind="report_released")
    assert letter.person == visit.official
    left = ActionItem.objects.open().filter(key__startswith="assessment:")
    assert [item.title for item in left] == [
        "Hold and record the post-assessment consultation with Acme Springfield"
    ]


def test_the_firm_sees_its_report_only_when_released_and_nobody_else_does(visit):
    visit.to("printed")
    assert not Report.objects.visible_to(visit.official).exists()
    visit.released()
    sees = {
        name: Report.objects.visible_to(getattr(visit, name)).count()
        for name in (
            "official",
            "lead",
            "assessor",
            "coordinator",
            "approver",
            "stranger",
            "bystander",
            "other_lead",
            "analyst",
        )
    }
    assert sees == {
        "official": 1,
        "lead": 1,
        "assessor": 1,
        "coordinator": 1,
        "approver": 1,
        "stranger": 0,
        "bystander": 0,
        "other_lead": 0,
        "analyst": 0,
    }


def test_the_firm_reads_topics_and_findings_in_the_report_alone(visit):
    visit.to("released")
    finding = visit.topic.findings.first()
    assert not type(visit.topic).objects.visible_to(visit.official).exists()
    assert not type(finding).objects.visible_to(visit.official).exists()
    assert type(finding).objects.visible_to(visit.assessor).count() == 2
    assert type(finding).objects.visible_to(visit.observer).count() == 2


def text_of(stored_file):
    """The text of a kept PDF, as a reader would copy it."""
    return " ".join(" ".join(pages_of(files.read(stored_file), running=True)).split())


def test_the_worker_prints_the_draft_and_then_the_edition_with_its_signatures(visit):
    visit.to("rendering")
    assert run_job(visit.report.job.pk) is True
    draft = visit.report
    assert (draft.status, draft.job.status) == (Report.Status.DRAFT_READY, Job.Status.DONE)
    text = text_of(draft.stored_file)
    assert "A second supplier is qualified for every critical excipient." in text
    assert "This version is not signed." in text
    visit.submitted()
    visit.accepted()
    assert run_job(visit.report.job.pk) is True
    visit.released()
    report = visit.report
    assert (report.sha256, report.stored_file) == (draft.sha256, draft.stored_file)
    edition = report_content.released_edition(report, at=report.job.moment)
    accepted = TrailEntry.objects.get(deed="accept_report")
    assert (edition.trail_position, edition.trail_hash) == (accepted.position, accepted.hash)
    assert [(s.printed_name, s.role) for s in edition.signatures] == [
        ("Leah", "Lead assessor, Careful Assessors"),
        ("Ada", "FDA approver, FDA"),
    ]
    text = text_of(report.released_file)
    assert "Plan four quarters ahead." in text
    assert accepted.hash in text
    assert "Leah" in text
    assert "Author of this report" in text


def test_a_report_that_cannot_be_printed_fails_after_its_last_try(visit):
    visit.to("rendering")
    job = visit.report.job
    content = visit.report.content_json | {"summary": "One \U0001f9ea too many."}
    Report.objects.filter(pk=visit.report.pk).update(content_json=content)
    for _ in range(MOST_ERRORS):
        Job.objects.filter(pk=job.pk).update(not_before=AT)
        run_job(job.pk)
    assert (visit.report.status, visit.report.job.status) == (
        Report.Status.FAILED,
        Job.Status.FAILED,
    )
    assert visit.report.job.last_error == "PrintingFailed"


def test_a_job_run_again_after_its_work_was_kept_changes_nothing(visit):
    visit.to("rendering")
    job = visit.report.job
    run_job(job.pk)
    kept = visit.report.stored_file
    Job.objects.filter(pk=job.pk).update(status=Job.Status.QUEUED)
    assert run_job(job.pk) is True
    assert (visit.report.stored_file, visit.report.status) == (kept, Report.Status.DRAFT_READY)
