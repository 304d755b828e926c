"""Forms of a change of owner: they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from qmm_pilot.accounts.models import Organization
from qmm_pilot.uswds.widgets import DayInput


class OfferForm(forms.Form):
    """To whom the site passed, and from which day."""

    to_email = forms.EmailField(
        label="E-mail address of the new owner’s authorized official",
        help_text="This person is asked by mail to confirm, with this address and no other.",
    )
    since = forms.DateField(
        label="First day of the new owner", widget=DayInput, help_text="Today or earlier."
    )

    helper = FormHelper()
    helper.layout = Layout(
        "to_email", "since", ButtonHolder(Submit("offer", "Ask the new owner to confirm"))
    )


class NewOwnerForm(forms.Form):
    """The new owner as FDA records it."""

    successor = forms.ModelChoiceField(
        label="New owner", queryset=Organization.objects.none(), empty_label="Choose a firm"
    )
    since = forms.DateField(
        label="First day of the new owner", widget=DayInput, help_text="Today or earlier."
    )
    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Why FDA records it without the confirmation of both firms.",
    )
    source = forms.CharField(
        max_length=300, help_text="For example “Registration of January 4, 2021”."
    )

    helper = FormHelper()
    helper.layout = Layout(
        "successor", "since", "reason", "source",
        ButtonHolder(Submit("record", "Record the new owner")),
    )  # fmt: skip

    def __init__(self, *args, firms, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["successor"].queryset = firms
