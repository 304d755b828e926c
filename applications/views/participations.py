"""The firm's places: the offer with its answer, and what follows from it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications import access, operations
from applications.forms import ReasonForm
from applications.models import Participation, participation_is_held
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

from .firm import firm_page, posted, rehearsal_of

Status = Participation.Status
# Where the reason on record is the firm's own; that of a lapsed offer is FDA's and stays there.
ENDED_BY_FIRM = (Status.DECLINED, Status.WITHDRAWING, Status.WITHDRAWN)


@require_safe
@firm_page
def participation_list(request):
    """The places that were offered to the person's firm."""
    rows = Participation.objects.visible_to(request.user).select_related("program", "facility")
    return render(request, "applications/firm/participation_list.html", {"rows": rows})


@require_safe
@firm_page
def participation_detail(request, pk):
    """One place: the offer and its answer, then the way to what follows."""
    participation = _own(request, pk)
    return render(
        request, "applications/firm/participation_detail.html", _page(request, participation)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def participation_accept(request, pk):
    """Ask before the place is accepted, and accept it."""
    return _answer(request, pk, Status.ACTIVE, operations.accept_place, "accepted", ())


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def participation_decline(request, pk):
    """Ask before the place is declined, and decline it."""
    return _answer(request, pk, Status.DECLINED, operations.decline_place, "declined", ["reason"])


def _answer(request, pk, answer, operation, word, fields):
    participation = _own(request, pk)
    if not access.may_answer_offer(request.user, participation):
        raise PermissionDenied("Authorized officials of the firm answer the offer of a place.")
    if participation.status != Status.OFFERED:
        messages.info(request, "The offer of this place is answered already.")
        return redirect("applications:participation_detail", pk=pk)
    form = ReasonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in fields}
        try:
            operation(participation, **given, by=request.user, at=clock.now())
        except Refusal as refusal:
            # A second click that lost the race finds the answer given: nothing went wrong.
            participation.refresh_from_db(fields=["status"])
            if participation.status != answer:
                messages.error(request, str(refusal))
        else:
            messages.success(request, f"The place is {word}.")
        return redirect("applications:participation_detail", pk=pk)
    template = f"applications/firm/participation_{'accept' if word == 'accepted' else 'decline'}"
    return render(request, f"{template}.html", {**_page(request, participation), "form": form})


def _own(request, pk):
    rows = Participation.objects.visible_to(request.user).select_related(
        "program", "facility", "participation_request", "answered_by__organization", "ending"
    )
    return get_object_or_404(rows.annotate(is_held=participation_is_held("pk")), pk=pk)


def _page(request, participation):
    is_offered = participation.status == Status.OFFERED
    is_active = participation.status == Status.ACTIVE
    told = participation.standing_marks.standing().exclude(firm_told_at=None) if is_active else ()
    return {
        "participation": participation,
        "rehearsal": rehearsal_of(participation.program),
        "is_late": is_offered
        and participation.program.today(clock.now()) > participation.accept_by,
        "may_answer": is_offered and access.may_answer_offer(request.user, participation),
        "is_held": participation.is_held,
        "gave_reason": participation.end_reason and participation.status in ENDED_BY_FIRM,
        "told_causes": sorted({mark.get_cause_display() for mark in told}),
        "ending": getattr(participation, "ending", None),
        "may_withdraw": is_active
        and access.may_withdraw_participation(request.user, participation),
        "may_open_assessment": participation.status
        not in (Status.OFFERED, Status.DECLINED, Status.LAPSED),
    }
