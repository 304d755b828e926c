"""Exports of the trail: a filtered copy as CSV or JSON lines, itself recorded in the trail.

A short one is made at once, a long one by a job; either ends in a kept file with its hash.
"""

import itertools
import json

from django.db import transaction

from qmm_pilot import storage
from qmm_pilot.lifecycle import Refusal

from .access import may_read_trail
from .files import keep_written, storing
from .jobs import LostClaim, note_progress, queue_job
from .models import Job, TrailEntry, TrailExport, TrailHead
from .spreadsheets import csv_lines
from .trail import LINE_COLUMNS, as_line, in_order, record
from .trail_choice import TrailChoice

EXPORT_JOB = "export_trail"
AT_ONCE = 2000  # entries; more are left to a job
NOTED_EVERY = 2000  # entries
MEDIA_TYPES = {
    TrailExport.Format.CSV: "text/csv; charset=utf-8",
    TrailExport.Format.JSON_LINES: "application/x-ndjson",
}


def export_trail(choice: TrailChoice, *, format, by, at) -> TrailExport:
    """Copy the chosen entries that this person sees, up to the trail's present end.

    Raises Refusal for whoever does not read the trail, and ChoiceError.
    """
    if not may_read_trail(by):
        raise Refusal("Only FDA’s records officers export the trail.")
    export = TrailExport(
        format=format,
        chosen=choice.facts(),
        up_to=TrailHead.objects.get().position,
        asked_by=by,
        asked_at=at,
    )
    if entries_of(export)[: AT_ONCE + 1].count() > AT_ONCE:
        return _leave_to_job(export, by=by, at=at)
    kept, export.entries = _write(export)
    with storing() as keys:
        keys.append(kept.key)
        export.save(force_insert=True)
        _keep(export, kept, by=by, at=at, keys=keys)
    return export


@transaction.atomic
def retry_export(export, *, by, at) -> TrailExport:
    """Have a failed export tried again. Raises Refusal while it has not failed."""
    if not may_read_trail(by):
        raise Refusal("Only FDA’s records officers export the trail.")
    export = _locked(export.pk)
    if export.job is None or export.job.status != Job.Status.FAILED:
        raise Refusal("This export has not failed, so there is nothing to try again.")
    export.job = queue_job(EXPORT_JOB, export, at=at, by=by)
    export.save(update_fields=["job"])
    record("retry_trail_export", export, by=by, at=at, after={"format": export.format})
    return export


def make_export(job) -> None:
    """Do the work of an export's job; a second run finds the file kept and does nothing."""
    export = TrailExport.objects.select_related("asked_by").get(pk=job.subject_id)
    if export.stored_file_id or export.job_id != job.pk:
        return
    total = entries_of(export).count()
    note_progress(job, 0, total)
    kept, number = _write(export, lambda done: note_progress(job, done, total))
    with storing() as keys:
        keys.append(kept.key)
        locked = _locked(export.pk)
        if locked.stored_file_id or locked.job_id != job.pk:
            raise LostClaim  # another worker was faster; what was written here goes
        locked.entries = number
        _keep(locked, kept, by=export.asked_by, at=job.moment, keys=keys)


def entries_of(export):
    """The entries that an export holds, as whoever asked for it sees them."""
    entries = TrailEntry.objects.visible_to(export.asked_by).filter(position__lte=export.up_to)
    return TrailChoice(**export.chosen).among(entries)


@transaction.atomic
def _leave_to_job(export, *, by, at):
    export.save(force_insert=True)
    export.job = queue_job(EXPORT_JOB, export, at=at, by=by)
    export.save(update_fields=["job"])
    after = {"format": export.format, "chosen": export.chosen, "up_to": export.up_to}
    record("ask_for_trail_export", export, by=by, at=at, after=after)
    return export


def _keep(export, kept, *, by, at, keys):
    export.stored_file = keep_written(
        kept,
        name=f"qmm-trail-to-{export.up_to}.{export.format}",
        media_type=MEDIA_TYPES[export.format],
        by=by,
        at=at,
        about=export,
        keys=keys,
    )
    export.save(update_fields=["stored_file", "entries"])
    record(
        "export_trail",
        export,
        by=by,
        at=at,
        after={
            "format": export.format,
            "chosen": export.chosen,
            "up_to": export.up_to,
            "entries": export.entries,
            "sha256": kept.sha256,
        },
    )


def _write(export, note=None):
    """Write the copy to disk: what was kept, and how many entries it holds."""
    number = 0

    def lines():
        nonlocal number
        for entry in in_order(entries_of(export)):
            number += 1
            if note and number % NOTED_EVERY == 0:
                note(number)
            yield as_line(entry)

    if export.format == TrailExport.Format.JSON_LINES:
        pieces = ((json.dumps(line, ensure_ascii=False) + "\n").encode() for line in lines())
    else:
        rows = (line.values() for line in lines())
        pieces = csv_lines(itertools.chain([LINE_COLUMNS], rows))
    return storage.keep(pieces), number


def _locked(pk):
    return (
        TrailExport.objects.select_for_update(of=("self",), no_key=True)
        .select_related("job")
        .get(pk=pk)
    )
