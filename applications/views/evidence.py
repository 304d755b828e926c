"""FDA's pages of evidence on one request: inspections entered, letters, and what it changes."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations
from applications.access import may_read_requests, may_review_requests
from applications.evidence_forms import EnteredInspectionForm, ReasonForm, ReopeningForm
from applications.models import ParticipationRequest, Reopening, StatedInspection, VerdictChange
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.files import download_response

from .deeds import carried_out, open_only_if
from .firm import posted, rehearsal_of


@require_http_methods(["GET", "HEAD", "POST"])
def inspection_enter(request, pk):
    """Enter an inspection from FDA's own systems."""
    participation_request = _reviewed(request, pk)
    form = EnteredInspectionForm(
        posted(request),
        request.FILES if request.method == "POST" else None,
        feis=participation_request.fei_keys(),
        initial={"looked_up_on": participation_request.program.today(clock.now())},
    )
    if form.is_valid() and carried_out(
        request,
        operations.enter_inspection,
        participation_request,
        **form.cleaned_data,
        done="The inspection stands beside the public ones.",
    ):
        return redirect("applications:request_review", pk=pk)
    return _page(request, "inspection_enter", participation_request, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def inspection_withdraw(request, pk, inspection_pk):
    """Ask before an inspection that FDA entered is taken back, and take it back."""
    participation_request = _reviewed(request, pk)
    stated = get_object_or_404(
        StatedInspection.objects.visible_to(request.user).standing(),
        pk=inspection_pk,
        participation_request=participation_request,
        origin="fda",
    )
    form = ReasonForm(posted(request))
    if form.is_valid() and carried_out(
        request,
        operations.withdraw_inspection,
        stated,
        **form.cleaned_data,
        done="The inspection no longer counts. It stays on record with your reason.",
    ):
        return redirect("applications:request_review", pk=pk)
    return _page(request, "inspection_withdraw", participation_request, form=form, stated=stated)


@require_safe
def evidence_letter(request, pk, inspection_pk):
    """Hand out the letter of a declared or entered inspection to FDA's case staff."""
    participation_request = _read(request, pk)
    stated = get_object_or_404(
        StatedInspection.objects.visible_to(request.user).select_related("letter"),
        pk=inspection_pk,
        participation_request=participation_request,
        letter__isnull=False,
    )
    try:
        return download_response(stated.letter, by=request.user, at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("applications:request_review", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def request_reopen(request, pk):
    """Propose that a determined request be examined again."""
    participation_request = _reviewed(request, pk)
    form = ReopeningForm(posted(request))
    if form.is_valid() and carried_out(
        request,
        operations.propose_reopening,
        participation_request,
        **form.cleaned_data,
        done="Proposed. A second coordinator confirms it on this page.",
    ):
        return redirect("applications:request_review", pk=pk)
    return _page(request, "reopen", participation_request, form=form)


@require_POST
def reopening_confirm(request, pk, reopening_pk):
    """Confirm, as a second person, that a determined request is examined again."""
    reopening = _reopening_or_404(_reviewed(request, pk), reopening_pk)
    done = "The request is under review again. Every criterion was examined anew."
    carried_out(request, operations.confirm_reopening, reopening, done=done)
    return redirect("applications:request_review", pk=pk)


@require_POST
def reopening_take_back(request, pk, reopening_pk):
    """Take back the proposal to examine a request again."""
    reopening = _reopening_or_404(_reviewed(request, pk), reopening_pk)
    done = "The proposal is taken back. The determination stands."
    carried_out(request, operations.take_back_reopening, reopening, done=done)
    return redirect("applications:request_review", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def change_settle(request, pk, change_pk):
    """Settle that newer data speak against a verdict which stays."""
    participation_request = _reviewed(request, pk)
    change = get_object_or_404(
        VerdictChange.objects.visible_to(request.user)
        .standing()
        .select_related("result__criterion"),
        pk=change_pk,
        result__participation_request=participation_request,
    )
    form = ReasonForm(posted(request))
    if form.is_valid() and carried_out(
        request,
        operations.settle_change,
        change,
        **form.cleaned_data,
        done="Settled with your reason. The verdict stands as it was.",
    ):
        return redirect("applications:request_review", pk=pk)
    return _page(request, "change_settle", participation_request, form=form, change=change)


def _read(request, pk):
    open_only_if(may_read_requests(request.user))
    rows = ParticipationRequest.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("program", "facility"), pk=pk)


def _reviewed(request, pk):
    open_only_if(may_review_requests(request.user))
    return _read(request, pk)


def _reopening_or_404(participation_request, reopening_pk):
    return get_object_or_404(
        Reopening.objects.select_related("participation_request"),
        pk=reopening_pk,
        participation_request=participation_request,
    )


def _page(request, template, participation_request, **context):
    program = participation_request.program
    return render(
        request,
        f"applications/fda/{template}.html",
        {
            "participation_request": participation_request,
            "facility": participation_request.site,
            "kicker": f"{program.short_name} · {participation_request.receipt_number}",
            "rehearsal": rehearsal_of(program),
            **context,
        },
    )
