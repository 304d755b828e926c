"""Native controls whose values browsers accept only in ISO form."""

from django import forms


class DayInput(forms.DateInput):
    """A calendar day by the browser's own date control (value as YYYY-MM-DD)."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """A day and minute by the browser's own control (value as YYYY-MM-DDTHH:MM)."""

    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")
