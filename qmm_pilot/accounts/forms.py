"""Forms of people and organizations: they check shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Fieldset, Layout, Row, Submit
from django import forms

from .models import Organization, User
from .time_zones import time_zone_choices


class SignupNameForm(forms.Form):
    """What sign-up asks beside address and password."""

    name = forms.CharField(
        label="Full name", max_length=200, help_text="As it should be printed on signatures."
    )
    title = forms.CharField(label="Job title", max_length=200, required=False)

    field_order = ["name", "title", "email", "password1", "password2"]

    def signup(self, request, user):
        user.name = self.cleaned_data["name"]
        user.title = self.cleaned_data["title"]
        user.save(update_fields=["name", "title"])


class OrganizationForm(forms.ModelForm):
    """What a firm says of itself when it registers."""

    class Meta:
        model = Organization
        fields = [
            "name",
            "address_line_1",
            "address_line_2",
            "city",
            "state",
            "postal_code",
            "country",
        ]
        help_texts = {
            "name": "The firm’s name as on its registration with FDA, where it has one. "
            "Letters about your requests are addressed to it.",
            "country": "Where the firm’s head office is. The country of each facility is asked "
            "later: it decides which pilot is the right one.",
        }

    helper = FormHelper()
    helper.layout = Layout(
        "name",
        Fieldset(
            "Head office",
            "address_line_1",
            "address_line_2",
            Row("city", "state", "postal_code"),
            "country",
        ),
        ButtonHolder(Submit("register", "Register the firm")),
    )


class PersonForm(forms.ModelForm):
    """What a person says of herself."""

    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=time_zone_choices,
        help_text="Dates and times are shown in Eastern Time and, where its clocks differ, in "
        "this zone.",
    )

    class Meta:
        model = User
        fields = ["name", "title", "phone", "time_zone"]
        help_texts = {
            "name": "As it should be printed on what you sign.",
            "phone": "With the country code. FDA calls it only about your firm’s case.",
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "title": forms.TextInput(attrs={"autocomplete": "organization-title"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        }

    helper = FormHelper()
    helper.layout = Layout(
        "name", "title", "phone", "time_zone", ButtonHolder(Submit("save", "Save my details"))
    )

    def changes(self) -> dict:
        """The details that the person changed, by field."""
        return {name: self.cleaned_data[name] for name in self.changed_data}
