"""FDA's pages of the FEIs of a requested facility: add a former one, take one back, look it up."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from applications import operations
from applications.access import may_review_requests
from applications.facility_forms import WithdrawIdentifierForm
from applications.models import ParticipationRequest

from .deeds import carried_out, open_only_if
from .facilities import add_identifier_page
from .firm import posted


@require_http_methods(["GET", "HEAD", "POST"])
def request_identifier_new(request, pk):
    """Add an FEI that the requested facility bore before."""
    participation_request = _open(request, pk)
    return add_identifier_page(
        request,
        participation_request.facility,
        "applications/fda/identifier_new.html",
        "applications:request_review",
        pk,
        participation_request=participation_request,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_identifier_withdraw(request, pk, identifier_pk):
    """Ask before a former FEI is taken back, and take it back."""
    participation_request = _open(request, pk)
    identifiers = participation_request.facility.identifiers.standing()
    identifier = get_object_or_404(identifiers, pk=identifier_pk)
    form = WithdrawIdentifierForm(posted(request))
    if request.method == "POST" and form.is_valid():
        carried_out(
            request,
            operations.withdraw_identifier,
            identifier,
            **form.cleaned_data,
            done=f"FEI {identifier.fei} is taken back.",
        )
        return redirect("applications:request_review", pk=pk)
    return render(
        request,
        "applications/fda/identifier_withdraw.html",
        {"participation_request": participation_request, "identifier": identifier, "form": form},
    )


@require_POST
def request_feis_noted(request, pk):
    """Note that inspections under the changed FEIs of a determined request were looked up."""
    participation_request = _open(request, pk)
    done = "Noted. The determination stands as it is."
    carried_out(request, operations.note_identifiers, participation_request, done=done)
    return redirect("applications:request_review", pk=pk)


def _open(request, pk):
    open_only_if(may_review_requests(request.user))
    rows = ParticipationRequest.objects.visible_to(request.user).select_related(
        "program", "facility"
    )
    return get_object_or_404(rows, pk=pk)
