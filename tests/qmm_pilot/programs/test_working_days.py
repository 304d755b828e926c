"""Working days by example and by property."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from qmm_pilot.programs.working_days import add_working_days, is_working_day

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2022, 12, 31))


def test_thanksgiving_2020_is_not_a_working_day():
    assert is_working_day(date(2020, 11, 26)) is False


def test_an_observed_holiday_is_not_a_working_day():
    assert is_working_day(date(2020, 7, 3)) is False
    assert is_working_day(date(2021, 12, 31)) is False


@given(DAYS, st.integers(min_value=1, max_value=40))
def test_working_days_forward_hold_exactly_that_many_working_days(day, count):
    end = add_working_days(day, count)
    between = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(is_working_day(d) for d in between) == count
    assert is_working_day(end)


@given(DAYS, st.integers(min_value=1, max_value=40))
def test_working_days_back_undo_working_days_forward_from_a_working_day(day, count):
    start = add_working_days(day, 1)
    there = add_working_days(start, count)
    assert add_working_days(there, -count) == start
