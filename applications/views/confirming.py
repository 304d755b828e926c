"""Where a mailed link leads: sign up or in, then take up what FDA entered from the mail (B19)."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from applications import operations
from applications.models import ParticipationRequest
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def mailed_confirm(request, token):
    """Read what the link offers, create an account or sign in, and take the request up.

    A link that leads nowhere says so alike whether it is unknown, used, expired or taken back.
    """
    row = operations.mailed_by(token)
    if row is None:
        return render(request, "applications/firm/mailed_dead.html", status=404)
    user = request.user
    if user.is_authenticated and row.taken_by_id == user.pk:
        return redirect("applications:request_detail", pk=row.participation_request_id)
    is_waiting = (
        row.participation_request.status == ParticipationRequest.Status.AWAITING_CONFIRMATION
    )
    if not is_waiting or not row.is_open_at(clock.now()):
        return render(request, "applications/firm/mailed_dead.html")
    if request.method == "POST":
        return _take(request, row) if user.is_authenticated else _enter(request, row)
    signed_in_as = user.email if user.is_authenticated else ""
    context = {
        "row": row,
        "participation_request": row.participation_request,
        "signed_in_as": signed_in_as,
        "is_right_address": signed_in_as.lower() == row.contact_email.lower(),
    }
    return render(request, "applications/firm/mailed_confirm.html", context)


def _take(request, row):
    try:
        taken = operations.take_mailed_request(row, by=request.user, at=clock.now())
    except Refusal as refusal:
        return render(request, "applications/firm/mailed_refused.html", {"reason": str(refusal)})
    messages.success(
        request, "The request is with you now. Complete and correct it; an official then signs it."
    )
    return redirect("applications:request_answer", pk=taken.pk)


def _enter(request, row):
    """To sign-up or sign-in, and back here; the link in her mail has proved this one address."""
    way = "account_login" if request.POST.get("way") == "sign_in" else "account_signup"
    if way == "account_signup":
        get_adapter(request).stash_verified_email(request, row.contact_email)
    return redirect(f"{reverse(way)}?{urlencode({'next': request.path})}")
