"""A reviewer's pages: her requests, her declaration about each site, her scores (C1, C2)."""

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations
from applications.access import may_score
from applications.models import ParticipationRequest, Review, ReviewAssignment
from applications.review_forms import ConflictForm, ScoreForm
from applications.scores import criteria_of, standing_of, table_of
from qmm_pilot.programs.models import Program

from .deeds import carried_out, open_only_if
from .firm import rehearsal_of

READ_OR_POST = ["GET", "HEAD", "POST"]
STATES = {
    "declare": ("asked", "Declare first"),
    "draft": ("draft", "Draft saved"),
    "open": ("not_started", "To score"),
    "in": ("submitted", "Submitted"),
    "ended": ("closed", "Not scored"),
}


@require_safe
def review_list(request):
    """Everything that this reviewer is asked to score, by program."""
    open_only_if(may_score(request.user))
    reviews = Review.objects.filter(assignment=OuterRef("pk"))
    rows = list(
        ReviewAssignment.objects.visible_to(request.user)
        .select_related(
            "participation_request__program",
            "participation_request__facility",
            "participation_request__organization",
        )
        .annotate(
            is_in=Exists(reviews.filter(submitted_at__isnull=False)),
            has_draft=Exists(reviews.filter(submitted_at=None)),
        )
        .order_by("participation_request__program__slug", "participation_request__receipt_number")
    )
    programs: dict = {}
    for row in rows:
        program = row.participation_request.program
        entry = programs.setdefault(program.pk, {"program": program, "rows": [], "left": 0})
        state = _state(row)
        entry["rows"].append({"assignment": row, "state": STATES[state], "key": state})
        entry["left"] += state in ("open", "draft")
    return render(request, "applications/reviews/list.html", {"programs": programs.values()})


@require_http_methods(READ_OR_POST)
def review_declare(request, pk):
    """Declare whether she has a conflict of interest, before the file opens; or recuse herself."""
    assignment = _own_or_404(request, pk)
    posted = request.POST if request.method == "POST" else None
    form = ConflictForm(posted, is_declared=assignment.is_declared)
    if form.is_valid():
        has_conflict = form.cleaned_data["has_conflict"]
        done = (
            "You are recused. Every record of this site is closed to you, and the coordinators "
            "are asked for another reviewer."
            if has_conflict
            else "Your declaration is on record, and the file is open to you."
        )
        if carried_out(
            request, operations.declare_conflict, assignment, **form.cleaned_data, done=done
        ):
            if has_conflict:
                return redirect("applications:review_list")
            return redirect("applications:review_score", pk=pk)
    context = {**_frame(assignment), "form": form}
    return render(request, "applications/reviews/declare.html", context)


@require_http_methods(READ_OR_POST)
def review_score(request, pk):
    """Score one request; once her scores are in, she reads her colleagues' beside them."""
    assignment = _own_or_404(request, pk)
    if not assignment.is_declared:
        return redirect("applications:review_declare", pk=pk)
    # Another request for the same site may have closed it to her meanwhile.
    visible = ParticipationRequest.objects.visible_to(request.user)
    open_only_if(visible.filter(pk=assignment.participation_request_id).exists())
    program = assignment.participation_request.program
    criteria = criteria_of(program)
    versions = list(assignment.reviews.order_by("number"))
    draft = next((one for one in versions if one.submitted_at is None), None)
    submitted = [one for one in versions if one.submitted_at]
    corrects = bool(submitted) and (draft is not None or "correct" in request.GET)
    is_open = _state(assignment, is_in=False, has_draft=False) == "open"
    form = None
    if is_open and (not submitted or corrects or request.method == "POST"):
        form = ScoreForm(
            request.POST if request.method == "POST" else None,
            criteria=criteria,
            is_draft="draft" in request.POST,
            is_correction=bool(submitted),
            initial=ScoreForm.initial_of(draft or (submitted[-1] if submitted else None), criteria),
        )
    if form and form.is_valid():
        where = _carried_on(request, assignment, form)
        if where:
            return where
    standing = standing_of(request.user, assignment.participation_request)
    return render(
        request,
        "applications/reviews/score.html",
        {
            **_frame(assignment),
            "form": form,
            "versions": submitted,
            "draft": draft,
            "standing": standing,
            "table": table_of(standing, criteria),
            "criteria": criteria,
            "is_open": is_open,
            "confidential": operations.marks_of_request(assignment.participation_request),
        },
    )


@require_POST
def review_next(request, pk):
    """Lead to the least-reviewed request that she has to score in this program."""
    open_only_if(may_score(request.user))
    program = get_object_or_404(Program.objects.visible_to(request.user), pk=pk)
    return _next(request, program)


def _carried_on(request, assignment, form):
    """Where the person goes after her deed; None where it was refused."""
    pk = assignment.pk
    if "draft" in request.POST:
        done = "The draft is saved. Nobody else reads it."
        saved = carried_out(
            request, operations.save_review_draft, assignment, **form.facts(), done=done
        )
        return redirect("applications:review_score", pk=pk) if saved else None
    done = "Your scores are in. You may correct them; each version is kept."
    if not carried_out(request, operations.submit_review, assignment, **form.facts(), done=done):
        return None
    if "next" in request.POST:
        return _next(request, assignment.participation_request.program)
    return redirect("applications:review_score", pk=pk)


def _next(request, program):
    served = carried_out(request, operations.serve_next, program, done=None)
    if served is None:
        messages.info(request, f"Nothing is left for you to score in {program.short_name}.")
        return redirect("applications:review_list")
    return redirect("applications:review_score", pk=served.pk)


def _own_or_404(request, pk):
    open_only_if(may_score(request.user))
    rows = ReviewAssignment.objects.visible_to(request.user).select_related(
        "participation_request__program",
        "participation_request__facility",
        "participation_request__organization",
    )
    return get_object_or_404(rows, pk=pk)


def _state(assignment, *, is_in=None, has_draft=None):
    participation_request = assignment.participation_request
    is_in = assignment.is_in if is_in is None else is_in
    has_draft = assignment.has_draft if has_draft is None else has_draft
    if is_in:
        return "in"
    if (
        participation_request.status not in ReviewAssignment.OPEN
        or participation_request.told_at
        or not participation_request.program.is_scored
    ):
        return "ended"
    if not assignment.is_declared:
        return "declare"
    return "draft" if has_draft else "open"


def _frame(assignment):
    participation_request = assignment.participation_request
    program = participation_request.program
    return {
        "assignment": assignment,
        "participation_request": participation_request,
        "facility": participation_request.facility,
        "program": program,
        "kicker": f"{program.short_name} · {participation_request.receipt_number}",
        "rehearsal": rehearsal_of(program),
    }
