"""FDA's pages of its public data: an upload, what it would change, its result, a roll-back."""

import csv

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications import (
    operations,
    tasks,  # noqa: F401 - registers the handlers
)
from applications.models import (
    DataUpload,
    InspectionImport,
    InspectionRecord,
    ParticipationRequest,
    Registration,
)
from applications.operations.imports import APPLY_JOB, READ_JOB
from qmm_pilot import storage
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import jobs
from qmm_pilot.records.models import Job, StoredFile, TrailEntry
from tests import factories
from tests.applications.exports import NAI, OAI, VAI, export, registrations, row
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
    """Do as the worker does with every file that waits."""
    for job in Job.objects.filter(kind__in=(READ_JOB, APPLY_JOB), status=Job.Status.QUEUED):
        assert jobs.run_job(job.pk)


def deed(client, name, upload):
    """Press a button of an upload's page, and let the worker work."""
    response = client.post(reverse(f"applications:import_{name}", args=[upload.pk]), follow=True)
    run_queued()
    return response


def imported(client, *rows, **file):
    """Upload a file, let it be read, apply it; returns the upload."""
    uploaded(client, *rows, **file)
    run_queued()
    upload = DataUpload.objects.get(snapshot=None, registration_snapshot=None)
    deed(client, "apply", upload)
    upload.refresh_from_db()
    return upload


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


def test_an_uploaded_file_is_read_shown_applied_and_its_counts_kept(coordinator):
    waiting = uploaded(
        coordinator, row(id="1", classification=NAI), row(id="2", ended="13/45/2020")
    )
    assert waiting.context["state"] == ("queued", "Queued")
    assert "data-live" in waiting.content.decode()
    run_queued()
    shown = coordinator.get(where(waiting))
    assert shown.context["state"] == ("waiting", "Waits for your decision")
    page = shown.content.decode()
    assert "data-live" not in page
    assert "Inspection 1, Drug Quality Assurance, Hollywood Health Products, Inc." in page
    assert "“13/45/2020” is a date that does not exist" in page
    assert not InspectionImport.objects.exists()
    deed(coordinator, "apply", DataUpload.objects.get())
    done = coordinator.get(where(waiting))
    assert done.context["state"] == ("done", "Imported")
    snapshot = InspectionImport.objects.get()
    assert (snapshot.rows_read, snapshot.created, snapshot.rejected) == (2, 1, 1)
    assert snapshot.recorded_by == fda(Role.FDA_COORDINATOR)
    line, _ = snapshot.rejects[0]
    assert line == 5  # two title lines, the column names, then the second row
    assert f"{line}</th>" in done.content.decode()
    listed = coordinator.get(reverse(LIST)).content.decode()
    assert snapshot.sha256[:12] in listed
    assert reverse("applications:import_detail", args=[snapshot.pk]) in listed
    detail = coordinator.get(reverse("applications:import_detail", args=[snapshot.pk]))
    assert snapshot.sha256 in detail.content.decode()


def test_what_would_change_is_shown_value_by_value(coordinator):
    imported(coordinator, row(id="1"), row(id="2"), row(id="3"))
    uploaded(coordinator, row(id="1", classification=OAI), row(id="2"), row(id="4"))
    run_queued()
    upload = DataUpload.objects.get(snapshot=None)
    preview = coordinator.get(reverse("applications:import_job", args=[upload.pk])).context[
        "preview"
    ]
    names = ("created", "updated", "unchanged", "gone")
    assert [preview["counts"][name] for name in names] == [1, 1, 1, 1]
    assert [
        (title, [each["changes"] for each in rows]) for title, _, rows in preview["samples"]
    ] == [
        ("New", [[]]),
        ("Changed", [[("Classification", "NAI", "OAI")]]),
        ("No longer in the file", [[]]),
    ]
    assert not InspectionRecord.objects.filter(classification="OAI").exists()


def test_a_discarded_file_changes_nothing_and_cannot_be_applied_later(coordinator):
    uploaded(coordinator, row())
    run_queued()
    upload = DataUpload.objects.get()
    deed(coordinator, "discard", upload)
    late = deed(coordinator, "apply", upload)
    assert "no longer waits for a decision" in late.content.decode()
    assert late.context["state"] == ("discarded", "Discarded")
    assert not InspectionImport.objects.exists()
    assert TrailEntry.objects.filter(deed="discard_public_data").count() == 1


