"""Forms of decision letters and of offers; they check shape alone."""

from crispy_forms.helper import FormHelper
from django import forms

from qmm_pilot.uswds.fields import DayField

from .letter_texts import LONGEST_BODY, LONGEST_SUBJECT


class LetterForm(forms.Form):
    """A letter's subject and text, with placeholders; fields only, its page writes the form."""

    subject = forms.CharField(max_length=LONGEST_SUBJECT)
    body = forms.CharField(
        label="Text", max_length=LONGEST_BODY, widget=forms.Textarea(attrs={"rows": 16})
    )
    helper = FormHelper()
    helper.form_tag = False


class LetterTextForm(LetterForm):
    """A program's words for one kind of letter; `seen` is the version that its writer read."""

    reason = forms.CharField(
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why the words change. Needed to save, not to preview; kept with the version.",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class OfferDayForm(forms.Form):
    """A later day to accept a place, and why."""

    accept_by = DayField(label="Accept by")
    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For FDA’s record. The letter names the new day only.",
    )
    helper = FormHelper()
    helper.form_tag = False


class CallForm(forms.Form):
    """Who was told by telephone, and on which day."""

    spoke_to = forms.CharField(label="Whom you spoke to", max_length=200)
    called_on = DayField(label="Day of the call")
    note = forms.CharField(
        max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    helper = FormHelper()
    helper.form_tag = False


class SpellingForm(forms.Form):
    """How each name or word that the PDF's fonts lack is written instead."""

    helper = FormHelper()
    helper.form_tag = False

    def __init__(self, *args, words, **kwargs):
        super().__init__(*args, **kwargs)
        self.words = words
        for number, word in enumerate(words):
            self.fields[f"word_{number}"] = forms.CharField(
                label=f"“{word}” in Latin letters",
                max_length=200,
                help_text="As the firm itself writes it, for example in its registration with FDA.",
            )

    def spelling(self) -> dict[str, str]:
        """Each word with what was entered for it."""
        return {word: self.cleaned_data[f"word_{n}"] for n, word in enumerate(self.words)}
