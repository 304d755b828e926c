"""Counts and rates as rows of text, the same for every page that shows them."""

from collections.abc import Iterable
from dataclasses import dataclass

from . import completeness, measures
from .measures import NOT_CALCULABLE, Period
from .models import MetricDefinition, MetricEntry, MetricStanding, MetricsVersion

CHECK_COUNTS = "Check the counts"
NOT_MEASURED = "Not measured"


@dataclass(frozen=True)
class QuarterRow:
    """One quarter of one metric as text; `is_missing` where nothing was entered."""

    period: Period
    numerator: str
    denominator: str
    rate: str
    comment: str
    warnings: tuple[str, ...]
    is_missing: bool


@dataclass(frozen=True)
class MetricTable:
    """One metric with its quarters, the rate over all of them, and its 95% interval."""

    standing: MetricStanding
    rows: tuple[QuarterRow, ...]
    total_numerator: str
    total_denominator: str
    total_rate: str
    interval: str

    @property
    def definition(self) -> MetricDefinition:
        return self.standing.definition

    @property
    def is_empty(self) -> bool:
        """Whether no quarter has anything to show."""
        return all(row.is_missing for row in self.rows)


@dataclass(frozen=True)
class Change:
    """What a version has otherwise than the one before it, for one metric and quarter."""

    metric: str
    period: Period
    before: str
    after: str


def metric_tables(
    submission, standings: Iterable[MetricStanding], version: MetricsVersion | None
) -> list[MetricTable]:
    """A table for each metric, filled from one version; empty ones where there is none."""
    entries = completeness.by_metric(version.entries.all()) if version else {}
    return [
        _table(standing, entries.get(standing.definition_id, {}), submission.periods)
        for standing in standings
    ]


def rate_text(entry: MetricEntry | None, definition: MetricDefinition) -> str:
    """The rate of one quarter in words: a figure, why there is none, or blank."""
    if entry is not None and entry.not_measured:
        return NOT_MEASURED
    if entry is None or entry.numerator is None or entry.denominator is None:
        return ""
    try:
        value = measures.rate(entry.numerator, entry.denominator, definition.unit)
    except measures.CountError:
        return CHECK_COUNTS
    return measures.format_rate(value, definition.unit, definition.basis)


def changes_between(
    before: MetricsVersion | None, after: MetricsVersion, standings: Iterable[MetricStanding]
) -> list[Change]:
    """What one version changed in the one before it, in the order of metrics and quarters."""
    if before is None:
        return []
    old = completeness.by_metric(before.entries.all())
    new = completeness.by_metric(after.entries.all())
    found = []
    for standing in standings:
        was, now = (side.get(standing.definition_id, {}) for side in (old, new))
        for period in sorted(was.keys() | now.keys()):
            texts = _in_words(was.get(period)), _in_words(now.get(period))
            if texts[0] != texts[1]:
                found.append(Change(standing.definition.name, period, *texts))
    return found


def _table(standing, entries, periods):
    definition = standing.definition
    warnings = {}
    for warning in completeness.warnings_of(definition, entries):
        warnings.setdefault(warning.period, []).append(warning.sentence)
    rows = tuple(
        _row(entries.get(period), period, definition, warnings.get(period, ()))
        for period in periods
    )
    return MetricTable(standing, rows, *_totals(entries, definition))


def _row(entry, period, definition, warnings):
    return QuarterRow(
        period=period,
        numerator=measures.format_count(entry.numerator if entry else None),
        denominator=measures.format_count(entry.denominator if entry else None),
        rate=rate_text(entry, definition),
        comment=entry.comment if entry else "",
        warnings=tuple(warnings),
        is_missing=entry is None,
    )


def _totals(entries, definition):
    measurements = [entry.measurement for entry in entries.values()]
    try:
        counts = measures.pooled_counts(measurements)
        value = measures.pooled_rate(measurements, definition.unit)
    except measures.CountError:
        return "", "", CHECK_COUNTS, ""
    if counts is None:
        return "", "", NOT_CALCULABLE, ""
    interval = ""
    if definition.unit == measures.Unit.PERCENT:
        interval = measures.format_interval(measures.wilson_interval(*counts))
    shown = measures.format_rate(value, definition.unit, definition.basis)
    return *map(measures.format_count, counts), shown, interval


def _in_words(entry):
    if entry is None:
        return "Nothing entered"
    comment = f" ({entry.comment})" if entry.comment else ""
    if entry.not_measured:
        return NOT_MEASURED + comment
    counts = (measures.format_count(count) or "–" for count in (entry.numerator, entry.denominator))
    return " of ".join(counts) + comment
