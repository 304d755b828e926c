"""The pages of the report: each state, each person, the whole way, and the walls around it."""

import re

import pytest
from django.urls import reverse

from assessments import (
    operations,
    tasks,  # noqa: F401 - registers the handlers, as the worker does
)
from assessments.models import Assessment, Report
from assessments.operations.reports import fail_rendering
from qmm_pilot.accounts.models import RoleGrant
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.jobs import run_job
from qmm_pilot.records.models import Download, Job, Signature
from tests import factories
from tests.assessments.reading import Reader, controls, deeds, said, words
from tests.assessments.visits import AT, PASSWORD, PDF
from tests.pdf import pages_of

MOST_QUERIES = 12
WORDS = {
    "summary": "The site plans and reviews well.",
    "method": "Interviews and document review.",
    "people_interviewed": "Quality control: 2\r\nWarehouse",
}
WRONG = "The password is not yours. Nothing was signed; enter your own password."
READERS = ["coordinator", "observer", "approver", "lead", "assessor"]
STRANGERS = ["stranger", "bystander", "other_lead", "analyst"]


@pytest.fixture
def reader(client, visit, settings):
    settings.DEBUG = True
    return Reader(client, visit)


def signed(reader, who, deed, password=PASSWORD):
    """Open the page of a signature and sign there, with the hash that it shows."""
    pk = reader.visit.report.pk
    shown = reader.get(who, deed, pk).content.decode()
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', shown)[1]
    typed = factories.typed_by(getattr(reader.visit, who), password)
    return reader.post(who, deed, pk, seen=seen, **typed)


def job_fails(visit):
    """The report's job gives up, as after its last error."""
    Job.objects.filter(pk=visit.report.job_id).update(status=Job.Status.FAILED)
    fail_rendering(visit.report.pk, job=visit.report.job)


def pdf_text(response):
    return " ".join(" ".join(pages_of(b"".join(response.streaming_content), running=True)).split())


# --- the whole way -----------------------------------------------------------------------------


def test_from_the_first_topic_to_the_download_by_clicking(reader, visit):
    visit.to("settled")
    visit.in_progress()
    for topic in visit.assessment.topics.all():
        reader.post(
            "assessor",
            "topic_rate",
            topic.pk,
            rating="3",
            rationale=f"Reviews of {topic.name.lower()} rest on measured results.",
        )
    reader.post(
        "lead",
        "record_opportunity",
        visit.topic.pk,
        seen="Forecasts reach one quarter ahead.",
        evidence="Planning minutes",
        recommendation="Plan four quarters ahead.",
        impact="high",
        effort="low",
    )
    visit.fieldwork_done()
    reader.post("lead", "start_reporting", visit.assessment.pk)
    page = reader.post("lead", "report_render", visit.report.pk, **WORDS)
    assert "Queued" in words(page)
    assert run_job(visit.report.job_id)
    page = reader.get("lead", "report_detail", visit.report.pk)
    assert deeds(page)[0] == "Sign as author"
    assert "Plan four quarters ahead." in pdf_text(
        reader.get("lead", "report_pdf", visit.report.pk)
    )
    assert "Signed." in words(signed(reader, "lead", "report_sign"))
    page = reader.get("approver", "report_detail", visit.report.pk)
    assert deeds(page) == ["Accept the report", "Return with comments"]
    page = signed(reader, "approver", "report_accept")
    assert "The released edition with its signatures waits for its turn." in words(page)
    assert deeds(page) == []
    assert run_job(visit.report.job_id)
    assert deeds(reader.get("approver", "report_detail", visit.report.pk)) == ["Release the report"]
    assert reader.status("official", "report_detail", visit.report.pk) == 404
    signed(reader, "approver", "report_release")
    assert (visit.report.status, visit.assessment.status) == (
        Report.Status.RELEASED,
        Assessment.Status.COMPLETED,
    )
    page = reader.get("official", "report_detail", visit.report.pk)
    assert deeds(page) == ["Download the report (PDF)"]
    assert "The assessment is not an inspection" in words(page)
    assert page.content.decode().count(f'href="/reports/{visit.report.pk}/pdf/"') == 2
    text = pdf_text(reader.get("official", "report_pdf", visit.report.pk))
    for part in (
        "Plan four quarters ahead.",
        "The site plans and reviews well.",
        "Leah",
        "Ada",
        "Acceptance of this report for FDA",
    ):
        assert part in text
    assert Download.objects.filter(user=visit.official).count() == 1


# --- each state, each person -------------------------------------------------------------------

LEAD, APPROVER, OTHERS = "lead", "approver", "coordinator"
OFFERED = {
    "reporting": {LEAD: ["Write the report"]},
    "rendering": {},
    "draft_ready": {LEAD: ["Sign as author", "Change and render again"]},
    "submitted": {APPROVER: ["Accept the report", "Return with comments"]},
    "accepted": {},
    "printed": {APPROVER: ["Release the report"]},
    "released": {},
}


