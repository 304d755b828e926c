"""FDA's forms of requests that came by mail: they check shape, never policy (B19)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Fieldset, Layout, Row, Submit
from django import forms

from applications.answer_forms import AnswersForm
from applications.eligibility import canonical_duns, canonical_fei
from applications.models import Facility
from applications.operations.answers import MAY_BE_CONFIDENTIAL
from applications.steps import sections_with
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.time_zones import time_zone_choices
from qmm_pilot.programs.models import Program
from qmm_pilot.uswds.widgets import MomentInput

DESCRIBED = ("name", "fei", "duns", "address_line_1", "city", "state", "postal_code", "country")
NEEDED = {"site_name": "name", "fei": "FEI number", "country": "country"}


class FileForm(forms.Form):
    """A mail to FDA's mailbox, and the pilot that it asks to join."""

    message = forms.FileField(
        label="The mail",
        widget=forms.ClearableFileInput(attrs={"accept": ".eml,message/rfc822"}),
        help_text="Saved as .eml, with its attachments; at most 25 MB. It is kept as it came, and "
        "nothing of it is mailed on.",
    )
    program = forms.ModelChoiceField(
        label="Pilot",
        queryset=Program.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(self, *args, programs, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["program"].queryset = programs
        self.fields["program"].label_from_instance = lambda program: program.name
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "message", "program", ButtonHolder(Submit("file", "File the mail"))
        )


class EnterForm(AnswersForm):
    """What a mail says: when it came, whose site it is about, whom to ask, and any answers."""

    arrival = forms.DateTimeField(
        label="Arrived",
        widget=MomentInput,
        help_text="The moment that counts for the window.",
    )
    arrival_zone = forms.ChoiceField(
        label="in the time zone of", choices=time_zone_choices, initial="America/New_York"
    )
    facility = forms.ModelChoiceField(
        label="Facility that FDA knows",
        queryset=Facility.objects.none(),
        required=False,
        empty_label="None of these: described below",
    )
    firm = forms.ModelChoiceField(
        label="Firm that FDA knows",
        queryset=Organization.objects.none(),
        required=False,
        empty_label="A new firm, named below",
    )
    firm_name = forms.CharField(label="Name of the new firm", max_length=200, required=False)
    site_name = forms.CharField(label="Facility legal name", max_length=200, required=False)
    fei = forms.CharField(label="FEI number", max_length=20, required=False)
    duns = forms.CharField(label="DUNS number", max_length=11, required=False)
    address_line_1 = forms.CharField(label="Street address", max_length=200, required=False)
    city = forms.CharField(max_length=100, required=False)
    state = forms.CharField(label="State or region", max_length=100, required=False)
    postal_code = forms.CharField(label="ZIP or postal code", max_length=20, required=False)

    def __init__(self, *args, facilities, firms, **kwargs):
        super().__init__(*args, names=MAY_BE_CONFIDENTIAL, **kwargs)
        country = Facility._meta.get_field("country").formfield()
        self.fields["country"] = country
        country.required = False
        self.fields["facility"].queryset = facilities
        self.fields["facility"].label_from_instance = lambda site: (
            f"{site.organization}: {site.name} (FEI {site.fei})"
        )
        self.fields["firm"].queryset = firms
        for name in ("contact_name", "contact_email"):
            self.fields[name].required = True
        sections = [
            Fieldset(
                section.heading,
                *(Row(*row) if len(row) > 1 else row[0] for row in section.rows),
                css_id=section.anchor,
            )
            for section in sections_with(MAY_BE_CONFIDENTIAL)
        ]
        self.helper = FormHelper()
        self.helper.layout = Layout(
            "seen",
            "page",
            Fieldset("Arrival", Row("arrival", "arrival_zone")),
            Fieldset("Facility", "facility", css_id="facility"),
            Fieldset(
                "If FDA does not know the facility",
                Row("firm", "firm_name"),
                Row("site_name", "fei", "duns"),
                "address_line_1",
                Row("city", "state", "postal_code"),
                "country",
                css_id="described",
            ),
            *sections,
            ButtonHolder(Submit("enter", "Enter the request")),
        )

    def clean_fei(self):
        return _in_shape(canonical_fei, self.cleaned_data["fei"])

    def clean_duns(self):
        return _in_shape(canonical_duns, self.cleaned_data["duns"])

    def clean(self):
        given = super().clean()
        if not given.get("facility"):
            for name, words in NEEDED.items():
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, f"Enter the facility’s {words}, or choose one above.")
            if not given.get("firm") and not given.get("firm_name"):
                self.add_error("firm_name", "Name the new firm, or choose one that FDA knows.")
        return given

    def facts(self) -> dict:
        """What was entered, as enter_mailed_request takes it."""
        given = self.cleaned_data
        described = {name: given["site_name" if name == "name" else name] for name in DESCRIBED}
        zone = given["contact_time_zone"] or given["arrival_zone"]
        return {
            "arrived_at": self.arrived_at(),
            "facility": given["facility"],
            "organization": given["firm"],
            "firm_name": given["firm_name"],
            "described": {**described, "time_zone": zone},
            "answers": self.answers(),
        }

    def arrived_at(self) -> datetime:
        """The moment of arrival, by the clocks of the zone that was chosen."""
        by_clock = self.cleaned_data["arrival"].replace(tzinfo=None)
        return by_clock.replace(tzinfo=ZoneInfo(self.cleaned_data["arrival_zone"]))


class SetAsideForm(forms.Form):
    """Why a filed message is no request."""

    reason = forms.CharField(
        label="Reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


def _in_shape(check, text):
    if not text:
        return text
    try:
        check(text)
    except ValueError as fault:
        raise forms.ValidationError(str(fault)) from fault
    return text
