"""FDA's pages of an offer that waits for its answer: see it, move its day, let it lapse (C7)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications import operations
from applications.access import may_read_requests, may_review_requests
from applications.information_forms import WhyForm
from applications.letter_forms import OfferDayForm
from applications.letter_texts import filled
from applications.models import AcceptanceReminder, DecisionLetter, Participation
from applications.operations.decision_letters import later_words
from applications.operations.letters import firm_people
from applications.operations.places import alternates_waiting
from qmm_pilot import clock

from .deeds import carried_out, open_only_if
from .firm import posted, rehearsal_of

READ_OR_POST = ["GET", "HEAD", "POST"]


@require_safe
def offer(request, pk):
    """The offer of a place: until when, who was reminded, what may be done about it."""
    participation = _offer(request, pk, may_read_requests)
    waits = participation.status == Participation.Status.OFFERED
    return render(
        request,
        "applications/fda/offer.html",
        {
            **_frame(participation),
            "people": firm_people(participation.participation_request),
            "reminders": AcceptanceReminder.objects.filter(participation=participation),
            "letter": DecisionLetter.objects.standing()
            .filter(participation_request=participation.participation_request_id)
            .first(),
            "may_act": waits and may_review_requests(request.user),
            "is_waiting": waits,
        },
    )


@require_http_methods(READ_OR_POST)
def offer_lapse(request, pk):
    """Show what lapsing an offer does, ask, and let it lapse."""
    participation = _offer(request, pk, may_review_requests)
    form = WhyForm(posted(request))
    if not _waits(request, participation):
        return redirect("applications:offer", pk=pk)
    if form.is_valid() and carried_out(
        request,
        operations.lapse_offer,
        participation,
        reason=form.cleaned_data["reason"],
        done="The offer has lapsed, and the place is free. The firm is told.",
    ):
        return redirect("applications:offer", pk=pk)
    return render(
        request,
        "applications/fda/offer_lapse.html",
        {
            **_frame(participation),
            "form": form,
            "people": firm_people(participation.participation_request),
            "letter": filled(
                later_words(participation.participation_request, "offer_lapsed"),
                {"recipient": "[name of each person]"},
            ),
            "alternates": alternates_waiting(participation.program).count(),
        },
    )


@require_http_methods(READ_OR_POST)
def offer_extend(request, pk):
    """Give a firm a later day to accept its place."""
    participation = _offer(request, pk, may_review_requests)
    form = OfferDayForm(posted(request))
    if not _waits(request, participation):
        return redirect("applications:offer", pk=pk)
    if form.is_valid() and carried_out(
        request,
        operations.extend_acceptance,
        participation,
        **form.cleaned_data,
        done="The firm has the later day, and is told of it.",
    ):
        return redirect("applications:offer", pk=pk)
    return render(
        request, "applications/fda/offer_extend.html", {**_frame(participation), "form": form}
    )


def _waits(request, participation):
    if participation.status == Participation.Status.OFFERED:
        return True
    messages.info(request, "The offer of this place is answered or has ended already.")
    return False


def _offer(request, pk, allowed):
    open_only_if(allowed(request.user))
    rows = Participation.objects.visible_to(request.user).select_related(
        "program",
        "facility",
        "organization",
        "seat",
        "answered_by__organization",
        "participation_request__program",
        "participation_request__facility",
        "participation_request__organization",
        "participation_request__started_by",
    )
    return get_object_or_404(rows, pk=pk)


def _frame(participation):
    program = participation.program
    return {
        "participation": participation,
        "program": program,
        "rehearsal": rehearsal_of(program),
        "kicker": f"{program.short_name} · {participation.participation_request.receipt_number}",
        "is_overdue": participation.status == Participation.Status.OFFERED
        and program.today(clock.now()) > participation.accept_by,
    }
