"""When a page was asked for: what reached FDA before a close counts, however long it waited (A2).

Between the click and the view lie the server's queue and the sign-in. nginx notes the moment at
which it passes the request on (X-Request-Start); without a proxy the outermost middleware does.
"""

import re
from datetime import UTC, datetime, timedelta

from django.conf import settings

from qmm_pilot import clock

# No request waits longer: nginx and gunicorn give up before.
LONGEST_WAIT = timedelta(minutes=2)
_START = re.compile(r"t=([0-9]{10}\.[0-9]{3})")


def arrived_at(request) -> datetime:
    """The moment of this request's arrival, UTC, by the clock that deeds go by."""
    received = getattr(request, "received_at", None)
    return clock.now() if received is None else clock.shown_at(received)


class ArrivalMiddleware:
    """Notes the real moment of arrival before anything else is done; stands outermost."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.received_at = _told_by_proxy(request) or clock.real_now()
        return self.get_response(request)


def _told_by_proxy(request) -> datetime | None:
    """What our own proxy says; without one, anybody could write the header."""
    if not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return None
    found = _START.fullmatch(request.headers.get("X-Request-Start", ""))
    if not found:
        return None
    told, now = datetime.fromtimestamp(float(found[1]), UTC), clock.real_now()
    return told if now - LONGEST_WAIT <= told <= now else None
