"""Pages of an administrator: people with their roles, ends of access, contractors (A6)."""

from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qmm_pilot import clock
from qmm_pilot.accounts import access, operations
from qmm_pilot.accounts.models import Invitation, Organization, RoleGrant, User
from qmm_pilot.accounts.people_forms import (
    AddressByCallForm,
    ContractorForm,
    DeactivateForm,
    FindForm,
    RolesForm,
)
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.records.models import ActionItem

from .deeds import READ_OR_POST, carried_out, open_only_if, posted


@require_safe
def people(request):
    """The people of one's own organization, and its invitations."""
    open_only_if(access.manages_people(request.user))
    return _people_of(request, request.user.organization)


@require_safe
def contractor_list(request):
    """The contractors, for FDA's administrators."""
    open_only_if(access.may_administer_contractors(request.user))
    rows = Organization.objects.visible_to(request.user).filter(kind=Side.CONTRACTOR)
    return render(request, "accounts/contractors.html", {"rows": rows, "find_form": FindForm()})


@require_http_methods(READ_OR_POST)
def contractor_new(request):
    """Enter a contractor."""
    open_only_if(access.may_administer_contractors(request.user))
    form = ContractorForm(posted(request))
    if request.method == "POST" and form.is_valid():
        made = carried_out(
            request,
            operations.create_contractor,
            form=form,
            done="The contractor is entered. Now invite its administrator.",
            **form.cleaned_data,
        )
        if made:
            return redirect("accounts:contractor_detail", pk=made.pk)
    return render(request, "accounts/contractor_new.html", {"form": form})


@require_safe
def contractor_detail(request, pk):
    """The people of one contractor, for FDA's administrators."""
    open_only_if(access.may_administer_contractors(request.user))
    rows = Organization.objects.visible_to(request.user).filter(kind=Side.CONTRACTOR)
    return _people_of(request, get_object_or_404(rows, pk=pk))


@require_POST
def person_find(request):
    """Lead FDA's administrator to the account of an address."""
    open_only_if(access.may_administer_contractors(request.user))
    form = FindForm(posted(request))
    found = None
    if form.is_valid():
        people = User.objects.visible_to(request.user)
        found = people.filter(email__iexact=form.cleaned_data["email"]).first()
    if found is None:
        messages.error(request, "No account has this e-mail address. Check its spelling.")
        return redirect("accounts:contractor_list")
    return redirect("accounts:person", pk=found.pk)


@require_safe
def person(request, pk):
    """One account: who she is, her roles and their history, what may be done."""
    shown = _managed(request, pk)
    grants = shown.grants.select_related("granted_by", "revoked_by").order_by("-granted_at")
    return render(
        request,
        "accounts/person.html",
        {
            **_about(request, shown),
            "grants": grants,
            "tasks": ActionItem.objects.open().filter(user=shown).count(),
        },
    )


@require_http_methods(READ_OR_POST)
def person_roles(request, pk):
    """Give and take a person's roles; the last official only after it was said clearly."""
    shown = _managed(request, pk)
    open_only_if(shown.organization_id)
    form = RolesForm(
        posted(request), organization=shown.organization, initial={"roles": sorted(shown.roles)}
    )
    if request.method == "POST" and form.is_valid():
        changed = carried_out(
            request,
            operations.change_roles,
            shown,
            **form.cleaned_data,
            form=form,
            done=f"The roles of {shown} are changed; open sessions of this person are over.",
        )
        if changed:
            # Who changed her own roles is signed out like anyone else.
            return redirect("accounts:person", pk=pk)
    return render(request, "accounts/person_roles.html", {**_about(request, shown), "form": form})


@require_http_methods(READ_OR_POST)
def person_deactivate(request, pk):
    """Ask before a person's access ends, and end it."""
    shown = _managed(request, pk)
    open_only_if(shown.organization_id)
    form = DeactivateForm(posted(request))
    if request.method == "POST" and form.is_valid():
        done = carried_out(
            request,
            operations.deactivate,
            shown,
            **form.cleaned_data,
            form=form,
            done=f"The account of {shown} is deactivated; its open sessions are over.",
        )
        if done:
            return redirect("accounts:person", pk=pk)
    context = {**_about(request, shown), "form": form}
    context["tasks"] = ActionItem.objects.open().filter(user=shown).count()
    return render(request, "accounts/person_deactivate.html", context)


@require_POST
def person_reactivate(request, pk):
    """Let a deactivated person in again."""
    shown = _managed(request, pk)
    open_only_if(shown.organization_id)
    carried_out(
        request, operations.reactivate, shown, done=f"{shown} can sign in again, as before."
    )
    return redirect("accounts:person", pk=pk)


@require_http_methods(READ_OR_POST)
def person_address(request, pk):
    """Change a person's address after a call, for FDA's administrators."""
    open_only_if(access.may_administer_contractors(request.user))
    shown = _managed(request, pk)
    form = AddressByCallForm(posted(request))
    if request.method == "POST" and form.is_valid():
        changed = carried_out(
            request,
            operations.change_address_by_call,
            shown,
            form.cleaned_data["email"],
            reason=form.cleaned_data["reason"],
            form=form,
            done="The address is changed. It is confirmed by a code at the next sign-in.",
        )
        if changed:
            return redirect("accounts:person", pk=pk)
    return render(request, "accounts/person_address.html", {**_about(request, shown), "form": form})


def _managed(request, pk):
    people = User.objects.visible_to(request.user).select_related("organization")
    return get_object_or_404(people, pk=pk)


def _about(request, shown):
    is_own = shown.pk == request.user.pk
    return {
        "shown": shown,
        "roles": [role.label for role in Role if role in shown.roles],
        "is_own": is_own,
        "may_end": shown.is_active and not is_own and shown.organization_id,
        "may_call": access.may_administer_contractors(request.user) and not is_own,
        "may_reset": access.may_reset_factors(request.user),
        "is_last_official": operations.is_last(shown, Role.FIRM_OFFICIAL),
        "back_url": _list_of(request.user, shown),
    }


def _list_of(user, shown):
    """The address of the list on which this person stands."""
    if shown.organization_id == user.organization_id:
        return reverse("accounts:people")
    if shown.side == Side.CONTRACTOR:
        return reverse("accounts:contractor_detail", args=[shown.organization_id])
    return reverse("accounts:contractor_list")


def _people_of(request, organization):
    held = RoleGrant.objects.filter(revoked_at=None).order_by("granted_at")
    people = (
        User.objects.visible_to(request.user)
        .filter(organization=organization)
        .prefetch_related(Prefetch("grants", held, to_attr="held"))
        .order_by("-is_active", "name")
    )
    invitations = (
        Invitation.objects.visible_to(request.user)
        .standing()
        .filter(organization=organization, representation=None)
        .select_related("invited_by", "representation")
    )
    at = clock.now()
    return render(
        request,
        "accounts/people.html",
        {
            "organization": organization,
            "is_own": organization.pk == request.user.organization_id,
            "rows": people,
            "invitations": [(row, row.is_open_at(at)) for row in invitations],
        },
    )
