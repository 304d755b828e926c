"""FDA's forms of intake and selection: they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from qmm_pilot.records.signing_form import SigningForm

from .models import Decision
from .models.eligibility import RULINGS


class RulingForm(forms.Form):
    """A person's ruling on one criterion."""

    ruling = forms.TypedChoiceField(
        label="Is the criterion met?",
        choices=[(RULINGS[0][0], "Yes, it is met"), (RULINGS[1][0], "No, it is not met")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Full sentences. They stay on record beside what the examination found.",
    )
    source = forms.CharField(
        label="Source",
        max_length=300,
        help_text="What the ruling rests on, for example “Establishment inspection report of "
        "May 4, 2018” or “FDA’s compliance system, read today”.",
    )

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout(
            "ruling",
            "reason",
            "source",
            ButtonHolder(
                Submit("rule", "Record the ruling"),
                Submit("next", "Record and open the next", css_class="usa-button--outline"),
            ),
        )
        return helper


class AssignForm(forms.Form):
    """Which coordinator is in charge of a request; `seen` is who was when the page was made."""

    officer = forms.ChoiceField(
        label="Who is in charge of it?",
        required=False,
        help_text="Its tasks move to this person. Nobody: they are open to every coordinator.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)

    def __init__(self, *args, officers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["officer"].choices = [
            ("", "Nobody"),
            *((str(pk), name) for pk, name in officers.items()),
        ]

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout("officer", "seen", ButtonHolder(Submit("assign", "Assign")))
        return helper


class DecisionForm(forms.Form):
    """The draft decision about one eligible request, or the change of the draft that stands."""

    kind = forms.TypedChoiceField(
        label="Decision",
        choices=[
            (Decision.Kind.SELECTED, "Select: take a place for this facility"),
            (Decision.Kind.ALTERNATE, "Keep as an alternate"),
            (Decision.Kind.NOT_SELECTED, "Do not select"),
        ],
        widget=forms.RadioSelect,
    )
    rank = forms.IntegerField(
        label="Rank among the alternates",
        min_value=1,
        max_value=99,
        required=False,
        help_text="For an alternate only: 1 is asked first.",
    )
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For FDA’s record. The letter does not quote it.",
    )

    def __init__(self, *args, is_change=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.button = "Change the draft" if is_change else "Draft the decision"

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout(
            "kind", "rank", "reason", ButtonHolder(Submit("decide", self.button))
        )
        return helper

    def clean(self):
        answers = super().clean()
        lacks_rank = answers.get("rank") is None and "rank" not in self.errors
        if answers.get("kind") == Decision.Kind.ALTERNATE and lacks_rank:
            self.add_error("rank", "Enter the rank of this alternate.")
        return answers


class ReleaseForm(SigningForm):
    """The signature under a release; `seen` is the hash of what the page showed."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class PublicDataForm(forms.Form):
    """The upload of one of FDA's public files."""

    file = forms.FileField(
        label="File as downloaded",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.zip,.txt"}),
        help_text="Inspection classifications as CSV or XLSX, or registrations as drls_reg.zip or "
        "drls_reg.txt; at most 200 MB.",
    )

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout("file", ButtonHolder(Submit("upload", "Upload and read")))
        return helper


class RollBackForm(forms.Form):
    """Why the data on record are taken back to an earlier file."""

    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Full sentences. They stay in the history of the data and in the trail.",
    )


class DeclarationRulingForm(forms.Form):
    """FDA's ruling on a declared interest, or the end of a declaration that was accepted."""

    accepted = forms.TypedChoiceField(
        label="Ruling",
        choices=[("yes", "Accept it: the file opens"), ("no", "Refuse it: the file is closed")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Reason",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Full sentences. They stay on record beside the declaration.",
    )

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout(
            "accepted", "reason", ButtonHolder(Submit("rule", "Record the ruling"))
        )
        return helper


class RevokeDeclarationForm(forms.Form):
    """Why FDA takes back that it accepted a declaration."""

    reason = forms.CharField(
        label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout(
            "reason", ButtonHolder(Submit("rule", "Close the file to this person"))
        )
        return helper
