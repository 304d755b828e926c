"""Deeds on a program's archive: ask for one, keep what its job made, try again."""

from django.db import transaction

from applications.operations.reviews import refuse_while_closed
from assessments.access import may_archive
from assessments.models import ProgramArchive
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.files import keep_written, storing
from qmm_pilot.records.jobs import LostClaim, queue_job
from qmm_pilot.records.models import Job
from qmm_pilot.records.trail import record

ARCHIVE_JOB = "archive_program"
ON_ITS_WAY = (Job.Status.QUEUED, Job.Status.RUNNING)
OFFICERS_ONLY = "Only FDA’s records officers have programs archived."


@transaction.atomic
def archive_program(program, *, by, at) -> ProgramArchive:
    """Have a whole program archived in the background.

    Raises Refusal for a rehearsal, whose rows are no records, and while an archive of this program
    is on its way.
    """
    if not may_archive(by):
        raise Refusal(OFFICERS_ONLY)
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    if program.is_rehearsal:
        raise Refusal("A rehearsal is no record. Only the real programs are archived.")
    refuse_while_closed(program, by=by)
    if ProgramArchive.objects.filter(program=program, job__status__in=ON_ITS_WAY).exists():
        raise Refusal("An archive of this program is being made already. Wait until it is ready.")
    archive = ProgramArchive.objects.create(program=program, asked_by=by, asked_at=at)
    archive.job = queue_job(ARCHIVE_JOB, archive, at=at, by=by)
    archive.save(update_fields=["job"])
    record("archive_program", archive, by=by, at=at, after={"program": program.slug})
    return archive


@transaction.atomic
def retry_archive(archive, *, by, at) -> ProgramArchive:
    """Have a failed archive tried again. Raises Refusal while it has not failed."""
    if not may_archive(by):
        raise Refusal(OFFICERS_ONLY)
    archive = _locked(archive.pk)
    if archive.job.status != Job.Status.FAILED:
        raise Refusal("This archive has not failed, so there is nothing to try again.")
    archive.job = queue_job(ARCHIVE_JOB, archive, at=at, by=by)
    archive.save(update_fields=["job"])
    record("retry_archive", archive, by=by, at=at, after={"program": archive.program.slug})
    return archive


def keep_archive(archive_id, kept, manifest, *, job) -> ProgramArchive:
    """Keep the file that this job wrote. Raises LostClaim, and keeps nothing, when it is late."""
    with storing() as keys:
        keys.append(kept.key)
        archive = _locked(archive_id)
        if archive.stored_file_id or archive.job_id != job.pk:
            raise LostClaim
        archive.stored_file = keep_written(
            kept,
            name=f"qmm-archive-{archive.program.slug}-{archive.pk}.zip",
            media_type="application/zip",
            by=archive.asked_by,
            at=job.moment,
            about=archive,
            keys=keys,
        )
        for name, number in manifest["counts"].items():
            setattr(archive, name, number)
        archive.faults = manifest["faults"]
        archive.save(update_fields=["stored_file", "rows", "files", "entries", "faults"])
        record(
            "keep_archive",
            archive,
            by=None,
            at=job.moment,
            after={
                **manifest["counts"],
                "faults": len(archive.faults),
                "sha256": kept.sha256,
                "size_bytes": kept.size,
                "trail": manifest["trail"],
            },
        )
    return archive


@transaction.atomic
def fail_archive(archive_id, *, job) -> None:
    """Note in the trail that the job gave up; the page offers another try."""
    archive = _locked(archive_id)
    if archive.stored_file_id is None and archive.job_id == job.pk:
        facts = {"program": archive.program.slug, "fault": job.last_error}
        record("fail_archive", archive, by=None, at=job.moment, after=facts)


def _locked(pk):
    return (
        ProgramArchive.objects.select_for_update(of=("self",), no_key=True)
        .select_related("job", "program", "asked_by")
        .get(pk=pk)
    )
