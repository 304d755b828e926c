"""The firm's forms of a finished draft: they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Fieldset, Layout, Submit
from django import forms

from qmm_pilot.accounts.models import User
from qmm_pilot.records.upload_forms import mark_of_file


class HandOverForm(forms.Form):
    """Who signs a finished draft."""

    to = forms.ModelChoiceField(
        label="Who reads, attests and submits it?",
        queryset=User.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text="This person is told by mail and finds the request at Home, among the tasks.",
    )
    note = forms.CharField(
        label="Note to this person",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Only people of your firm read it, and only here: it is not in the mail.",
    )

    letter = forms.FileField(label="Letter of authority", required=False)
    is_confidential = mark_of_file()

    def __init__(self, *args, people, without_letter=(), **kwargs):
        """`without_letter`: the people whose letter may come along, since none is on file."""
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "to", "note", ButtonHolder(Submit("hand_over", "Hand over for signature"))
        )
        if without_letter:
            names = ", ".join(person.name for person in without_letter)
            self.fields["letter"].help_text = (
                f"None is on file for {names}. Add the letter in which your firm says that this "
                "person signs for it, as PDF or picture, or file it later."
            )
            self.helper.layout.insert(2, Fieldset("Authority to sign", "letter", "is_confidential"))
        else:
            del self.fields["letter"], self.fields["is_confidential"]
        self.fields["to"].queryset = people
        self.fields["to"].label_from_instance = person_in_a_list
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


def person_in_a_list(person):
    return f"{person.name}, {person.title}" if person.title else person.name
