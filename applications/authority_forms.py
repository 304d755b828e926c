"""The firm's forms of its letters of authority: they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Row, Submit
from django import forms

from qmm_pilot.accounts.models import User
from qmm_pilot.records.upload_forms import mark_of_file
from qmm_pilot.uswds.widgets import DayInput

from .signing_forms import person_in_a_list

LETTER_HELP = (
    "Signed by your firm, as PDF or picture. FDA can read it once your firm has submitted a "
    "request."
)


class AuthorityLetterForm(forms.Form):
    """Who signs for the firm, the letter that says so, and from when until when."""

    official = forms.ModelChoiceField(
        label="Who signs for your firm?",
        queryset=User.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text="An earlier letter of this person is replaced and stays on file.",
    )
    letter = forms.FileField(label="Letter of authority", help_text=LETTER_HELP)
    is_confidential = mark_of_file()
    since = forms.DateField(label="First day", widget=DayInput, help_text="Eastern Time.")
    until = forms.DateField(
        label="Last day", required=False, widget=DayInput, help_text="If the letter names one."
    )

    helper = FormHelper()
    helper.layout = Layout(
        "official",
        "letter",
        "is_confidential",
        Row("since", "until"),
        ButtonHolder(Submit("file", "File the letter")),
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["official"].queryset = people
        self.fields["official"].label_from_instance = person_in_a_list
        if len(people) == 1:
            self.initial["official"] = people[0].pk


class WithdrawLetterForm(forms.Form):
    """Why a letter of authority holds no longer."""

    reason = forms.CharField(
        label="Why it holds no longer",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example “left the firm”. FDA reads it.",
    )