def test_a_confirmation_counts_only_for_what_was_shown(coordinator):
    """Two files are shown against the same data; the first one applied outdates the other."""
    uploaded(coordinator, row(id="1"))
    uploaded(coordinator, row(id="2"), name="second.csv")
    run_queued()
    first, second = DataUpload.objects.order_by("stored_file__name")
    deed(coordinator, "apply", first)
    deed(coordinator, "apply", second)
    run_queued()
    page = coordinator.get(reverse("applications:import_job", args=[second.pk]))
    assert page.context["state"] == ("waiting", "Waits for your decision")
    assert "Another file was applied meanwhile" in page.content.decode()
    assert page.context["preview"]["counts"]["gone"] == 1
    assert InspectionImport.objects.count() == 1


def test_the_rejected_rows_are_a_file_that_no_spreadsheet_computes(coordinator):
    uploaded(coordinator, row(id="1"), row(id="2", name="=1+1", classification="?"))
    run_queued()
    upload = DataUpload.objects.get()
    answer = coordinator.get(reverse("applications:import_rejects", args=[upload.pk]))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith('"Line","Why it was rejected","FEI Number","Legal Name"')
    reason = "“?” is not a known classification"
    assert lines[1].startswith(f'"5","{reason}","3004333526","\'=1+1"')


def test_a_contradicting_row_stands_in_the_columns_of_the_file(coordinator):
    uploaded(coordinator, row(id="1"), row(id="1", classification=OAI))
    run_queued()
    answer = coordinator.get(
        reverse("applications:import_rejects", args=[DataUpload.objects.get().pk])
    )
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    names, values = csv.reader(text.splitlines())
    told = dict(zip(names, values, strict=True))
    assert (told["Line"], told["Legal Name"]) == ("5", "Hollywood Health Products, Inc.")
    assert (told["Classification"], told["Product Type"]) == ("OAI", "Drugs")


def test_a_file_that_waits_stays_listed_beside_many_that_were_refused(coordinator, monkeypatch):
    monkeypatch.setattr("applications.views.imports.MOST_UNSETTLED", 2)
    uploaded(coordinator, row(id="1"), name="waits.csv")
    for number in range(3):
        uploaded(coordinator, content=b"a,b\n1,2\n%d" % number, name=f"bad{number}.csv")
    run_queued()
    page = coordinator.get(reverse(LIST)).content.decode()
    assert "waits.csv" in page
    assert page.count(".csv<") == 2


def test_progress_survives_a_reload(coordinator):
    waiting = uploaded(coordinator, row())
    Job.objects.filter(kind=READ_JOB).update(status=Job.Status.RUNNING, steps_done=150_000)
    for _ in range(2):
        page = coordinator.get(where(waiting)).content.decode()
        assert "150000 rows read so far" in page.replace(",", "")


def test_the_rows_read_are_noted_while_the_file_is_read(coordinator, monkeypatch):
    noted = []
    monkeypatch.setattr("applications.public_data.staging.BATCH", 200)
    monkeypatch.setattr(
        "applications.operations.imports.note_progress",
        lambda job, done, total: noted.append(done),
    )
    uploaded(coordinator, *(row(id=str(number)) for number in range(450)))
    run_queued()
    assert noted == [200, 400, 450]


def test_the_same_file_again_says_that_nothing_was_changed(coordinator, set_clock):
    imported(coordinator, row())
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
    assert Job.objects.get(kind=READ_JOB).status == Job.Status.DONE


def test_a_job_that_was_given_up_says_so_and_names_no_content(coordinator):
    failed = uploaded(coordinator, row())
    Job.objects.filter(kind=READ_JOB).update(status=Job.Status.FAILED)
    page = coordinator.get(where(failed))
    assert page.context["state"] == ("failed", "Failed")
    assert "The import failed and nothing was changed" in page.content.decode()
    assert "data-live" not in page.content.decode()


def test_a_file_that_names_persons_is_discarded_though_its_reading_failed(coordinator):
    uploaded(coordinator, content=registrations(), name="drls_reg.txt")
    upload = DataUpload.objects.select_related("stored_file").get()
    discard = reverse("applications:import_discard", args=[upload.pk])
    assert "no longer waits" in coordinator.post(discard, follow=True).content.decode()
    Job.objects.filter(kind=READ_JOB).update(status=Job.Status.FAILED)
    page = reverse("applications:import_job", args=[upload.pk])
    assert discard in coordinator.get(page).content.decode()
    coordinator.post(discard)
    upload.refresh_from_db()
    assert upload.discarded_at
    assert upload.content_removed_at
    assert "drls_reg.txt" not in coordinator.get(reverse(LIST)).content.decode()


def test_an_import_done_twice_tells_the_same(coordinator):
    upload = imported(coordinator, row(classification=OAI))
    # As if the worker had died between the import and its note.
    DataUpload.objects.update(snapshot=None)
    again = DataUpload.objects.select_related("stored_file", "confirmed_by").get()
    operations.apply_upload(again)
    assert again.snapshot == upload.snapshot
    assert again.made_its_snapshot
    assert InspectionImport.objects.count() == 1


