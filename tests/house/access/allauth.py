"""Doors of sign-in, as allauth answers them: open to everybody, own account to who is signed in.

Its views answer OPTIONS, take PUT for POST, and lead on whoever has nothing to do there whatever
the method is. It counts tries against its limits, also those by HEAD.
"""

from .doors import Door
from .people import EVERYBODY, NOBODY, SIGNED_IN, STRANGERS

EVERY = "GET POST PUT PATCH DELETE OPTIONS"
FORM = "GET POST PUT OPTIONS"
COUNTS = "cache_entries"


def entrance():
    """A form for strangers, from which whoever is signed in is led home."""
    return [
        Door(FORM, yes=EVERYBODY, leaves=COUNTS),
        Door("PATCH DELETE", yes=SIGNED_IN, unanswered=STRANGERS, leaves=COUNTS),
    ]


def own_account():
    """A form of one's own account."""
    return [
        Door(FORM, yes=SIGNED_IN, leaves=COUNTS),
        Door("PATCH DELETE", yes=NOBODY, unanswered=SIGNED_IN, leaves=COUNTS),
    ]


DOORS = {
    "account_login": entrance(),
    "account_signup": entrance(),
    "account_logout": [Door("GET POST OPTIONS", yes=EVERYBODY)],
    "account_inactive": [Door("GET OPTIONS", yes=EVERYBODY)],
    # Without a code on its way, these lead back to where it is asked for.
    "account_email_verification_sent": [Door(EVERY, yes=EVERYBODY)],
    "account_confirm_login_code": [Door(EVERY, yes=EVERYBODY)],
    "account_reset_password": [Door(FORM, yes=EVERYBODY)],
    "account_reset_password_done": [Door("GET OPTIONS", yes=EVERYBODY)],
    # A key that was never given out shows the page that says so.
    "account_reset_password_from_key": [
        Door(EVERY, ("no account", "no key"), yes=EVERYBODY, leaves=COUNTS, finds_anything=True)
    ],
    "account_reset_password_from_key_done": [Door("GET OPTIONS", yes=EVERYBODY)],
    "account_reauthenticate": own_account(),
    "account_email": own_account(),
    "account_change_password": own_account(),
    # Everybody has a password, so this leads on to changing it.
    "account_set_password": [Door(EVERY, yes=SIGNED_IN, leaves=COUNTS)],
}
