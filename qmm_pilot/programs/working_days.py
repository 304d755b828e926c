"""Working days: Monday to Friday without the US federal holidays. Pure, no Django."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

SATURDAY = 5


@cache
def holidays_of(country: str, year: int) -> dict[date, str]:
    """Public holidays of a country (ISO 3166 alpha-2) in one year, observed days included.

    A country that the calendar does not know has none: the caller cannot tell, so the screen says
    that only known calendars are checked.
    """
    import holidays  # slow to import, so only where days are counted

    try:
        return dict(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return {}


def is_working_day(day: date) -> bool:
    """Monday to Friday and no US federal holiday (5 U.S.C. 6103, with its observed days)."""
    return day.weekday() < SATURDAY and day not in holidays_of("US", day.year)


def add_working_days(day: date, count: int) -> date:
    """The working day that lies count working days after day (before it when negative).

    The day itself is never counted; with 0 the day comes back unchanged, working or not.
    """
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        if is_working_day(day):
            left -= 1
    return day
