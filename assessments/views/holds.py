"""Pages of legal holds: the list, placing one, lifting one; for FDA's records officers."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications.models import Participation, ParticipationRequest
from assessments.hold_forms import HoldForm, LiftForm
from qmm_pilot import clock
from qmm_pilot.accounts.models import Organization
from qmm_pilot.clock import EASTERN
from qmm_pilot.programs.models import Program
from qmm_pilot.records.access import may_read_trail
from qmm_pilot.records.holds import lift_hold, place_hold
from qmm_pilot.records.models import LegalHold

from .deeds import carried_out

MOST_LISTED = 500


@require_safe
def hold_list(request):
    """Every legal hold: those in force first, then those that were lifted."""
    _open_to_records_officers(request)
    holds = LegalHold.objects.visible_to(request.user).select_related(
        "placed_by__organization", "lifted_by__organization"
    )
    return render(
        request,
        "assessments/holds/list.html",
        {
            "in_force": holds.in_force()[:MOST_LISTED],
            "lifted": holds.exclude(lifted_at=None)[:MOST_LISTED],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def hold_new(request, noun, pk):
    """Put a program, organization, request or participation under legal hold."""
    _open_to_records_officers(request)
    subject = get_object_or_404(_held_nouns(request.user, noun), pk=pk)
    today = clock.now().astimezone(EASTERN).date()
    form = HoldForm(request.POST if request.method == "POST" else None, initial={"since": today})
    if form.is_valid() and carried_out(
        request, place_hold, subject, **form.cleaned_data, done="The record is held."
    ):
        return redirect("assessments:hold_list")
    context = {"form": form, "subject": subject, "noun": subject._meta.verbose_name}
    return render(request, "assessments/holds/new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def hold_lift(request, pk):
    """Lift a legal hold, with the reason."""
    _open_to_records_officers(request)
    hold = get_object_or_404(LegalHold.objects.visible_to(request.user), pk=pk)
    form = LiftForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and carried_out(
        request, lift_hold, hold, **form.cleaned_data, done="The hold is lifted."
    ):
        return redirect("assessments:hold_list")
    return render(request, "assessments/holds/lift.html", {"form": form, "hold": hold})


def _open_to_records_officers(request):
    if not may_read_trail(request.user):
        raise Http404


def _held_nouns(user, noun):
    """The rows of a noun that may be held, as far as FDA knows of them."""
    requests = ParticipationRequest.objects.visible_to(user)
    nouns = {
        "program": Program.objects.visible_to(user).real(),
        # FDA knows a firm by what it has submitted, contractors and itself anyhow.
        "organization": Organization.objects.exclude(kind="firm")
        | Organization.objects.filter(pk__in=requests.values("organization")),
        "participationrequest": requests,
        "participation": Participation.objects.visible_to(user),
    }
    return nouns[noun]
