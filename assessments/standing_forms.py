"""Forms about the standing and the early end of a participation: they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from applications.models import StandingDecision, StandingMark
from qmm_pilot.uswds.fields import DayField

YES_OR_NO = [("yes", "Yes"), ("no", "No")]


class MarkForm(forms.Form):
    """What may bear on the standing of a participation, where it is documented, since when."""

    cause = forms.ChoiceField(
        label="What happened", choices=StandingMark.Cause.choices, widget=forms.RadioSelect
    )
    what = forms.CharField(
        label="The facts",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="FDA’s case staff alone read them.",
    )
    source = forms.CharField(
        max_length=300, help_text="Where it is documented, for example a recall number."
    )
    happened_on = DayField(label="On which day")
    tell_firm = forms.BooleanField(
        label="Tell the firm’s officials now",
        required=False,
        help_text="They read which kind of change it is and that FDA looks at it; neither facts "
        "nor source. The contractor is told nothing.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "cause",
        "what",
        "source",
        "happened_on",
        "tell_firm",
        ButtonHolder(Submit("mark", "Mark the participation")),
    )


class DecisionForm(forms.Form):
    """Continue, hold or remove; the reason; of a hold, when FDA looks again."""

    kind = forms.ChoiceField(
        label="Decision",
        choices=[
            (StandingDecision.Kind.CONTINUE, "Continue: the mark is closed, a hold on it ends"),
            (StandingDecision.Kind.HOLD, "Hold: nothing advances until FDA decides again"),
            (StandingDecision.Kind.REMOVE, "Remove: the participation ends"),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="FDA’s own. The reason of a removal is read by the firm.",
    )
    review_on = DayField(
        label="FDA looks again on", required=False, help_text="Of a hold: a day to come."
    )

    helper = FormHelper()
    helper.layout = Layout(
        "kind", "reason", "review_on", ButtonHolder(Submit("propose", "Propose to a second person"))
    )

    def clean(self):
        given = super().clean()
        if given.get("kind") == StandingDecision.Kind.HOLD and not given.get("review_on"):
            self.add_error("review_on", "Enter the day on which FDA looks at the hold again.")
        return given


class RemovalForm(forms.Form):
    """Why FDA removes a participation."""

    reason = forms.CharField(
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="The firm reads it on the page of its place, when a second person has confirmed.",
    )


class WithdrawForm(forms.Form):
    """Why the firm withdraws, if it wishes to say; what it chooses where fieldwork has begun."""

    wants_partial_report = forms.TypedChoiceField(
        label="Do you want a partial report?",
        choices=YES_OR_NO,
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        help_text="It would hold what was seen so far, marked as partial and without an overall "
        "level. The contractor may then hand in work that it had begun.",
    )
    may_compare_data = forms.TypedChoiceField(
        label="May FDA compare your data without the name of your firm?",
        choices=YES_OR_NO,
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        help_text="Your choice has no consequence for you.",
    )
    reason = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="FDA reads it. You need not give one.",
    )

    def __init__(self, *args, asks_about_report, asks_about_data, **kwargs):
        super().__init__(*args, **kwargs)
        if not asks_about_report:
            del self.fields["wants_partial_report"]
        if not asks_about_data:
            del self.fields["may_compare_data"]
