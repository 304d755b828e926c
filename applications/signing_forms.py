"""The firm's forms of a finished draft: they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from qmm_pilot.accounts.models import User


class HandOverForm(forms.Form):
    """Who signs a finished draft."""

    to = forms.ModelChoiceField(
        label="Who reads, attests and submits it?",
        queryset=User.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text="She is told by mail and finds the request among her tasks.",
    )
    note = forms.CharField(
        label="Note to her",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Only people of your firm read it, and only here: it is not in the mail.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "to", "note", ButtonHolder(Submit("hand_over", "Hand over for signature"))
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people
        self.fields["to"].label_from_instance = _person_in_a_list
        if len(people) == 1:
            self.initial["to"] = people[0].pk


class SendBackForm(forms.Form):
    """What a signer wants changed before she signs."""

    answer = forms.CharField(
        label="What should be changed",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Only people of your firm read it, and only here: it is not in the mail.",
    )

    helper = FormHelper()
    helper.layout = Layout("answer", ButtonHolder(Submit("send_back", "Send it back")))


def _person_in_a_list(person):
    return f"{person.name}, {person.title}" if person.title else person.name
