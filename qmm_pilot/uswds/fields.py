"""Form fields whose values the rest of the product can count with."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from .moments import day_in_words
from .widgets import DayInput

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
OUT_OF_BOUNDS = f"Enter a day from {day_in_words(FIRST_DAY)} to {day_in_words(LAST_DAY)}."


class DayField(forms.DateField):
    """A calendar day from FIRST_DAY to LAST_DAY: a slip of the year would overflow what follows."""

    widget = DayInput
    default_validators = [
        MinValueValidator(FIRST_DAY, OUT_OF_BOUNDS),
        MaxValueValidator(LAST_DAY, OUT_OF_BOUNDS),
    ]
