"""What every form says of an answer that it cannot take: what to do about it."""

import importlib
import pkgutil

import pytest
from allauth.account import forms as account_forms
from allauth.mfa.base import forms as factor_forms
from django import forms

import applications
import assessments
import metrics
import qmm_pilot
from qmm_pilot.uswds import controls
from qmm_pilot.uswds.complaints import asked_for

OURS = (qmm_pilot, applications, metrics, assessments)
STOCK = ("This field", "Ensure this", "Select a valid")
TO_DO = ("Enter ", "Choose ", "Tick ", "Fill ", "Give ", "Name ", "Say ", "Write ", "This page did")


def every_form():
    """Every form class of the product, and allauth's, whose pages it shows."""
    for package in OURS:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name and not module.name.endswith(("wsgi", "celery")):
                importlib.import_module(module.name)
    names = tuple(f"{package.__name__}." for package in OURS)
    found, waiting = [], [forms.BaseForm]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith(names) or kind.__module__ in (
            account_forms.__name__,
            factor_forms.__name__,
        ):
            found.append(kind)
    return sorted(set(found), key=lambda kind: (kind.__module__, kind.__qualname__))


def left_empty(field, name):
    """What a form of this field alone complains of, when nothing is entered."""
    alone = type("Alone", (forms.Form,), {name: field})
    return [words for _, _, words in controls.problems(alone({}))]


def unhelpful(kinds):
    """The fields that say what is wrong, not what to do."""
    found = []
    for kind in kinds:
        for name, field in getattr(kind, "base_fields", {}).items():
            for words in left_empty(field, name):
                if not words.startswith(TO_DO) or any(stock in words for stock in STOCK):
                    found.append(f"{kind.__name__}.{name}: {words}")
    return found


def test_every_field_left_empty_says_what_to_do():
    kinds = every_form()
    assert len(kinds) > 100
    assert unhelpful(kinds) == []


def test_a_form_that_says_only_what_is_wrong_is_found():
    class Planted(forms.Form):
        reason = forms.CharField(error_messages={"required": "This field is required."})

    assert unhelpful([Planted]) == ["Planted.reason: This field is required."]


@pytest.mark.parametrize(
    ("field", "label", "words"),
    [
        (forms.CharField(), "Full name", "Enter the full name."),
        (forms.CharField(), "FEI number", "Enter the FEI number."),
        (forms.CharField(), "Current Password", "Enter the current password."),
        (forms.CharField(), "Your question", "Enter your question."),
        (forms.CharField(), "Why it holds no longer", "Fill this in."),
        (forms.CharField(), "Letterhead: name", "Fill this in."),
        (forms.CharField(), "Is it clean?", "Fill this in."),
        (forms.EmailField(), "Who answers?", "Enter an e-mail address."),
        (forms.DateField(), "Held on", "Enter a day."),
        (forms.IntegerField(), "Places", "Enter a number."),
        (forms.ChoiceField(), "Pilot", "Choose one."),
        (forms.MultipleChoiceField(), "Roles", "Choose at least one."),
        (forms.FileField(), "The mail", "Choose a file."),
        (forms.BooleanField(), "We agree", "Tick this box to go on."),
    ],
)
def test_what_is_asked_for_follows_the_kind_of_answer(field, label, words):
    assert asked_for(field, label) == words
