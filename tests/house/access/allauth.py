"""Doors of sign-in, as allauth answers them: open to everybody, own account to who is signed in.

Its views answer OPTIONS, take PUT for POST, and lead on whoever has nothing to do there whatever
the method is. It counts tries against its limits, also those by HEAD.
"""

from .doors import Door
from .people import CONTRACTORS, EVERYBODY, FDA, NOBODY, SIGNED_IN, STRANGERS

EVERY = "GET POST PUT PATCH DELETE OPTIONS"
FORM = "GET POST PUT OPTIONS"
COUNTS = "cache_entries"
ENROLLED = FDA | CONTRACTORS  # with an authenticator app


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
    "account_reset_password": [Door(FORM, yes=EVERYBODY)],
    "account_reset_password_done": [Door("GET OPTIONS", yes=EVERYBODY)],
    # A key that was never given out shows the page that says so.
    "account_reset_password_from_key": [
        Door(EVERY, ("no account", "no key"), yes=EVERYBODY, leaves=COUNTS, finds_anything=True)
    ],
    "account_reset_password_from_key_done": [Door("GET OPTIONS", yes=EVERYBODY)],
    "account_reauthenticate": own_account(),
    # It only leads to one's own details.
    "account_email": [Door(EVERY, yes=SIGNED_IN)],
    "account_change_password": own_account(),
    # Everybody has a password, so this leads on to changing it.
    "account_set_password": [Door(EVERY, yes=SIGNED_IN, leaves=COUNTS)],
    # The second step. Without a sign-in on its way, it leads back to where that begins.
    "mfa_authenticate": [Door(EVERY, yes=EVERYBODY)],
    "mfa_index": [Door("GET OPTIONS", yes=SIGNED_IN)],
    # Who has no such factor is led on to what she has.
    "mfa_reauthenticate": [
        Door(FORM, yes=SIGNED_IN, leaves=COUNTS),
        Door("PATCH DELETE", yes=SIGNED_IN - ENROLLED, unanswered=ENROLLED, leaves=COUNTS),
    ],
    "mfa_reauthenticate_webauthn": [Door(EVERY, yes=SIGNED_IN, leaves=COUNTS)],
    "mfa_view_recovery_codes": [Door(EVERY, yes=SIGNED_IN)],
    "mfa_download_recovery_codes": [Door(EVERY, yes=SIGNED_IN)],
    # Each asks for the password first, before it reads whose passkey it is (see test_factors.py).
    "mfa_activate_totp": [Door(EVERY, yes=SIGNED_IN)],
    "mfa_deactivate_totp": [Door(EVERY, yes=SIGNED_IN)],
    "mfa_generate_recovery_codes": [Door(EVERY, yes=SIGNED_IN)],
    "mfa_add_webauthn": [Door(EVERY, yes=SIGNED_IN)],
    "mfa_edit_webauthn": [Door(EVERY, "a passkey", yes=SIGNED_IN, finds_anything=True)],
    "mfa_remove_webauthn": [Door(EVERY, "a passkey", yes=SIGNED_IN, finds_anything=True)],
    "mfa_login_webauthn": entrance(),
}
