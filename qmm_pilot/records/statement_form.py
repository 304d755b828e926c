"""The form in which FDA's coordinator writes the next version of the statement of use."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms

from .statement import HEADINGS, as_typed, read_sentences, sections_of

NAMES = [f"section_{number}" for number, _ in enumerate(HEADINGS)]


class StatementForm(forms.Form):
    """One box for each heading, a sentence to a line, and why the text changes."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why the statement changes",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Shown beside the new version to everyone who reads it.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "seen", *NAMES, "reason", ButtonHolder(Submit("publish", "Publish the new version"))
    )

    def __init__(self, *args, current, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["seen"] = current.version
        written = {section.heading: as_typed(section) for section in sections_of(current)}
        for name, heading in zip(NAMES, HEADINGS, strict=True):
            self.fields[name] = forms.CharField(
                label=heading,
                initial=written.get(heading, ""),
                max_length=10_000,
                widget=forms.Textarea(attrs={"rows": 8}),
                help_text="One sentence to a line, its source in square brackets at the end: "
                "[21 CFR 20.61]. A sentence without a source, or with [assumption], is marked as "
                "our assumption for FDA’s people.",
            )

    def sentences(self) -> dict:
        """The sentences under each heading, as publish_statement takes them."""
        return {
            heading: read_sentences(self.cleaned_data[name])
            for name, heading in zip(NAMES, HEADINGS, strict=True)
        }
