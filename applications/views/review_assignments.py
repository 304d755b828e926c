"""The coordinator's pages of scoring: who reviews what, how many are in, never a number (C1)."""

from django.db.models import Count, Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from applications import operations
from applications.access import may_assign_reviewers
from applications.models import ParticipationRequest, Review, ReviewAssignment
from applications.review_forms import AssignReviewerForm, EndAssignmentForm
from applications.scores import criteria_of
from qmm_pilot.accounts.operations import people_with
from qmm_pilot.accounts.roles import Role
from qmm_pilot.programs.models import Program

from .deeds import carried_out, open_only_if
from .firm import rehearsal_of

READ_OR_POST = ["GET", "HEAD", "POST"]


@require_http_methods(READ_OR_POST)
def review_assignments(request, pk):
    """Every request that may be scored with its reviewers and progress; assign another one."""
    open_only_if(may_assign_reviewers(request.user))
    program = _program_or_404(request, pk)
    rows = _rows(request.user, program)
    form = AssignReviewerForm(
        request.POST if request.method == "POST" else None,
        reviewers=people_with(Role.FDA_REVIEWER).order_by("name", "pk"),
        requests=[(str(row["pk"]), row["words"]) for row in rows if row["is_open"]],
    )
    if form.is_valid():
        given = form.cleaned_data
        done = f"Assigned to {given['reviewer'].name}. The reviewer declares interests first."
        if carried_out(
            request,
            operations.assign_reviewer,
            program,
            given["requests"],
            given["reviewer"],
            done=done,
        ):
            return redirect("applications:review_assignments", pk=pk)
    return render(
        request,
        "applications/reviews/assignments.html",
        {
            "program": program,
            "rehearsal": rehearsal_of(program),
            "rows": rows,
            "form": form,
            "may_assign": program.is_scored and any(row["is_open"] for row in rows),
            "criteria": criteria_of(program),
        },
    )


@require_http_methods(READ_OR_POST)
def review_end(request, pk, assignment_pk):
    """Ask before a request is taken off a reviewer's list."""
    open_only_if(may_assign_reviewers(request.user))
    program = _program_or_404(request, pk)
    visible = ParticipationRequest.objects.visible_to(request.user).filter(program=program)
    assignment = get_object_or_404(
        ReviewAssignment.objects.standing().select_related(
            "reviewer", "participation_request__facility"
        ),
        pk=assignment_pk,
        participation_request__in=visible,
    )
    form = EndAssignmentForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and carried_out(
        request,
        operations.end_assignment,
        assignment,
        **form.cleaned_data,
        done=f"{assignment.reviewer.name} no longer reviews this request.",
    ):
        return redirect("applications:review_assignments", pk=pk)
    return render(
        request,
        "applications/reviews/end.html",
        {
            "program": program,
            "rehearsal": rehearsal_of(program),
            "assignment": assignment,
            "form": form,
        },
    )


def _program_or_404(request, pk):
    return get_object_or_404(Program.objects.visible_to(request.user), pk=pk)


def _rows(user, program):
    """Each request that may be scored, or has reviewers, with them; three queries in all."""
    has_reviewers = Exists(ReviewAssignment.objects.filter(participation_request=OuterRef("pk")))
    requests = (
        ParticipationRequest.objects.visible_to(user)
        .filter(program=program)
        .annotate(has_reviewers=has_reviewers)
        .order_by("receipt_number")
        .values(
            "pk", "receipt_number", "status", "told_at", "facility__name", "organization__name",
            "has_reviewers",
        )
    )  # fmt: skip
    rows = {}
    for row in requests:
        is_open = row["status"] in ReviewAssignment.OPEN and row["told_at"] is None
        if is_open or row["has_reviewers"]:
            status = ParticipationRequest.Status(row["status"])
            words = f"{row['facility__name']} ({row['receipt_number']})"
            rows[row["pk"]] = {
                **row, "status": status, "is_open": is_open, "words": words, "reviewers": [],
                "recused": [], "submitted": 0,
            }  # fmt: skip
    submitted = Exists(Review.objects.submitted().filter(assignment=OuterRef("pk")))
    assigned = (
        ReviewAssignment.objects.filter(participation_request__in=list(rows))
        .select_related("reviewer")
        .annotate(is_in=submitted, versions=Count("reviews"))
    )
    for assignment in assigned:
        row = rows[assignment.participation_request_id]
        if assignment.has_conflict:
            row["recused"].append(assignment)
        elif assignment.ended_at is None:
            row["reviewers"].append({"assignment": assignment, "state": _state(assignment)})
            row["submitted"] += assignment.is_in
    return list(rows.values())


def _state(assignment):
    if assignment.is_in:
        return ("submitted", "Score is in")
    if not assignment.is_declared:
        return ("asked", "Has not declared")
    return ("not_started", "Has not scored")
