"""Days and moments in words, in US form; no Django in here, so letters and reports use it too."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_in_words(day: date, *, short: bool = False) -> str:
    """Return "November 16, 2020", or "Nov 16, 2020" when short."""
    month = _MONTHS[day.month - 1]
    return f"{month[:3] if short else month} {day.day}, {day.year}"


def time_in_words(moment: datetime) -> str:
    """Return the clock reading of a moment in its own zone: "9:00 a.m."."""
    half = "a.m." if moment.hour < 12 else "p.m."
    return f"{moment.hour % 12 or 12}:{moment.minute:02d} {half}"


def moment_in_words(moment: datetime, *, short: bool = False) -> str:
    """Return an aware moment in Eastern Time: "November 16, 2020, 9:00 a.m. ET".

    Raises ValueError for a naive moment, which has no place in time.
    """
    there = _at(moment, EASTERN)
    return f"{day_in_words(there, short=short)}, {time_in_words(there)} ET"


def clock_in_words(moment: datetime, zone: str = "") -> str:
    """Return the clock reading alone in both zones: "9:41 a.m. ET (7:11 p.m. Kolkata time)"."""
    eastern = f"{time_in_words(_at(moment, EASTERN))} ET"
    elsewhere = moment_elsewhere(moment, zone)
    return f"{eastern} ({elsewhere})" if elsewhere else eastern


def moment_elsewhere(moment: datetime, zone: str, *, short: bool = False) -> str:
    """Return the same moment on the clocks of an IANA zone: "7:30 p.m. Kolkata time".

    The day is repeated only when it differs from the Eastern one. Empty when the clocks there show
    what Eastern clocks show, or without a zone. Raises ZoneInfoNotFoundError for an unknown zone.
    """
    if not zone:
        return ""
    eastern, there = _at(moment, EASTERN), _at(moment, ZoneInfo(zone))
    if there.utcoffset() == eastern.utcoffset():
        return ""
    clock = f"{time_in_words(there)} {place_of(zone)}"
    if there.date() == eastern.date():
        return clock
    return f"{day_in_words(there, short=short)}, {clock}"


def last_minute_before(end: datetime) -> datetime:
    """Return the last minute before an exclusive end, as the notices write it (11:59 p.m.)."""
    return end - timedelta(minutes=1)


@lru_cache
def place_of(zone: str) -> str:
    """Name an IANA zone for people: "Asia/Kolkata" is "Kolkata time", "UTC" is "UTC"."""
    if "/" not in zone:
        return zone
    return f"{zone.rsplit('/', 1)[1].replace('_', ' ')} time"


def iso(moment: datetime) -> str:
    """Return the machine form of an aware moment, in UTC, to the second."""
    return _at(moment, UTC).isoformat(timespec="seconds")


def _at(moment: datetime, zone) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"A moment needs its zone: {moment!r}")
    return moment.astimezone(zone)
