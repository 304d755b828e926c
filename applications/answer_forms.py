"""The questions of a request to participate: they check shape, never policy."""

import secrets

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Div, Fieldset, Layout, Row, Submit
from django import forms

from applications.models import ParticipationRequest
from applications.operations.answers import (
    ANSWERS,
    MAY_BE_CONFIDENTIAL,
    OPERATIONS,
    PRODUCTS,
    REQUIRED_ANSWERS,
    Shown,
    mark_of_answers,
)
from applications.question_help import help_of
from applications.steps import SECTIONS
from qmm_pilot.accounts.time_zones import time_zone_choices

Product = ParticipationRequest.Product
Operation = ParticipationRequest.Operation
PAGE_TOKEN_BYTES = 12
NOT_WHOLE = "This page did not arrive whole, so nothing was saved. Load it again."


class AnswersForm(forms.ModelForm):
    """The answers of a draft. A draft may be incomplete, so that nothing here must be answered."""

    use_required_attribute = False
    seen = forms.CharField(
        widget=forms.HiddenInput, max_length=64, error_messages={"required": NOT_WHOLE}
    )
    page = forms.RegexField(
        r"^[0-9a-f]{1,24}(\.[0-9]{1,6})?$",
        widget=forms.HiddenInput,
        required=False,
        error_messages={"invalid": NOT_WHOLE},
    )
    contact_time_zone = forms.ChoiceField(
        label="Time zone",
        required=False,
        choices=lambda: [("", "Choose a time zone"), *time_zone_choices()],
    )
    operations = forms.MultipleChoiceField(
        label="What the facility does",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    products = forms.MultipleChoiceField(
        label="What it makes",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    makes_sterile = forms.TypedChoiceField(
        label="Does it make sterile products?",
        required=False,
        choices=[("True", "Yes"), ("False", "No")],
        coerce=lambda text: text == "True",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    size_band = forms.ChoiceField(
        label="Size of the site",
        required=False,
        choices=ParticipationRequest.Size,
        widget=forms.RadioSelect,
    )
    sector = forms.ChoiceField(
        required=False,
        choices=ParticipationRequest.Sector,
        widget=forms.RadioSelect,
    )
    confidential_answers = forms.MultipleChoiceField(
        label="Which of your answers are confidential commercial information?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    preferred_mode = forms.ChoiceField(
        label="How would you like to be assessed?",
        required=False,
        choices=ParticipationRequest.Mode,
        widget=forms.RadioSelect,
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
        widgets = {
            "contact_email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "contact_phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "product_description": forms.Textarea(attrs={"rows": 4}),
            "declared_inspections": forms.Textarea(attrs={"rows": 4}),
            "blackout_dates": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args, names=tuple(ANSWERS), **kwargs):
        """`names` are the answers that this page asks for; the form has no others."""
        super().__init__(*args, **kwargs)
        program = self.instance.program
        for name in names:  # before a question is drawn: it keeps the words that it was drawn with
            self.fields[name].help_text = help_of(name, program)
        self.fields["products"].choices = _chosen(Product, PRODUCTS[program.pilot])
        self.fields["operations"].choices = _chosen(Operation, OPERATIONS[program.pilot])
        self.fields["confidential_answers"].choices = self.choices_of_marks()
        self.names = tuple(names)
        for name in set(ANSWERS) - set(names):
            del self.fields[name]
        self.initial |= {
            **{name: text for name, text in self.instance.unfinished.items() if name in names},
            "seen": mark_of_answers(self.instance, self.names),
            "page": secrets.token_hex(PAGE_TOKEN_BYTES),
        }

    def lay_out(self, sections, *buttons) -> None:
        """Arrange the questions under the headings of these sections, and the buttons below."""
        self.helper = FormHelper()
        self.helper.form_id = "answers"
        self.helper.layout = Layout(
            "seen",
            "page",
            *(_part(section, is_alone=len(sections) == 1) for section in sections),
            ButtonHolder(*buttons),
        )

    def choices_of_marks(self) -> list:
        """Every answer that may be marked, in the words of its question."""
        return [
            (name, _in_one_list(name, self[name].label))
            for section in SECTIONS
            for name in section.names
            if name in MAY_BE_CONFIDENTIAL
        ]

    @property
    def arrived(self) -> bool:
        """Whether the page arrived whole, so that its answers can be kept."""
        return self.is_bound and not {"seen", "page"} & set(self.errors)

    def answers(self) -> dict:
        """The answers in shape, as save_answers takes them; what did not arrive is left out."""
        return {
            name: self.cleaned_data[name]
            for name in self.names
            if name in self.cleaned_data and not self._is_omitted(name)
        }

    def unfinished(self) -> dict[str, str]:
        """What was typed and is out of shape, as it was typed."""
        return {
            name: text
            for name in self.names
            if name in self.errors and isinstance(self.fields[name], forms.CharField)
            if (text := str(self[name].data or "").replace("\0", ""))
        }

    def shown(self) -> Shown:
        """What the person had before her."""
        page, _, turn = self.cleaned_data["page"].partition(".")
        return Shown(self.names, self.cleaned_data["seen"], page, int(turn or 0))

    def mark_what_submission_needs(self) -> None:
        """Mark, on the page only, what a submission must answer and what is out of shape."""
        self.full_clean()
        if not self.is_bound:
            self.cleaned_data = {}
            for name in set(self.instance.unfinished) & set(self.names):
                self._complain(name)
        for name in set(REQUIRED_ANSWERS) & set(self.names):
            self.fields[name].required = True

    def _complain(self, name):
        try:
            self.fields[name].clean(self.initial[name])
        except forms.ValidationError as fault:
            self.add_error(name, fault)

    def _is_omitted(self, name):
        widget = self.fields[name].widget
        return widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name))


def _in_one_list(name, label):
    """The words of a question where it stands outside its section."""
    return f"Contact: {label[0].lower()}{label[1:]}" if name.startswith("contact_") else label


def _chosen(choices, values):
    return [(value, choices(value).label) for value in values]


def _part(section, *, is_alone):
    """The questions of a section; one that stands alone bears the heading of its page."""
    rows = [Row(*row) if len(row) > 1 else row[0] for row in section.rows]
    if is_alone:
        return Div(*rows, css_id=section.anchor)
    return Fieldset(section.heading, *rows, css_id=section.anchor)


def step_buttons() -> list:
    """The buttons of a step: each saves first, and then leads on."""
    return [
        Submit("continue", "Save and continue"),
        Submit("back", "Save and go back", css_class="usa-button--outline"),
        Submit("save", "Save and leave", css_class="usa-button--unstyled"),
    ]
