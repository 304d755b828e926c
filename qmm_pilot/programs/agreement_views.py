"""The pages of written agreements: file, read, approve subcontractors (21 CFR 20.90)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from qmm_pilot import clock
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.files import download_response

from .access import may_file_agreement
from .forms import AgreementForm, DocumentForm, RevokeForm, SubcontractorForm
from .models import Agreement, Program, Subcontractor
from .operations import (
    approve_subcontractor,
    file_agreement,
    file_document,
    revoke_subcontractor,
)

READ_OR_POST = ["GET", "HEAD", "POST"]
COORDINATORS = "FDA coordinators file agreements."


@require_safe
def agreement_list(request):
    """The agreements that this person sees: FDA's case staff all, an administrator her own."""
    user = request.user
    if not (user.reads_cases or user.has_role(Role.CONTRACTOR_ADMINISTRATOR)):
        raise Http404
    agreements = (
        Agreement.objects.visible_to(user)
        .filter(program__rehearsal_of=None)
        .select_related("organization", "program", "superseded_by", "document")
        .order_by("program__slug", "organization__name", "since")
    )
    at = clock.now()
    rows = [
        (agreement, agreement.force_on(agreement.program.today(at))) for agreement in agreements
    ]
    return render(request, "programs/agreement_list.html", {"rows": rows})


@require_safe
def agreement_detail(request, pk):
    """One agreement: its dates; for FDA also the document, subcontractors and deeds."""
    agreement = _agreement_or_404(request.user, pk)
    context = {
        **_page(agreement),
        "state": agreement.force_on(agreement.program.today(clock.now())),
        "subcontractors": list(
            agreement.subcontractors.select_related("approved_by__organization")
        ),
        "may_file": may_file_agreement(request.user),
        "is_open": not (agreement.ended_at or agreement.superseded_by_id),
    }
    return render(request, "programs/agreement_detail.html", context)


@require_http_methods(READ_OR_POST)
def agreement_new(request, pk):
    """Put a contractor's written agreement for this program on file (21 CFR 20.90)."""
    program = get_object_or_404(Program.objects.visible_to(request.user), pk=pk)
    if not may_file_agreement(request.user):
        raise PermissionDenied(COORDINATORS)
    form = AgreementForm(request.POST or None, request.FILES or None, program=program)
    if form.is_valid() and _done(
        request, file_agreement, program, **form.cleaned_data, done="The agreement is on file."
    ):
        return redirect("programs:program_detail", pk=pk)
    context = {
        "program": program,
        "form": form,
        "rehearsal": program.name if program.is_rehearsal else "",
    }
    return render(request, "programs/agreement_new.html", context)


@require_safe
def agreement_document(request, pk):
    """The signed document, for FDA; the download is logged."""
    agreement = _agreement_or_404(request.user, pk)
    if not request.user.reads_cases or agreement.document is None:
        raise Http404
    try:
        return download_response(agreement.document, by=request.user, at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("programs:agreement_detail", pk=pk)


@require_http_methods(READ_OR_POST)
def agreement_file_document(request, pk):
    """Add the signed document to an agreement that lacks it."""
    agreement = _agreement_or_404(request.user, pk)
    if not may_file_agreement(request.user):
        raise PermissionDenied(COORDINATORS)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if form.is_valid() and _done(
        request,
        file_document,
        agreement,
        form.cleaned_data["document"],
        done="The document is on file.",
    ):
        return redirect("programs:agreement_detail", pk=pk)
    context = {**_page(agreement), "form": form, "title": "File the document"}
    return render(request, "programs/agreement_form.html", context)


@require_http_methods(READ_OR_POST)
def subcontractor_approve(request, pk):
    """Note FDA's approval of a subcontractor under this agreement."""
    agreement = _agreement_or_404(request.user, pk)
    if not may_file_agreement(request.user):
        raise PermissionDenied(COORDINATORS)
    dates = {"since": agreement.since, "until": agreement.until}
    form = SubcontractorForm(request.POST or None, initial=dates)
    if form.is_valid() and _done(
        request,
        approve_subcontractor,
        agreement,
        **form.cleaned_data,
        done="The subcontractor is approved. Name its people where the team is.",
    ):
        return redirect("programs:agreement_detail", pk=pk)
    context = {**_page(agreement), "form": form, "title": "Approve a subcontractor"}
    return render(request, "programs/agreement_form.html", context)


@require_http_methods(READ_OR_POST)
def subcontractor_revoke(request, pk):
    """Take FDA's approval back, with the reason."""
    agreements = Agreement.objects.visible_to(request.user)
    subcontractor = get_object_or_404(
        Subcontractor.objects.filter(agreement__in=agreements).select_related(
            "agreement__program", "agreement__organization"
        ),
        pk=pk,
    )
    if not may_file_agreement(request.user):
        raise PermissionDenied(COORDINATORS)
    form = RevokeForm(request.POST or None)
    if form.is_valid() and _done(
        request,
        revoke_subcontractor,
        subcontractor,
        **form.cleaned_data,
        done="The approval is taken back; its people read nothing from now on.",
    ):
        return redirect("programs:agreement_detail", pk=subcontractor.agreement_id)
    context = {**_page(subcontractor.agreement), "form": form, "subcontractor": subcontractor}
    return render(request, "programs/subcontractor_revoke.html", context)


def _agreement_or_404(user, pk):
    agreements = Agreement.objects.visible_to(user).select_related(
        "program", "organization", "document", "superseded_by", "ended_by__organization"
    )
    return get_object_or_404(agreements, pk=pk)


def _page(agreement):
    program = agreement.program
    return {
        "agreement": agreement,
        "program": program,
        "rehearsal": program.name if program.is_rehearsal else "",
    }


def _done(request, deed, *args, done, **kwargs):
    """Carry out one operation for the person; a refusal becomes a message to her."""
    try:
        deed(*args, by=request.user, at=clock.now(), **kwargs)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, done)
    return True
