"""How long a person's session lasts, and what ends it before its time."""

from datetime import timedelta
from math import ceil

from django.conf import settings
from django.db.models import F

from qmm_pilot import clock

from .models import User

TOUCHED_EVERY = timedelta(minutes=1)


def end_sessions_of(user) -> None:
    """End every session of this person, wherever it is open; each is asked to sign in again.

    For operations that change what a person may do, in their transaction. A session carries the
    generation in which it began (User.get_session_auth_hash); Django compares it on every request
    with the person's row, which it reads anyway, and flushes a session of an older one.
    """
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)


def seconds_left(request) -> int:
    """For how many seconds this request's session lasts if nothing more is done; 0 when over."""
    ends_at = request.session.ends_at
    if ends_at is None:
        return 0
    return max(0, ceil((ends_at - clock.real_now()) / timedelta(seconds=1)))


def prolong(request) -> None:
    """Begin the idle time anew where a person came, at most once a minute: each time is a write.

    What a script asks for by itself is no sign of a person: browsers say so (Sec-Fetch-Mode).
    """
    by_script = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    if by_script and request.method in ("GET", "HEAD"):
        return
    unused = timedelta(seconds=settings.SESSION_COOKIE_AGE - seconds_left(request))
    if unused >= TOUCHED_EVERY and request.session.may_last_longer():
        request.session.save()
