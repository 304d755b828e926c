"""P3: a form of 25 fields with our crispy pack, against the same form by {{ form.as_div }}."""

import time
from statistics import median

from django import forms
from django.template import engines

from .figure import Figure, interleaved, spread

CHOICES = [(str(n), f"Choice {n}") for n in range(8)]
KINDS = (
    forms.CharField,
    forms.EmailField,
    forms.IntegerField,
    lambda **more: forms.CharField(widget=forms.Textarea, **more),
    lambda **more: forms.ChoiceField(choices=CHOICES, **more),
)


def a_form():
    """Twenty-five fields of five kinds, bound, each with label and help."""
    fields = {
        f"field_{n}": KINDS[n % len(KINDS)](label=f"Field {n}", help_text=f"Help for field {n}")
        for n in range(25)
    }
    return type("TwentyFive", (forms.Form,), fields)


def figures() -> list[Figure]:
    kind = a_form()
    data = {f"field_{n}": "3" if n % 5 in (2, 4) else f"answer {n}" for n in range(25)}
    data |= {f"field_{n}": f"person{n}@firm.example" for n in range(1, 25, 5)}
    engine = engines["django"]
    ours = engine.from_string("{% load crispy_forms_tags %}{% crispy form %}")
    plain = engine.from_string("{{ form.as_div }}")

    def product():
        page = ours.render({"form": kind(data)})
        assert page.count("answer ") >= 10

    def floor():
        page = plain.render({"form": kind(data)})
        assert page.count("answer ") >= 10

    mine, theirs = interleaved(product, floor, repetitions=60, clock=time.process_time)
    return [
        Figure(
            "P3",
            "25-field form with our pack, against {{ form.as_div }}",
            median(mine),
            median(theirs),
            1.0,
            "ms of CPU",
            f"pack: {spread(mine)}; as_div: {spread(theirs)}",
        )
    ]
