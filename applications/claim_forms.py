"""FDA's form on rival claims: it checks shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from .models import ParticipationRequest


class ClaimForm(forms.Form):
    """Which of the rival requests holds, why, and what that rests on."""

    holder = forms.ModelChoiceField(
        label="Which firm may make the request for this facility?",
        queryset=ParticipationRequest.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text="This request goes on; the other is closed with neutral words.",
    )
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For FDA’s record. No firm reads it.",
    )
    source = forms.CharField(
        label="Source",
        max_length=300,
        help_text="What the ruling rests on, for example “Drug establishment registration of "
        "2020” or “Call with the registrant on November 16”.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "holder", "reason", "source", ButtonHolder(Submit("rule", "Record the ruling"))
    )

    def __init__(self, *args, claims, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["holder"].queryset = ParticipationRequest.objects.filter(
            pk__in=[claim.pk for claim in claims]
        ).select_related("organization")
        self.fields["holder"].label_from_instance = _in_a_list


def _in_a_list(claim):
    return f"{claim.organization.name}, {claim.receipt_number}"
