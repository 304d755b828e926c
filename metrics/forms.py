"""The grid of counts, and the short forms of FDA's rulings. Shape only; rules are operations'."""

from dataclasses import dataclass

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.safestring import SafeString

from qmm_pilot.uswds.fields import DayField

from . import completeness, measures, tables
from .models import MetricEntry, MetricStanding
from .operations import Cell

COMMENT_LENGTH = 2000
NOT_BOTH = "Give counts, or mark the quarter as not measured, not both."


class CountField(forms.Field):
    """A whole count as people type it: 1250 or 1,250; blank is None."""

    def __init__(self, **kwargs):
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(required=False, widget=widget, **kwargs)

    def to_python(self, value):
        try:
            return measures.read_count(value or "")
        except measures.CountError as error:
            raise forms.ValidationError(str(error)) from error


@dataclass(frozen=True)
class GridControl:
    """One control of the grid, ready for the page."""

    id: str
    label: str
    html: SafeString
    errors: tuple[str, ...]


@dataclass(frozen=True)
class GridRow:
    """One quarter of one metric in the grid."""

    period: measures.Period
    controls: dict[str, GridControl]
    rate: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class GridTable:
    """One metric of the grid."""

    standing: MetricStanding
    rows: tuple[GridRow, ...]


class MetricsForm(forms.Form):
    """Counts of every open metric, quarter by quarter.

    Each field is `code-year-quarter-what`. `good_cells()` gives what can be kept even when other
    quarters are faulty; `pin()` adds what stops a submission to the controls that it concerns.
    """

    def __init__(self, standings, periods, entries, data=None):
        super().__init__(data)
        self.standings = list(standings)
        self.periods = periods
        self.entries = entries
        self.pinned = {}
        for standing, period in self._cells():
            self._add_fields(standing.definition, period)

    def _cells(self):
        return ((standing, period) for standing in self.standings for period in self.periods)

    def _add_fields(self, definition, period):
        entry = self._entry(definition, period) or MetricEntry()
        for what, label in (
            ("numerator", definition.numerator_label),
            ("denominator", definition.denominator_label),
        ):
            count = measures.format_count(getattr(entry, what))
            self.fields[name_of(definition, period, what)] = CountField(
                label=f"{label}, {period}", initial=count
            )
        self.fields[name_of(definition, period, "not_measured")] = forms.BooleanField(
            label=f"Not measured, {definition}, {period}",
            required=False,
            initial=entry.not_measured,
        )
        self.fields[name_of(definition, period, "comment")] = forms.CharField(
            label=f"Comment, {definition}, {period}",
            required=False,
            initial=entry.comment,
            max_length=COMMENT_LENGTH,
            widget=forms.Textarea(attrs={"rows": 2}),
        )

    def _entry(self, definition, period):
        return self.entries.get(definition.pk, {}).get(period)

    def clean(self):
        for standing, period in self._cells():
            typed = self._typed(standing.definition, period)
            counted = (typed.get("numerator"), typed.get("denominator")) != (None, None)
            if typed.get("not_measured") and counted:
                self.add_error(name_of(standing.definition, period, "not_measured"), NOT_BOTH)
        return self.cleaned_data

    def _typed(self, definition, period):
        return {
            what: self.cleaned_data[name]
            for what in ("numerator", "denominator", "not_measured", "comment")
            if (name := name_of(definition, period, what)) in self.cleaned_data
        }

    def good_cells(self) -> list[Cell]:
        """The quarters whose every field is well formed."""
        self.full_clean()
        return [
            Cell(standing.definition.code, period, **typed)
            for standing, period in self._cells()
            if len(typed := self._typed(standing.definition, period)) == 4
        ]

    def pin(self, problems) -> None:
        """Show each problem of completeness.py at its own control."""
        for problem in problems:
            name = name_of(problem.definition, problem.period, problem.field)
            self.pinned.setdefault(name, []).append(problem.sentence)

    def problem_links(self) -> list[tuple[str, str, str]]:
        """(control, label, sentence) of everything to mend, in the order of the page."""
        return [
            (f"id_{name}", f"{field.label}:", sentence)
            for name, field in self.fields.items()
            for sentence in self._errors_of(name)
        ]

    def _errors_of(self, name):
        own = self.errors.get(name, ()) if self.is_bound else ()
        return (*own, *self.pinned.get(name, ()))

    def grid(self) -> list[GridTable]:
        """The metrics with their rows of controls; rates and warnings are of what is stored."""
        return [
            GridTable(standing, tuple(self._row(standing.definition, p) for p in self.periods))
            for standing in self.standings
        ]

    def _row(self, definition, period):
        stored = self.entries.get(definition.pk, {})
        return GridRow(
            period=period,
            controls={
                what: self._control(name_of(definition, period, what), css_class)
                for what, css_class in (
                    ("numerator", "usa-input"),
                    ("denominator", "usa-input"),
                    ("not_measured", "usa-checkbox__input"),
                    ("comment", "usa-textarea"),
                )
            },
            rate=tables.rate_text(stored.get(period), definition),
            warnings=tuple(
                warning.sentence
                for warning in completeness.warnings_of(definition, stored)
                if warning.period == period
            ),
        )

    def _control(self, name, css_class):
        field, errors = self[name], self._errors_of(name)
        attrs = {"class": css_class}
        if errors:
            attrs |= {
                "class": f"{css_class} usa-input--error",
                "aria-invalid": "true",
                "aria-describedby": f"{field.id_for_label}-error",
            }
        return GridControl(field.id_for_label, field.label, field.as_widget(attrs=attrs), errors)


