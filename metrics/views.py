"""Pages of metrics: read, enter, submit, review. Each deed calls one operation."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qmm_pilot import clock
from qmm_pilot.accounts.roles import Side
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import confidentiality
from qmm_pilot.records.holds import marks_of
from qmm_pilot.records.statement import version_in

from . import operations
from .access import may_enter_metrics, may_review_metrics
from .completeness import by_metric
from .forms import (
    FirstSubmissionForm,
    MetricsForm,
    PromiseForm,
    QueryForm,
    ResubmissionForm,
    WaiverForm,
)
from .models import MetricsSubmission, MetricStanding, MetricsVersion
from .tables import changes_between, metric_tables

Status = MetricStanding.Status


@require_safe
def submission_list(request):
    """Every submission that this person may know of, the next one due first."""
    at = clock.now()
    submissions = (
        _readable(request.user).with_progress().order_by("due_on", "participation__facility__name")
    )
    if request.user.side != Side.FIRM:
        submissions = submissions.real()
    rows = [(row, row.days_late(at)) for row in submissions]
    return render(request, "metrics/submission_list.html", {"rows": rows})


@require_safe
def submission(request, pk):
    """One submission: the version in force, where each metric stands, what may be done."""
    found = get_object_or_404(_readable(request.user).with_progress(), pk=pk)
    standings = _standings(found)
    versions = list(
        MetricsVersion.objects.visible_to(request.user)
        .filter(submission=found)
        .select_related("submitted_by__organization", "noted_by")
    )
    draft = next((v for v in versions if v.submitted_at is None), None)
    handed_in = [v for v in versions if v.submitted_at is not None]
    shown = _version_in_force(found, handed_in) or draft
    rules = may_review_metrics(request.user) and not found.is_closed
    context = {
        **_about(request, found),
        "keeping": marks_of(
            request.user,
            found.participation,
            found.participation.organization,
            found.participation.program,
            trail_of=found,
        ),
        **_marks(found, shown),
        "tables": metric_tables(found, standings, shown),
        "is_assumed": any(standing.definition.is_assumption for standing in standings),
        "shown": shown,
        "draft": draft,
        "drafted": _drafted(draft),
        "versions": [(v, found.is_correction(v)) for v in reversed(handed_in)],
        "days_late": found.days_late(clock.now()),
        "enter_label": _enter_label(request.user, found, standings, draft),
        "rules": rules,
        "accepts_all": rules and found.metrics_submitted > 1,
    }
    return render(request, "metrics/submission.html", context)


@require_safe
def version(request, pk, version_pk):
    """One submitted version with what it changed in the one before."""
    found = get_object_or_404(_readable(request.user), pk=pk)
    versions = (
        MetricsVersion.objects.visible_to(request.user)
        .filter(submission=found)
        .submitted()
        .select_related("submitted_by__organization", "noted_by")
    )
    shown = get_object_or_404(versions, pk=version_pk)
    before = versions.filter(number__lt=shown.number).order_by("-number").first()
    standings = _standings(found)
    context = {
        **_about(request, found),
        **_marks(found, shown),
        "may_designate": may_enter_metrics(request.user, found),
        "shown": shown,
        "before": before,
        "changes": changes_between(before, shown, standings),
        "tables": metric_tables(found, standings, shown),
        "is_correction": found.is_correction(shown),
        "may_note": may_review_metrics(request.user) and not found.is_closed,
    }
    return render(request, "metrics/version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request, pk):
    """The grid of counts; saving keeps every well-formed quarter, faulty ones stay marked."""
    found = _entered_by(request.user, pk)
    standings = [standing for standing in _standings(found) if standing.is_open_to_firm]
    if found.is_closed or not standings:
        messages.info(request, "No metric is open for entry now.")
        return redirect(found)
    draft, entries = _working_entries(found)
    posted = request.POST if request.method == "POST" else None
    form = MetricsForm(standings, found.periods, entries, data=posted)
    revision = draft.revision if draft else 0
    if posted is not None:
        cells, revision = form.good_cells(), _revision(posted)
        try:
            draft = operations.save_metrics_draft(
                found, cells, by=request.user, at=clock.now(), revision=revision
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            if form.is_valid() and "continue" in posted:
                return redirect("metrics:submit", pk=pk)
            if form.is_valid():
                messages.success(request, "Draft saved. FDA cannot see it until you submit it.")
                return redirect("metrics:enter", pk=pk)
            revision = draft.revision
            form.entries = _working_entries(found)[1]
            messages.warning(request, "Draft saved, except the quarters that are marked below.")
    elif "check" in request.GET:
        review = operations.review_draft(found)
        form.pin(review.problems if review else [])
    context = {
        **_about(request, found),
        "form": form,
        "grid": form.grid(),
        "is_assumed": any(standing.definition.is_assumption for standing in standings),
        "problems": form.problem_links(),
        "revision": revision,
        "draft": draft,
        "drafted": _drafted(draft),
    }
    return render(request, "metrics/enter.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request, pk):
    """Read once more what goes to FDA, then submit it."""
    found = _entered_by(request.user, pk)
    review = operations.review_draft(found)
    if review is None or found.is_closed:
        messages.info(request, "There is nothing new to submit.")
        return redirect(found)
    draft = review.draft
    form_class = FirstSubmissionForm if draft.number == 1 else ResubmissionForm
    form = form_class(
        request.POST if request.method == "POST" else None, choices=operations.parts_of(found)
    )
    if request.method == "POST" and form.is_valid():
        try:
            operations.submit_metrics(
                found,
                by=request.user,
                at=clock.now(),
                reason=form.cleaned_data.get("reason", ""),
                revision=_revision(request.POST),
                statement=version_in(request.POST),
                confidential=form.cleaned_data["confidential"],
            )
        except operations.Incomplete:
            return _back_to_mend(request, pk)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Version {draft.number} is submitted to FDA.")
            return redirect(found)
    elif review.problems:
        return _back_to_mend(request, pk)
    context = {
        **_about(request, found),
        "form": form,
        "draft": draft,
        "heading": f"Submit version {draft.number}",
        "tables": metric_tables(found, review.handed_in, draft),
    }
    return render(request, "metrics/submit.html", context)


@require_POST
def accept(request, pk, code=None):
    """Accept every submitted metric, or the one that the address names."""
    found = _reviewed_by(request.user, pk)
    named = None if code is None else [_standing(found, code).definition]
    try:
        accepted = operations.accept_metrics(
            found, seen=_version_seen(request), definitions=named, by=request.user, at=clock.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        names = ", ".join(standing.definition.name for standing in accepted)
        messages.success(request, f"Accepted: {names}.")
    return redirect(found)


def _version_seen(request):
    """The version that the page showed, or None where the post does not say."""
    number = request.POST.get("seen", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else None


@require_http_methods(["GET", "HEAD", "POST"])
def query(request, pk, code):
    """Ask the firm about one metric."""

    def deed(standing, form, **who_when):
        return operations.query_metric(standing, form.cleaned_data["reason"], **who_when)

    words = ("Ask the firm", "Send the question", "The firm gets a task and a letter to answer it.")
    return _ruling(request, pk, code, QueryForm, deed, words)


@require_http_methods(["GET", "HEAD", "POST"])
def promise(request, pk, code):
    """Note that one metric is promised by a day."""

    def deed(standing, form, **who_when):
        values = form.cleaned_data
        return operations.promise_metric(standing, values["by_date"], values["reason"], **who_when)

    words = (
        "Note a promise",
        "Note the promise",
        "The assessment may begin without this metric. The firm keeps the task until that day.",
    )
    return _ruling(request, pk, code, PromiseForm, deed, words)


@require_http_methods(["GET", "HEAD", "POST"])
def waive(request, pk, code):
    """Do without one metric."""

    def deed(standing, form, **who_when):
        return operations.waive_metric(standing, form.cleaned_data["reason"], **who_when)

    words = (
        "Waive this metric",
        "Waive the metric",
        "The assessment may begin without this metric, and the firm need not submit it.",
    )
    return _ruling(request, pk, code, WaiverForm, deed, words)


@require_POST
def note(request, pk, version_pk):
    """Note that a correction was read."""
    found = _reviewed_by(request.user, pk)
    versions = MetricsVersion.objects.visible_to(request.user).filter(submission=found)
    try:
        operations.note_correction(
            get_object_or_404(versions, pk=version_pk), by=request.user, at=clock.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The correction is noted.")
    return redirect(found)


def _ruling(request, pk, code, form_class, deed, words):
    found = _reviewed_by(request.user, pk)
    standing = _standing(found, code)
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            deed(standing, form, by=request.user, at=clock.now())
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{standing.definition}: done, and the firm is told.")
            return redirect(found)
    title, label, effect = words
    context = {
        **_about(request, found),
        "form": form,
        "title": title,
        "label": label,
        "effect": effect,
        "tables": metric_tables(found, [standing], _last_submitted(found)),
        "standing": standing,
    }
    return render(request, "metrics/ruling.html", context)


def _readable(user):
    return MetricsSubmission.objects.visible_to(user).select_related(
        "participation__program", "participation__facility", "participation__organization"
    )


def _entered_by(user, pk):
    found = get_object_or_404(_readable(user), pk=pk)
    if not may_enter_metrics(user, found):
        raise PermissionDenied
    return found


def _reviewed_by(user, pk):
    found = get_object_or_404(_readable(user), pk=pk)
    if not may_review_metrics(user):
        raise PermissionDenied
    return found


def _standings(found):
    return list(found.standings.select_related("definition", "by__organization"))


def _standing(found, code):
    standings = found.standings.select_related(
        "definition", "by__organization", "submission__participation__program"
    )
    return get_object_or_404(standings, definition__code=code)


def _last_submitted(found):
    return found.versions.submitted().order_by("-number").first()


def _version_in_force(found, handed_in):
    if found.frozen_version_id:
        return next(v for v in handed_in if v.pk == found.frozen_version_id)
    return handed_in[-1] if handed_in else None


def _working_entries(found):
    """The draft, and the entries that the grid starts from: its own, else the last version's."""
    draft = found.versions.filter(submitted_at=None).first()
    start = draft or _last_submitted(found)
    return draft, by_metric(start.entries.all()) if start else {}


