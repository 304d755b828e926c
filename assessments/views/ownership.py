"""Pages of a change of owner: offered by one firm, confirmed by the other, or recorded by FDA."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations as intake
from applications.access import may_accept_facility, may_offer_facility, may_review_requests
from applications.models import Facility, OwnershipChange, ParticipationRequest
from assessments import operations
from assessments.ownership_forms import NewOwnerForm, OfferForm
from qmm_pilot import clock
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Side
from qmm_pilot.lifecycle import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
def facility_offer(request, pk):
    """The owner's official names the official of the firm that holds the site now."""
    if request.user.side != Side.FIRM:
        raise Http404
    facility = get_object_or_404(Facility.objects.visible_to(request.user), pk=pk)
    if not may_offer_facility(request.user, facility):
        raise PermissionDenied("Authorized officials of the owner pass a facility on.")
    form = OfferForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        change = _carried_out(
            request,
            intake.offer_facility,
            facility,
            **form.cleaned_data,
            done="The new owner’s official is asked by mail to confirm. Nothing has passed yet.",
        )
        if change:
            return redirect("assessments:ownership_detail", pk=change.pk)
    return render(request, "assessments/ownership/offer.html", {"facility": facility, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def new_owner(request, pk):
    """FDA alone records that the facility of a request has a new owner."""
    if not may_review_requests(request.user):
        raise Http404
    rows = ParticipationRequest.objects.visible_to(request.user).select_related("facility")
    participation_request = get_object_or_404(rows, pk=pk)
    firms = Organization.objects.filter(kind=Side.FIRM, is_rehearsal=False).exclude(
        pk=participation_request.organization_id
    )
    form = NewOwnerForm(request.POST if request.method == "POST" else None, firms=firms)
    if request.method == "POST" and form.is_valid():
        change = _carried_out(
            request,
            operations.record_new_owner,
            participation_request.facility,
            **form.cleaned_data,
            done="The new owner is recorded. Both firms are told.",
        )
        if change:
            return redirect("assessments:ownership_detail", pk=change.pk)
    return render(
        request,
        "assessments/ownership/new_owner.html",
        {"participation_request": participation_request, "form": form},
    )


@require_safe
def ownership_detail(request, pk):
    """One change of owner, as each side may see it, with the deeds that are left."""
    change = _own(request, pk)
    is_open = change.status == OwnershipChange.Status.PROPOSED
    return render(
        request,
        "assessments/ownership/detail.html",
        {
            "change": change,
            "may_accept": is_open and may_accept_facility(request.user, change),
            "may_withdraw": is_open and may_offer_facility(request.user, change.facility),
            "may_note": change.status == OwnershipChange.Status.CONFIRMED
            and change.declared_at is None
            and may_review_requests(request.user),
        },
    )


@require_POST
def ownership_accept(request, pk):
    """Confirm that the site passed to the person's firm."""
    done = "The facility is your firm’s now. Attest the commitments of its requests anew."
    return _answer(request, pk, may_accept_facility, operations.accept_facility, done)


@require_POST
def ownership_decline(request, pk):
    """Say that the site did not pass to the person's firm."""
    return _answer(request, pk, may_accept_facility, intake.decline_facility, "Declined.")


@require_POST
def ownership_withdraw(request, pk):
    """Take the offer back."""
    change = _own(request, pk)
    if not may_offer_facility(request.user, change.facility):
        raise PermissionDenied("Authorized officials of the owner take the offer back.")
    _carried_out(request, intake.withdraw_offer, change, done="The offer is withdrawn.")
    return redirect("assessments:ownership_detail", pk=pk)


@require_POST
def ownership_declared(request, pk):
    """Note that conflicts of interest were declared again for the new owner."""
    if not may_review_requests(request.user):
        raise Http404
    change = _own(request, pk)
    _carried_out(request, intake.note_declarations, change, done="The declarations are noted.")
    return redirect("assessments:ownership_detail", pk=pk)


def _answer(request, pk, predicate, deed, done):
    change = _own(request, pk)
    if not predicate(request.user, change):
        raise PermissionDenied("Only the official to whom the facility was offered answers.")
    _carried_out(request, deed, change, done=done)
    return redirect("assessments:ownership_detail", pk=pk)


def _own(request, pk):
    rows = OwnershipChange.objects.visible_to(request.user).select_related(
        "facility", "former", "successor", "proposed_by__organization", "settled_by__organization"
    )
    return get_object_or_404(rows, pk=pk)


def _carried_out(request, deed, *args, done, **facts):
    try:
        result = deed(*args, **facts, by=request.user, at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return None
    messages.success(request, done)
    return result
