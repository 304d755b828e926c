"""What is missing or needs an explanation before a version may be submitted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import measures
from .measures import CountError, Measurement, Period
from .models import MetricDefinition, MetricEntry

ENTER_A_COUNT = "Enter a count; 0 is one."


@dataclass(frozen=True)
class Problem:
    """One thing to mend, pinned to its metric, quarter and field."""

    definition: MetricDefinition
    period: Period
    field: str  # "numerator", "denominator" or "comment"
    sentence: str

    def __str__(self):
        return f"{self.definition.name}, {self.period}, {self.label}: {self.sentence}"

    @property
    def label(self) -> str:
        """What the control is called on the page."""
        return {
            "numerator": self.definition.numerator_label,
            "denominator": self.definition.denominator_label,
        }.get(self.field, "Comment")


def problems_of(
    definition: MetricDefinition,
    entries: Mapping[Period, MetricEntry],
    periods: Iterable[Period],
) -> list[Problem]:
    """What stops one metric from being submitted, in the order of its quarters.

    Every quarter has both counts, or is *not measured* with a comment; the counts give a rate or
    0 of 0; a value that plausibility_warnings() names has a comment that explains it.
    """
    warned = {}
    for warning in warnings_of(definition, entries):
        warned.setdefault(warning.period, warning)
    found = []
    for period in periods:
        entry = entries.get(period)
        for field, sentence in _faults(definition, entry):
            found.append(Problem(definition, period, field, sentence))
        if period in warned and not entry.comment.strip():
            sentence = f"{warned[period].sentence} Explain it in the comment."
            found.append(Problem(definition, period, "comment", sentence))
    return found


def warnings_of(
    definition: MetricDefinition, entries: Mapping[Period, MetricEntry]
) -> tuple[measures.PlausibilityWarning, ...]:
    """The plausibility warnings of one metric's quarters."""
    measurements = [
        Measurement(period, entry.numerator, entry.denominator)
        for period, entry in sorted(entries.items(), key=lambda item: item[0])
        if _gives_a_rate(entry)
    ]
    return measures.plausibility_warnings(measurements, definition.unit)


def by_metric(entries: Iterable[MetricEntry]) -> dict:
    """Entries keyed by the id of their definition, then by quarter."""
    sorted_out = {}
    for entry in entries:
        sorted_out.setdefault(entry.definition_id, {})[entry.period] = entry
    return sorted_out


def _faults(definition, entry):
    if entry is not None and entry.not_measured:
        if not entry.comment.strip():
            yield "comment", "Say in the comment why this was not measured."
        return
    numerator = None if entry is None else entry.numerator
    denominator = None if entry is None else entry.denominator
    if numerator is None and denominator is None:
        yield "numerator", "Enter both counts, or mark the quarter as not measured."
        return
    if numerator is None:
        yield "numerator", ENTER_A_COUNT
        return
    if denominator is None:
        yield "denominator", ENTER_A_COUNT
        return
    try:
        measures.check_counts(
            numerator, denominator, definition.numerator_label, definition.denominator_label
        )
    except CountError as error:
        yield "denominator", str(error)


def _gives_a_rate(entry):
    return entry.numerator is not None and entry.denominator is not None
