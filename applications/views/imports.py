"""FDA's pages of its public data: files on record, an upload, what it changes, rolling back."""

from django.db.models import Case, When
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations
from applications.access import may_import_inspections
from applications.fda_forms import PublicDataForm, RollBackForm
from applications.models import DataUpload, InspectionImport, RegistrationImport
from applications.operations.imports import feed_of, has_failed, latest_job_of
from applications.public_data.feeds import FEEDS, INSPECTIONS, REGISTRATIONS
from applications.public_data.rolling_back import effect_of
from applications.public_data.snapshots import newest
from qmm_pilot import clock
from qmm_pilot.records.files import download_response
from qmm_pilot.records.models import Job

from .deeds import carried_out, open_only_if

MOST_SNAPSHOTS = 100
MOST_UNSETTLED = 20
MODELS = (InspectionImport, RegistrationImport)
TITLES = {
    INSPECTIONS: DataUpload.Kind.INSPECTIONS.label,
    REGISTRATIONS: DataUpload.Kind.REGISTRATIONS.label,
}
# How a row is named in a sample: these of its values, one after another.
NAMED_BY = {
    INSPECTIONS: ("inspection_id", "project_area", "legal_name"),
    REGISTRATIONS: ("firm_name", "registrant_name"),
}


@require_safe
def import_list(request):
    """List the files on record of both kinds, newest first, and the uploads on their way."""
    open_only_if(may_import_inspections(request.user))
    history = [
        (
            TITLES[feed],
            feed.noun,
            feed.snapshots._default_manager.visible_to(request.user).values(
                "pk",
                "number",
                "file_name",
                "imported_at",
                "rows_read",
                "created",
                "updated",
                "rejected",
                "sha256",
                "restores__number",
                "recorded_by__name",
            )[:MOST_SNAPSHOTS],
        )
        for feed in (INSPECTIONS, REGISTRATIONS)
    ]
    # Those that wait come first: refused files stay listed and must not push them out.
    uploads = (
        DataUpload.objects.visible_to(request.user)
        .filter(snapshot=None, registration_snapshot=None, discarded_at=None)
        .select_related("stored_file", "uploaded_by")
        .order_by(Case(When(refusal="", then=0), default=1), "-uploaded_at", "pk")[:MOST_UNSETTLED]
    )
    return render(
        request, "applications/fda/import_list.html", {"history": history, "uploads": uploads}
    )


