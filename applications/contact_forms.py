"""The firm's form of another contact: it checks shape, never policy."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Row, Submit
from django import forms

from applications.models import ParticipationRequest
from qmm_pilot.accounts.time_zones import time_zone_choices


class ContactForm(forms.ModelForm):
    """Whom FDA writes to and calls about a request that it has."""

    contact_time_zone = forms.ChoiceField(label="Time zone", choices=time_zone_choices)

    class Meta:
        model = ParticipationRequest
        fields = [
            "contact_name",
            "contact_title",
            "contact_email",
            "contact_phone",
            "contact_time_zone",
            "deputy_name",
            "deputy_email",
        ]

    helper = FormHelper()
    helper.layout = Layout(
        Row("contact_name", "contact_title"),
        Row("contact_email", "contact_phone"),
        "contact_time_zone",
        Row("deputy_name", "deputy_email"),
        ButtonHolder(Submit("save", "Save the contact")),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("contact_name", "contact_email", "contact_phone"):
            self.fields[name].required = True
