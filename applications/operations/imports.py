"""Deeds on FDA's inspection data: take an uploaded file in, and read it in the background."""

from django.conf import settings

from applications.access import may_import_inspections
from applications.inspections import import_inspections
from applications.models import DataUpload
from qmm_pilot import storage
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.files import keep_upload, storing
from qmm_pilot.records.jobs import queue_job
from qmm_pilot.records.trail import record

IMPORT_JOB = "import_inspections"


def upload_inspections(upload, *, by, at) -> DataUpload:
    """Keep an uploaded inspection file and queue its import.

    Raises Refusal for anyone but a coordinator, for another kind of file than CSV, and above
    INSPECTION_FILE_MAX_BYTES; then nothing is kept.
    """
    if not may_import_inspections(by):
        raise Refusal("Only FDA coordinators import inspection data.")
    if not upload.name.lower().endswith(".csv"):
        raise Refusal(
            f"“{upload.name}” is not a CSV file. Download the inspection classifications from "
            "FDA’s Data Dashboard as CSV and upload that file as it is."
        )
    with storing() as keys:
        data_upload = DataUpload(uploaded_by=by, uploaded_at=at)
        stored = keep_upload(
            upload,
            by=by,
            at=at,
            about=data_upload,
            keys=keys,
            confidential=False,
            most_bytes=settings.INSPECTION_FILE_MAX_BYTES,
        )
        data_upload.stored_file = stored
        data_upload.save(force_insert=True)
        queue_job(IMPORT_JOB, data_upload, at=at, by=by)
        record(
            "upload_inspections",
            data_upload,
            by=by,
            at=at,
            after={"file_name": stored.name, "bytes": stored.size, "sha256": stored.sha256},
        )
    return data_upload


def read_upload(data_upload) -> DataUpload:
    """Import an uploaded file, or keep the sentence that refused it; safe to run twice.

    The import is a transaction of its own: when it was done but not yet noted here, the second
    run finds the file to be the newest already, and made_its_snapshot still tells the truth.
    """
    if data_upload.is_settled:
        return data_upload
    stored = data_upload.stored_file
    try:
        with storage.open_kept(stored.key) as content:
            done = import_inspections(
                content,
                file_name=stored.name,
                by=data_upload.uploaded_by,
                at=data_upload.uploaded_at,
            )
    except Refusal as refusal:
        data_upload.refusal = str(refusal)
    else:
        data_upload.snapshot = done.snapshot
    data_upload.save(update_fields=["snapshot", "refusal"])
    return data_upload