@pytest.mark.parametrize("stage", OFFERED)
def test_each_person_is_offered_exactly_what_may_be_done_now(reader, visit, stage):
    visit.to(stage)
    assert {who: deeds(reader.get(who, "report_detail", visit.report.pk)) for who in READERS} == {
        who: [] for who in READERS
    } | OFFERED[stage]


@pytest.mark.parametrize("stage", ["reporting", "draft_ready", "submitted", "printed", "released"])
def test_the_report_exists_for_its_readers_and_for_nobody_else(reader, visit, stage):
    visit.to(stage)
    firm = 200 if stage == "released" else 404
    expected = dict.fromkeys(READERS, 200) | dict.fromkeys(STRANGERS, 404) | {"official": firm}
    for name in ("report_detail", "report_status"):
        assert {who: reader.status(who, name, visit.report.pk) for who in expected} == expected
    if stage != "reporting":
        assert {
            who: reader.status(who, "report_pdf", visit.report.pk) for who in expected
        } == expected


def test_a_contractor_whose_engagement_ended_finds_no_report(reader, visit):
    visit.to("released")
    engagement = visit.assessment.engagement
    engagement.ended_at = visit.at
    engagement.save()
    for name in ("report_detail", "report_pdf", "report_status"):
        assert reader.status("lead", name, visit.report.pk) == 404


def test_an_administrator_of_fda_finds_no_report(reader, visit):
    visit.to("released")
    RoleGrant.objects.filter(user=visit.analyst).update(role=Role.FDA_ADMINISTRATOR)
    assert reader.status("analyst", "report_detail", visit.report.pk) == 404


DEED_PAGES = [
    ("report_render", "reporting", "lead"),
    ("report_sign", "draft_ready", "lead"),
    ("report_accept", "submitted", "approver"),
    ("report_return", "submitted", "approver"),
    ("report_release", "printed", "approver"),
]


@pytest.mark.parametrize(("deed", "stage", "doer"), DEED_PAGES)
def test_the_page_of_a_deed_opens_to_its_person_alone(reader, visit, deed, stage, doer):
    visit.to(stage)
    expected = (
        dict.fromkeys(READERS, 403) | dict.fromkeys([*STRANGERS, "official"], 404) | {doer: 200}
    )
    assert {who: reader.status(who, deed, visit.report.pk) for who in expected} == expected
    expected.pop(doer)
    assert {
        who: reader.status(who, deed, visit.report.pk, method="post") for who in expected
    } == expected


def test_a_page_whose_moment_has_passed_leads_back_to_the_report(reader, visit):
    visit.to("released")
    for deed, _, doer in DEED_PAGES:
        page = reader.signed_in(doer).get(
            reverse(f"assessments:{deed}", args=[visit.report.pk]), follow=True
        )
        assert said(page) == ["Version 1 is “Released”: nothing to do here."]
        assert page.request["PATH_INFO"] == f"/reports/{visit.report.pk}/"


def test_deeds_without_a_page_are_post_only(reader, visit):
    visit.to("submitted")
    for deed in ("report_retry", "report_revise"):
        assert reader.status("lead", deed, visit.report.pk) == 405
    assert reader.status("lead", "report_detail", visit.report.pk, method="post") == 405
    assert reader.status("assessor", "report_revise", visit.report.pk, method="post") == 403
    assert reader.status("observer", "report_retry", visit.report.pk, method="post") == 403


# --- writing and rendering ---------------------------------------------------------------------


def test_the_lead_writes_and_what_is_refused_stays_typed(reader, visit):
    visit.to("reporting")
    page = reader.get("lead", "report_render", visit.report.pk)
    assert controls(page) == ["summary", "method", "people_interviewed"]
    assert deeds(page) == ["Render the report"]
    page = reader.post("lead", "report_render", visit.report.pk, **WORDS | {"summary": " "})
    assert "Write the summary; the report opens with it." in words(page)
    assert "Interviews and document review." in page.content.decode()
    page = reader.post("lead", "report_render", visit.report.pk, **WORDS | {"method": "\U00013000"})
    assert said(page)[0].startswith("The report’s fonts have no letter for")
    assert "The site plans and reviews well." in page.content.decode()
    assert visit.report.status == Report.Status.DRAFTING


def test_a_blank_topic_stops_the_rendering_by_name(reader, visit):
    visit.to("reporting")
    operations.add_topic(visit.assessment, name="Digital records", by=visit.lead, at=visit.at)
    page = reader.post("lead", "report_render", visit.report.pk, **WORDS)
    assert said(page)[0].endswith("Still blank: Digital records.")


