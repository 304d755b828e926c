"""Forms of the report: its words, signatures, FDA’s comments. They check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from assessments.finding_forms import ProseField
from assessments.models import Report
from qmm_pilot.records.signing_form import SigningForm

WORDS = ["summary", "method", "people_interviewed"]


class ReportForm(forms.Form):
    """What the lead writes herself; topics and findings come from their own pages."""

    summary = ProseField(
        label="Summary",
        rows=8,
        help_text="The report opens with it: what is strong, and where the facility can grow.",
        error_messages={"required": "Write the summary; the report opens with it."},
    )
    method = ProseField(
        label="Method",
        rows=5,
        required=False,
        help_text="How the team worked: interviews, documents, a tour, and what was left out.",
    )
    people_interviewed = ProseField(
        label="People interviewed, by function",
        rows=5,
        required=False,
        help_text=Report._meta.get_field("people_interviewed").help_text,
    )

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout(*WORDS, ButtonHolder(Submit("render", "Render the report")))
        return helper


class SignatureForm(SigningForm):
    """The signature on a report; `seen` is the hash of the file that the page named."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class CommentsForm(forms.Form):
    """What the author is to change before FDA accepts."""

    comments = ProseField(
        label="Comments to the author",
        rows=8,
        help_text="Say what is to change and why. The contractor’s team reads them; the firm "
        "does not. FDA never alters a level.",
        error_messages={"required": "Write what the author is to change."},
    )
