"""Pages of the trail's exports: ask for one, follow it, download it; for records officers."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

from . import trail_exports
from .files import download_response
from .models import Job, TrailExport
from .trail_choice import ChoiceError, TrailChoice
from .trail_words import deed_in_words, kind_in_words
from .views import open_to_records_officers

MOST_LISTED = 100


@require_safe
def export_list(request):
    """List the latest exports of the trail."""
    open_to_records_officers(request)
    exports = TrailExport.objects.visible_to(request.user).select_related(
        "asked_by__organization", "job", "stored_file"
    )[:MOST_LISTED]
    rows = [{"export": export, "state": _state(export)} for export in exports]
    return render(request, "records/export_list.html", {"rows": rows})


@require_POST
def export_trail(request):
    """Copy the chosen entries; a long copy goes on in the background."""
    open_to_records_officers(request)
    choice = TrailChoice.from_query(request.POST)
    format = request.POST.get("format", "")
    try:
        if format not in TrailExport.Format.values:
            raise Refusal("Choose the format of the copy: CSV or JSON lines.")
        export = trail_exports.export_trail(choice, format=format, by=request.user, at=clock.now())
    except (Refusal, ChoiceError) as refusal:
        messages.error(request, str(refusal))
        return redirect(choice.address())
    return redirect("records:export_detail", pk=export.pk)


@require_safe
def export_detail(request, pk):
    """Show how far an export is, then its file."""
    open_to_records_officers(request)
    export = _export_or_404(request.user, pk)
    state = _state(export)
    return render(
        request,
        "records/export_detail.html",
        {
            "export": export,
            "state": state,
            "is_on_its_way": state[0] in (Job.Status.QUEUED, Job.Status.RUNNING),
            "has_failed": state[0] == Job.Status.FAILED,
            "chosen": _in_words(export),
        },
    )


@require_POST
def export_retry(request, pk):
    """Have a failed export tried again."""
    open_to_records_officers(request)
    export = _export_or_404(request.user, pk)
    try:
        trail_exports.retry_export(export, by=request.user, at=clock.now())
        messages.success(request, "The export is being tried again.")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("records:export_detail", pk=pk)


@require_safe
def export_download(request, pk):
    """The file of an export; logged."""
    open_to_records_officers(request)
    export = get_object_or_404(
        TrailExport.objects.visible_to(request.user).select_related("stored_file"),
        pk=pk,
        stored_file__isnull=False,
    )
    return download_response(export.stored_file, by=request.user, at=clock.now())


def _export_or_404(user, pk):
    exports = TrailExport.objects.visible_to(user)
    related = ("asked_by__organization", "job", "stored_file")
    return get_object_or_404(exports.select_related(*related), pk=pk)


def _state(export):
    """The code and words of how far an export is."""
    if export.stored_file_id:
        return ("ready", "Ready")
    job = export.job
    if job.status == Job.Status.RUNNING and job.steps_total:
        return (job.status, f"Running: {job.steps_done} of {job.steps_total} entries")
    return (job.status, job.get_status_display())


def _in_words(export):
    """What was chosen, as label and value."""
    labels = {
        "kind": "Kind of record",
        "record": "Id of the record",
        "person": "Person",
        "deed": "Deed",
        "since": "From (Eastern)",
        "until": "Through (Eastern)",
    }
    words = {"kind": kind_in_words, "deed": deed_in_words}
    return [(labels[name], words.get(name, str)(text)) for name, text in export.chosen.items()]
