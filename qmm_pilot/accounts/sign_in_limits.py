"""How often somebody may guess: by account and address, so that no owner is locked out (R12).

Counts live in the database cache, so that they hold across processes and need no Redis. The
address is the client's as the trusted proxies give it (TRUSTED_PROXY_COUNT); what a client writes
into X-Forwarded-For itself is not believed. IPv6 addresses count by their /64.
"""

import threading
import time

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.conf import settings

APP = "allauth.account"
ANYWHERE = "login_failed_anywhere"  # a rate of ACCOUNT_RATE_LIMITS

# Those who wait hold a thread each: never more than these two of a process.
_waiting = threading.BoundedSemaphore(2)


def key_of(request, login: str) -> str:
    """Whose failures count together: those of one account from one address."""
    return f"{ratelimit.get_ip(request)}|{login.strip().lower()}"


def count_failure(request, login: str) -> None:
    """Count one failure of this account wherever it comes from."""
    ratelimit.consume(request, app=APP, action=ANYWHERE, key=login.strip().lower())


def has_tries_left(request, login: str) -> bool:
    """Whether this address may try this account once more now."""
    return _is_below(request, key_of(request, login))


def has_codes_left(request, user) -> bool:
    """Whether one more code or passkey of this person would be looked at now."""
    return _is_below(request, f"mfa-auth-user-{user.pk}")  # allauth's own key


def _is_below(request, key: str) -> bool:
    return bool(ratelimit.consume(request, app=APP, action="login_failed", key=key, dry_run=True))


def slow_down(request, login: str) -> None:
    """Make whoever tries wait where an account's failures from everywhere pass the ceiling.

    The ceiling never refuses, or many addresses could lock its owner out together. Raises
    "too many" only while two others of this process wait already.
    """
    below = ratelimit.consume(
        request, app=APP, action=ANYWHERE, key=login.strip().lower(), dry_run=True
    )
    if below:
        return
    if not _waiting.acquire(blocking=False):
        raise get_adapter().validation_error("too_many_login_attempts")
    try:
        time.sleep(settings.SIGN_IN_DELAY_SECONDS)
    finally:
        _waiting.release()
