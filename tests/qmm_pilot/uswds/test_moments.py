"""Days and moments read as people in Washington, and at the site, say them."""

from datetime import UTC, date, datetime

import pytest

from qmm_pilot.uswds import moments

NOVEMBER = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)


def test_a_moment_is_told_in_eastern_time():
    assert moments.moment_in_words(NOVEMBER) == "November 16, 2020, 9:00 a.m. ET"


def test_noon_and_midnight_are_twelve():
    assert moments.moment_in_words(datetime(2020, 7, 1, 16, 5, tzinfo=UTC)).endswith(
        "12:05 p.m. ET"
    )
    assert moments.moment_in_words(datetime(2020, 7, 1, 4, 5, tzinfo=UTC)).endswith("12:05 a.m. ET")


def test_an_exclusive_end_reads_as_its_last_minute():
    end = datetime(2020, 12, 1, 5, 0, tzinfo=UTC)
    shown = moments.moment_in_words(moments.last_minute_before(end))
    assert shown == "November 30, 2020, 11:59 p.m. ET"


def test_a_day_may_be_short():
    assert moments.day_in_words(date(2020, 11, 30), short=True) == "Nov 30, 2020"


def test_the_same_moment_elsewhere_repeats_the_day_only_when_it_differs():
    late = datetime(2020, 12, 1, 4, 59, tzinfo=UTC)
    assert moments.moment_elsewhere(NOVEMBER, "Asia/Kolkata") == "7:30 p.m. Kolkata time"
    assert moments.moment_elsewhere(late, "Asia/Kolkata") == (
        "December 1, 2020, 10:29 a.m. Kolkata time"
    )


@pytest.mark.parametrize("zone", ["", "America/New_York", "America/Detroit"])
def test_nothing_is_repeated_where_clocks_show_the_same(zone):
    assert moments.moment_elsewhere(NOVEMBER, zone) == ""


def test_the_machine_form_is_utc():
    eastern = NOVEMBER.astimezone(moments.EASTERN)
    assert moments.iso(eastern) == "2020-11-16T14:00:00+00:00"


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ValueError, match="needs its zone"):
        moments.moment_in_words(datetime(2020, 11, 16, 9, 0))
