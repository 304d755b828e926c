"""FDA's pages of inspection data: an upload, its job, its result, its rejects."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications import operations
from applications.models import DataUpload, InspectionImport
from applications.operations.imports import IMPORT_JOB
from applications.tasks import import_uploaded_inspections  # noqa: F401 - registers the handler
from qmm_pilot import storage
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import jobs
from qmm_pilot.records.models import Job, StoredFile, TrailEntry
from tests import factories
from tests.applications.exports import NAI, OAI, export, row
from tests.factories import AFTER_CLOSE, fda

pytestmark = pytest.mark.django_db
LIST = "applications:import_list"
TITLES = ["Inspection Classifications", "Downloaded 11/16/2020"]


@pytest.fixture
def coordinator(client, set_clock):
    set_clock(AFTER_CLOSE)
    client.force_login(fda(Role.FDA_COORDINATOR))
    return client


def csv_file(*rows, name="inspections.csv", content=None):
    return SimpleUploadedFile(name, export(*rows, titles=TITLES) if content is None else content)


def uploaded(client, *rows, **file):
    """Upload a file through the page; returns what the person then sees."""
    return client.post(
        reverse("applications:import_new"), {"file": csv_file(*rows, **file)}, follow=True
    )


def run_queued():
    """Do as the worker does with every import that waits."""
    for job in Job.objects.filter(kind=IMPORT_JOB, status=Job.Status.QUEUED):
        assert jobs.run_job(job.pk)


def where(response):
    return response.redirect_chain[-1][0]


def test_without_data_the_list_says_where_fdas_file_comes_from(coordinator):
    page = coordinator.get(reverse(LIST)).content.decode()
    assert "No inspection data yet" in page
    assert "datadashboard.fda.gov" in page
    assert reverse("applications:import_new") in page


def test_the_upload_page_contains_its_control_and_sends_files(coordinator):
    page = coordinator.get(reverse("applications:import_new")).content.decode()
    assert 'type="file"' in page
    assert 'enctype="multipart/form-data"' in page


def test_an_uploaded_file_is_queued_then_imported_and_its_counts_shown(coordinator):
    waiting = uploaded(
        coordinator, row(id="1", classification=NAI), row(id="2", ended="13/45/2020")
    )
    assert waiting.context["state"] == ("queued", "Queued")
    assert "data-live" in waiting.content.decode()
    assert not InspectionImport.objects.exists()
    run_queued()
    done = coordinator.get(where(waiting))
    assert done.context["state"] == ("done", "Imported")
    assert "data-live" not in done.content.decode()
    snapshot = InspectionImport.objects.get()
    assert (snapshot.rows_read, snapshot.created, snapshot.rejected) == (2, 1, 1)
    assert snapshot.recorded_by == fda(Role.FDA_COORDINATOR)
    page = done.content.decode()
    line, reason = snapshot.rejects[0]
    assert line == 5  # two title lines, the column names, then the second row
    assert f"{line}</th>" in page
    assert reason.split("“")[0].strip() in page
    listed = coordinator.get(reverse(LIST)).content.decode()
    assert snapshot.sha256[:12] in listed
    assert reverse("applications:import_detail", args=[snapshot.pk]) in listed
    detail = coordinator.get(reverse("applications:import_detail", args=[snapshot.pk]))
    assert snapshot.sha256 in detail.content.decode()


def test_the_same_file_again_says_that_nothing_was_changed(coordinator, set_clock):
    uploaded(coordinator, row())
    run_queued()
    set_clock(AFTER_CLOSE.replace(hour=18))
    again = uploaded(coordinator, row())
    run_queued()
    page = coordinator.get(where(again))
    assert page.context["state"] == ("done", "Nothing new")
    assert "nothing was changed" in page.content.decode()
    assert InspectionImport.objects.count() == 1


def test_a_refused_file_shows_why_and_changes_nothing(coordinator):
    refused = uploaded(coordinator, content=b"name,color\r\nbox,blue\r\n")
    run_queued()
    page = coordinator.get(where(refused))
    assert page.context["state"] == ("refused", "Refused")
    refusal = DataUpload.objects.get().refusal
    assert refusal.endswith(".")
    assert "The file was refused and nothing was changed" in page.content.decode()
    assert not InspectionImport.objects.exists()
    assert "Refused" in coordinator.get(reverse(LIST)).content.decode()
    assert Job.objects.get(kind=IMPORT_JOB).status == Job.Status.DONE


def test_a_job_that_was_given_up_says_so_and_names_no_content(coordinator):
    failed = uploaded(coordinator, row())
    Job.objects.filter(kind=IMPORT_JOB).update(status=Job.Status.FAILED)
    page = coordinator.get(where(failed))
    assert page.context["state"] == ("failed", "Failed")
    assert "The import failed and nothing was changed" in page.content.decode()
    assert "data-live" not in page.content.decode()


def test_an_import_done_twice_tells_the_same(coordinator):
    uploaded(coordinator, row(classification=OAI))
    upload = DataUpload.objects.select_related("stored_file", "uploaded_by").get()
    operations.read_upload(upload)
    # As if the worker had died between the import and its note.
    DataUpload.objects.update(snapshot=None)
    again = DataUpload.objects.select_related("stored_file", "uploaded_by").get()
    operations.read_upload(again)
    assert again.snapshot == upload.snapshot
    assert again.made_its_snapshot
    assert InspectionImport.objects.count() == 1


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ({"name": "inspections.xlsx", "content": b"PK\x03\x04"}, "is not a CSV file"),
        ({"name": "picture.csv", "content": b"\x89PNG\r\n\x1a\n" + bytes(64)}, "is not a true CSV"),
    ],
)
def test_what_is_no_csv_is_not_kept(coordinator, file, sentence):
    response = uploaded(coordinator, **file)
    assert sentence in " ".join(map(str, response.context["messages"]))
    assert not StoredFile.objects.exists()
    assert not Job.objects.filter(kind=IMPORT_JOB).exists()


def test_the_inspection_file_has_its_own_limit(coordinator, settings):
    settings.UPLOAD_MAX_BYTES = 100
    assert where(uploaded(coordinator, row())).startswith("/inspection-data/jobs/")
    settings.INSPECTION_FILE_MAX_BYTES = 100
    response = uploaded(coordinator, row(id="2"))
    assert "is larger than" in " ".join(map(str, response.context["messages"]))
    assert DataUpload.objects.count() == 1


def test_only_coordinators_upload_and_nothing_is_left_behind_by_others():
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        operations.upload_inspections(csv_file(row()), by=fda(Role.FDA_SELECTOR), at=AFTER_CLOSE)
    assert not StoredFile.objects.exists()
    assert not TrailEntry.objects.exists()


def test_an_upload_is_in_the_trail_with_its_hash(coordinator):
    uploaded(coordinator, row())
    stored = StoredFile.objects.get()
    entry = TrailEntry.objects.get(deed="upload_inspections")
    assert entry.after == {
        "file_name": "inspections.csv",
        "bytes": stored.size,
        "sha256": stored.sha256,
    }
    with storage.open_kept(stored.key) as content:
        assert content.read() == export(row(), titles=TITLES)


@pytest.mark.parametrize("which", ["firm", Role.FDA_SELECTOR, Role.FDA_ADMINISTRATOR])
def test_uploads_and_snapshots_are_not_found_by_anyone_else(coordinator, which):
    job_page = where(uploaded(coordinator, row()))
    run_queued()
    detail = reverse("applications:import_detail", args=[InspectionImport.objects.get().pk])
    coordinator.force_login(factories.registrant() if which == "firm" else fda(which))
    for page in (job_page, detail, reverse(LIST), reverse("applications:import_new")):
        assert coordinator.get(page).status_code == 404, page


def test_the_list_asks_the_database_as_often_for_many_files_as_for_one(
    coordinator, django_assert_num_queries, django_assert_max_num_queries
):
    uploaded(coordinator, row())
    run_queued()
    with django_assert_max_num_queries(12) as few:
        coordinator.get(reverse(LIST))
    asked = len(few)
    for number in range(5):
        uploaded(coordinator, row(id=str(number)))
    run_queued()
    uploaded(coordinator, row(id="waiting"))
    with django_assert_num_queries(asked):
        coordinator.get(reverse(LIST))