def test_an_import_that_dies_midway_leaves_nothing(coordinator, monkeypatch):
    imported(coordinator, row(id="1", classification=VAI))
    uploaded(coordinator, row(id="1", classification=OAI), row(id="2"))
    run_queued()
    upload = DataUpload.objects.get(snapshot=None)
    monkeypatch.setattr("applications.public_data.snapshots.record", _die)
    deed(coordinator, "apply", upload)
    assert list(InspectionRecord.objects.values_list("classification", "closed_by")) == [
        ("VAI", None)
    ]
    assert InspectionImport.objects.count() == 1
    assert Job.objects.get(kind=APPLY_JOB, subject_id=str(upload.pk)).errors == 1


def _die(*args, **kwargs):
    raise RuntimeError("killed")


def test_the_data_are_rolled_back_with_a_reason(coordinator):
    first = imported(coordinator, row(classification=VAI)).snapshot
    imported(coordinator, row(classification=OAI), row(id="2"))
    address = reverse("applications:import_roll_back", args=[first.pk])
    asked = coordinator.get(address)
    assert tuple(asked.context["effect"]) == (2, 1)
    assert "Enter the reason." in coordinator.post(address, {"reason": ""}).content.decode()
    done = coordinator.post(address, {"reason": "The file was of another day."}, follow=True)
    assert "The file was of another day." in done.content.decode()
    in_force = InspectionRecord.objects.filter(closed_by=None)
    assert list(in_force.values_list("inspection_id", "classification")) == [("1106400", "VAI")]
    newest = InspectionImport.objects.first()
    assert (newest.number, newest.restores, newest.sha256) == (3, first, first.sha256)
    assert "Rolled back to number 1" in coordinator.get(reverse(LIST)).content.decode()
    assert TrailEntry.objects.get(deed="roll_back_inspections").reason == newest.reason
    again = coordinator.post(
        reverse("applications:import_roll_back", args=[newest.pk]), {"reason": "x"}, follow=True
    )
    assert "newest on record" in again.content.decode()


def test_a_wrong_first_file_is_taken_back_and_can_be_brought_back(coordinator):
    first = imported(coordinator, row(id="1", classification=OAI)).snapshot
    imported(coordinator, row(id="2"))  # the wrong row stays on record, marked
    assert InspectionRecord.objects.filter(closed_by=None).count() == 2
    detail = reverse("applications:import_detail", args=[first.pk])
    address = reverse("applications:import_take_back", args=[first.pk])
    assert address in coordinator.get(detail).content.decode()
    assert tuple(coordinator.get(address).context["effect"]) == (2, 0)
    assert "Enter the reason." in coordinator.post(address, {"reason": ""}).content.decode()
    done = coordinator.post(address, {"reason": "It was a sample."}, follow=True).content.decode()
    assert "Every file was taken back" in done
    assert "It was a sample." in done
    assert not InspectionRecord.objects.filter(closed_by=None).exists()
    newest = InspectionImport.objects.first()
    assert (newest.number, newest.rows_read, newest.absent, newest.is_of_no_file) == (3, 0, 0, True)
    assert "Every file was taken back" in coordinator.get(reverse(LIST)).content.decode()
    assert TrailEntry.objects.get(deed="roll_back_inspections").reason == "It was a sample."
    assert address not in coordinator.get(detail).content.decode()
    assert coordinator.post(address, {"reason": "Again."}).status_code == 404
    with pytest.raises(Refusal, match="nothing to take back"):
        operations.take_back_public_data(
            "inspections", reason="Again.", by=fda(Role.FDA_COORDINATOR), at=AFTER_CLOSE
        )
    imported(coordinator, row(id="2"))
    assert list(
        InspectionRecord.objects.filter(closed_by=None).values_list("inspection_id", "absent_since")
    ) == [("2", None)]
    roll_back = reverse("applications:import_roll_back", args=[first.pk])
    coordinator.post(roll_back, {"reason": "It was the right one."})
    assert list(
        InspectionRecord.objects.filter(closed_by=None).values_list("inspection_id", flat=True)
    ) == ["1"]
    newest = InspectionImport.objects.first()
    assert (newest.number, newest.restores, newest.created) == (5, first, 1)


