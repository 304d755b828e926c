"""The style guide: every component and control together, to be looked at while building pages."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Fieldset, Layout, Row, Submit
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .widgets import DayInput, MomentInput

STATUSES = [
    "draft",
    "withdrawn",
    "submitted",
    "under_review",
    "rendering",
    "information_requested",
    "undetermined",
    "due",
    "eligible",
    "released",
    "not_eligible",
    "overdue",
]


class SampleForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label="Facility name", help_text="As registered with FDA.")
    email = forms.EmailField(label="Contact e-mail")
    fei = forms.CharField(label="FEI", required=False, help_text="Seven to ten digits.")
    country = forms.ChoiceField(
        label="Country",
        choices=[("", "Choose a country"), ("IN", "India"), ("US", "United States")],
    )
    receipt = forms.CharField(label="Receipt number", disabled=True, initial="R-0007")
    mode = forms.TypedChoiceField(
        label="How is the assessment held?",
        choices=[("on_site", "On site"), ("remote", "Remote"), ("hybrid", "Hybrid")],
        widget=forms.RadioSelect,
        help_text="All three parties confirm it.",
    )
    inspected_on = forms.DateField(label="Last inspection ended on", widget=DayInput)
    meeting_at = forms.DateTimeField(label="Meeting begins", widget=MomentInput, required=False)
    lots = forms.IntegerField(label="Lots started", min_value=0)
    products = forms.MultipleChoiceField(
        label="Products",
        choices=[("tablets", "Tablets"), ("sterile", "Sterile injectables"), ("other", "Other")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    operations = forms.CharField(
        label="Describe the operations",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text="What is made here, on which lines.",
    )
    letter = forms.FileField(
        label="Letter of authority", required=False, help_text="PDF or DOCX, at most 25 MB."
    )
    attested = forms.BooleanField(
        label="I am authorized to commit this facility to what is stated above."
    )
    password = forms.CharField(
        label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    token = forms.CharField(widget=forms.HiddenInput, initial="kept", required=False)

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_action = "styleguide"
        helper.form_method = "get"
        helper.layout = Layout(
            "token",
            Fieldset("The facility", "name", Row("email", "fei"), "country", "receipt"),
            Fieldset("The assessment", "mode", Row("inspected_on", "meeting_at"), "lots"),
            Fieldset("What is made", "products", "operations", "letter"),
            Fieldset("Signature", "attested", "password"),
            ButtonHolder(
                Submit("submit", "Review and submit"),
                Submit("save", "Save draft", css_class="usa-button--outline"),
            ),
        )
        return helper


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}))


@dataclass(frozen=True)
class SamplePerson:
    name: str = "Asha Rao"
    title: str = "Head of Quality"
    organization: str = "Deccan Active Ingredients"
    organization_id: int = 1


@dataclass(frozen=True)
class SampleFile:
    name: str = "Closing meeting, slides and notes.pdf"
    size: int = 482_113
    sha256: str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    scan_state: str = "pending"
    get_scan_state_display: str = "Virus scan pending"
    is_confidential: bool = True


@require_safe
@login_not_required
def styleguide(request):
    """Show every component; with ?submit the sample form is bound, so that its errors show."""
    form = SampleForm(request.GET if "submit" in request.GET or "save" in request.GET else None)
    return render(
        request,
        "styleguide/index.html",
        {
            "form": form,
            "reason_form": ReasonForm(),
            "statuses": STATUSES,
            "sample_moment": datetime(2020, 11, 16, 14, 0, tzinfo=UTC),
            "window_end": datetime(2020, 12, 1, 5, 0, tzinfo=UTC),
            "sample_day": date(2020, 11, 30),
            "sample_person": SamplePerson(),
            "sample_file": SampleFile(),
            "step_labels": ["Facility", "Contact", "Operations", "Commitments", "Review"],
            "profile": [
                ("Management commitment to quality", 4, "Level 4"),
                ("Business continuity", 2, "Level 2"),
                ("Advanced pharmaceutical quality system", 3, "Level 3"),
                ("Technical excellence", None, "Not rated"),
                ("Employee engagement and empowerment", 5, "Level 5"),
            ],
        },
    )
