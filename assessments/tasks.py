"""What a worker does on this floor: prints reports, archives programs, asks for copies."""

from celery import shared_task
from django.conf import settings

from assessments.archiving import Archiver
from assessments.models import ProgramArchive, Report
from assessments.operations import archives, report_content, reports
from assessments.operations.copies import ask_for_copies_of_closed
from assessments.operations.ending import find_what_outlives_its_program
from assessments.reporting import report_pdf
from qmm_pilot import clock, storage
from qmm_pilot.records.jobs import handles, note_progress


def _give_up(job):
    reports.fail_rendering(job.subject_id, job=job)


@handles(reports.RENDER, give_up=_give_up)
def render_draft(job):
    """Print the frozen content; a second run finds nothing waiting and keeps nothing."""
    report = Report.objects.get(pk=job.subject_id)
    if report.status == Report.Status.RENDERING and report.job_id == job.pk:
        pdf = report_pdf(report_content.thaw(report.content_json))
        reports.keep_draft(report.pk, pdf, job=job)


@handles(reports.PRINT_RELEASE, give_up=_give_up)
def print_released_edition(job):
    """Print the accepted content with its signatures; a second run finds it kept."""
    report = Report.objects.get(pk=job.subject_id)
    if report.status == Report.Status.ACCEPTED and report.released_file_id is None:
        pdf = report_pdf(report_content.released_edition(report, at=job.moment))
        reports.keep_released_edition(report.pk, pdf, job=job)


def _give_up_archive(job):
    archives.fail_archive(job.subject_id, job=job)


@handles(archives.ARCHIVE_JOB, give_up=_give_up_archive)
def archive_program(job):
    """Write the archive to disk, then keep it; a second run finds it kept and does nothing."""
    archive = ProgramArchive.objects.select_related("program", "asked_by").get(pk=job.subject_id)
    if archive.stored_file_id or archive.job_id != job.pk:
        return
    folder = settings.VAR_DIR / "archives"
    folder.mkdir(mode=0o700, exist_ok=True)
    for left_behind in folder.glob(f"{archive.pk}.*"):  # by a worker that died
        left_behind.unlink(missing_ok=True)
    draft = folder / f"{archive.pk}.{job.claim}"
    try:
        with draft.open("xb") as out:
            note = lambda done, total: note_progress(job, done, total)  # noqa: E731
            manifest = Archiver(archive, out, note=note, at=job.moment).write()
        with draft.open("rb") as content:
            kept = storage.keep(iter(lambda: content.read(storage.CHUNK), b""))
    finally:
        draft.unlink(missing_ok=True)
    archives.keep_archive(archive.pk, kept, manifest, job=job)


@shared_task(name="assessments.ask_for_copies")
def ask_for_copies():
    """Make the copies of engagements whose last day has passed FDA's task; safe to run twice."""
    ask_for_copies_of_closed(at=clock.now())


@shared_task(name="assessments.find_what_outlives_its_program", ignore_result=True)
def look_for_what_outlives_its_program():
    """Ask every hour which participations are under way though their program is over."""
    find_what_outlives_its_program(at=clock.now())
