"""The firm's facilities: its list, a new one, and one with its requests."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications import access, eligibility, operations
from applications.forms import FacilityForm
from applications.models import Facility, ParticipationRequest
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

from .firm import firm_page, posted
from .requests import status_shown
from .windows import accepting_programs


@require_safe
@firm_page
def facility_list(request):
    """The facilities of the person's firm."""
    return render(
        request,
        "applications/firm/facility_list.html",
        {
            "facilities": Facility.objects.visible_to(request.user),
            "may_register": access.may_register_facility(request.user),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def facility_new(request):
    """Add a facility to the firm."""
    if not access.may_register_facility(request.user):
        raise PermissionDenied("Preparers, officials and administrators add facilities.")
    form = FacilityForm(
        posted(request),
        initial={
            "country": request.user.organization.country,
            "time_zone": request.user.time_zone,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            facility = operations.register_facility(
                request.user.organization, by=request.user, at=clock.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{facility} is added to your firm’s facilities.")
            _warn(request, facility)
            return redirect("applications:facility_detail", pk=facility.pk)
    return render(request, "applications/firm/facility_new.html", {"form": form})


@require_safe
@firm_page
def facility_detail(request, pk):
    """One facility and the requests that were made for it."""
    facility = get_object_or_404(Facility.objects.visible_to(request.user), pk=pk)
    accepting = accepting_programs(clock.now())
    rows = (
        ParticipationRequest.objects.visible_to(request.user)
        .filter(facility=facility)
        .select_related("program")
    )
    return render(
        request,
        "applications/firm/facility_detail.html",
        {
            "facility": facility,
            "requests": [(row, status_shown(row, accepting)) for row in rows],
            "may_prepare": access.may_prepare_request(request.user, facility.organization_id),
        },
    )


def _warn(request, facility):
    """Say what is unusual about the identifiers; it is not refused."""
    unusual = eligibility.fei_warning(facility.fei)
    if unusual:
        messages.warning(request, unusual)
    twin = (
        Facility.objects.visible_to(request.user)
        .filter(organization=facility.organization_id, duns=facility.duns)
        .exclude(pk=facility.pk)
        .first()
    )
    if twin:
        messages.warning(
            request,
            f"{twin} has the same DUNS number {facility.duns} and another FEI. Please check both.",
        )
