"""Rates from counts: exact, explained, never guessed. Imports no Django.

Rules (common rules of FDA's 2016 draft guidance "Submission of Quality Metrics Data", revision 1,
as summarized by secondary sources, and the program's own): firms report counts, never only rates;
the product computes. 0 of 0 is *not calculable*, never 0% or 100%. More than 0 of 0 is an error.
Counts are whole numbers, arithmetic is decimal, and rounding happens once, when a rate is shown.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import NamedTuple

# Fifty digits: a quotient of two counts below 10^12 can then not be misread as a rounding tie.
EXACT = Context(prec=50, rounding=ROUND_HALF_UP)

# Largest count that can be entered. A site that ships a million dosage units a second stays below.
LARGEST_COUNT = 10**12 - 1

# Quarters asked for when nothing else is agreed. Our assumption: the notices do not say.
QUARTERS_ASKED = 4

# A change between neighboring quarters by more than this factor asks for an explanation.
JUMP_FACTOR = 3

# The 97.5th percentile of the standard normal distribution: a two-sided 95% interval.
Z_95 = Decimal("1.959963984540054")

SHOWN_PLACES = 2
NOT_CALCULABLE = "Not calculable"


class Unit(StrEnum):
    """How a rate is expressed."""

    PERCENT = "percent"
    PER_MILLION = "per_million"


SCALE = {Unit.PERCENT: 100, Unit.PER_MILLION: 1_000_000}


class CountError(ValueError):
    """Counts from which no honest rate follows; str() is a sentence for the person."""


class Period(NamedTuple):
    """One calendar quarter; sorts in time."""

    year: int
    quarter: int

    def __str__(self) -> str:
        return f"Q{self.quarter} {self.year}"

    @property
    def months(self) -> str:
        """The months in words: "January to March 2020"."""
        first, last = (
            ("January", "March"),
            ("April", "June"),
            ("July", "September"),
            ("October", "December"),
        )[self.quarter - 1]
        return f"{first} to {last} {self.year}"

    @property
    def previous(self) -> "Period":
        """The quarter before this one."""
        if self.quarter == 1:
            return Period(self.year - 1, 4)
        return Period(self.year, self.quarter - 1)


class Measurement(NamedTuple):
    """The counts of one metric in one quarter; both None when not measured or not yet entered."""

    period: Period
    numerator: int | None
    denominator: int | None


class _Counted(NamedTuple):
    """A measurement that has both of its counts."""

    period: Period
    numerator: int
    denominator: int


class Interval(NamedTuple):
    """A confidence interval of a percentage: 0 <= low <= high <= 100."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class PlausibilityWarning:
    """A legal but odd value that asks the firm for an explanation."""

    code: str  # "above_hundred" or "jump"
    period: Period
    sentence: str


