"""The pages of the second step: allauth's, with every deed in the trail, and FDA's reset (A8)."""

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView, IndexView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods

from qmm_pilot import clock
from qmm_pilot.accounts import operations, sign_in_limits
from qmm_pilot.accounts.access import lacks_second_factor, may_reset_factors, needs_second_factor
from qmm_pilot.accounts.factor_forms import ResetFactorsForm
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.second_factors import has_other_factor, qr_path
from qmm_pilot.lifecycle import Refusal

from .deeds import READ_OR_POST, carried_out, open_only_if, posted

Kind = Authenticator.Type


class Recorded:
    """Does what the form says in one transaction with its entry in the trail."""

    deed = ""
    removes = None  # the factor that it removes

    def form_valid(self, form):
        try:
            return operations.change_own_factors(
                self.deed,
                lambda: super(Recorded, self).form_valid(form),
                removes=self.removes,
                by=self.request.user,
                at=clock.now(),
            )
        except Refusal as refusal:
            messages.error(self.request, str(refusal))
            return redirect("mfa_index")


class WithFactor:
    """Leads back to the overview who has nothing of this kind."""

    kind = ""

    def dispatch(self, request, *args, **kwargs):
        own = Authenticator.objects.filter(user=request.user.pk, type=self.kind)
        if not own.exists():
            return redirect("mfa_index")
        return super().dispatch(request, *args, **kwargs)


def without(factor):
    """What a page that removes a factor says of it: whether it must stay, and is the last one."""
    return {
        "is_kept": not get_adapter().can_delete_authenticator(factor),
        "is_last": not has_other_factor(factor),
    }


class Index(IndexView):
    """What this person signs in with, and whether she must have a second step."""

    def get_context_data(self, **kwargs):
        person = self.request.user
        asked = {
            "is_needed": needs_second_factor(person),
            "is_lacking": lacks_second_factor(person),
        }
        return super().get_context_data(**kwargs) | asked


class TakesCode:
    """Takes a code; using up a recovery code and its entry in the trail are one transaction."""

    @transaction.atomic
    def post(self, request, *args, **kwargs):
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        factor = getattr(form, "authenticator", None)  # a passkey's form has none
        if factor is not None and factor.type == Kind.RECOVERY_CODES:
            operations.note_recovery_code(factor, at=clock.now())
        return super().form_valid(form)


class Authenticate(TakesCode, AuthenticateView):
    """The second step of signing in; offers only what this person has."""

    def form_invalid(self, form):
        user = self.stage.login.user
        errors = [error.code for field in form.errors.as_data().values() for error in field]
        was_looked_at = "too_many_login_attempts" not in errors
        if was_looked_at and not sign_in_limits.has_codes_left(self.request, user):
            address = get_account_adapter().get_client_ip(self.request)
            operations.note_wrong_codes(user, address=address, at=clock.now())
        return super().form_invalid(form)

    def get_context_data(self, **kwargs):
        kinds = set(
            Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True)
        )
        offered = {"has_app": Kind.TOTP in kinds, "has_passkey": Kind.WEBAUTHN in kinds}
        return super().get_context_data(**kwargs) | offered


class ConfirmByCode(TakesCode, ReauthenticateView):
    """Asks again for a code before something grave."""


class AddApp(Recorded, ActivateTOTPView):
    """Shows a new secret as a picture and as text, and asks for its first code."""

    deed = "add_authenticator_app"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        side, dark = qr_path(context["totp_url"])
        secret = context["form"].secret.rstrip("=")
        grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        return context | {"qr_side": side, "qr_path": dark, "secret": grouped}


class RemoveApp(WithFactor, Recorded, DeactivateTOTPView):
    """Removes the authenticator app, unless it is the last factor of who needs one."""

    deed = "remove_authenticator_app"
    kind = Kind.TOTP

    @property
    def removes(self):
        return self.authenticator

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | without(self.authenticator)


class AddPasskey(Recorded, AddWebAuthnView):
    """Adds a passkey or security key."""

    deed = "add_passkey"


class NamePasskey(Recorded, EditWebAuthnView):
    """Renames a passkey."""

    deed = "rename_passkey"
    success_url = reverse_lazy("mfa_index")


class RemovePasskey(Recorded, RemoveWebAuthnView):
    """Removes a passkey, unless it is the last factor of who needs one."""

    deed = "remove_passkey"
    success_url = reverse_lazy("mfa_index")

    @property
    def removes(self):
        return self.object

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | without(self.object)


class MakeRecoveryCodes(Recorded, GenerateRecoveryCodesView):
    """Makes new recovery codes; the old ones end."""

    deed = "make_recovery_codes"


class RecoveryCodes(WithFactor, ViewRecoveryCodesView):
    """Shows the unused recovery codes."""

    kind = Kind.RECOVERY_CODES


class RecoveryCodesFile(WithFactor, DownloadRecoveryCodesView):
    """The unused recovery codes as a text file."""

    kind = Kind.RECOVERY_CODES


@require_http_methods(READ_OR_POST)
def reset_factors(request, pk):
    """FDA's administrators remove the factors of a person who lost hers."""
    open_only_if(may_reset_factors(request.user))
    people = User.objects.visible_to(request.user).select_related("organization")
    person = get_object_or_404(people, pk=pk)
    form = ResetFactorsForm(posted(request))
    if request.method == "POST" and form.is_valid():
        done = f"The second step of {person} is reset."
        reason = form.cleaned_data["reason"]
        if carried_out(
            request, operations.reset_factors, person, form=form, done=done, reason=reason
        ):
            return redirect("accounts:person", person.pk)
    return render(request, "accounts/reset_factors.html", {"form": form, "person": person})
