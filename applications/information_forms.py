"""Forms of FDA's questions and of the firm's answers: they check shape, never policy (B8)."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Fieldset, Layout, Submit
from django import forms

from applications.answer_forms import AnswersForm
from applications.forms import CommitmentsForm
from applications.operations.answers import ANSWERS
from applications.operations.information import LONGEST_NOTE
from applications.reasons import REASONS
from applications.steps import sections_with
from qmm_pilot.uswds.widgets import DayInput


class AskForm(forms.Form):
    """Why a request is returned, what else is reopened, what is asked, and until when."""

    reasons = forms.MultipleChoiceField(
        label="Why is the request returned?",
        choices=[(code, reason.label) for code, reason in REASONS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose all that apply. Each reason reopens the answers that it concerns.",
    )
    extra = forms.MultipleChoiceField(
        label="Further answers to reopen",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label="What FDA asks",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Shown on the firm’s page of the request only; it is not in the mail. Write here "
        "what is confidential.",
    )
    answer_by = forms.DateField(label="Answer by", widget=DayInput)

    helper = FormHelper()
    helper.layout = Layout(
        "reasons",
        "extra",
        "note",
        "answer_by",
        ButtonHolder(Submit("mail", "Continue to the mail")),
    )

    def __init__(self, *args, answers, program, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["extra"].choices = answers
        self.fields["answer_by"].help_text = (
            f"The last day, Eastern Time; proposed are {program.information_working_days} working "
            "days. The notice sets no time, so this is our assumption."
        )


class MailForm(forms.Form):
    """The mail to the firm, before it goes."""

    subject = forms.CharField(label="Subject", max_length=200)
    body = forms.CharField(
        label="Text",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Mail is not confidential: name no product, figure or finding. The greeting, the "
        "last day and the address of this site are added.",
    )


class ExtendForm(forms.Form):
    """A later day for the answer, and why."""

    answer_by = forms.DateField(label="Answer by", widget=DayInput)
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For FDA’s record. The letter names the new day only.",
    )


class WhyForm(forms.Form):
    """Why FDA lets a request lapse, or takes it up again."""

    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Full sentences, for FDA’s record. The letter does not quote it.",
    )


class ReopenedForm(AnswersForm):
    """The reopened answers alone, and what the firm says beside them."""

    note = forms.CharField(
        label="Your answer in words",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What FDA asks, or why an answer stands as it is. FDA treats it as confidential "
        "commercial information.",
    )

    def __init__(self, *args, reopened, note, seen, **kwargs):
        names = [name for name in ANSWERS if name in set(reopened)]
        super().__init__(*args, names=names, **kwargs)
        self.initial |= {"seen": seen, "note": note}
        self.lay_out(
            sections_with(names),
            Submit("review", "Save and review"),
            Submit("save", "Save draft", css_class="usa-button--outline"),
        )
        self.helper.form_id = "reopened"
        self.helper.layout.insert(-1, Fieldset("In your own words", "note"))


class SignAnswersForm(CommitmentsForm):
    """The signature under the answers; `seen` is the mark of what the page showed.

    The commitments are those of a request that its firm confirms; others were attested before.
    """

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
