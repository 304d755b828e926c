"""What a form says of an answer that it cannot take: what to do, in place of Django's stock words.

A field that has words of its own keeps them. The label stands above the words, so they need
not repeat it; only what is typed is named by it, as far as its grammar allows.
"""

from django import forms
from django.core import validators
from django.forms.utils import pretty_name

NOT_WHOLE = "This page did not arrive whole, so nothing was done. Load it again, then go on."
FILL_IN = "Fill this in."
TICK_IT = "Tick this box to go on."
# The first words of labels that no article fits: questions, and what is told to do.
_UNFIT = {"describe", "how", "what", "when", "where", "which", "who", "whom", "why"}
_OWN_ARTICLE = {"the", "your", "our", "fda’s"}

_BY_KIND = (
    (forms.BooleanField, TICK_IT),
    (forms.FileField, "Choose a file."),
    ((forms.MultipleChoiceField, forms.ModelMultipleChoiceField), "Choose at least one."),
    ((forms.ChoiceField, forms.ModelChoiceField), "Choose one."),
    (forms.DateField, "Enter a day."),
    ((forms.DateTimeField, forms.SplitDateTimeField), "Enter a day and a time."),
    (forms.TimeField, "Enter a time."),
    (forms.IntegerField, "Enter a number."),
    (forms.EmailField, "Enter an e-mail address."),
)

_IN_SHAPE = (
    (forms.EmailField, "Enter an address such as name@example.com."),
    (forms.DateField, "Enter a day such as 11/30/2020."),
    (forms.DateTimeField, "Enter a day and a time such as 11/30/2020 14:30."),
    (forms.TimeField, "Enter a time such as 14:30."),
    (forms.IntegerField, "Enter a number such as 12."),
)
_VALIDATORS = (
    validators.MaxLengthValidator,
    validators.MinValueValidator,
    validators.MaxValueValidator,
    validators.EmailValidator,
)


def words_of(field) -> list[str]:
    """The complaints about one bound field, as its person reads them."""
    return [
        words
        for fault in field.errors.as_data()
        for words in ([_instead(fault, field)] if _is_stock(fault, field) else fault.messages)
    ]


def asked_for(field, label) -> str:
    """What to enter in a field of this label that was left empty."""
    for kinds, words in _BY_KIND:
        if isinstance(field, kinds):
            return words
    first, *_ = label.lower().split() or [""]
    if first in _UNFIT or not label.replace("’", "").replace("-", "").replace(" ", "").isalnum():
        return FILL_IN
    named = " ".join(word if word[:2].isupper() else word.lower() for word in label.split())
    return f"Enter {named}." if first in _OWN_ARTICLE else f"Enter the {named}."


def _is_stock(fault, field):
    """Whether these are Django's own words for this fault, not the field's or the form's."""
    return fault.code in _INSTEAD and any(
        fault.message is words for words in _stock_words(type(field.field), fault.code)
    )


def _stock_words(kind, code):
    """Django's own words for a code: of its fields, and of its validators."""
    for each in kind.__mro__:
        if each.__module__.startswith("django."):
            yield getattr(each, "default_error_messages", {}).get(code)
    yield from (limit.message for limit in _VALIDATORS if limit.code == code)


def _instead(fault, field):
    return _INSTEAD[fault.code](field, fault.params or {})


def _empty(field, _):
    if field.is_hidden:
        return NOT_WHOLE
    return asked_for(field.field, str(field.label or pretty_name(field.name)))


def _out_of_shape(field, _):
    for kinds, words in _IN_SHAPE:
        if isinstance(field.field, kinds):
            return words
    return asked_for(field.field, str(field.label or pretty_name(field.name)))


_INSTEAD = {
    "required": _empty,
    "invalid": _out_of_shape,
    "invalid_choice": lambda *_: "Choose one of those that are offered.",
    "max_length": lambda _, of: (
        f"Shorten this to {of['limit_value']:,} characters; it has {of['show_value']:,}."
    ),
    "min_value": lambda _, of: f"Enter {of['limit_value']} or more.",
    "max_value": lambda _, of: f"Enter {of['limit_value']} or less.",
}
