"""Pages of archives: choose a program, follow the work, download; for records officers."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from assessments import access, operations
from assessments.models import ProgramArchive
from qmm_pilot import clock
from qmm_pilot.programs.models import Program
from qmm_pilot.records.files import download_response
from qmm_pilot.records.models import Job

from .deeds import carried_out

MOST_LISTED = 100
ON_ITS_WAY = (Job.Status.QUEUED, Job.Status.RUNNING)


@require_safe
def archive_list(request):
    """Each program with the deed that archives it, and the latest archives."""
    _open_to_records_officers(request)
    archives = _archives(request.user)[:MOST_LISTED]
    return render(
        request,
        "assessments/archives/list.html",
        {
            "programs": Program.objects.visible_to(request.user).real(),
            "rows": [{"archive": archive, "state": _state(archive)} for archive in archives],
        },
    )


@require_POST
def archive_make(request, pk):
    """Have one program archived."""
    _open_to_records_officers(request)
    program = get_object_or_404(Program.objects.visible_to(request.user).real(), pk=pk)
    done = "The archive is being made. You may leave this page."
    if carried_out(request, operations.archive_program, program, done=done):
        newest = ProgramArchive.objects.visible_to(request.user).filter(program=program).first()
        return redirect("assessments:archive_detail", pk=newest.pk)
    return redirect("assessments:archive_list")


@require_safe
def archive_detail(request, pk):
    """Show how far an archive is, then its file and how to verify it."""
    _open_to_records_officers(request)
    archive = get_object_or_404(_archives(request.user), pk=pk)
    state = _state(archive)
    context = {
        "archive": archive,
        "state": state,
        "is_on_its_way": state[0] in ON_ITS_WAY,
        "has_failed": state[0] == Job.Status.FAILED,
    }
    return render(request, "assessments/archives/detail.html", context)


@require_POST
def archive_retry(request, pk):
    """Have a failed archive tried again."""
    _open_to_records_officers(request)
    archive = get_object_or_404(_archives(request.user), pk=pk)
    carried_out(request, operations.retry_archive, archive, done="It is being tried again.")
    return redirect("assessments:archive_detail", pk=pk)


@require_safe
def archive_download(request, pk):
    """The file of an archive; logged."""
    _open_to_records_officers(request)
    archive = get_object_or_404(_archives(request.user), pk=pk, stored_file__isnull=False)
    return download_response(archive.stored_file, by=request.user, at=clock.now())


def _open_to_records_officers(request):
    if not access.may_archive(request.user):
        raise Http404


def _archives(user):
    return ProgramArchive.objects.visible_to(user).select_related(
        "program", "asked_by__organization", "job", "stored_file"
    )


def _state(archive):
    """The code and words of how far an archive is."""
    if archive.stored_file_id:
        return ("ready", "Ready")
    job = archive.job
    if job.status == Job.Status.RUNNING and job.steps_total:
        return (job.status, f"Running: step {job.steps_done} of {job.steps_total}")
    return (job.status, job.get_status_display())
