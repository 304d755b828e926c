"""The firm's forms of intake: they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Fieldset, Layout, Row, Submit
from django import forms

from applications import eligibility
from applications.models import Facility, ParticipationRequest
from applications.operations.requests import (
    ANSWERS,
    MAY_BE_CONFIDENTIAL,
    REQUIRED_ANSWERS,
    mark_of_answers,
)
from qmm_pilot.accounts.time_zones import time_zone_choices
from qmm_pilot.programs.models import Program
from qmm_pilot.records.signing_form import SigningForm
from qmm_pilot.uswds.moments import day_in_words

Product = ParticipationRequest.Product
Operation = ParticipationRequest.Operation

# What each pilot's facilities make and do (85 FR 65824, 85 FR 65828; both since 2024).
PRODUCTS = {
    Program.Pilot.FDF: [Product.PRESCRIPTION, Product.OTC],
    Program.Pilot.API: [Product.API, Product.INTERMEDIATE],
    Program.Pilot.BOTH: list(Product),
}
_AFTER_MANUFACTURE = [
    Operation.PACK,
    Operation.REPACK,
    Operation.LABEL,
    Operation.RELABEL,
    Operation.ANALYSIS,
]
OPERATIONS = {
    Program.Pilot.FDF: [Operation.MANUFACTURE, *_AFTER_MANUFACTURE],
    Program.Pilot.API: [Operation.API_MANUFACTURE, *_AFTER_MANUFACTURE],
    Program.Pilot.BOTH: [
        Operation.MANUFACTURE,
        Operation.API_MANUFACTURE,
        *_AFTER_MANUFACTURE,
    ],
}


class FacilityForm(forms.ModelForm):
    """A site of the firm, with its identifiers."""

    time_zone = forms.ChoiceField(
        label="Time zone of the site",
        choices=time_zone_choices,
        help_text="Visits are planned by the clocks of the site and of Eastern Time.",
    )

    class Meta:
        model = Facility
        fields = [
            "name",
            "fei",
            "duns",
            "address_line_1",
            "address_line_2",
            "city",
            "state",
            "postal_code",
            "country",
            "time_zone",
        ]
        help_texts = {
            "name": "As on the establishment’s registration with FDA.",
            "fei": "FDA Establishment Identifier, usually seven or ten digits. FDA looks up the "
            "inspections of this number; leading zeros do not matter.",
            "duns": "The nine digits of the site itself, not of its parent firm. It tells sites "
            "with similar names apart.",
            "address_line_1": "Where the site is, not a mailbox.",
            "country": "Decides which pilot the facility may ask to join.",
        }
        widgets = {
            "fei": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            "duns": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        }

    layout = (
        Fieldset("The facility", "name", Row("fei", "duns")),
        Fieldset(
            "Where it is",
            "address_line_1",
            "address_line_2",
            Row("city", "state", "postal_code"),
            "country",
            "time_zone",
        ),
    )

    def name_the_deed(self, words) -> None:
        """Give the form its button."""
        self.helper = FormHelper()
        self.helper.layout = Layout(*self.layout, ButtonHolder(Submit("save", words)))

    def clean_fei(self):
        return _in_shape(eligibility.canonical_fei, self.cleaned_data["fei"])

    def clean_duns(self):
        return _in_shape(eligibility.canonical_duns, self.cleaned_data["duns"])


class StartForm(forms.Form):
    """Which facility asks to join which pilot."""

    facility = forms.ModelChoiceField(
        queryset=Facility.objects.none(),
        empty_label="Choose a facility",
        help_text="One request is for one facility. Several facilities of a firm may each have "
        "their own.",
    )
    program = forms.ModelChoiceField(
        label="Pilot",
        queryset=Program.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text="The country of the facility decides which pilot is the right one.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "facility", "program", ButtonHolder(Submit("start", "Start the request"))
    )

    def __init__(self, *args, facilities, programs, names_firm=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["facility"].queryset = facilities
        named = _facility_of_firm_in_a_list if names_firm else _facility_in_a_list
        self.fields["facility"].label_from_instance = named
        self.fields["program"].label_from_instance = _program_in_a_list
        self.fields["program"].queryset = programs


class AnswersForm(forms.ModelForm):
    """The answers of a draft. A draft may be incomplete, so that nothing here must be answered."""

    use_required_attribute = False
    seen = forms.CharField(widget=forms.HiddenInput)
    contact_time_zone = forms.ChoiceField(
        label="Time zone",
        required=False,
        choices=lambda: [("", "Choose a time zone"), *time_zone_choices()],
        help_text="Calls are proposed at hours that suit this zone.",
    )
    operations = forms.MultipleChoiceField(
        label="What the facility does",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose all that apply, as on the establishment’s registration. Criterion a "
        "asks for a manufacturing facility.",
    )
    products = forms.MultipleChoiceField(
        label="What it makes",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose all that apply. Criterion a names what the facilities of this pilot "
        "make.",
    )
    makes_sterile = forms.TypedChoiceField(
        label="Does it make sterile products?",
        required=False,
        choices=[("True", "Yes"), ("False", "No")],
        coerce=lambda text: text == "True",
        empty_value=None,
        widget=forms.RadioSelect,
        help_text="FDA seeks facilities of different kinds.",
    )
    size_band = forms.ChoiceField(
        label="Size of the site",
        required=False,
        choices=ParticipationRequest.Size,
        widget=forms.RadioSelect,
        help_text="People who work at the site. FDA seeks facilities of different sizes.",
    )
    sector = forms.ChoiceField(
        required=False,
        choices=ParticipationRequest.Sector,
        widget=forms.RadioSelect,
        help_text="The part of the industry that describes the site best.",
    )
    confidential_answers = forms.MultipleChoiceField(
        label="Which of your answers are confidential commercial information?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="FDA treats a marked answer as such, and every page that shows it says so (21 "
        "CFR 20.61). Free texts and what the facility makes are marked from the start. Take a mark "
        "away only if you are content for the answer to be public. You may change marks until you "
        "submit, and add some soon after; they expire after ten years (45 CFR 5.41).",
    )
    preferred_mode = forms.ChoiceField(
        label="How would you like to be assessed?",
        required=False,
        choices=ParticipationRequest.Mode,
        widget=forms.RadioSelect,
        help_text="Your preference helps planning. The commitment that your official attests "
        "covers an assessment on site or remote.",
    )

    class Meta:
        model = ParticipationRequest
        fields = ANSWERS
        labels = {
            "contact_name": "Name",
            "contact_title": "Job title",
            "contact_email": "E-mail address",
            "contact_phone": "Telephone",
            "product_description": "Describe the products",
            "blackout_dates": "Dates that do not suit",
            "interview_language": "Language of the interviews",
        }
        help_texts = {
            "contact_name": "Whom FDA and the contractor write to and call about this facility.",
            "contact_phone": "With the country code.",
            "deputy_name": "Who answers when the contact is away.",
            "product_description": "Dosage forms or substances in a few lines. The team that "
            "assesses is chosen to fit.",
            "blackout_dates": "Shutdowns, audits, holidays of the site. Visits are planned around "
            "them.",
            "interview_language": "If other than English, so that an interpreter can be found.",
        }
        widgets = {
            "contact_email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "contact_phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "product_description": forms.Textarea(attrs={"rows": 4}),
            "declared_inspections": forms.Textarea(attrs={"rows": 4}),
            "blackout_dates": forms.Textarea(attrs={"rows": 3}),
        }

    helper = FormHelper()
    helper.layout = Layout(
        "seen",
        Fieldset(
            "Contact",
            Row("contact_name", "contact_title"),
            Row("contact_email", "contact_phone"),
            "contact_time_zone",
            Row("deputy_name", "deputy_email"),
            css_id="contact",
        ),
        Fieldset("Operations", "operations", "size_band", "sector", css_id="operations"),
        Fieldset("Products", "products", "product_description", "makes_sterile", css_id="products"),
        Fieldset(
            "Inspections and scheduling",
            "declared_inspections",
            "preferred_mode",
            "blackout_dates",
            "interview_language",
            css_id="inspections",
        ),
        Fieldset("Confidentiality", "confidential_answers", css_id="confidentiality"),
        ButtonHolder(
            Submit("review", "Save and review"),
            Submit("save", "Save draft", css_class="usa-button--outline"),
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["seen"] = mark_of_answers(self.instance)
        program = self.instance.program
        self.fields["products"].choices = _chosen(Product, PRODUCTS[program.pilot])
        self.fields["operations"].choices = _chosen(Operation, OPERATIONS[program.pilot])
        self.fields["confidential_answers"].choices = self.choices_of_marks()
        self.fields["declared_inspections"].help_text = _about_inspections(program)

    def choices_of_marks(self) -> list:
        """Every answer that may be marked, in the words of its question."""
        in_order = [pointer.name for pointer in self.helper.layout.get_field_names()]
        return [
            (name, _in_one_list(name, self[name].label))
            for name in in_order
            if name in MAY_BE_CONFIDENTIAL
        ]

    def answers(self) -> dict:
        """The answers as save_answers takes them."""
        return {name: self.cleaned_data[name] for name in ANSWERS}

    def mark_what_submission_needs(self) -> None:
        """Mark, on the page only, the questions that a submission must answer."""
        self.full_clean()
        for name in REQUIRED_ANSWERS:
            self.fields[name].required = True


class DesignationForm(forms.Form):
    """Further parts of what was submitted that the firm designates, and why only now."""

    fields_chosen = forms.MultipleChoiceField(
        label="What else is confidential commercial information?",
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label="Why it is designated now",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="FDA keeps the reason with the designation.",
    )

    def __init__(self, *args, choices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["fields_chosen"].choices = choices


class CommitmentsForm(SigningForm):
    """The program's commitments, each attested by a checkbox of its own, and the signature."""

    def __init__(self, *args, criteria, **kwargs):
        super().__init__(*args, **kwargs)
        for criterion in criteria:
            self.fields[self.name_of(criterion)] = forms.BooleanField(
                label=criterion.commitment_text, required=False
            )
        self.criteria = criteria

    @staticmethod
    def name_of(criterion) -> str:
        return f"commitment_{criterion.pk}"

    def by_criterion(self) -> list:
        """Each commitment with its checkbox."""
        return [(criterion, self[self.name_of(criterion)]) for criterion in self.criteria]

    def attested(self) -> list:
        """The ids of the criteria whose box is ticked."""
        return [c.pk for c in self.criteria if self.cleaned_data[self.name_of(c)]]


