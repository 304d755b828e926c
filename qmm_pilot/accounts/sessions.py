"""How a person's sessions end before their time."""

from django.db.models import F

from .models import User


def end_sessions_of(user) -> None:
    """End every session of this person, wherever it is open; each is asked to sign in again.

    For operations that change what a person may do, in their transaction. A session carries the
    generation in which it began (User.get_session_auth_hash); Django compares it on every request
    with the person's row, which it reads anyway, and flushes a session of an older one.
    """
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
