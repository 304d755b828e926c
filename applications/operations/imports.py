"""Deeds on FDA's public data: upload a file, read it, apply or discard it, roll back."""

from itertools import islice

from django.conf import settings
from django.db import transaction

from applications.access import may_import_inspections
from applications.models import DataUpload, InspectionImport
from applications.models.snapshot import Snapshot
from applications.public_data import rolling_back
from applications.public_data.feeds import FEEDS, INSPECTIONS, REGISTRATIONS, Feed
from applications.public_data.snapshots import Outdated, compare_file, import_file, newest
from qmm_pilot import clock, storage
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.files import ACCEPTED_TYPES, keep_upload, keep_written, storing
from qmm_pilot.records.jobs import latest_job, note_progress, queue_job
from qmm_pilot.records.models import Job
from qmm_pilot.records.spreadsheets import csv_lines
from qmm_pilot.records.trail import record

READ_JOB, APPLY_JOB = "read_public_data", "apply_public_data"
REJECTS_SHOWN = 100

TAB_DELIMITED = {"text/plain", "text/csv", "text/tab-separated-values"}
ACCEPTED = {
    ".csv": ACCEPTED_TYPES[".csv"],
    ".xlsx": ACCEPTED_TYPES[".xlsx"],
    ".txt": TAB_DELIMITED,
    ".zip": {"application/zip"},
}
KINDS = {
    ".csv": DataUpload.Kind.INSPECTIONS,
    ".xlsx": DataUpload.Kind.INSPECTIONS,
    ".txt": DataUpload.Kind.REGISTRATIONS,
    ".zip": DataUpload.Kind.REGISTRATIONS,
}


def feed_of(snapshot: Snapshot) -> Feed:
    """The published file that a snapshot is of."""
    return INSPECTIONS if isinstance(snapshot, InspectionImport) else REGISTRATIONS


def upload_public_data(upload, *, by, at) -> DataUpload:
    """Keep an uploaded file and queue its reading; the kind of data is told by its extension.

    Raises Refusal for anyone but a coordinator, for another kind of file, and above
    INSPECTION_FILE_MAX_BYTES; then nothing is kept.
    """
    _refuse_others(by)
    kind = KINDS.get(f".{upload.name.rsplit('.', 1)[-1].lower()}")
    if kind is None:
        raise Refusal(
            f"“{upload.name}” is neither of FDA’s two files. Upload the inspection classifications "
            "as CSV or XLSX, or the registrations as drls_reg.zip or drls_reg.txt, as downloaded."
        )
    with storing() as keys:
        data_upload = DataUpload(kind=kind, uploaded_by=by, uploaded_at=at)
        stored = keep_upload(
            upload,
            by=by,
            at=at,
            about=data_upload,
            keys=keys,
            confidential=False,
            most_bytes=settings.INSPECTION_FILE_MAX_BYTES,
            accepted=ACCEPTED,
        )
        data_upload.stored_file = stored
        data_upload.save(force_insert=True)
        queue_job(READ_JOB, data_upload, at=at, by=by)
        record(
            f"upload_{kind}",
            data_upload,
            by=by,
            at=at,
            after={"file_name": stored.name, "bytes": stored.size, "sha256": stored.sha256},
        )
    return data_upload


def read_upload(data_upload, *, job=None) -> DataUpload:
    """Read an uploaded file and note what it would change, or why it is refused.

    Changes no data. Safe to run twice: what was noted stays.
    """
    if data_upload.is_settled or data_upload.preview is not None:
        return data_upload
    feed = FEEDS[data_upload.kind]
    stored = data_upload.stored_file
    try:
        with storage.open_kept(stored.key) as content:
            compared = compare_file(feed, content, progress=_progress_of(job))
    except Refusal as refusal:
        data_upload.refusal = str(refusal)
        _settle(data_upload, ["refusal"])
        return data_upload
    if compared.is_known:
        _take_result(data_upload, newest(feed))
        return data_upload
    rejects = _kept_rejects(feed, compared.aside)
    with storing() as keys:
        data_upload.preview = {
            "counts": compared.counts,
            "samples": compared.samples,
            "rejects": [list(reject) for reject in islice(compared.aside, REJECTS_SHOWN)],
        }
        data_upload.compared_with = compared.against
        if rejects:
            data_upload.reject_file = keep_written(
                rejects,
                name=f"{stored.name.rsplit('.', 1)[0][:150]}-rejected.csv",
                media_type="text/csv; charset=utf-8",
                by=data_upload.uploaded_by,
                at=data_upload.uploaded_at,
                about=data_upload,
                keys=keys,
            )
        data_upload.save(update_fields=["preview", "compared_with", "reject_file"])
    return data_upload


def _kept_rejects(feed, aside):
    """The rejected rows as a file that no spreadsheet computes; None without any."""
    if not aside.rejected:
        return None
    names = [names[0] for names in feed.layout.headers.values()]
    rows = ([line, reason, *cells] for line, reason, cells in aside.with_cells())
    return storage.keep(csv_lines(_chained(["Line", "Why it was rejected", *names], rows)))


def _chained(first, rest):
    yield first
    yield from rest