def _drafted(draft):
    """The ids of the metrics that the firm's draft holds something of."""
    return set(draft.entries.values_list("definition", flat=True)) if draft else set()


def _revision(posted):
    text = posted.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _back_to_mend(request, pk):
    messages.error(request, "The metrics are not complete: mend what is marked, then go on.")
    response = redirect("metrics:enter", pk=pk)
    response["Location"] += "?check=1"
    return response


def _enter_label(user, found, standings, draft):
    """What the firm's next deed is called, or empty where there is none for this person."""
    open_ones = [standing for standing in standings if standing.is_open_to_firm]
    if found.is_closed or not open_ones or not may_enter_metrics(user, found):
        return ""
    if any(standing.status == Status.QUERIED for standing in open_ones):
        return "Answer FDA’s question"
    if found.is_frozen:
        return "Correct the counts"
    if all(standing.status == Status.PROMISED for standing in open_ones):
        return "Enter what was promised"
    return "Continue the draft" if draft else "Enter the counts"


def _marks(found, shown):
    """What the firm has designated in the version that the page shows."""
    none = confidentiality.Marks(frozenset())
    marks = confidentiality.marks_of(shown) if shown else none
    marked = [name.partition(":") for name in marks.fields]
    words = dict(operations.parts_of(found)) if marks.designations else {}
    return {
        "confidential": marks,
        "marked_counts": {code for code, _, part in marked if part == "counts"},
        "marked_comments": {code for code, _, part in marked if part == "comments"},
        "designations": [
            ("", "; ".join(words[name] for name in designation.fields), designation)
            for designation in marks.designations
        ],
    }


def _about(request, found):
    program = found.participation.program
    return {
        "submission": found,
        "participation": found.participation,
        "program": program,
        "rehearsal": program.name if program.is_rehearsal else "",
        "is_firm": request.user.side == Side.FIRM,
        "is_shared": program.metrics_visible_to_contractor,
    }
