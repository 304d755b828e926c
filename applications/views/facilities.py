"""The firm's facilities: its list, a new one, and one with its requests."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_countries import countries

from applications import access, eligibility, operations
from applications.facility_forms import IdentifierForm, WithdrawIdentifierForm
from applications.forms import FacilityForm
from applications.known_sites import known_site
from applications.models import Facility, KeptCopy, OwnershipChange, ParticipationRequest
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

from .deeds import carried_out
from .firm import firm_page, posted
from .request_page import status_in
from .windows import open_windows


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
            "offers": OwnershipChange.objects.visible_to(request.user)
            .filter(status=OwnershipChange.Status.PROPOSED)
            .select_related("facility", "former"),
            "copies": KeptCopy.objects.visible_to(request.user),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def facility_new(request):
    """Add a facility to the firm, once the person has confirmed that the FEI names her site."""
    if not access.may_register_facility(request.user):
        raise PermissionDenied("Preparers, officials and administrators add facilities.")
    organization = request.user.organization
    form = FacilityForm(
        posted(request),
        initial={"country": organization.country, "time_zone": request.user.time_zone},
    )

    def register():
        return operations.register_facility(
            organization, by=request.user, at=clock.now(), **form.cleaned_data
        )

    return _facility_page(request, form, register, done="is added to your firm’s facilities")


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def facility_edit(request, pk):
    """Change a facility; a new FEI is confirmed as one of a new facility is."""
    facility = _own(request, pk)
    if not access.may_change_facility(request.user, facility):
        raise PermissionDenied("Preparers, officials and administrators change facilities.")
    form = FacilityForm(posted(request), instance=_own(request, pk))

    def change():
        return operations.change_facility(
            facility, by=request.user, at=clock.now(), **form.cleaned_data
        )

    return _facility_page(request, form, change, done="is changed", facility=facility)


def _facility_page(request, form, deed, *, done, facility=None):
    """The questions; then what FDA knows of the FEI, to be confirmed; then the deed."""
    context = {"form": form, "facility": facility}
    form.name_the_deed("Save the changes" if facility else "Add the facility")
    if request.method != "POST" or "correct" in request.POST or not form.is_valid():
        return render(request, "applications/firm/facility_form.html", context)
    fei_key = eligibility.canonical_fei(form.cleaned_data["fei"])
    is_new = facility is None or facility.fei_key != fei_key
    if is_new and request.POST.get("confirmed_fei") != fei_key:
        return _ask_whether_it_is_her_site(request, {**context, "fei_key": fei_key})
    try:
        saved = deed()
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return render(request, "applications/firm/facility_form.html", context)
    messages.success(request, f"{saved} {done}.")
    for warning in unusual_numbers(saved):
        messages.warning(request, warning)
    return redirect("applications:facility_detail", pk=saved.pk)


def _ask_whether_it_is_her_site(request, context):
    form = context["form"]
    typed = Facility(organization=request.user.organization)
    typed.take_fei(form.cleaned_data["fei"])
    typed.duns = eligibility.canonical_duns(form.cleaned_data["duns"])
    return render(
        request,
        "applications/firm/facility_confirm.html",
        {
            **context,
            "known": known_site(context["fei_key"]),
            "typed": form.cleaned_data,
            "country": countries.name(form.cleaned_data["country"]),
            "warnings": unusual_numbers(typed, besides=context["facility"]),
        },
    )


@require_safe
@firm_page
def facility_detail(request, pk):
    """One facility and the requests that were made for it."""
    facility = _own(request, pk)
    windows = open_windows(request.user, clock.now())
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
            "identifiers": facility.identifiers.standing(),
            "may_offer": access.may_offer_facility(request.user, facility),
            "may_change": access.may_change_facility(request.user, facility),
            "requests": [(row, status_in(windows, row)) for row in rows],
            "may_prepare": access.may_prepare_request(request.user, facility.organization_id),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def identifier_new(request, pk):
    """Add an FEI that the facility bore before."""
    facility = _own(request, pk)
    if not access.may_change_facility(request.user, facility):
        raise PermissionDenied("Preparers, officials and administrators change facilities.")
    return add_identifier_page(
        request, facility, "applications/firm/identifier_new.html", "applications:facility_detail"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def identifier_withdraw(request, pk, identifier_pk):
    """Ask before a former FEI is taken back, and take it back."""
    facility = _own(request, pk)
    if not access.may_change_facility(request.user, facility):
        raise PermissionDenied("Preparers, officials and administrators change facilities.")
    identifier = get_object_or_404(facility.identifiers.standing(), pk=identifier_pk)
    form = WithdrawIdentifierForm(posted(request))
    if request.method == "POST" and form.is_valid():
        carried_out(
            request,
            operations.withdraw_identifier,
            identifier,
            **form.cleaned_data,
            done=f"FEI {identifier.fei} is taken back.",
        )
        return redirect("applications:facility_detail", pk=pk)
    return render(
        request,
        "applications/firm/identifier_withdraw.html",
        {"facility": facility, "identifier": identifier, "form": form},
    )


def add_identifier_page(request, facility, template, url_name, url_pk=None, **context):
    """The page on which a firm or FDA adds a former FEI; what FDA's data call it is said."""
    form = IdentifierForm(posted(request))
    if request.method == "POST" and form.is_valid():
        known = known_site(eligibility.canonical_fei(form.cleaned_data["fei"]))
        echo = (
            f"FDA’s {known.source} name it {known.name}, {known.place}."
            if known
            else "FDA’s public data on record know nothing of this number."
        )
        added = carried_out(
            request,
            operations.add_identifier,
            facility,
            **form.cleaned_data,
            done=f"FEI {form.cleaned_data['fei']} is added. {echo}",
        )
        if added:
            return redirect(url_name, pk=url_pk or facility.pk)
    return render(request, template, {"facility": facility, "form": form, **context})


def _own(request, pk):
    return get_object_or_404(Facility.objects.visible_to(request.user), pk=pk)


def unusual_numbers(facility, besides=None) -> list[str]:
    """What is unusual about the identifiers; it is not refused (B6)."""
    unusual = [eligibility.fei_warning(facility.fei)]
    twin = (
        Facility.objects.filter(organization=facility.organization_id, duns=facility.duns)
        .exclude(pk=besides.pk if besides else facility.pk)
        .exclude(fei_key=facility.fei_key)
        .first()
    )
    if twin:
        unusual.append(
            f"{twin} has the same DUNS number {facility.duns} and another FEI. Please check both."
        )
    return [warning for warning in unusual if warning]
