"""Exports of the trail: what was chosen, safe for spreadsheets, recorded, made once."""

import csv
import io
import json

import pytest
from django.urls import reverse

from qmm_pilot import storage
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import jobs, tasks, trail_exports
from qmm_pilot.records.files import read
from qmm_pilot.records.models import Download, Job, StoredFile, TrailEntry, TrailExport
from qmm_pilot.records.spreadsheets import safe_cell
from qmm_pilot.records.trail import LINE_COLUMNS, as_line, link_of_line, record
from qmm_pilot.records.trail_choice import TrailChoice
from tests import factories
from tests.factories import AT, fda

assert tasks  # registers the work of the export's job
pytestmark = pytest.mark.django_db
ASK = "/trail/export/"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def officer():
    return fda(Role.FDA_RECORDS_OFFICER)


@pytest.fixture
def long_ones(monkeypatch):
    """More than two entries are left to a job."""
    monkeypatch.setattr(trail_exports, "AT_ONCE", 2)
    monkeypatch.setattr(trail_exports, "NOTED_EVERY", 2)


def entries(count, **facts):
    subject = factories.organization("firm")
    for number in range(count):
        record("count_lots", subject, by=None, at=AT, after={"lots": number}, **facts)
    return subject


def export(officer, format="csv", **chosen):
    return trail_exports.export_trail(TrailChoice(**chosen), format=format, by=officer, at=AT)


def rows_of(export):
    return list(csv.reader(io.StringIO(read(export.stored_file).decode("utf-8-sig"))))


def test_the_copy_holds_what_was_chosen_and_is_recorded(officer):
    entries(2)
    other = entries(1)
    made = export(officer, record=str(other.pk))
    rows = rows_of(made)
    assert rows[0] == list(LINE_COLUMNS)
    assert [(row[0], row[1]) for row in rows[1:]] == [("3", "count_lots")]
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.actor, entry.subject_id) == ("export_trail", officer, str(made.pk))
    assert entry.after["entries"] == made.entries == 1
    assert entry.after["sha256"] == made.stored_file.sha256
    assert entry.after["chosen"] == {"record": str(other.pk)}


def test_a_line_of_the_json_lines_holds_what_its_hash_is_made_of(officer):
    entries(3, reason="Ωμέγα ≥ 1")
    lines = [json.loads(line) for line in read(export(officer, "jsonl").stored_file).splitlines()]
    assert lines == [as_line(entry) for entry in TrailEntry.objects.filter(position__lte=3)]
    assert all(link_of_line(line) == line["hash"] for line in lines)


def test_nothing_about_a_draft_is_in_the_copy(officer):
    entries(1)
    draft = factories.draft()
    made = export(officer, "jsonl")
    assert made.entries == 1
    assert str(draft.pk) not in read(made.stored_file).decode()


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_begins_like_a_formula(officer, begin):
    assert safe_cell(f"{begin}1+1") == f"'{begin}1+1"
    assert safe_cell(f"  {begin}1+1") == f"'  {begin}1+1"
    entries(1, reason=f"{begin}HYPERLINK(1)")
    (row,) = rows_of(export(officer))[1:]
    assert row[LINE_COLUMNS.index("reason")].startswith("'")


@pytest.mark.parametrize("text", ["", "Why not", "a=b", "5", "{}"])
def test_other_cells_stay_as_they_are(text):
    assert safe_cell(text) == text


@pytest.mark.usefixtures("long_ones")
def test_a_long_copy_is_made_in_the_background_once(officer):
    entries(5)
    made = export(officer)
    assert made.stored_file is None
    assert TrailEntry.objects.latest("position").deed == "ask_for_trail_export"
    assert jobs.run_job(made.job_id) is True
    made.refresh_from_db()
    assert made.entries == 5
    assert len(rows_of(made)) == 6
    job = Job.objects.get(pk=made.job_id)
    assert (job.status, job.steps_done, job.steps_total) == ("done", 4, 5)
    assert TrailEntry.objects.latest("position").deed == "export_trail"
    trail_exports.make_export(job)  # safe to run twice
    assert StoredFile.objects.count() == 1


@pytest.mark.usefixtures("long_ones")
def test_a_worker_whose_job_was_taken_over_keeps_nothing(officer):
    entries(5)
    made = export(officer)
    stale = jobs._claim(made.job_id)
    Job.objects.filter(pk=stale.pk).update(claim=made.pk)  # another worker's
    with pytest.raises(jobs.LostClaim):
        trail_exports.make_export(stale)
    assert StoredFile.objects.count() == 0
    assert [path for path in storage.settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("long_ones")
def test_a_failed_copy_is_tried_again_by_whoever_asks(officer):
    entries(5)
    made = export(officer)
    with pytest.raises(Refusal):
        trail_exports.retry_export(made, by=officer, at=AT)
    Job.objects.filter(pk=made.job_id).update(status=Job.Status.FAILED)
    again = trail_exports.retry_export(made, by=officer, at=AT)
    assert again.job_id != made.job_id
    assert jobs.run_job(again.job_id) is True
    assert TrailExport.objects.get().entries == 5


def test_only_records_officers_export(officer):
    entries(1)
    with pytest.raises(Refusal):
        export(fda(Role.FDA_COORDINATOR))
    made = export(officer)
    with pytest.raises(Refusal):
        trail_exports.retry_export(made, by=fda(Role.FDA_COORDINATOR), at=AT)


# --- pages -------------------------------------------------------------------------------------


def test_the_page_asks_shows_and_hands_out_the_copy(client, officer):
    client.force_login(officer)
    entries(2)
    asked = client.post(ASK, {"format": "csv", "deed": "count_lots"}, follow=True)
    page = asked.content.decode()
    assert "Count lots" in page
    assert "Ready" in page
    made = TrailExport.objects.get()
    answer = client.get(reverse("records:export_download", args=[made.pk]))
    assert answer.getvalue() == read(made.stored_file)
    assert Download.objects.get().user == officer
    assert "Ready" in client.get(reverse("records:export_list")).content.decode()


@pytest.mark.usefixtures("long_ones")
def test_the_page_follows_a_long_copy_and_offers_another_try(client, officer):
    client.force_login(officer)
    entries(5)
    page = client.post(ASK, {"format": "jsonl"}, follow=True).content.decode()
    assert "Queued" in page
    assert "data-live" in page
    made = TrailExport.objects.get()
    Job.objects.update(status=Job.Status.RUNNING, steps_done=2, steps_total=5)
    where = reverse("records:export_detail", args=[made.pk])
    assert "Running: 2 of 5 entries" in client.get(where).content.decode()
    Job.objects.update(status=Job.Status.FAILED)
    assert "The export failed" in client.get(where).content.decode()
    retried = client.post(reverse("records:export_retry", args=[made.pk]), follow=True)
    assert "The export is being tried again." in retried.content.decode()
    assert client.get(reverse("records:export_download", args=[made.pk])).status_code == 404


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"format": "exe"}, "Choose the format of the copy"),
        ({"format": "csv", "since": "yesterday"}, "is not a day"),
    ],
)
def test_what_cannot_be_copied_says_why_and_leaves_nothing(client, officer, asked, sentence):
    client.force_login(officer)
    page = client.post(ASK, asked, follow=True).content.decode()
    assert sentence in page
    assert not TrailExport.objects.exists()
