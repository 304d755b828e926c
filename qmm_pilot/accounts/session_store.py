"""Django's sessions in the database, with an idle limit and an absolute one.

A session's row expires when nobody came for SESSION_COOKIE_AGE, or SESSION_LONGEST after signing
in, whichever is first; the query that loads it asks for that, so neither limit can be forgotten.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from qmm_pilot import clock

BEGAN = "began"  # the real moment of signing in, as text


class SessionStore(DatabaseStore):
    """A session that knows when it ends; each save begins its idle time anew."""

    ends_at: datetime | None = None

    @property
    def last_moment(self) -> datetime | None:
        """When this session ends whatever its person does; None before signing in."""
        began = self.get(BEGAN)
        return datetime.fromisoformat(began) + settings.SESSION_LONGEST if began else None

    def may_last_longer(self) -> bool:
        """Whether staying signed in would move the end."""
        if self.ends_at is None or self.last_moment is None:
            return True
        return self.ends_at < self.last_moment - timedelta(seconds=2)  # ends are whole seconds

    def get_session_cookie_age(self):
        idle = settings.SESSION_COOKIE_AGE
        if self.last_moment is None:
            return idle
        left = self.last_moment - clock.real_now()
        return max(1, min(idle, int(left / timedelta(seconds=1))))

    def _get_session_from_db(self):
        row = super()._get_session_from_db()
        self.ends_at = row.expire_date if row else None
        return row

    def create_model_instance(self, data):
        if SESSION_KEY in data and BEGAN not in data:
            self[BEGAN] = data[BEGAN] = clock.real_now().isoformat()
        row = super().create_model_instance(data)
        self.ends_at = row.expire_date
        return row