class ReasonForm(forms.Form):
    """Why a firm withdraws or declines, if it wishes to say."""

    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="FDA reads it. You need not give one.",
    )


def _in_one_list(name, label):
    """The words of a question where it stands outside its section."""
    return f"Contact: {label[0].lower()}{label[1:]}" if name.startswith("contact_") else label


def _in_shape(check, text):
    try:
        check(text)
    except ValueError as fault:
        raise forms.ValidationError(str(fault)) from fault
    return text


def _chosen(choices, values):
    return [(value, choices(value).label) for value in values]


def _facility_of_firm_in_a_list(facility):
    """For an agent, who prepares for several firms."""
    return f"{facility.organization}: {_facility_in_a_list(facility)}"


def _facility_in_a_list(facility):
    return f"{facility.name} (FEI {facility.fei}, {facility.country.name})"


def _program_in_a_list(program):
    where = program.get_facilities_are_display()
    return f"{program.name}: facilities {where[0].lower()}{where[1:]}"


def _about_inspections(program):
    about = "" if program.pilot == Program.Pilot.BOTH else "Criterion b is about them; "
    assumed = (
        " The notice gives no reference date for its five years; these dates are our assumption."
        if program.inspections_are_assumed and about
        else ""
    )
    return (
        "FDA inspections of this facility that ended from "
        f"{day_in_words(program.inspections_since)} up to, but not including, "
        f"{day_in_words(program.inspections_before)}: date and classification of each, or "
        f"“none”. {about}FDA compares your list with its own data, which may lack the newest."
        f"{assumed}"
    )