def test_the_live_part_says_queued_rendering_ready_and_failed(reader, visit):
    visit.to("rendering")

    def live():
        part = reader.get("assessor", "report_status", visit.report.pk)
        return re.findall(r'data-state="(\w+)"( data-moving)?', part.content.decode())

    page = reader.get("assessor", "report_detail", visit.report.pk).content.decode()
    assert "js/report-status.js" in page
    assert "<noscript><p><a href=" in page
    assert live() == [("queued", " data-moving")]
    Job.objects.update(status=Job.Status.RUNNING)
    assert live() == [("rendering", " data-moving")]
    job_fails(visit)
    assert live() == [("failed", "")]
    operations.retry_render(visit.report, by=visit.lead, at=visit.at)
    assert live() == [("queued", " data-moving")]
    visit.draft_ready()
    assert live() == [("draft_ready", "")]
    page = reader.get("assessor", "report_detail", visit.report.pk).content.decode()
    assert "js/report-status.js" not in page
    assert "http-equiv" not in page


def test_a_failed_rendering_is_tried_again_by_those_who_may(reader, visit):
    visit.to("rendering")
    job_fails(visit)
    assert {who: deeds(reader.get(who, "report_detail", visit.report.pk)) for who in READERS} == {
        "coordinator": ["Try again"],
        "approver": ["Try again"],
        "observer": [],
        "assessor": [],
        "lead": ["Try again", "Change and render again"],
    }
    page = reader.post("coordinator", "report_retry", visit.report.pk)
    assert said(page) == ["It is being tried again."]
    page = reader.post("coordinator", "report_retry", visit.report.pk)
    assert said(page) == ["Nothing has failed here that could be tried again."]


def test_a_released_edition_that_cannot_be_printed_is_tried_again(reader, visit):
    visit.to("accepted")
    job_fails(visit)
    page = reader.get("approver", "report_detail", visit.report.pk)
    assert deeds(page) == ["Try again"]
    assert "The released edition with its signatures could not be made." in words(page)
    reader.post("approver", "report_retry", visit.report.pk)
    assert visit.report.job.status == Job.Status.QUEUED


# --- signing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "who", "deed", "meaning"),
    [
        ("draft_ready", "lead", "report_sign", "Author of this report"),
        ("submitted", "approver", "report_accept", "Acceptance of this report for FDA"),
        ("printed", "approver", "report_release", "Release of this report to the firm"),
    ],
)
def test_a_signature_says_what_it_means_and_needs_the_own_password(
    reader, visit, stage, who, deed, meaning
):
    visit.to(stage)
    before = (visit.report.status, Signature.objects.count())
    page = reader.get(who, deed, visit.report.pk)
    assert controls(page) == ["seen", "password", "code"]
    text = words(page)
    edition = visit.report.released_file or visit.report.stored_file
    for part in (getattr(visit, who).name, meaning, edition.sha256):
        assert part in text
    page = signed(reader, who, deed, password="somebody else’s")
    assert said(page) == [WRONG]
    assert controls(page) == ["seen", "password", "code"]
    assert "somebody else" not in page.content.decode()
    assert (visit.report.status, Signature.objects.count()) == before
    signed(reader, who, deed)
    newest = Signature.objects.latest("signed_at")
    assert (newest.signer, newest.meaning, newest.sha256) == (
        getattr(visit, who),
        meaning,
        edition.sha256,
    )


def test_a_draft_rendered_again_in_the_meantime_is_not_signed_unread(reader, visit):
    visit.to("draft_ready")
    earlier = visit.report.sha256
    visit.rendering()
    operations.reports.keep_draft(visit.report.pk, PDF + b" again", job=visit.report.job)
    typed = factories.typed_by(visit.lead, PASSWORD)
    page = reader.post("lead", "report_sign", visit.report.pk, seen=earlier, **typed)
    assert said(page)[0].startswith("The report was rendered again")
    assert f'value="{visit.report.sha256}"' in page.content.decode()
    assert not Signature.objects.filter(signer=visit.lead, meaning="Author of this report").exists()


def test_signatures_and_versions_are_shown_with_name_moment_meaning_and_hash(reader, visit):
    visit.to("released")
    text = words(reader.get("observer", "report_detail", visit.report.pk))
    for part in (
        "Leah , Careful Assessors Author of this report",
        "Ada , FDA Acceptance of this report for FDA",
        "Ada , FDA Release of this report to the firm",
        f"SHA-256 of the draft: {visit.report.sha256}",
        f"SHA-256 of the released edition: {visit.report.released_sha256}",
    ):
        assert part in text


# --- FDA's approver ----------------------------------------------------------------------------


