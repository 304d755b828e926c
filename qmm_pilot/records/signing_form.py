"""The part of every form that signs: password, code, passkey. It checks shape, never policy."""

from allauth.mfa.models import Authenticator
from django import forms

from .proofs import Proof, passkey_options, read_proof


class SigningForm(forms.Form):
    """What a signer enters: her password, with a code where she has a second factor; or a passkey.

    Written by templates/components/signing_fields.html.
    """

    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Entering it signs with your name.",
        error_messages={"required": "Enter your password; it signs."},
    )
    code = forms.CharField(
        label="Code of your authenticator app",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text="The six digits that the app shows now, or one of your recovery codes.",
        error_messages={"required": "Enter the code that your authenticator app shows now."},
    )
    passkey = forms.JSONField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        kinds = set(
            Authenticator.objects.filter(user_id=request.user.pk).values_list("type", flat=True)
        )
        self.has_passkey = Authenticator.Type.WEBAUTHN in kinds
        if not kinds - {Authenticator.Type.WEBAUTHN}:
            del self.fields["code"]
        if not self.has_passkey:
            del self.fields["passkey"]
            for name in {"password", "code"} & set(self.fields):
                self.fields[name].required = True  # nothing else signs

    def __iter__(self):
        """Every field, the signature last: it stands below what it signs."""
        signing = [name for name in self.fields if name in SigningForm.base_fields]
        asked = [name for name in self.fields if name not in SigningForm.base_fields]
        return (self[name] for name in (*asked, *signing))

    def clean(self):
        entered = super().clean()
        if entered.get("passkey") or "passkey" in self.errors:
            return entered
        if not entered.get("password") and "password" not in self.errors:
            self.add_error("password", "Enter your password; it signs.")
        if "code" in self.fields and not entered.get("code") and "code" not in self.errors:
            self.add_error("code", "Enter the code that your authenticator app shows now.")
        return entered

    @property
    def passkey_options(self):
        """What the page asks a passkey; None for a person without one."""
        return passkey_options(self.request) if self.has_passkey else None

    def proof(self) -> Proof:
        """What was entered, once the form is valid."""
        names = ("password", "code", "passkey")
        return read_proof(
            self.request, **{name: self.cleaned_data[name] for name in names if name in self.fields}
        )

    def answers(self) -> dict:
        """What else the form asked, by field."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in SigningForm.base_fields
        }
