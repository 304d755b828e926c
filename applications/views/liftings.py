"""FDA's page of a conflict of interest that was declared by mistake: lifted by two people (C2)."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from applications import operations
from applications.access import may_assign_reviewers
from applications.models import Lifting, ParticipationRequest, ReviewAssignment
from applications.review_forms import LiftConflictForm
from qmm_pilot.programs.models import Program

from .deeds import carried_out, open_only_if
from .firm import posted, rehearsal_of


@require_http_methods(["GET", "HEAD", "POST"])
def review_lift(request, pk, assignment_pk):
    """Propose that a declared conflict be lifted, or show the proposal that waits."""
    program, assignment = _found(request, pk, assignment_pk)
    form = LiftConflictForm(posted(request))
    if form.is_valid() and carried_out(
        request,
        operations.propose_lifting,
        assignment,
        **form.cleaned_data,
        done="Proposed. A second coordinator confirms it on this page.",
    ):
        return redirect("applications:review_lift", pk=pk, assignment_pk=assignment_pk)
    waiting = (
        Lifting.objects.open()
        .filter(
            assignment__reviewer=assignment.reviewer_id,
            assignment__participation_request__fei_key=assignment.participation_request.fei_key,
        )
        .select_related("proposed_by", "assignment__participation_request")
        .first()
    )
    return render(
        request,
        "applications/reviews/lift.html",
        {
            "program": program,
            "rehearsal": rehearsal_of(program),
            "assignment": assignment,
            "form": form,
            "waiting": waiting,
            "is_own": waiting is not None and waiting.proposed_by_id == request.user.pk,
        },
    )


@require_POST
def review_lift_confirm(request, pk, assignment_pk):
    """Lift the conflict as a second person."""
    _, assignment = _found(request, pk, assignment_pk)
    lifting = _waiting_or_404(assignment)
    done = f"The site is open to {assignment.reviewer.name} again, who may be assigned anew."
    if carried_out(request, operations.confirm_lifting, lifting, done=done):
        return redirect("applications:review_assignments", pk=pk)
    return redirect("applications:review_lift", pk=pk, assignment_pk=assignment_pk)


@require_POST
def review_lift_take_back(request, pk, assignment_pk):
    """Take the proposal back; the conflict stands."""
    _, assignment = _found(request, pk, assignment_pk)
    done = "The proposal is taken back. The site stays closed."
    carried_out(request, operations.take_back_lifting, _waiting_or_404(assignment), done=done)
    return redirect("applications:review_lift", pk=pk, assignment_pk=assignment_pk)


def _found(request, pk, assignment_pk):
    """The program, and the assignment that a conflict ended which still stands."""
    open_only_if(may_assign_reviewers(request.user))
    program = get_object_or_404(Program.objects.visible_to(request.user), pk=pk)
    visible = ParticipationRequest.objects.visible_to(request.user).filter(program=program)
    rows = ReviewAssignment.objects.with_conflict().select_related(
        "reviewer", "participation_request__facility", "participation_request__program"
    )
    return program, get_object_or_404(rows, pk=assignment_pk, participation_request__in=visible)


def _waiting_or_404(assignment):
    """The proposal that was made on this page."""
    rows = Lifting.objects.select_related(
        "assignment__reviewer", "assignment__participation_request"
    )
    return get_object_or_404(rows.open(), assignment=assignment)
