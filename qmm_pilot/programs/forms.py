"""The form of a contractor's written agreement; it checks shape alone."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Row, Submit
from django import forms

from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Side
from qmm_pilot.uswds.widgets import DayInput


class AgreementForm(forms.Form):
    """Which contractor, the reference of the document, and its dates."""

    organization = forms.ModelChoiceField(
        label="Contractor", queryset=Organization.objects.none(), empty_label="Choose"
    )
    reference = forms.CharField(
        max_length=100,
        help_text="Where the signed document is found, for example its contract number.",
    )
    since = forms.DateField(label="In force from", widget=DayInput)
    until = forms.DateField(
        label="In force until",
        widget=DayInput,
        help_text="The last day. After it the contractor’s people read nothing of this program.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "organization",
        "reference",
        Row("since", "until"),
        ButtonHolder(Submit("file", "File the agreement")),
    )

    def __init__(self, *args, program, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = Organization.objects.filter(
            kind=Side.CONTRACTOR, is_rehearsal=program.is_rehearsal
        )

    def clean(self):
        given = super().clean()
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day is before the first day.")
        return given
