"""Forms of what remains when a file is closed: work handed in, copies, destruction; shape alone."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from assessments.finding_forms import ProseField
from assessments.models import CopyEnd, HandIn
from qmm_pilot.records.signing_form import SigningForm


class HandInForm(forms.Form):
    """The text of work begun, or its file, and what it is about."""

    kind = forms.ChoiceField(
        label="What you hand in", choices=HandIn.Kind.choices, widget=forms.RadioSelect
    )
    topic_name = forms.ChoiceField(label="Topic", required=False)
    text = ProseField(
        label="Text",
        rows=10,
        required=False,
        max_length=50_000,
        help_text="Your draft: what was seen, the evidence, the recommendation, or the text of "
        "the report.",
    )
    upload = forms.FileField(
        label="File", required=False, help_text="PDF, PNG, JPG, TXT, CSV, DOCX or XLSX."
    )

    helper = FormHelper()
    helper.layout = Layout(
        "kind", "topic_name", "text", "upload", ButtonHolder(Submit("hand_in", "Hand this in"))
    )

    def __init__(self, *args, topics, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["topic_name"].choices = [
            ("", "No topic of the program"),
            *((name, name) for name in topics),
        ]

    def clean(self):
        given = super().clean()
        if not given.get("text") and not given.get("upload") and not self.errors:
            self.add_error("text", "Enter the text of your work, or choose its file.")
        return given


class CopyEndForm(forms.Form):
    """What became of one copy."""

    how = forms.ChoiceField(
        label="What became of it", choices=CopyEnd.How.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label="How",
        max_length=500,
        help_text="For example “deleted from the laptop and its backup”, or “handed to FDA’s "
        "coordinator”.",
    )


class SignedCertificateForm(SigningForm):
    """The statement that a contractor's administrator signs."""

    statement = forms.CharField(
        label="How the copies were destroyed", max_length=2000, widget=forms.Textarea({"rows": 4})
    )


class FiledCertificateForm(forms.Form):
    """A certificate that the contractor signed on paper, which FDA files."""

    statement = forms.CharField(
        label="What the certificate says", max_length=2000, widget=forms.Textarea({"rows": 3})
    )
    document = forms.FileField(label="The signed certificate", help_text="As PDF.")