def last_quarters(before: date, how_many: int = QUARTERS_ASKED) -> tuple[Period, ...]:
    """The last calendar quarters that ended before a day, oldest first.

    The quarter that contains the day is not over and is left out.
    """
    period = Period(before.year, (before.month - 1) // 3 + 1)
    found = []
    for _ in range(how_many):
        period = period.previous
        found.append(period)
    return tuple(reversed(found))


def quarters_from(first: Period, how_many: int) -> tuple[Period, ...]:
    """Consecutive quarters from the first one on."""
    start = first.year * 4 + first.quarter - 1
    return tuple(Period(n // 4, n % 4 + 1) for n in range(start, start + how_many))


def read_count(text: str) -> int | None:
    """A typed count: whole, not negative, commas between thousands allowed; blank is None.

    Raises CountError with a sentence that says how to mend it.
    """
    text = text.strip()
    if not text:
        return None
    if re.fullmatch(r"-\s*[0-9][0-9,]*", text):
        raise CountError(f"“{text[:40]}” is below zero. Enter a count of 0 or more.")
    if not re.fullmatch(r"[0-9]+|[0-9]{1,3}(,[0-9]{3})+", text):
        raise CountError(f"“{text[:40]}” is not a whole number. Enter a count such as 1250.")
    digits = text.replace(",", "").lstrip("0") or "0"
    if len(digits) > len(str(LARGEST_COUNT)):
        raise CountError(f"“{text[:40]}” is too large. The largest count is {LARGEST_COUNT:,}.")
    return int(digits)


def check_count(count: int, label: str) -> None:
    """Raise CountError unless a count is whole, 0 or more and at most LARGEST_COUNT."""
    if not isinstance(count, int) or isinstance(count, bool):
        raise CountError(f"{_capital(label)} must be a whole number.")
    if count < 0:
        raise CountError(f"{_capital(label)} cannot be below zero.")
    if count > LARGEST_COUNT:
        raise CountError(f"{_capital(label)} cannot be above {LARGEST_COUNT:,}.")


def check_counts(
    numerator: int,
    denominator: int,
    numerator_label: str = "the numerator",
    denominator_label: str = "the denominator",
) -> None:
    """Raise CountError unless both counts are whole, not negative and give a rate or 0 of 0."""
    check_count(numerator, numerator_label)
    check_count(denominator, denominator_label)
    if denominator == 0 and numerator > 0:
        raise CountError(
            f"{_capital(denominator_label)} is 0 but {_small(numerator_label)} is {numerator:,}. "
            "Check both counts: a rate needs something to be counted against."
        )


def rate(numerator: int, denominator: int, unit: Unit | str) -> Decimal | None:
    """The rate in its unit (percent, or events per million), unrounded to 50 digits.

    None when 0 of 0: not calculable. Raises CountError where check_counts does.
    """
    check_counts(numerator, denominator)
    if denominator == 0:
        return None
    return EXACT.divide(Decimal(numerator * SCALE[Unit(unit)]), Decimal(denominator))


def pooled_rate(measurements: Iterable[Measurement], unit: Unit | str) -> Decimal | None:
    """The rate over several quarters: sum of numerators over sum of denominators.

    Never the mean of rates. Quarters without counts are left out; None when nothing is calculable.
    Raises CountError where one quarter's counts are an error.
    """
    counts = pooled_counts(measurements)
    if counts is None:
        return None
    return EXACT.divide(Decimal(counts[0] * SCALE[Unit(unit)]), Decimal(counts[1]))


def pooled_counts(measurements: Iterable[Measurement]) -> tuple[int, int] | None:
    """Sums of numerators and denominators over the measured quarters; None when the latter is 0.

    Raises CountError where one quarter's counts are an error.
    """
    counted = _counted(measurements)
    for quarter in counted:
        check_counts(quarter.numerator, quarter.denominator)
    total = sum(quarter.denominator for quarter in counted)
    return (sum(quarter.numerator for quarter in counted), total) if total else None


def wilson_interval(numerator: int, denominator: int) -> Interval | None:
    """The 95% Wilson score interval of a proportion, in percent (Wilson 1927, JASA 22:209-212).

    None when 0 of 0, and when the numerator exceeds the denominator: that is no proportion.
    Raises CountError where check_counts does.
    """
    check_counts(numerator, denominator)
    if denominator == 0 or numerator > denominator:
        return None
    n, found = Decimal(denominator), Decimal(numerator)
    square = EXACT.multiply(Z_95, Z_95)
    divisor = EXACT.add(n, square)
    middle = EXACT.divide(EXACT.add(found, EXACT.divide(square, Decimal(2))), divisor)
    spread = EXACT.divide(EXACT.multiply(found, n - found), n)
    root = EXACT.sqrt(EXACT.add(spread, EXACT.divide(square, Decimal(4))))
    half = EXACT.divide(EXACT.multiply(Z_95, root), divisor)
    # Exactly none and exactly all have exact ends; the arithmetic would miss them by a last digit.
    low = Decimal(0) if numerator == 0 else EXACT.subtract(middle, half)
    high = Decimal(1) if numerator == denominator else EXACT.add(middle, half)
    return Interval(EXACT.multiply(low, Decimal(100)), EXACT.multiply(high, Decimal(100)))


def plausibility_warnings(
    measurements: Sequence[Measurement], unit: Unit | str
) -> tuple[PlausibilityWarning, ...]:
    """What asks for an explanation in the quarters of one metric, in their order.

    *above_hundred*: a percentage above 100. *jump*: a rate more than three times, or less than a
    third of, the rate of the calendar quarter before. No factor leads from or to zero: there it is
    a jump when the other quarter counts more than three events, so that one complaint after none
    asks nothing. Quarters whose counts are an error are passed over.
    """
    found = []
    known = {m.period: m for m in _counted(measurements) if m.denominator > 0}
    for period in sorted(known):
        now = known[period]
        if Unit(unit) is Unit.PERCENT and now.numerator > now.denominator:
            shown = format_rate(rate(now.numerator, now.denominator, unit), unit)
            found.append(
                PlausibilityWarning(
                    "above_hundred", period, f"{period} is {shown}, which is above 100%."
                )
            )
        before = known.get(period.previous)
        if before is not None and _is_jump(before, now):
            found.append(
                PlausibilityWarning(
                    "jump",
                    period,
                    f"{before.period} to {period} is a jump of more than threefold: from "
                    f"{_shown(before, unit)} to {_shown(now, unit)}.",
                )
            )
    return tuple(found)


def format_rate(value: Decimal | None, unit: Unit | str, basis: str = "") -> str:
    """A rate for screen and report: "97.30%", "12.04 per million dosage units".

    Two decimals, half up. A rate that only rounding would turn into 0 or 100 percent is shown as
    "less than 0.01%" or "more than 99.99%", since none and all are claims of their own.
    """
    if value is None:
        return NOT_CALCULABLE
    unit = Unit(unit)
    step = Decimal(1).scaleb(-SHOWN_PLACES)
    rounded = EXACT.quantize(value, step)
    prefix = ""
    if value > 0 and rounded == 0:
        prefix, rounded = "less than ", step
    elif unit is Unit.PERCENT and value < 100 and rounded == 100:
        prefix, rounded = "more than ", 100 - step
    elif unit is Unit.PERCENT and value > 100 and rounded == 100:
        prefix = "more than "
    if unit is Unit.PERCENT:
        return f"{prefix}{rounded:,f}%"
    return f"{prefix}{rounded:,f} per million {basis}".rstrip()


def format_interval(interval: Interval | None) -> str:
    """An interval for screen and report: "92.87% to 99.45%"; blank when there is none.

    The low end is never shown as 100% nor the high end as 0% unless exact (see format_rate).
    """
    if interval is None:
        return ""
    low, high = (format_rate(end, Unit.PERCENT) for end in interval)
    return f"{low} to {high}"


def format_count(count: int | None) -> str:
    """A count with commas between thousands; blank when there is none."""
    return "" if count is None else f"{count:,}"


def _counted(measurements: Iterable[Measurement]) -> list[_Counted]:
    return [
        _Counted(period, numerator, denominator)
        for period, numerator, denominator in measurements
        if numerator is not None and denominator is not None
    ]


def _is_jump(before: _Counted, now: _Counted) -> bool:
    fewer, more = sorted((before.numerator, now.numerator))
    if fewer == 0:
        return more > JUMP_FACTOR
    first = before.numerator * now.denominator
    second = now.numerator * before.denominator
    return max(first, second) > JUMP_FACTOR * min(first, second)


def _shown(measurement: _Counted, unit: Unit | str) -> str:
    return format_rate(rate(measurement.numerator, measurement.denominator, unit), unit)


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _small(label: str) -> str:
    # "OOS results" keeps its capitals; "Lots accepted" loses its one.
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
