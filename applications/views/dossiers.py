"""Pages of selection dossiers: ask for one, follow it, download PDF and ZIP (C9)."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from applications import operations
from applications.access import may_read_dossiers
from applications.models import SelectionDossier
from qmm_pilot import clock
from qmm_pilot.programs.models import Program
from qmm_pilot.records.files import download_response
from qmm_pilot.records.models import Job

from .deeds import carried_out, open_only_if
from .firm import rehearsal_of

MOST_LISTED = 20


@require_safe
def dossier_list(request, pk):
    """The dossiers of a program made so far, and the deed that makes another one."""
    open_only_if(may_read_dossiers(request.user))
    program = get_object_or_404(Program.objects.visible_to(request.user), pk=pk)
    dossiers = _dossiers(request.user).filter(program=program)[:MOST_LISTED]
    return render(
        request,
        "applications/dossiers/list.html",
        {
            "program": program,
            "rehearsal": rehearsal_of(program),
            "rows": [{"dossier": one, "state": _state(one)} for one in dossiers],
        },
    )


@require_POST
def dossier_make(request, pk):
    """Freeze the selection record of a program and have its files made."""
    open_only_if(may_read_dossiers(request.user))
    program = get_object_or_404(Program.objects.visible_to(request.user), pk=pk)
    done = "The record is frozen as it stands, and its files are being made."
    dossier = carried_out(request, operations.make_dossier, program, done=done)
    if dossier is None:
        return redirect("applications:dossier_list", pk=pk)
    return redirect("applications:dossier_detail", pk=dossier.pk)


@require_safe
def dossier_detail(request, pk):
    """How far a dossier is, then its files."""
    dossier = _dossier_or_404(request, pk)
    state = _state(dossier)
    return render(
        request,
        "applications/dossiers/detail.html",
        {
            "dossier": dossier,
            "program": dossier.program,
            "rehearsal": rehearsal_of(dossier.program),
            "state": state,
            "is_on_its_way": state[0] in (Job.Status.QUEUED, Job.Status.RUNNING),
        },
    )


@require_POST
def dossier_retry(request, pk):
    """Have the files of a dossier made again that failed."""
    dossier = _dossier_or_404(request, pk)
    carried_out(request, operations.retry_dossier, dossier, done="It is being tried again.")
    return redirect("applications:dossier_detail", pk=pk)


@require_safe
def dossier_pdf(request, pk):
    """The PDF of a dossier; logged."""
    dossier = _dossier_or_404(request, pk, pdf__isnull=False)
    return download_response(dossier.pdf, by=request.user, at=clock.now())


@require_safe
def dossier_zip(request, pk):
    """The ZIP of a dossier; logged."""
    dossier = _dossier_or_404(request, pk, bundle__isnull=False)
    return download_response(dossier.bundle, by=request.user, at=clock.now())


def _dossiers(user):
    rows = SelectionDossier.objects.visible_to(user).defer("content")
    return rows.select_related("program", "job", "asked_by__organization", "pdf", "bundle")


def _dossier_or_404(request, pk, **facts):
    open_only_if(may_read_dossiers(request.user))
    return get_object_or_404(_dossiers(request.user), pk=pk, **facts)


def _state(dossier):
    """The code and words of how far a dossier is."""
    if dossier.bundle_id:
        return ("ready", "Ready")
    return (dossier.job.status, dossier.job.get_status_display())
