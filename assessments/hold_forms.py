"""Forms of a legal hold: for which matter, since when, why; and why it ends."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from qmm_pilot.records.models import LONGEST_LINE
from qmm_pilot.uswds.widgets import DayInput


class HoldForm(forms.Form):
    """What a hold is placed for."""

    matter = forms.CharField(
        max_length=LONGEST_LINE, help_text="The case, investigation or request that asks for it."
    )
    since = forms.DateField(label="Held since", widget=DayInput)
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=5000)

    helper = FormHelper()
    helper.layout = Layout(
        "matter", "since", "reason", ButtonHolder(Submit("place", "Place under legal hold"))
    )


class LiftForm(forms.Form):
    """Why a hold is lifted."""

    reason = forms.CharField(
        label="Why it is lifted", widget=forms.Textarea(attrs={"rows": 4}), max_length=5000
    )
