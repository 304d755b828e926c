"""How allauth's second factors fit this product: kept encrypted, the last one kept at all."""

import base64
import hashlib
import time

import qrcode
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from .access import needs_second_factor


class MFAAdapter(DefaultMFAAdapter):
    """Encrypts the secrets of factors, and keeps the last factor of who must have one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "FDA staff and contractors always need a second step, and "
        "this is your only one. Add another authenticator app or passkey first, then remove this.",
        "incorrect_code": "This code does not count. A code is good for 30 seconds and for one "
        "sign-in: wait for the next one and type its six digits.",
        "passkey_refused": "This passkey was not accepted. Try again, or use a code instead.",
    }

    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _keys().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not needs_second_factor(authenticator.user) or has_other_factor(authenticator)

    def generate_authenticator_name(self, user, type: Authenticator.Type) -> str:
        return f"Passkey {1 + Authenticator.objects.filter(user=user, type=type).count()}"


def enrol_app(user, secret: str) -> None:
    """Give a person of the demonstration or of a test an authenticator app with this secret."""
    TOTP.activate(user, secret)


def current_code(factor: Authenticator) -> tuple[str, int]:
    """The code that an authenticator app shows now, and for how many seconds more it counts."""
    period = app_settings.TOTP_PERIOD
    now = int(time.time())
    secret = get_adapter().decrypt(factor.data["secret"])
    return format_hotp_value(hotp_value(secret, now // period)), period - now % period


def has_other_factor(authenticator: Authenticator) -> bool:
    """Whether its owner could still pass the second step without this factor."""
    others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
    return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def _keys() -> MultiFernet:
    """Keys derived from SECRET_KEY, new secrets by the first; a dump of the database has none."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(f"second factors:{secret}".encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def qr_path(text: str) -> tuple[int, str]:
    """A QR code of this text: its side in modules, quiet zone included, and the dark ones as path.

    For inline SVG: the content security policy refuses pictures in data addresses.
    """
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    rows = code.get_matrix()
    dark = [(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark]
    return len(rows), "".join(f"M{x},{y}h1v1h-1z" for x, y in dark)