def test_an_approver_who_was_on_the_team_is_told_so_and_accepts_nothing(reader, visit):
    visit.to("planning")
    operations.join_team(visit.assessment, person=visit.approver, by=visit.coordinator, at=AT)
    for stage in (
        "proposed",
        "dates_agreed",
        "consulted",
        "ready",
        "settled",
        "in_progress",
        "fieldwork_done",
        "rated",
        "reporting",
        "rendering",
        "draft_ready",
        "submitted",
    ):
        getattr(visit, stage)()
    page = reader.get("approver", "report_detail", visit.report.pk)
    assert deeds(page) == []
    assert "You were on this assessment’s team, so another FDA approver" in words(page)
    for deed in ("report_accept", "report_return", "report_release"):
        assert reader.status("approver", deed, visit.report.pk) == 403
        assert reader.status("approver", deed, visit.report.pk, method="post") == 403
    assert visit.report.status == Report.Status.SUBMITTED


def test_a_report_is_returned_with_comments_and_revised(reader, visit):
    visit.to("submitted")
    page = reader.get("approver", "report_return", visit.report.pk)
    assert (controls(page), deeds(page)[0]) == (["comments"], "Return the report")
    page = reader.post("approver", "report_return", visit.report.pk, comments=" ")
    assert "Write what the author is to change." in words(page)
    reader.post("approver", "report_return", visit.report.pk, comments="Say why planning is 3.")
    returned = visit.report
    page = reader.get("lead", "report_detail", returned.pk)
    assert "Say why planning is 3." in words(page)
    assert deeds(page) == ["Revise the report"]
    page = reader.post("lead", "report_revise", returned.pk)
    assert page.request["PATH_INFO"] == f"/reports/{visit.report.pk}/"
    assert visit.report.version == 2
    assert deeds(page) == ["Write the report"]
    assert "FDA’s comments that this version answers Say why planning is 3." in words(page)
    assert deeds(reader.get("lead", "report_detail", returned.pk)) == []
    page = reader.post("lead", "report_revise", returned.pk)
    assert said(page) == ["A new version follows the newest one when FDA has returned it."]
    form = reader.get("lead", "report_render", visit.report.pk).content.decode()
    assert "The site plans and reviews well." in form
    assert "Say why planning is 3." in form


def test_comments_that_come_too_late_are_refused_and_stay_typed(reader, visit):
    visit.to("accepted")
    page = reader.post("approver", "report_return", visit.report.pk, comments="Too late.")
    assert said(page) == ["Only a submitted report is returned."]
    assert "Too late." in page.content.decode()


# --- the firm ----------------------------------------------------------------------------------


def test_the_firm_reads_the_released_report_and_nothing_behind_it(reader, visit):
    visit.to("submitted")
    operations.return_report(
        visit.report, comments="Say why planning is 3.", by=visit.approver, at=visit.at
    )
    operations.revise_report(visit.report, by=visit.lead, at=visit.at)
    returned = Report.objects.get(version=1)
    for stage in ("rendering", "draft_ready", "submitted", "accepted", "printed", "released"):
        getattr(visit, stage)()
    page = reader.get("metrics_person", "report_detail", visit.report.pk)
    text = words(page)
    for part in (
        "qmm-report-fdf-2020-version-2-released.pdf",
        visit.report.released_sha256,
        "What this report is, and what it is not",
        "Ada",
    ):
        assert part in text
    assert "Say why planning is 3." not in text
    assert reader.status("metrics_person", "report_detail", returned.pk) == 404
    assert reader.status("metrics_person", "report_pdf", returned.pk) == 404
    answer = reader.get("metrics_person", "report_pdf", visit.report.pk)
    assert b"".join(answer.streaming_content) == PDF + b", signed"


def test_without_any_edition_there_is_nothing_to_download(reader, visit):
    visit.to("reporting")
    assert reader.status("lead", "report_pdf", visit.report.pk) == 404


# --- speed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "who", "page"),
    [
        ("rendering", "lead", "report_status"),
        ("rendering", "lead", "report_detail"),
        ("draft_ready", "lead", "report_detail"),
        ("draft_ready", "lead", "report_render"),
        ("draft_ready", "lead", "report_sign"),
        ("submitted", "approver", "report_detail"),
        ("submitted", "approver", "report_accept"),
        ("submitted", "approver", "report_return"),
        ("released", "observer", "report_detail"),
        ("released", "official", "report_detail"),
    ],
)
def test_no_page_asks_the_database_more_than_twelve_times(
    reader, visit, settings, django_assert_max_num_queries, stage, who, page
):
    settings.DEBUG = False  # as in operation: the demonstration's clock is asked nothing
    visit.to(stage)
    client, address = (
        reader.signed_in(who),
        reverse(f"assessments:{page}", args=[visit.report.pk]),
    )
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(address).status_code == 200
