"""A person's own pages: registering the firm, own details."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from qmm_pilot import clock
from qmm_pilot.accounts import operations
from qmm_pilot.accounts.forms import OrganizationForm, PersonForm
from qmm_pilot.accounts.models import Representation, User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal

from .deeds import posted


@require_http_methods(["GET", "HEAD", "POST"])
def register_organization(request):
    """Register the firm of a person who belongs to no organization yet."""
    if request.user.organization_id:
        messages.info(request, f"You already belong to {request.user.organization}.")
        return redirect("accounts:profile")
    form = OrganizationForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            organization = operations.register_organization(
                by=request.user, at=clock.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{organization} is registered. Now add its first facility.")
            return redirect("applications:facility_new")
    was_agent = Representation.objects.filter(agent=request.user).exists()
    return render(
        request, "accounts/register_organization.html", {"form": form, "was_agent": was_agent}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    """Read and change one's own details."""
    # A row of its own: a form that is not valid must not change the name in the page's head.
    person = User.objects.get(pk=request.user.pk)
    form = PersonForm(posted(request), instance=person)
    if request.method == "POST" and form.is_valid():
        if form.has_changed():
            operations.update_person(
                request.user, by=request.user, at=clock.now(), **form.changes()
            )
            messages.success(request, "Your details are saved.")
        else:
            messages.info(request, "Nothing was changed.")
        return redirect("accounts:profile")
    roles = [role.label for role in Role if role in request.user.roles]
    return render(request, "accounts/profile.html", {"form": form, "roles": roles})