def name_of(definition, period, what) -> str:
    """The name of one control of the grid."""
    return f"{definition.code}-{period.year}-{period.quarter}-{what}"


class _PlainForm(forms.Form):
    """A few fields inside a confirmation, which writes the form element and its buttons."""

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper


class _Marking(_PlainForm):
    """Which parts are confidential commercial information; `choices` are the parts there are."""

    confidential = forms.MultipleChoiceField(
        label="What is confidential commercial information?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="FDA treats a marked part as such, and pages that show it say so (21 CFR "
        "20.61). Everything is marked from the start; take a mark away only if you are content "
        "for the part to be public. Marks expire after ten years (45 CFR 5.41).",
    )

    def __init__(self, *args, choices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["confidential"].choices = choices
        self.initial.setdefault("confidential", [name for name, _ in choices])


class FirstSubmissionForm(_Marking):
    """What is marked; the first version needs no reason."""


class DesignationForm(_Marking):
    """Further parts of a submitted version that the firm designates, and why only now."""

    field_order = ["confidential", "reason"]
    reason = forms.CharField(
        label="Why it is designated now",
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="FDA keeps the reason with the designation.",
    )

    def __init__(self, *args, choices, **kwargs):
        super().__init__(*args, choices=choices, initial={"confidential": []}, **kwargs)
        self.fields["confidential"].required = True
        self.fields["confidential"].help_text = ""


class ResubmissionForm(_Marking):
    """Why a version after the first differs, and what of it is marked."""

    field_order = ["reason", "confidential"]
    reason = forms.CharField(
        label="Why does this version differ from the one that FDA has?",
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say why this version differs."},
    )


class QueryForm(_PlainForm):
    """FDA's question to the firm."""

    reason = forms.CharField(
        label="Question to the firm",
        help_text="Name the quarter. The firm reads this text as you write it.",
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write the question that the firm is to answer."},
    )


class WaiverForm(_PlainForm):
    """Why FDA does without a metric."""

    reason = forms.CharField(
        label="Reason",
        help_text="The firm reads this text, with your name.",
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Give the reason why FDA does without this metric."},
    )


class PromiseForm(_PlainForm):
    """By when a metric is promised, and why it comes later."""

    by_date = DayField(
        label="Promised by",
        help_text="The last day, Eastern Time.",
        error_messages={"required": "Enter the day by which the firm promises this metric."},
    )
    reason = forms.CharField(
        label="Reason",
        help_text="The firm reads this text, with your name.",
        max_length=COMMENT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Give the reason why this metric comes later."},
    )