def _progress_of(job):
    return (lambda rows: note_progress(job, rows, 0)) if job else None


@transaction.atomic
def confirm_upload(data_upload, *, by, at) -> DataUpload:
    """Have what was shown applied. Raises Refusal unless the upload waits for it."""
    data_upload = _waiting(data_upload, by)
    data_upload.confirmed_by, data_upload.confirmed_at = by, at
    data_upload.save(update_fields=["confirmed_by", "confirmed_at"])
    queue_job(APPLY_JOB, data_upload, at=at, by=by)
    record(
        "confirm_public_data",
        data_upload,
        by=by,
        at=at,
        after={"sha256": data_upload.stored_file.sha256, **data_upload.preview["counts"]},
    )
    return data_upload


@transaction.atomic
def discard_upload(data_upload, *, by, at) -> DataUpload:
    """Set an upload aside without applying it. Raises Refusal unless it waits for that, or failed.

    A file of registrations names persons: one that failed must not stay for good.
    """
    data_upload = _waiting(data_upload, by, or_failed=True)
    data_upload.discarded_by, data_upload.discarded_at = by, at
    _settle(data_upload, ["discarded_by", "discarded_at"])
    record(
        "discard_public_data",
        data_upload,
        by=by,
        at=at,
        after={"sha256": data_upload.stored_file.sha256},
    )
    return data_upload


def apply_upload(data_upload, *, job=None) -> DataUpload:
    """Import a confirmed file; safe to run twice.

    The import is a transaction of its own: when it was done but not yet noted here, the second
    run finds the file to be the newest already, and made_its_snapshot still tells the truth.
    Where another import came between, the file is read and shown anew instead.
    """
    if data_upload.is_settled or data_upload.confirmed_at is None:
        return data_upload
    stored = data_upload.stored_file
    try:
        with storage.open_kept(stored.key) as content:
            done = import_file(
                FEEDS[data_upload.kind],
                content,
                file_name=stored.name,
                by=data_upload.confirmed_by,
                at=data_upload.confirmed_at,
                expected=data_upload.compared_with,
                progress=_progress_of(job),
            )
    except Outdated:
        _show_anew(data_upload)
    else:
        _take_result(data_upload, done.snapshot)
    return data_upload


@transaction.atomic
def _show_anew(data_upload):
    at, by = data_upload.confirmed_at, data_upload.confirmed_by
    data_upload.preview = data_upload.confirmed_at = data_upload.confirmed_by = None
    data_upload.is_shown_anew = True
    data_upload.save(update_fields=["preview", "confirmed_at", "confirmed_by", "is_shown_anew"])
    queue_job(READ_JOB, data_upload, at=at, by=by)


def _take_result(data_upload, snapshot):
    field = "snapshot" if isinstance(snapshot, InspectionImport) else "registration_snapshot"
    setattr(data_upload, field, snapshot)
    _settle(data_upload, [field])


@transaction.atomic
def _settle(data_upload, fields):
    """Note how an upload ended; a file that names contact persons is removed then."""
    if data_upload.kind == DataUpload.Kind.REGISTRATIONS:
        data_upload.content_removed_at = clock.real_now()
        key = data_upload.stored_file.key
        transaction.on_commit(lambda: storage.discard(key))
    data_upload.save(update_fields=[*fields, "content_removed_at"])


def roll_back_public_data(snapshot, *, reason, by, at) -> Snapshot:
    """Bring back the rows that were in force at an earlier snapshot, as a new one.

    Raises Refusal for anyone but a coordinator, without a reason, and for the newest snapshot.
    """
    _refuse_others(by)
    return rolling_back.roll_back(feed_of(snapshot), snapshot, reason=reason, by=by, at=at)


def take_back_public_data(kind, *, reason, by, at) -> Snapshot:
    """Take every file of one kind out of force, as before the first; as a new snapshot.

    Without it the rows of a wrong first file would stay: a later file that lacks them marks them
    only. Raises Refusal as roll_back_public_data, and where nothing is on record.
    """
    _refuse_others(by)
    return rolling_back.roll_back(FEEDS[kind], None, reason=reason, by=by, at=at)


def has_failed(data_upload, job) -> bool:
    """Whether the latest job of an upload that ended in no way was given up."""
    return not data_upload.is_settled and job is not None and job.status == Job.Status.FAILED


def latest_job_of(data_upload) -> Job | None:
    """The job that reads the upload, or applies it once that was confirmed."""
    return latest_job(data_upload, APPLY_JOB if data_upload.confirmed_at else READ_JOB)


def _waiting(data_upload, by, *, or_failed=False) -> DataUpload:
    _refuse_others(by)
    data_upload = (
        DataUpload.objects.select_for_update(of=("self",), no_key=True)
        .select_related("stored_file")
        .get(pk=data_upload.pk)
    )
    is_lost = or_failed and has_failed(data_upload, latest_job_of(data_upload))
    if not (data_upload.awaits_confirmation or is_lost):
        raise Refusal(
            "This file no longer waits for a decision. Reload the page to see what became of it."
        )
    return data_upload


def _refuse_others(by):
    if not may_import_inspections(by):
        raise Refusal("Only FDA coordinators import FDA’s public data.")
