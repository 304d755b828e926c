"""Working days, clocks, visit lengths and clashes, by example and by property."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from assessments import scheduling
from assessments.scheduling import Booking, Clash

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2022, 12, 31))


def test_a_working_day_offset_steps_over_weekend_and_holiday():
    assert scheduling.shift(date(2020, 11, 25), 1, "working") == date(2020, 11, 27)
    assert scheduling.shift(date(2020, 11, 25), 2, "working") == date(2020, 11, 30)


def test_a_calendar_offset_counts_every_day():
    assert scheduling.shift(date(2020, 11, 25), -42, "calendar") == date(2020, 10, 14)


def test_monday_to_friday_is_the_longest_visit():
    assert scheduling.problem_with_dates(date(2021, 3, 1), date(2021, 3, 5)) == ""
    assert scheduling.problem_with_dates(date(2021, 3, 1), date(2021, 3, 8)) == (
        "An assessment takes at most 5 working days; choose dates closer together."
    )


def test_five_working_days_may_reach_across_a_weekend():
    assert scheduling.problem_with_dates(date(2021, 3, 4), date(2021, 3, 10)) == ""


def test_a_visit_that_ends_before_it_begins_is_named():
    assert scheduling.problem_with_dates(date(2021, 3, 5), date(2021, 3, 1)) == (
        "The last day of the assessment is before its first day."
    )


def test_a_weekend_alone_holds_no_visit():
    assert scheduling.problem_with_dates(date(2021, 3, 6), date(2021, 3, 7)) == (
        "These dates contain no working day (weekends and US federal holidays are not)."
    )


def test_a_slip_of_the_year_is_refused_like_any_long_visit():
    assert "at most 5" in scheduling.problem_with_dates(date(2021, 3, 1), date(9021, 3, 5))


def test_mumbai_and_eastern_show_the_same_moment_on_both_clocks():
    eastern, site = scheduling.both_clocks(datetime(2021, 3, 1, 3, 30, tzinfo=UTC), "Asia/Kolkata")
    assert (eastern.strftime("%d %H:%M"), site.strftime("%d %H:%M")) == ("28 22:30", "01 09:00")


def test_holidays_of_both_countries_and_weekends_are_flagged():
    clashes = scheduling.holiday_clashes(date(2021, 1, 23), date(2021, 1, 26), ["IN", "US"])
    assert clashes == [
        Clash(date(2021, 1, 23), "weekend"),
        Clash(date(2021, 1, 24), "weekend"),
        Clash(date(2021, 1, 26), "Republic Day (IN)"),
    ]


def test_an_unknown_country_has_no_holidays():
    assert scheduling.holiday_clashes(date(2021, 1, 1), date(2021, 1, 1), ["ZZ"]) == []


def test_a_booking_clashes_from_the_first_shared_day():
    booking = Booking("Lee", "assessment of Plant B", date(2021, 3, 3), date(2021, 3, 9))
    assert scheduling.booking_clashes(date(2021, 3, 1), date(2021, 3, 5), [booking]) == [
        Clash(date(2021, 3, 3), "Lee: assessment of Plant B")
    ]


def test_a_booking_that_ends_the_day_before_does_not_clash():
    booking = Booking("Lee", "assessment of Plant B", date(2021, 2, 22), date(2021, 2, 28))
    assert scheduling.booking_clashes(date(2021, 3, 1), date(2021, 3, 5), [booking]) == []
