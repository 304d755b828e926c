"""Pages of one's own sign-in address: ask for another, confirm it at both (A15)."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from qmm_pilot import clock
from qmm_pilot.accounts import operations
from qmm_pilot.accounts.operations.addresses import address_change_of, is_open_at
from qmm_pilot.accounts.people_forms import AddressForm
from qmm_pilot.lifecycle import Refusal

from .deeds import READ_OR_POST, carried_out, posted


@require_http_methods(READ_OR_POST)
def own_address(request):
    """Ask to sign in by another address."""
    form = AddressForm(posted(request))
    if request.method == "POST" and form.is_valid():
        asked = carried_out(
            request,
            operations.ask_for_address,
            request.user,
            form.cleaned_data["email"],
            form=form,
            done="Two links are on their way, one to each address. The address changes when both "
            "are confirmed; until then nothing changes.",
        )
        if asked:
            return redirect("accounts:profile")
    return render(request, "accounts/own_address.html", {"form": form})


@login_not_required
@require_http_methods(READ_OR_POST)
def confirm_address(request, token):
    """The page to which the link in either mail leads; the token proves who confirms."""
    change = address_change_of(token)
    if change is None:
        return render(request, "accounts/address_dead.html", status=404)
    if request.method == "POST":
        try:
            change = operations.confirm_address(change, token, at=clock.now())
        except Refusal as refusal:
            return render(request, "accounts/address_dead.html", {"reason": str(refusal)})
        return render(request, "accounts/address_confirmed.html", {"change": change})
    if not is_open_at(change, clock.now()):
        return render(request, "accounts/address_dead.html")
    return render(request, "accounts/address_confirm.html", {"change": change})
