"""The firm's page of the inspections that it declares in a draft, each with its letter (B12)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import access, operations
from applications.evidence_forms import DeclaredInspectionForm
from applications.models import ParticipationRequest, StatedInspection
from applications.operations.handovers import open_handover
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.assumptions import look_back_in_words
from qmm_pilot.records.files import download_response

from .deeds import carried_out
from .firm import firm_page, posted, rehearsal_of

Status = ParticipationRequest.Status


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def request_inspections(request, pk):
    """List what the request declares; in a draft, add one more."""
    participation_request = _own(request, pk)
    may_declare = _may_declare(request.user, participation_request)
    if request.method == "POST" and not may_declare:
        if not access.may_prepare_request(request.user, participation_request.organization_id):
            raise PermissionDenied("Preparers and officials of the firm declare its inspections.")
        messages.info(request, "What this request declares can not be changed now.")
        return redirect("applications:request_inspections", pk=pk)
    form = DeclaredInspectionForm(
        posted(request),
        request.FILES if request.method == "POST" else None,
        feis=participation_request.fei_keys(),
    )
    if form.is_valid() and carried_out(
        request,
        operations.declare_inspection,
        participation_request,
        **form.cleaned_data,
        done="The inspection is in your draft. Add the next one, or go on.",
    ):
        return redirect("applications:request_inspections", pk=pk)
    return render(
        request,
        "applications/firm/inspections.html",
        {
            "participation_request": participation_request,
            "form": form,
            "rows": participation_request.stated_inspections.standing().declared().with_letter(),
            "may_declare": may_declare,
            "look_back": look_back_in_words(participation_request.program),
            "confidential": operations.marks_of_request(participation_request),
            "rehearsal": rehearsal_of(participation_request.program),
        },
    )


@require_POST
@firm_page
def inspection_take_back(request, pk, inspection_pk):
    """Take a declared inspection out of a draft."""
    participation_request = _own(request, pk)
    if not access.may_prepare_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Preparers and officials of the firm declare its inspections.")
    stated = _declared_or_404(request, participation_request, inspection_pk)
    carried_out(
        request,
        operations.take_back_declared,
        stated,
        done="The inspection is no longer in your draft.",
    )
    return redirect("applications:request_inspections", pk=pk)


@require_safe
@firm_page
def inspection_letter(request, pk, inspection_pk):
    """Hand out the letter of a declared inspection to the firm's own people."""
    participation_request = _own(request, pk)
    stated = _declared_or_404(request, participation_request, inspection_pk, letter__isnull=False)
    try:
        return download_response(stated.letter, by=request.user, at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("applications:request_inspections", pk=pk)


def _own(request, pk):
    rows = ParticipationRequest.objects.visible_to(request.user).select_related(
        "program", "facility", "organization"
    )
    return get_object_or_404(rows, pk=pk)


def _declared_or_404(request, participation_request, inspection_pk, **facts):
    rows = StatedInspection.objects.visible_to(request.user).select_related("letter")
    return get_object_or_404(
        rows, pk=inspection_pk, participation_request=participation_request, **facts
    )


def _may_declare(user, participation_request):
    if participation_request.status != Status.DRAFT:
        return False
    if not access.may_prepare_request(user, participation_request.organization_id):
        return False
    handover = open_handover(participation_request)
    return handover is None or handover.to_id == user.pk
