"""Links that are mailed: a random token goes out, its hash stays here."""

import hashlib
import secrets

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from qmm_pilot.records.letters import SECRET, queue_letter


def new_token() -> tuple[str, str]:
    """A token of 256 random bits, and its SHA-256 in hex."""
    token = secrets.token_urlsafe(32)
    return token, hash_of(token)


def hash_of(token) -> str:
    """SHA-256 of a token, hex: what is kept of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def mail(kind, *, to, subject, about, at, page="", secret="", **context) -> None:
    """Queue templates/letters/<kind>.txt; `page` names the URL that takes the token `secret`."""
    link = f"{settings.SITE_ADDRESS}{reverse(page, args=[SECRET])}" if page else ""
    body = render_to_string(
        f"letters/{kind}.txt", {"link": link, "site_address": settings.SITE_ADDRESS, **context}
    )
    queue_letter(
        kind=kind, to=to, subject=subject, body=body.strip(), about=about, at=at, secret=secret
    )
