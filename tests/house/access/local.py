"""Doors of development: open without sign-in to this machine, absent with DEBUG off."""

from .doors import Door
from .people import EVERYBODY, NEWCOMER, UNENROLLED

# Mail, clock and sign-in codes of the demonstration: to another machine they do not exist.
THIS_MACHINE_ONLY = {
    "local_mails": [Door("GET", yes=EVERYBODY)],
    "local_mail": [Door("GET", "a mail", yes=EVERYBODY)],
    "local_codes": [Door("GET", yes=EVERYBODY)],
    "local_clock": [Door("GET POST", yes=EVERYBODY)],
}
DOORS = {
    **THIS_MACHINE_ONLY,
    # It shows made-up samples and nothing of anybody's, so it asks nobody where she sits.
    "styleguide": [Door("GET", yes=EVERYBODY - NEWCOMER - UNENROLLED)],
}
