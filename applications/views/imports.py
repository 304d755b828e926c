"""FDA's pages of inspection data: the files on record, an upload, its progress, its rejects."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications import operations
from applications.access import may_import_inspections
from applications.fda_forms import InspectionFileForm
from applications.models import DataUpload, InspectionImport
from applications.operations.imports import IMPORT_JOB
from qmm_pilot.records.jobs import latest_job
from qmm_pilot.records.models import Job

from .deeds import carried_out, open_only_if

MOST_SNAPSHOTS = 100
MOST_UNSETTLED = 20


@require_safe
def import_list(request):
    """List the inspection files on record, newest first, and the uploads on their way."""
    open_only_if(may_import_inspections(request.user))
    snapshots = InspectionImport.objects.visible_to(request.user).values(
        "pk",
        "file_name",
        "imported_at",
        "rows_read",
        "created",
        "updated",
        "unchanged",
        "rejected",
        "sha256",
        "recorded_by__name",
    )[:MOST_SNAPSHOTS]
    return render(
        request,
        "applications/fda/import_list.html",
        {
            "snapshots": snapshots,
            "uploads": DataUpload.objects.visible_to(request.user)
            .filter(snapshot=None)
            .values("pk", "stored_file__name", "uploaded_at", "refusal", "uploaded_by__name")[
                :MOST_UNSETTLED
            ],
        },
    )


@require_safe
def import_detail(request, pk):
    """Show one file on record with its rejected rows."""
    open_only_if(may_import_inspections(request.user))
    snapshot = get_object_or_404(
        InspectionImport.objects.visible_to(request.user).select_related(
            "recorded_by__organization"
        ),
        pk=pk,
    )
    return render(request, "applications/fda/import_detail.html", {"snapshot": snapshot})


@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request):
    """Upload a file of inspection classifications."""
    open_only_if(may_import_inspections(request.user))
    form = InspectionFileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        upload = carried_out(
            request,
            operations.upload_inspections,
            form.cleaned_data["file"],
            done="The file is kept and waits to be imported.",
        )
        if upload:
            return redirect("applications:import_job", pk=upload.pk)
    return render(request, "applications/fda/import_new.html", {"form": form})


@require_safe
def import_job(request, pk):
    """Show how far the import of an uploaded file is, and then what became of it."""
    open_only_if(may_import_inspections(request.user))
    upload = get_object_or_404(
        DataUpload.objects.visible_to(request.user).select_related(
            "stored_file", "uploaded_by__organization", "snapshot__recorded_by__organization"
        ),
        pk=pk,
    )
    job = latest_job(upload, IMPORT_JOB)
    return render(
        request,
        "applications/fda/import_job.html",
        {
            "upload": upload,
            "state": _state(upload, job),
            "is_on_its_way": not upload.is_settled and job.status != Job.Status.FAILED,
        },
    )


def _state(upload, job):
    """The code and words of an upload's state: what was settled, else where its job is."""
    if upload.refusal:
        return ("refused", "Refused")
    if upload.snapshot_id:
        return ("done", "Imported" if upload.made_its_snapshot else "Nothing new")
    return (job.status, job.get_status_display())
