"""Forms of inspections beside the public ones, and of what newer evidence asks for."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Fieldset, Layout, Row, Submit
from django import forms

from qmm_pilot.records.upload_forms import mark_of_file
from qmm_pilot.uswds.widgets import DayInput

from .models.evidence import CLASSES


class DeclaredInspectionForm(forms.Form):
    """One inspection as the firm knows it; `feis` are the facility's FEIs, its own first."""

    ended_on = forms.DateField(
        label="Last day of the inspection",
        widget=DayInput(),
        help_text="The day on which the investigators closed it; Form FDA 483 bears it.",
    )
    classification = forms.TypedChoiceField(
        label="Final classification, as you know it",
        choices=[("", "No final classification known"), *CLASSES],
        required=False,
        help_text="It stands in FDA’s letter with the inspection report (FMD-145), where one came.",
    )
    fei_key = forms.ChoiceField(label="FEI under which it took place")
    number = forms.CharField(
        label="Inspection number",
        max_length=40,
        required=False,
        help_text="Where you know it; FDA’s data list it as Inspection ID.",
    )
    note = forms.CharField(
        label="Note",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For example “pre-approval inspection” or “response sent, no letter yet”.",
    )
    letter = forms.FileField(
        label="FDA’s letter",
        required=False,
        help_text="PDF, PNG, JPG, TXT or DOCX.",
    )
    is_confidential = mark_of_file()

    helper = FormHelper()
    helper.layout = Layout(
        Row("ended_on", "classification"),
        Row("fei_key", "number"),
        "note",
        "letter",
        "is_confidential",
        ButtonHolder(Submit("add", "Add this inspection")),
    )

    def __init__(self, *args, feis, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["fei_key"].choices = [(fei, fei) for fei in feis]


class EnteredInspectionForm(DeclaredInspectionForm):
    """The same as FDA's staff look it up, with the system and the day of the look-up."""

    source = forms.CharField(
        label="FDA’s system",
        max_length=300,
        help_text="Which system or file you looked into.",
    )
    looked_up_on = forms.DateField(label="Day of the look-up", widget=DayInput())

    helper = FormHelper()
    helper.layout = Layout(
        Fieldset("The inspection", Row("ended_on", "classification"), Row("fei_key", "number")),
        Fieldset("Where you found it", Row("source", "looked_up_on"), "note", "letter"),
        ButtonHolder(Submit("enter", "Enter the inspection")),
    )
    field_order = [
        "ended_on",
        "classification",
        "fei_key",
        "number",
        "source",
        "looked_up_on",
        "note",
        "letter",
    ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["classification"].label = "Final classification"
        self.fields["classification"].choices = [("", "Not yet classified"), *CLASSES]
        self.fields["ended_on"].help_text = "As FDA’s system has it."
        for name in ("classification", "number"):
            self.fields[name].help_text = ""
        self.fields["note"].help_text = "For example why public data lack it."
        self.fields["letter"].label = "Letter or printout"
        del self.fields["is_confidential"]  # the firm's to designate


class ReasonForm(forms.Form):
    """Why something is taken back or settled; fields only, its page writes the form."""

    reason = forms.CharField(
        label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    helper = FormHelper()
    helper.form_tag = False


class ReopeningForm(ReasonForm):
    """The new evidence on a determined request, and where it comes from."""

    source = forms.CharField(
        label="Source",
        max_length=300,
        help_text="For example “Close-out letter of December 3, 2020”.",
    )
    field_order = ["reason", "source"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "What is new, and why it asks for another examination"