def test_a_sheet_examined_after_every_file_was_taken_back_says_that_none_is_on_record(coordinator):
    live = factories.participation_request(ParticipationRequest.Status.UNDER_REVIEW)
    imported(coordinator, row(fei=live.fei_key, classification=OAI, ended="05/06/2019"))
    by = fda(Role.FDA_COORDINATOR)
    operations.examine_again(live, by=by, at=AFTER_CLOSE)
    assert live.criterion_results.get(criterion__code="b").opinion == "fails"
    operations.take_back_public_data("inspections", reason="A sample.", by=by, at=AFTER_CLOSE)
    where = reverse("applications:request_review", args=[live.pk])
    assert "No file is in force since" in coordinator.get(where).content.decode()
    operations.examine_again(live, by=by, at=AFTER_CLOSE)
    assert live.criterion_results.get(criterion__code="b").opinion == "undetermined"
    page = coordinator.get(where).content.decode()
    assert "No inspection file was on record when this was examined" in page


def test_a_file_of_registrations_is_shown_applied_and_then_removed(coordinator):
    uploaded(coordinator, name="drls_reg.txt", content=registrations())
    run_queued()
    upload = DataUpload.objects.get()
    assert (upload.kind, upload.preview["counts"]["created"]) == ("registrations", 2)
    deed(coordinator, "apply", upload)
    upload.refresh_from_db()
    assert upload.registration_snapshot.created == 2
    assert Registration.objects.filter(operations="ANALYSIS; API MANUFACTURE").count() == 1
    page = coordinator.get(reverse("applications:import_job", args=[upload.pk])).content.decode()
    assert "Removed, since it names contact persons" in page
    assert upload.content_removed_at is not None


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ({"name": "inspections.docx", "content": b"PK\x03\x04"}, "is neither of FDA’s two files"),
        ({"name": "renamed.xlsx", "content": b"%PDF-1.7 " * 9}, "is not a true XLSX file"),
        ({"name": "picture.csv", "content": b"\x89PNG\r\n\x1a\n" + bytes(64)}, "is not a true CSV"),
    ],
)
def test_what_is_no_csv_is_not_kept(coordinator, file, sentence):
    response = uploaded(coordinator, **file)
    assert sentence in " ".join(map(str, response.context["messages"]))
    assert not StoredFile.objects.exists()
    assert not Job.objects.filter(kind=READ_JOB).exists()


def test_the_inspection_file_has_its_own_limit(coordinator, settings):
    settings.UPLOAD_MAX_BYTES = 100
    assert where(uploaded(coordinator, row())).startswith("/public-data/uploads/")
    settings.INSPECTION_FILE_MAX_BYTES = 100
    response = uploaded(coordinator, row(id="2"))
    assert "is larger than" in " ".join(map(str, response.context["messages"]))
    assert DataUpload.objects.count() == 1


def test_only_coordinators_upload_and_nothing_is_left_behind_by_others():
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        operations.upload_public_data(csv_file(row()), by=fda(Role.FDA_SELECTOR), at=AFTER_CLOSE)
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
    imported(coordinator, row())
    job_page = reverse("applications:import_job", args=[DataUpload.objects.get().pk])
    detail = reverse("applications:import_detail", args=[InspectionImport.objects.get().pk])
    coordinator.force_login(factories.registrant() if which == "firm" else fda(which))
    for page in (job_page, detail, reverse(LIST), reverse("applications:import_new")):
        assert coordinator.get(page).status_code == 404, page


def test_the_list_asks_the_database_as_often_for_many_files_as_for_one(
    coordinator, django_assert_num_queries, django_assert_max_num_queries
):
    imported(coordinator, row())
    with django_assert_max_num_queries(12) as few:
        coordinator.get(reverse(LIST))
    asked = len(few)
    for number in range(3):
        imported(coordinator, row(id=str(number)))
    uploaded(coordinator, row(id="waiting"))
    with django_assert_num_queries(asked):
        coordinator.get(reverse(LIST))


def test_an_uploads_page_asks_at_most_twelve_times(coordinator, django_assert_max_num_queries):
    upload = imported(coordinator, row(), row(id="2", classification="?"))
    for name, pk in (("job", upload.pk), ("detail", upload.snapshot_id)):
        with django_assert_max_num_queries(12):
            coordinator.get(reverse(f"applications:import_{name}", args=[pk]))


def test_without_the_guard_a_confirmation_would_count_for_what_was_not_shown(
    coordinator, monkeypatch
):
    """The fault that test_a_confirmation_counts_only_for_what_was_shown must find."""
    monkeypatch.setattr("applications.public_data.snapshots._refuse_outdated", lambda *args: None)
    uploaded(coordinator, row(id="1"))
    uploaded(coordinator, row(id="2"), name="second.csv")
    run_queued()
    for upload in DataUpload.objects.order_by("stored_file__name"):
        deed(coordinator, "apply", upload)
    assert InspectionImport.objects.count() == 2
