"""FDA's pages of a contested facility: the rival claims, the ruling, its second person."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from applications import operations
from applications.access import may_read_requests, may_review_requests
from applications.claim_forms import ClaimForm
from applications.models import Hold, ParticipationRequest
from applications.operations.claims import open_ruling, rival_claims

from .deeds import carried_out, open_only_if


@require_http_methods(["GET", "HEAD", "POST"])
def claims(request, pk):
    """Show every claim to one facility, and rule which of them holds."""
    may_review = may_review_requests(request.user)
    open_only_if(may_review if request.method == "POST" else may_read_requests(request.user))
    participation_request = _visible(request, pk)
    rows = list(
        rival_claims(participation_request).select_related(
            "program", "facility", "organization", "submitted_by__organization"
        )
    )
    ruling = open_ruling(participation_request)
    form = ClaimForm(request.POST or None, claims=rows)
    if request.method == "POST" and form.is_valid():
        facts = {
            "reason": form.cleaned_data["reason"],
            "source": form.cleaned_data["source"],
            "done": "Your ruling is recorded. It takes effect when a second person confirms it.",
        }
        if carried_out(request, operations.rule_on_claims, form.cleaned_data["holder"], **facts):
            return redirect("applications:claims", pk=pk)
    return render(
        request,
        "applications/fda/claims.html",
        {
            "participation_request": participation_request,
            "program": participation_request.program,
            "claims": rows,
            "hold": _standing_hold(participation_request),
            "ruling": ruling,
            "made_by_me": ruling is not None and ruling.ruled_by_id == request.user.pk,
            "form": form,
            "may_review": may_review,
            "is_contested": len({row.organization_id for row in rows}) > 1,
        },
    )


@require_POST
def claims_confirm(request, pk):
    """Confirm, as a second person, the ruling on a contested facility."""
    done = "The ruling is in force. One request goes on, the other is closed; both firms are told."
    return _on_open_ruling(request, pk, operations.confirm_claim_ruling, done)


@require_POST
def claims_take_back(request, pk):
    """Take back a ruling that nobody has confirmed."""
    done = "The ruling is taken back. Both requests stay on hold."
    return _on_open_ruling(request, pk, operations.take_back_claim_ruling, done)


def _on_open_ruling(request, pk, deed, done):
    open_only_if(may_review_requests(request.user))
    participation_request = _visible(request, pk)
    ruling = open_ruling(participation_request)
    if ruling is None:
        messages.info(request, "No ruling on this facility waits for a second person.")
    else:
        carried_out(request, deed, ruling, done=done)
    return redirect("applications:claims", pk=pk)


def _standing_hold(participation_request):
    holds = Hold.objects.standing().on(participation_request)
    return holds.filter(cause=Hold.Cause.CONTESTED).first()


def _visible(request, pk):
    rows = ParticipationRequest.objects.visible_to(request.user).select_related("program")
    return get_object_or_404(rows, pk=pk)
