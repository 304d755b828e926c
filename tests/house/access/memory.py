"""What every knock of one person reads first, her session and account, read once for all of them.

Every knock is undone, so the next one finds both as they were; to read them anew takes more than
half of the time of a knock that is turned away. That a session ends, and whom it belongs to, is
proved in tests/qmm_pilot/test_sessions.py and wherever a change ends sessions.
"""

import pickle
from contextlib import contextmanager
from unittest.mock import patch

from django.contrib.auth import SESSION_KEY
from django.template.backends.django import Template

from qmm_pilot.accounts.backend import PersonBackend
from qmm_pilot.accounts.session_store import SessionStore


class Memory:
    """Sessions by key and people by id as the product reads them, given out as copies."""

    def __init__(self, keys):
        self.sessions, self.people = {}, {}
        for key in filter(None, keys):
            store = SessionStore(key)
            self.sessions[key] = pickle.dumps(store._get_session_from_db())
            pk = store.get(SESSION_KEY)
            person = PersonBackend().get_user(pk)
            if person is not None:
                person.roles  # noqa: B018 - every page asks
            self.people[str(pk)] = pickle.dumps(person)

    @contextmanager
    def recalled(self):
        """Have the product read from here while one knock is answered."""
        session_of, person_of = SessionStore._get_session_from_db, PersonBackend.get_user

        def session(store):
            if store.session_key not in self.sessions:
                return session_of(store)
            row = pickle.loads(self.sessions[store.session_key])
            store.ends_at = row.expire_date
            return row

        def person(backend, pk):
            known = self.people.get(str(pk))
            return pickle.loads(known) if known else person_of(backend, pk)

        with (
            patch.object(SessionStore, "_get_session_from_db", session),
            patch.object(PersonBackend, "get_user", person),
        ):
            yield


@contextmanager
def undrawn():
    """Have pages drawn as nothing: HEAD is answered by what answers GET, and sent without a page.

    So each page is drawn once, for GET.
    """
    with patch.object(Template, "render", lambda self, context=None, request=None: ""):
        yield
