"""Pages on which a participation ends early: the firm withdraws, FDA closes (C12)."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from applications.access import may_end_participation, may_withdraw_participation
from applications.models import Participation
from assessments import operations
from assessments.ending_effects import (
    asks_about_data,
    asks_about_report,
    assessment_of,
    effects_of,
)
from assessments.models import Assessment
from assessments.standing_forms import WithdrawForm
from qmm_pilot import clock

from .deeds import carried_out, open_only_if
from .standing import PAGE, participation_for_fda, participation_or_404, place_frame

READ_OR_POST = ["GET", "HEAD", "POST"]
PLACE = "applications:participation_detail"
COORDINATORS = "FDA coordinators end a participation."
Status = Participation.Status


@require_http_methods(READ_OR_POST)
def withdraw_participation(request, pk):
    """Show the firm's official what a withdrawal changes; she chooses, confirms and withdraws."""
    participation = participation_or_404(request.user, pk)
    open_only_if(
        may_withdraw_participation(request.user, participation),
        "Authorized officials of the firm withdraw from the pilot.",
    )
    if participation.status != Status.ACTIVE:
        messages.info(request, "Only a participation that is under way is withdrawn.")
        return redirect(PLACE, pk=pk)
    assessment = assessment_of(participation)
    form = WithdrawForm(
        request.POST if request.method == "POST" else None,
        asks_about_report=asks_about_report(assessment),
        asks_about_data=asks_about_data(assessment),
    )
    if form.is_valid() and carried_out(
        request,
        operations.withdraw_participation,
        participation,
        **form.cleaned_data,
        done="Your firm has withdrawn. FDA is asked to close the participation.",
    ):
        return redirect(PLACE, pk=pk)
    context = {
        **place_frame(participation),
        "form": form,
        "has_begun": asks_about_data(assessment),
        "effects": effects_of(participation, assessment=assessment, at=clock.now()),
    }
    return render(request, "assessments/endings/withdraw.html", context)


@require_http_methods(READ_OR_POST)
def close_withdrawal(request, pk):
    """Show FDA what closing a withdrawal changes, with the firm's choices; close it."""
    return _ended(
        request,
        pk,
        Status.WITHDRAWING,
        operations.close_withdrawal,
        "assessments/endings/close.html",
        done="The withdrawal is closed, and the place is free. Everyone concerned is told.",
    )


@require_http_methods(READ_OR_POST)
def end_with_program(request, pk):
    """Show FDA what the end of the program changes for a participation still under way; end it."""
    return _ended(
        request,
        pk,
        Status.ACTIVE,
        operations.end_with_program,
        "assessments/endings/end_with_program.html",
        done="The participation has ended with the program. Everyone concerned is told.",
        frees_place=False,
    )


def _ended(request, pk, needed, deed, template, *, done, frees_place=True):
    participation = participation_for_fda(request.user, pk)
    open_only_if(may_end_participation(request.user), COORDINATORS)
    if participation.status != needed:
        messages.info(request, f"This participation is “{participation.get_status_display()}”.")
        return redirect(PAGE, pk=pk)
    if request.method == "POST" and carried_out(request, deed, participation, done=done):
        return redirect(PAGE, pk=pk)
    at, assessment = clock.now(), assessment_of(participation)
    context = {
        **place_frame(participation),
        "effects": effects_of(participation, assessment=assessment, frees_place=frees_place, at=at),
        "is_reported": assessment is not None and assessment.status == Assessment.Status.COMPLETED,
        "is_open": needed == Status.WITHDRAWING or participation.program.has_ended(at),
    }
    return render(request, template, context)
