"""Pages of agents: whom the firm has authorized, a new letter of authority, its end (A14)."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from qmm_pilot import clock
from qmm_pilot.accounts import access, operations
from qmm_pilot.accounts.models import Invitation, Representation
from qmm_pilot.accounts.people_forms import InviteAgentForm
from qmm_pilot.records.files import download_response

from .deeds import READ_OR_POST, carried_out, open_only_if, posted


@require_safe
def agents(request):
    """The agents of the person's firm, and her own authorities where she is one."""
    at = clock.now()
    visible = Representation.objects.visible_to(request.user)
    authorizes = access.may_authorize_agents(request.user, request.user.organization)
    open_only_if(authorizes or visible.exists())
    in_force = set(visible.in_force(at).values_list("pk", flat=True))
    rows = visible.select_related("agent", "firm", "letter", "invitation")
    invitations = (
        Invitation.objects.visible_to(request.user)
        .standing()
        .filter(representation__isnull=False)
        .select_related("representation__letter", "invited_by", "organization")
    )
    return render(
        request,
        "accounts/agents.html",
        {
            "authorizes": authorizes,
            "rows": [(row, _standing(row, in_force)) for row in rows if row.agent_id],
            "invitations": [(row, row.is_open_at(at)) for row in invitations],
        },
    )


@require_http_methods(READ_OR_POST)
def agent_invite(request):
    """Authorize an agent by a letter, and invite her."""
    open_only_if(access.may_authorize_agents(request.user, request.user.organization))
    form = InviteAgentForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        invited = carried_out(
            request,
            operations.invite_agent,
            request.user.organization,
            **form.cleaned_data,
            form=form,
            done=f"An invitation is on its way to {form.cleaned_data['email']}.",
        )
        if invited:
            return redirect("accounts:agents")
    return render(request, "accounts/agent_invite.html", {"form": form})


@require_http_methods(READ_OR_POST)
def agent_revoke(request, pk):
    """Ask before an agent's authority is revoked, and revoke it."""
    representation = _own(request, pk)
    open_only_if(access.may_authorize_agents(request.user, representation.firm))
    if request.method == "POST":
        carried_out(
            request,
            operations.revoke_representation,
            representation,
            done="The authority is revoked. The agent sees and does nothing more for your firm.",
        )
        return redirect("accounts:agents")
    return render(request, "accounts/agent_revoke.html", {"representation": representation})


@require_safe
def agent_letter(request, pk):
    """Download a letter of authority, for the firm and its agent."""
    representation = _own(request, pk)
    return download_response(representation.letter, by=request.user, at=clock.now())


def _own(request, pk):
    rows = Representation.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("agent", "firm", "letter"), pk=pk)


def _standing(row, in_force):
    if row.revoked_at:
        return "revoked"
    return "in_force" if row.pk in in_force else "not_in_force"