@require_safe
def import_detail(request, pk):
    """Show one snapshot: what it changed, its rejected rows, what it rolled back."""
    open_only_if(may_import_inspections(request.user))
    snapshot = _snapshot(request, pk)
    feed = feed_of(snapshot)
    last = newest(feed)
    uploads = DataUpload.objects.visible_to(request.user)
    field = "snapshot" if feed is INSPECTIONS else "registration_snapshot"
    return render(
        request,
        "applications/fda/import_detail.html",
        {
            "snapshot": snapshot,
            "kind": TITLES[feed],
            "is_newest": snapshot.number == last.number,
            "may_take_back": snapshot.number == 1 and not last.is_of_no_file,
            "reject_upload": uploads.filter(**{field: snapshot}, reject_file__isnull=False).first(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def import_roll_back(request, pk):
    """Ask before the data are taken back to an earlier file, and take them back."""
    open_only_if(may_import_inspections(request.user))
    snapshot = _snapshot(request, pk)
    feed = feed_of(snapshot)
    form = RollBackForm(request.POST or None)
    if form.is_valid():
        restored = carried_out(
            request,
            operations.roll_back_public_data,
            snapshot,
            reason=form.cleaned_data["reason"],
            done=f"The {feed.noun} are again those of {snapshot.file_name}.",
        )
        return redirect("applications:import_detail", pk=(restored or snapshot).pk)
    return render(
        request,
        "applications/fda/import_roll_back.html",
        {
            "snapshot": snapshot,
            "noun": feed.noun,
            "newest": newest(feed),
            "effect": effect_of(feed, snapshot),
            "form": form,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def import_take_back(request, pk):
    """Ask before every file is taken back, from the first on, and take them back."""
    open_only_if(may_import_inspections(request.user))
    snapshot = _snapshot(request, pk)
    feed = feed_of(snapshot)
    last = newest(feed)
    if snapshot.number > 1 or last.is_of_no_file:
        raise Http404
    form = RollBackForm(request.POST or None)
    if form.is_valid():
        restored = carried_out(
            request,
            operations.take_back_public_data,
            feed.noun,
            reason=form.cleaned_data["reason"],
            done=f"No {feed.noun} are on record any more.",
        )
        return redirect("applications:import_detail", pk=(restored or snapshot).pk)
    return render(
        request,
        "applications/fda/import_take_back.html",
        {
            "snapshot": snapshot,
            "noun": feed.noun,
            "newest": last,
            "effect": effect_of(feed, None),
            "form": form,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request):
    """Upload one of FDA's public files."""
    open_only_if(may_import_inspections(request.user))
    form = PublicDataForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        upload = carried_out(
            request,
            operations.upload_public_data,
            form.cleaned_data["file"],
            done="The file is kept and waits to be read. Nothing is changed yet.",
        )
        if upload:
            return redirect("applications:import_job", pk=upload.pk)
    return render(request, "applications/fda/import_new.html", {"form": form})


@require_safe
def import_job(request, pk):
    """Show how far an uploaded file is, what it would change, and then what became of it."""
    upload = _upload(request, pk)
    job = latest_job_of(upload)
    return render(
        request,
        "applications/fda/import_job.html",
        {
            "upload": upload,
            "state": _state(upload, job),
            "is_on_its_way": not (
                upload.is_settled or upload.awaits_confirmation or has_failed(upload, job)
            ),
            "rows_read": job.steps_done if job else 0,
            "preview": _preview(upload) if upload.awaits_confirmation else None,
        },
    )


@require_POST
def import_apply(request, pk):
    """Have a file applied whose effects were shown."""
    upload = _upload(request, pk)
    carried_out(
        request, operations.confirm_upload, upload, done="Confirmed. The changes are being applied."
    )
    return redirect("applications:import_job", pk=pk)


@require_POST
def import_discard(request, pk):
    """Set an uploaded file aside without applying it."""
    upload = _upload(request, pk)
    carried_out(
        request, operations.discard_upload, upload, done="Discarded. Nothing was changed by it."
    )
    return redirect("applications:import_job", pk=pk)


@require_safe
def import_rejects(request, pk):
    """The rejected rows of an upload as a file for spreadsheets."""
    upload = _upload(request, pk)
    if upload.reject_file is None:
        raise Http404
    return download_response(upload.reject_file, by=request.user, at=clock.now())


def _upload(request, pk):
    open_only_if(may_import_inspections(request.user))
    return get_object_or_404(
        DataUpload.objects.visible_to(request.user).select_related(
            "stored_file",
            "reject_file",
            "uploaded_by__organization",
            "confirmed_by__organization",
            "discarded_by__organization",
            "snapshot__recorded_by__organization",
            "registration_snapshot__recorded_by__organization",
        ),
        pk=pk,
    )


def _snapshot(request, pk):
    for model in MODELS:
        rows = model.objects.visible_to(request.user).select_related(
            "recorded_by__organization", "restores"
        )
        if snapshot := rows.filter(pk=pk).first():
            return snapshot
    raise Http404


def _state(upload, job):
    """The code and words of an upload's state: what was settled, else where its job is."""
    if upload.refusal:
        return ("refused", "Refused")
    if upload.discarded_at:
        return ("discarded", "Discarded")
    if upload.result:
        return ("done", "Imported" if upload.made_its_snapshot else "Nothing new")
    if upload.awaits_confirmation:
        return ("waiting", "Waits for your decision")
    if job is None:
        return ("queued", "Queued")
    if job.status == Job.Status.RUNNING:
        return (job.status, "Being applied" if upload.confirmed_at else "Being read")
    if job.status == Job.Status.DONE:
        return ("running", "Being noted")
    return (job.status, job.get_status_display())


def _preview(upload):
    """What the file would change, in the words of its own columns."""
    feed = FEEDS[upload.kind]
    headers = {field: names[0] for field, names in feed.layout.headers.items()}
    headers["conflicting"] = "Contradicted by another row"
    samples = upload.preview["samples"]
    return {
        "counts": upload.preview["counts"],
        "rejects": upload.preview["rejects"],
        "samples": [
            (title, count, [_named(feed, sample, headers) for sample in samples[kind]])
            for title, kind, count in (
                ("New", "new", upload.preview["counts"]["created"]),
                ("Changed", "changed", upload.preview["counts"]["updated"]),
                ("No longer in the file", "gone", upload.preview["counts"]["gone"]),
            )
            if samples[kind]
        ],
    }


def _named(feed, sample, headers):
    row = sample["after"] if sample["after"]["fei"] else sample["before"]
    name = ", ".join(row[field] for field in NAMED_BY[feed] if row[field])
    if feed is INSPECTIONS:
        name = f"Inspection {name}"
    is_change = bool(sample["before"]["fei"] and sample["after"]["fei"])
    changes = [
        (headers[field], sample["before"][field], sample["after"][field])
        for field in (sample["changed"] if is_change else ())
        if field in headers
    ]
    return {"fei": row["fei"], "name": name, "changes": changes}
