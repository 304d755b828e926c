"""Pages that end a contractor's agreement or move its end, and show first what that touches."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from assessments import operations
from assessments.forms import ReasonForm
from assessments.team_forms import MoveForm, NewLastDayForm
from qmm_pilot import clock
from qmm_pilot.programs.access import may_file_agreement
from qmm_pilot.programs.models import Agreement

from .deeds import carried_out, open_only_if

COORDINATORS = "FDA coordinators end and move agreements."


@require_http_methods(["GET", "HEAD", "POST"])
def agreement_end(request, pk):
    """End an agreement early: the visits whose file that closes, then the deed with its reason."""
    agreement = _agreement_or_404(request.user, pk)
    at = clock.now()
    form = ReasonForm(request.POST or None)
    if form.is_valid() and carried_out(
        request,
        operations.end_agreement,
        agreement,
        **form.cleaned_data,
        done="The agreement has ended. Its people read nothing of this program any more.",
    ):
        return redirect("programs:agreement_detail", pk=pk)
    today = agreement.program.today(at)
    touched = operations.touched_by(
        agreement, min(today, agreement.until), at=at, seen_by=request.user
    )
    context = {**_page(agreement), "form": form, "touched": touched}
    return render(request, "assessments/agreements/end.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def agreement_move(request, pk):
    """Choose a new last day, see what it touches, then move it with the reason.

    The reason is posted and never asked for by an address, which others may keep.
    """
    agreement = _agreement_or_404(request.user, pk)
    form = MoveForm(request.POST) if request.method == "POST" else None
    if (
        form
        and form.is_valid()
        and carried_out(
            request,
            operations.move_agreement_end,
            agreement,
            **form.cleaned_data,
            done="The end of the agreement is moved.",
        )
    ):
        return redirect("programs:agreement_detail", pk=pk)
    day = NewLastDayForm(request.POST or request.GET or None, initial={"until": agreement.until})
    until = day.cleaned_data["until"] if day.is_bound and day.is_valid() else None
    context = {**_page(agreement), "form": day, "touched": None}
    if until:
        context["touched"] = operations.touched_by(
            agreement, until, at=clock.now(), seen_by=request.user
        )
        context["form"] = form or MoveForm(initial={"until": until})
    return render(request, "assessments/agreements/move.html", context)


def _agreement_or_404(user, pk):
    agreements = Agreement.objects.visible_to(user).select_related("program", "organization")
    agreement = get_object_or_404(agreements, pk=pk)
    open_only_if(may_file_agreement(user), COORDINATORS)
    return agreement


def _page(agreement):
    program = agreement.program
    return {
        "agreement": agreement,
        "program": program,
        "rehearsal": program.name if program.is_rehearsal else "",
    }
