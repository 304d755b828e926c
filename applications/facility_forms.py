"""Forms about a facility besides its own: FEIs of the past. They check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Row, Submit
from django import forms

from applications.eligibility import canonical_fei
from applications.models import FacilityIdentifier
from qmm_pilot.uswds.widgets import DayInput


class IdentifierForm(forms.Form):
    """An FEI that the site bore before."""

    fei = forms.CharField(
        label="FEI number",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="Inspections under this number count for the facility too.",
    )
    kind = forms.TypedChoiceField(
        label="What became of it?",
        choices=[
            (FacilityIdentifier.Kind.FORMER, "The facility bore it before the present FEI"),
            (FacilityIdentifier.Kind.MERGED, "It was merged into the present FEI"),
        ],
        widget=forms.RadioSelect,
    )
    since = forms.DateField(
        label="From", required=False, widget=DayInput, help_text="Leave empty if not known."
    )
    until = forms.DateField(
        label="Until", required=False, widget=DayInput, help_text="Its last day, if known."
    )
    source = forms.CharField(
        max_length=300,
        help_text="Where that is documented, for example “FDA’s letter of March 3, 2018”.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "fei", "kind", Row("since", "until"), "source", ButtonHolder(Submit("add", "Add this FEI"))
    )

    def clean_fei(self):
        text = self.cleaned_data["fei"]
        try:
            canonical_fei(text)
        except ValueError as fault:
            raise forms.ValidationError(str(fault)) from fault
        return text


class WithdrawIdentifierForm(forms.Form):
    """Why a former FEI does not belong to the facility."""

    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stays on record beside the number.",
    )
