"""The firm's forms of intake: they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Fieldset, Layout, Row, Submit
from django import forms

from applications import eligibility
from applications.models import Facility
from qmm_pilot.accounts.time_zones import time_zone_choices
from qmm_pilot.programs.models import Program
from qmm_pilot.records.signing_form import SigningForm


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
                label=criterion.commitment_text,
                error_messages={
                    "required": f"Tick criterion {criterion.code}, {criterion.title}. Each "
                    "commitment is attested by itself."
                },
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
        return [c.pk for c in self.criteria if self.cleaned_data.get(self.name_of(c))]


class ReasonForm(forms.Form):
    """Why a firm withdraws or declines, if it wishes to say."""

    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="FDA reads it. You need not give one.",
    )


def _in_shape(check, text):
    try:
        check(text)
    except ValueError as fault:
        raise forms.ValidationError(str(fault)) from fault
    return text


def _facility_of_firm_in_a_list(facility):
    """For an agent, who prepares for several firms."""
    return f"{facility.organization}: {_facility_in_a_list(facility)}"


def _facility_in_a_list(facility):
    return f"{facility.name} (FEI {facility.fei}, {facility.country.name})"


def _program_in_a_list(program):
    where = program.get_facilities_are_display()
    return f"{program.name}: facilities {where[0].lower()}{where[1:]}"
