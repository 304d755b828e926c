"""Doors of accounts: one's own details, and the page that registers a firm."""

from .doors import Door
from .people import ADMINISTRATOR, MEMBERS, SIGNED_IN

DOORS = {
    # Who belongs to an organization is led on to her own details.
    "accounts:register_organization": [Door("GET POST", yes=SIGNED_IN)],
    "accounts:profile": [Door("GET POST", yes=MEMBERS)],
    "accounts:reset_factors": [
        Door("GET POST", "A's official", yes=ADMINISTRATOR),
        Door("GET POST", "coordinator", yes=ADMINISTRATOR),
    ],
}
