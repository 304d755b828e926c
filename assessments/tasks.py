"""What a worker does for a report: prints the draft, and after acceptance the released edition."""

from assessments.models import Report
from assessments.operations import report_content, reports
from assessments.reporting import report_pdf
from qmm_pilot.records.jobs import handles


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
