"""A person's own pages: registering the firm, own details."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

from . import operations
from .forms import OrganizationForm, PersonForm
from .models import User
from .roles import Role


@require_http_methods(["GET", "HEAD", "POST"])
def register_organization(request):
    """Register the firm of a person who belongs to no organization yet."""
    if request.user.organization_id:
        messages.info(request, f"You already belong to {request.user.organization}.")
        return redirect("accounts:profile")
    form = OrganizationForm(_posted(request))
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
    return render(request, "accounts/register_organization.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    """Read and change one's own details."""
    # A row of its own: a form that is not valid must not change the name in the page's head.
    person = User.objects.get(pk=request.user.pk)
    form = PersonForm(_posted(request), instance=person)
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


def _posted(request):
    """What a form is bound to: the POST, even an empty one, or None where nothing was posted."""
    return request.POST if request.method == "POST" else None
