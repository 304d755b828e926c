"""FDA's page of rechecks: what newer data say of the verdicts that stand (B15)."""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from applications import operations
from applications.access import may_read_requests, may_review_requests
from applications.models import Recheck, VerdictChange

from .deeds import carried_out, open_only_if

MOST_LISTED = 100


@require_safe
def recheck_list(request):
    """List the verdicts that newer data speak against, and the rechecks that were made."""
    open_only_if(may_read_requests(request.user))
    changes = (
        VerdictChange.objects.visible_to(request.user)
        .standing()
        .filter(result__participation_request__program__rehearsal_of=None)
        .select_related(
            "result__criterion",
            "result__participation_request__program",
            "result__participation_request__facility",
        )[: MOST_LISTED + 1]
    )
    rechecks = list(
        Recheck.objects.visible_to(request.user).select_related("asked_by__organization")[:20]
    )
    return render(
        request,
        "applications/fda/rechecks.html",
        {
            "changes": list(changes[:MOST_LISTED]),
            "has_more": len(changes) > MOST_LISTED,
            "rechecks": rechecks,
            "is_on_its_way": any(recheck.finished_at is None for recheck in rechecks),
            "may_review": may_review_requests(request.user),
        },
    )


@require_POST
def recheck_run(request):
    """Have all live verdicts compared with the data on record."""
    open_only_if(may_review_requests(request.user))
    done = "The recheck is queued. What it finds appears here and among the coordinators’ tasks."
    carried_out(request, operations.recheck_by_hand, done=done)
    return redirect("applications:recheck_list")
