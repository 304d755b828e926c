"""Days and clocks of a visit: working days, both time zones, five assessment days, clashes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from qmm_pilot.programs.working_days import SATURDAY, add_working_days, holidays_of, is_working_day

EASTERN = ZoneInfo("America/New_York")

# "up to five days": FDA's questions and answers of 15 March 2024, item 1. The 2020 notices give no
# length; the pilots use the same limit as an assumption.
MOST_ASSESSMENT_DAYS = 5


class Mode(StrEnum):
    """How the team meets the site (notices of 2020: "on-site or remote"; hybrid joins both)."""

    ON_SITE = "on_site"
    REMOTE = "remote"
    HYBRID = "hybrid"


class Unit(StrEnum):
    """What an offset counts."""

    CALENDAR = "calendar"
    WORKING = "working"


def shift(day: date, count: int, unit: str) -> date:
    """Move a day by calendar days or by US federal working days; ValueError for another unit."""
    if Unit(unit) is Unit.WORKING:
        return add_working_days(day, count)
    return day + timedelta(days=count)


def assessment_days(first_on: date, last_on: date) -> list[date]:
    """The working days from the first to the last day of a visit, both included."""
    span = (last_on - first_on).days
    days = (first_on + timedelta(days=offset) for offset in range(span + 1))
    return [day for day in days if is_working_day(day)]


def problem_with_dates(first_on: date, last_on: date) -> str:
    """Why these dates cannot hold an assessment, as a sentence; empty when they can."""
    if last_on < first_on:
        return "The last day of the assessment is before its first day."
    # Sixty days hold more than five working days anyway; a slip of the year is not counted through.
    days = assessment_days(first_on, min(last_on, first_on + timedelta(days=60)))
    if not days:
        return "These dates contain no working day (weekends and US federal holidays are not)."
    if len(days) > MOST_ASSESSMENT_DAYS:
        return (
            f"An assessment takes at most {MOST_ASSESSMENT_DAYS} working days; "
            "choose dates closer together."
        )
    return ""


def both_clocks(moment: datetime, site_zone: str) -> tuple[datetime, datetime]:
    """One aware moment as Eastern Time and as the site's own time (IANA zone name)."""
    return moment.astimezone(EASTERN), moment.astimezone(ZoneInfo(site_zone))


@dataclass(frozen=True)
class Booking:
    """Days on which somebody is already taken, and by what."""

    who: str
    what: str
    first_on: date
    last_on: date


@dataclass(frozen=True)
class Clash:
    """One day of a proposed visit that collides, with the reason in words."""

    day: date
    reason: str


def holiday_clashes(first_on: date, last_on: date, countries: Iterable[str]) -> list[Clash]:
    """Weekend days and public holidays of these countries within the dates, in order of day."""
    clashes = []
    for offset in range((last_on - first_on).days + 1):
        day = first_on + timedelta(days=offset)
        if day.weekday() >= SATURDAY:
            clashes.append(Clash(day, "weekend"))
        for country in sorted(set(countries)):
            name = holidays_of(country, day.year).get(day)
            if name:
                clashes.append(Clash(day, f"{name} ({country})"))
    return clashes


def booking_clashes(first_on: date, last_on: date, bookings: Iterable[Booking]) -> list[Clash]:
    """Bookings that overlap the dates; the clash names the first day that they share."""
    return sorted(
        (
            Clash(max(first_on, booking.first_on), f"{booking.who}: {booking.what}")
            for booking in bookings
            if booking.first_on <= last_on and first_on <= booking.last_on
        ),
        key=lambda clash: (clash.day, clash.reason),
    )
