"""The time zones that people choose from, by region and place."""

import zoneinfo
from functools import cache
from itertools import groupby

# Regions of the tz database that name places; the others are aliases and fixed offsets.
REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def time_zone_choices() -> list:
    """The IANA zones by region, each shown by its place: "Asia/Kolkata" as "Kolkata"."""
    names = sorted(name for name in zoneinfo.available_timezones() if _region(name) in REGIONS)
    return [
        (region, [(name, _place(name)) for name in group])
        for region, group in groupby(names, key=_region)
    ]


def _region(name):
    return name.split("/", 1)[0]


def _place(name):
    return ", ".join(reversed(name.replace("_", " ").split("/")[1:]))
