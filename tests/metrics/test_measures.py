"""Rates, intervals and plausibility: what the counts say and what they do not."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metrics.measures import (
    LARGEST_COUNT,
    CountError,
    Measurement,
    Period,
    Unit,
    check_counts,
    format_count,
    format_interval,
    format_rate,
    last_quarters,
    plausibility_warnings,
    pooled_counts,
    pooled_rate,
    quarters_from,
    rate,
    read_count,
    wilson_interval,
)

counts = st.integers(min_value=0, max_value=LARGEST_COUNT)
positive_counts = st.integers(min_value=1, max_value=LARGEST_COUNT)
small_counts = st.integers(min_value=0, max_value=400)
units = st.sampled_from(list(Unit))


def measured(*pairs):
    periods = quarters_from(Period(2020, 1), len(pairs))
    return [Measurement(period, *pair) for period, pair in zip(periods, pairs, strict=True)]


def test_lots_accepted_of_lots_started_give_a_percentage():
    assert rate(97, 100, Unit.PERCENT) == Decimal(97)


def test_complaints_against_units_distributed_give_a_rate_per_million():
    assert rate(3, 1_500_000, Unit.PER_MILLION) == Decimal(2)


def test_nothing_out_of_nothing_is_not_calculable_and_neither_zero_nor_one_hundred():
    assert rate(0, 0, Unit.PERCENT) is None
    assert format_rate(None, Unit.PERCENT) == "Not calculable"


def test_something_out_of_nothing_is_an_error_that_names_both_counts():
    with pytest.raises(CountError) as error:
        check_counts(3, 0, "Lots accepted", "Lots started")
    assert str(error.value) == (
        "Lots started is 0 but lots accepted is 3. "
        "Check both counts: a rate needs something to be counted against."
    )


@pytest.mark.parametrize(
    ("numerator", "denominator", "sentence"),
    [
        (-1, 5, "The numerator cannot be below zero."),
        (1, -5, "The denominator cannot be below zero."),
        (1.0, 5, "The numerator must be a whole number."),
        (True, 5, "The numerator must be a whole number."),
        (0, LARGEST_COUNT + 1, "The denominator cannot be above 999,999,999,999."),
    ],
)
def test_a_count_must_be_a_whole_number_within_bounds(numerator, denominator, sentence):
    with pytest.raises(CountError) as error:
        rate(numerator, denominator, Unit.PERCENT)
    assert str(error.value) == sentence


@given(counts, positive_counts, units)
def test_a_rate_is_the_quotient_to_fifty_digits_and_never_a_float(numerator, denominator, unit):
    scale = {Unit.PERCENT: 100, Unit.PER_MILLION: 1_000_000}[unit]
    value = rate(numerator, denominator, unit)
    exact = Fraction(numerator * scale, denominator)
    assert type(value) is Decimal
    assert abs(Fraction(value) - exact) <= exact / 10**49


@given(counts, positive_counts, units)
def test_a_shown_rate_is_the_exact_quotient_rounded_once(numerator, denominator, unit):
    scale = {Unit.PERCENT: 100, Unit.PER_MILLION: 1_000_000}[unit]
    exact = Fraction(numerator * scale, denominator)
    hundredths = int(exact * 100 + Fraction(1, 2))  # half up
    shown = format_rate(rate(numerator, denominator, unit), unit)
    if exact > 0 and hundredths == 0:
        assert shown.startswith("less than 0.01")
    elif unit is Unit.PERCENT and hundredths == 10000 and exact != 100:
        assert shown == ("more than 99.99%" if exact < 100 else "more than 100.00%")
    else:
        number = shown.split("%")[0].split(" ")[0].replace(",", "")
        assert Fraction(number) == Fraction(hundredths, 100)


def test_a_rate_is_never_rounded_into_all_or_none():
    assert format_rate(rate(99_999, 100_000, Unit.PERCENT), Unit.PERCENT) == "more than 99.99%"
    assert format_rate(rate(1, 100_000, Unit.PERCENT), Unit.PERCENT) == "less than 0.01%"
    assert format_rate(rate(100_001, 100_000, Unit.PERCENT), Unit.PERCENT) == "more than 100.00%"
    assert format_rate(rate(0, 100_000, Unit.PERCENT), Unit.PERCENT) == "0.00%"
    assert format_rate(rate(7, 7, Unit.PERCENT), Unit.PERCENT) == "100.00%"


def test_a_rate_per_million_names_what_it_is_counted_against():
    shown = format_rate(rate(5, 2_000, Unit.PER_MILLION), Unit.PER_MILLION, "kilograms distributed")
    assert shown == "2,500.00 per million kilograms distributed"


def test_pooling_sums_counts_and_does_not_average_rates():
    quarters = measured((1, 1), (0, 99))
    assert pooled_rate(quarters, Unit.PERCENT) == Decimal(1)
    assert pooled_counts(quarters) == (1, 100)


def test_pooling_leaves_out_quarters_that_were_not_measured():
    assert pooled_rate(measured((9, 10), (None, None)), Unit.PERCENT) == Decimal(90)
    assert pooled_rate(measured((0, 0), (None, None)), Unit.PERCENT) is None


def test_pooling_refuses_a_quarter_whose_counts_are_an_error():
    with pytest.raises(CountError):
        pooled_rate(measured((9, 10), (1, 0)), Unit.PERCENT)


@given(st.lists(st.tuples(counts, positive_counts), min_size=1, max_size=8))
def test_a_pooled_rate_lies_between_the_lowest_and_the_highest_quarter(pairs):
    exact = [Fraction(100 * numerator, denominator) for numerator, denominator in pairs]
    pooled = Fraction(pooled_rate(measured(*pairs), Unit.PERCENT))
    rounding = max(exact) / 10**49
    assert min(exact) - rounding <= pooled <= max(exact) + rounding


@given(small_counts, st.integers(min_value=1, max_value=400))
def test_an_interval_holds_its_own_rate_and_stays_between_zero_and_one_hundred(found, of):
    assume(found <= of)
    interval = wilson_interval(found, of)
    assert 0 <= interval.low <= rate(found, of, Unit.PERCENT) <= interval.high <= 100


@given(small_counts, st.integers(min_value=1, max_value=400))
def test_an_interval_of_the_complement_is_the_mirror_image(found, of):
    assume(found <= of)
    interval, mirror = wilson_interval(found, of), wilson_interval(of - found, of)
    assert abs(Fraction(interval.low) + Fraction(mirror.high) - 100) < Fraction(1, 10**40)


@given(st.integers(min_value=0, max_value=50), st.integers(min_value=1, max_value=50))
def test_more_lots_at_the_same_rate_give_a_narrower_interval(found, of):
    assume(found <= of)
    few, many = wilson_interval(found, of), wilson_interval(found * 10, of * 10)
    assert many.high - many.low < few.high - few.low


def test_the_interval_equals_the_published_example():
    # 81 of 263: 25.5% to 36.6% (Newcombe 1998, Statistics in Medicine 17:857-872, table I).
    low, high = wilson_interval(81, 263)
    assert (round(low, 1), round(high, 1)) == (Decimal("25.5"), Decimal("36.6"))


def test_there_is_no_interval_without_a_proportion():
    assert wilson_interval(0, 0) is None
    assert wilson_interval(11, 10) is None
    assert format_interval(None) == ""


def test_an_interval_is_shown_in_the_words_of_the_rates():
    assert format_interval(wilson_interval(0, 10)) == "0.00% to 27.75%"
    assert format_interval(wilson_interval(10, 10)) == "72.25% to 100.00%"


def test_acceptance_above_one_hundred_percent_asks_for_an_explanation():
    warnings = plausibility_warnings(measured((10, 10), (11, 10)), Unit.PERCENT)
    assert [(w.code, w.period) for w in warnings] == [("above_hundred", Period(2020, 2))]
    assert warnings[0].sentence == "Q2 2020 is 110.00%, which is above 100%."


def test_a_rate_per_million_may_pass_one_hundred():
    assert plausibility_warnings(measured((300, 1_000_000)), Unit.PER_MILLION) == ()


def test_exactly_threefold_asks_nothing_and_more_than_threefold_asks():
    assert plausibility_warnings(measured((10, 1000), (30, 1000)), Unit.PER_MILLION) == ()
    up = plausibility_warnings(measured((10, 1000), (31, 1000)), Unit.PER_MILLION)
    down = plausibility_warnings(measured((31, 1000), (10, 1000)), Unit.PER_MILLION)
    assert [w.code for w in up] == [w.code for w in down] == ["jump"]


def test_one_complaint_after_none_asks_nothing_but_four_do():
    assert plausibility_warnings(measured((0, 1000), (1, 10)), Unit.PER_MILLION) == ()
    assert plausibility_warnings(measured((0, 10), (0, 1000)), Unit.PER_MILLION) == ()
    rising = plausibility_warnings(measured((0, 1000), (4, 1000)), Unit.PER_MILLION)
    assert [w.sentence for w in rising] == [
        "Q1 2020 to Q2 2020 is a jump of more than threefold: from 0.00 per million "
        "to 4,000.00 per million."
    ]


def test_a_quarter_is_compared_with_the_calendar_quarter_before_it_only():
    with_gap = [
        Measurement(Period(2020, 1), 1, 100),
        Measurement(Period(2020, 2), None, None),
        Measurement(Period(2020, 3), 90, 100),
    ]
    assert plausibility_warnings(with_gap, Unit.PERCENT) == ()


def test_impossible_and_uncalculable_quarters_do_not_disturb_the_warnings():
    assert plausibility_warnings(measured((5, 0), (0, 0), (5, 10)), Unit.PERCENT) == ()


@given(st.lists(st.tuples(counts, counts), max_size=8), units)
def test_no_counts_at_all_make_the_warnings_fail(pairs, unit):
    warnings = plausibility_warnings(measured(*pairs), unit)
    assert [w.period for w in warnings] == sorted(w.period for w in warnings)


def test_the_four_quarters_before_the_due_date_are_over():
    assert last_quarters(date(2020, 11, 30)) == quarters_from(Period(2019, 4), 4)
    assert last_quarters(date(2021, 1, 1)) == quarters_from(Period(2020, 1), 4)
    assert last_quarters(date(2020, 12, 31))[-1] == Period(2020, 3)


@given(st.dates(min_value=date(1990, 1, 1)), st.integers(min_value=1, max_value=12))
def test_quarters_are_consecutive_and_end_before_the_day(day, how_many):
    found = last_quarters(day, how_many)
    assert found == quarters_from(found[0], how_many)
    last = found[-1]
    following = date(last.year + (last.quarter == 4), last.quarter % 4 * 3 + 1, 1)
    assert following <= day


def test_a_quarter_says_its_months():
    assert str(Period(2020, 4)) == "Q4 2020"
    assert Period(2020, 4).months == "October to December 2020"


@pytest.mark.parametrize(
    ("typed", "count"),
    [("", None), ("  ", None), ("0", 0), (" 1250 ", 1250), ("1,250,000", 1_250_000), ("007", 7)],
)
def test_a_typed_count_is_read_with_or_without_commas(typed, count):
    assert read_count(typed) == count


@pytest.mark.parametrize("typed", ["12.5", "1e6", "ten", "1,25", "٣", "1 000", "+5", "0x10", "½"])
def test_what_is_not_a_whole_number_is_refused_with_an_example(typed):
    with pytest.raises(CountError) as error:
        read_count(typed)
    assert str(error.value) == f"“{typed}” is not a whole number. Enter a count such as 1250."


def test_a_count_below_zero_or_beyond_the_largest_is_refused():
    with pytest.raises(CountError) as below:
        read_count("-3")
    assert str(below.value) == "“-3” is below zero. Enter a count of 0 or more."
    with pytest.raises(CountError) as beyond:
        read_count("1" + "0" * 12)
    assert str(beyond.value) == (
        "“1000000000000” is too large. The largest count is 999,999,999,999."
    )
    assert read_count("9" * 12) == LARGEST_COUNT


@given(st.text(max_size=60))
def test_any_text_is_a_count_a_blank_or_a_sentence(text):
    try:
        answer = read_count(text)
    except CountError as error:
        answer = str(error)
    if isinstance(answer, str):
        assert answer.endswith(".")
    else:
        assert answer is None or 0 <= answer <= LARGEST_COUNT


@given(counts)
def test_a_shown_count_can_be_typed_again(count):
    assert read_count(format_count(count)) == count
