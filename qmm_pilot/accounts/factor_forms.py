"""Forms of the second step: allauth's checks in this product's words."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

LONGEST_NAME = 100  # characters
NOT_SENT = "Your browser sent no passkey. Press the button again; passkeys need JavaScript."
# How a payload that no browser makes fails inside the parsers that expect one.
MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class CodeField(forms.CharField):
    """Digits from an app or a list, which phones offer to fill in."""

    def __init__(self, label, help_text):
        super().__init__(
            label=label,
            help_text=help_text,
            max_length=20,
            widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        )


def code_of_either():
    return CodeField("Code", "Six digits from your authenticator app, or an unused recovery code.")


class SecondStepForm(AuthenticateForm):
    """Asks for a code at sign-in."""

    code = code_of_either()


class ConfirmByCodeForm(ReauthenticateForm):
    """Asks for a code before something grave."""

    code = code_of_either()


class AddAppForm(ActivateTOTPForm):
    """Proves that the app holds the new secret."""

    code = CodeField("Code", "The six digits that the app shows for this account now.")


class SafePasskey:
    """Refuses a passkey that no browser could have made, instead of failing on it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["credential"].error_messages["required"] = NOT_SENT

    def clean_credential(self):
        try:
            return super().clean_credential()
        except MALFORMED:
            raise get_adapter().validation_error("passkey_refused") from None


class PasskeyForm(SafePasskey, AuthenticateWebAuthnForm):
    """Takes a passkey as the second step."""


class ConfirmByPasskeyForm(SafePasskey, ReauthenticateWebAuthnForm):
    """Takes a passkey before something grave."""


class SignInByPasskeyForm(SafePasskey, LoginWebAuthnForm):
    """Takes a passkey that says itself whose it is."""


class AddPasskeyForm(AddWebAuthnForm):
    """Names a new passkey and says whether it will do without the password."""

    name = forms.CharField(
        label="Name of the passkey",
        required=False,
        max_length=LONGEST_NAME,
        help_text="For example “work laptop” or “blue key”, to tell yours apart.",
    )
    passwordless = forms.BooleanField(
        label="Sign in with this passkey alone, without my password",
        required=False,
        help_text="It then asks for your fingerprint, face or PIN each time. Leave this off for a "
        "plain security key.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["credential"].error_messages["required"] = NOT_SENT

    def clean(self):
        try:
            return super().clean()
        except MALFORMED:
            raise get_adapter().validation_error("passkey_refused") from None


class NamePasskeyForm(EditWebAuthnForm):
    """Renames a passkey."""

    name = forms.CharField(label="Name of the passkey", max_length=LONGEST_NAME)


class ResetFactorsForm(forms.Form):
    """Why somebody's second step is reset."""

    reason = forms.CharField(
        label="Reason",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What was lost, and how you made sure who is asking: it goes into the trail.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "reason",
        ButtonHolder(
            Submit("reset", "Reset the second step", css_class="usa-button--secondary"),
        ),
    )
