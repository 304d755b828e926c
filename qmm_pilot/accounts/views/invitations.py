"""Pages of invitations: invite, send again, revoke; and the page to which their link leads (A6)."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from qmm_pilot import clock
from qmm_pilot.accounts import access, operations
from qmm_pilot.accounts.models import Invitation, Organization
from qmm_pilot.accounts.people_forms import InviteForm
from qmm_pilot.accounts.roles import Side
from qmm_pilot.lifecycle import Refusal

from .deeds import READ_OR_POST, carried_out, open_only_if, posted


@require_http_methods(READ_OR_POST)
def invite(request):
    """Invite a colleague to one's own organization."""
    open_only_if(access.manages_people(request.user))
    return _invite(request, request.user.organization, reverse("accounts:people"))


@require_http_methods(READ_OR_POST)
def contractor_invite(request, pk):
    """Invite a person, its administrator first, to a contractor."""
    open_only_if(access.may_administer_contractors(request.user))
    rows = Organization.objects.visible_to(request.user).filter(kind=Side.CONTRACTOR)
    contractor = get_object_or_404(rows, pk=pk)
    return _invite(request, contractor, reverse("accounts:contractor_detail", args=[pk]))


@require_POST
def invitation_resend(request, pk):
    """Send an invitation again, with a new link."""
    invitation = _own(request, pk)
    carried_out(
        request,
        operations.resend_invitation,
        invitation,
        done=f"The invitation of {invitation.name} is sent again. The earlier link is dead.",
    )
    return redirect(_list_of(request.user, invitation))


@require_http_methods(READ_OR_POST)
def invitation_revoke(request, pk):
    """Ask before an invitation is taken back, and take it back."""
    invitation = _own(request, pk)
    back_url = _list_of(request.user, invitation)
    if request.method == "POST":
        carried_out(
            request,
            operations.revoke_invitation,
            invitation,
            done=f"The invitation of {invitation.name} is revoked.",
        )
        return redirect(back_url)
    context = {"invitation": invitation, "back_url": back_url}
    return render(request, "accounts/invitation_revoke.html", context)


@login_not_required
@require_http_methods(READ_OR_POST)
def join(request, token):
    """The page to which an invitation's link leads: sign up or sign in, then join.

    A link that leads nowhere says so alike whether it is unknown, used, expired or revoked.
    """
    invitation = operations.invited_by(token)
    if invitation is None:
        return render(request, "accounts/join_dead.html", status=404)
    is_own = request.user.is_authenticated and invitation.accepted_by_id == request.user.pk
    if is_own:
        return redirect("home")
    if not invitation.is_open_at(clock.now()) and request.method != "POST":
        return render(request, "accounts/join_dead.html")
    if request.method == "POST":
        if request.user.is_authenticated:
            return _accept(request, invitation)
        if invitation.is_open_at(clock.now()):
            return _enter(request, invitation)
        return render(request, "accounts/join_dead.html")
    signed_in_as = request.user.email if request.user.is_authenticated else ""
    context = {
        "invitation": invitation,
        "signed_in_as": signed_in_as,
        "is_right_address": signed_in_as.lower() == invitation.email.lower(),
    }
    return render(request, "accounts/join.html", context)


def _accept(request, invitation):
    at = clock.now()
    try:
        operations.accept_invitation(invitation, by=request.user, at=at)
    except Refusal as refusal:
        operations.note_refused_invitation(invitation, reason=str(refusal), by=request.user, at=at)
        return render(request, "accounts/join_refused.html", {"reason": str(refusal)})
    messages.success(request, f"You have joined {invitation.organization}.")
    return redirect("home")


def _enter(request, invitation):
    """To sign-up or sign-in, and back here; the link in her mail has proved this one address."""
    way = "account_login" if request.POST.get("way") == "sign_in" else "account_signup"
    if way == "account_signup":
        get_adapter(request).stash_verified_email(request, invitation.email)
    return redirect(f"{reverse(way)}?{urlencode({'next': request.path})}")


def _invite(request, organization, back_url):
    form = InviteForm(posted(request), organization=organization)
    if request.method == "POST" and form.is_valid():
        invited = carried_out(
            request,
            operations.invite,
            organization,
            **form.cleaned_data,
            form=form,
            done=f"An invitation is on its way to {form.cleaned_data['email']}.",
        )
        if invited:
            return redirect(back_url)
    context = {"form": form, "organization": organization, "back_url": back_url}
    return render(request, "accounts/invite.html", context)


def _own(request, pk):
    rows = Invitation.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("organization", "representation", "invited_by"), pk=pk
    )


def _list_of(user, invitation):
    if invitation.representation_id:
        return reverse("accounts:agents")
    if invitation.organization_id == user.organization_id:
        return reverse("accounts:people")
    if invitation.organization.kind == Side.CONTRACTOR:
        return reverse("accounts:contractor_detail", args=[invitation.organization_id])
    return reverse("accounts:people")
