"""The form by which a contractor's person declares her interests; it checks shape alone."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import ButtonHolder, Layout, Submit
from django import forms


class DeclarationForm(forms.Form):
    """None, or which."""

    has_interest = forms.TypedChoiceField(
        label="Your interests",
        choices=[
            ("no", "I have no interest in this facility or its firm"),
            ("yes", "I have an interest, named below"),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        help_text="Of you or your close family, now or in the last three years: employment, "
        "consulting, shares, patents, competing work, a relative at the site.",
    )
    interests = forms.CharField(
        label="Which interests",
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What it is, since when, until when. FDA reads this and rules on it; "
        "the file stays closed to you until then.",
    )

    helper = FormHelper()
    helper.layout = Layout(
        "has_interest", "interests", ButtonHolder(Submit("declare", "Declare this"))
    )

    def clean(self):
        given = super().clean()
        if given.get("has_interest") and not given.get("interests", "").strip():
            self.add_error("interests", "Name the interests that you declare.")
        return given
