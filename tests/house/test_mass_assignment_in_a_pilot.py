"""A7: whatever else is posted along with a form of a whole pilot, its own deed alone is done.

Before each deed a well filled form is posted twice, the second time with a value for every column
of every model of ours besides; both must leave the same changes.
"""

import re

import pytest
from django.urls import reverse

from qmm_pilot import clock
from qmm_pilot.celery import app
from tests.filling import Control, Form
from tests.house.access.visitors import Visitor
from tests.house.canary_walk import Moments, Walk
from tests.house.extras import assigned, undone

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
BUTTON = re.compile(r'<button[^>]*\bname="([^"]+)"')


class Careful(Walk):
    """A walk that, before each deed, does it with and without extras and compares."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.compared, self.wrong = set(), []

    def posts(self, who, door, *ids, data=None):
        files = [value for value in (data or {}).values() if hasattr(value, "read")]
        if door not in self.compared and not files:
            address = reverse(door, args=ids)
            names = {*(data or {}), *self._buttons(who, address)}
            controls = [Control(name, "hidden") for name in names]
            form = Form(address, "post", controls)
            visitor = Visitor(door, address, who, self.clients[who], form, b"")
            foreign = str(self.people["assessor"].organization_id)
            differing, is_done = assigned(visitor, data or {}, foreign)
            self.wrong += [f"{door}: {key}" for key in differing]
            if is_done:
                self.compared.add(door)
        return super().posts(who, door, *ids, data=data)

    def _buttons(self, who, address):
        """The names of the page's buttons: pressing another one is another deed, not an extra."""
        with undone():
            page = self.clients[who].get(address)
            return BUTTON.findall(page.content.decode()) if page.status_code == 200 else []


def test_extras_beside_a_form_change_nothing_in_a_whole_pilot(monkeypatch):
    moments = Moments()
    monkeypatch.setattr(clock, "now", moments)
    monkeypatch.setattr(clock, "shown_at", lambda _: moments())
    app.loader.import_default_modules()
    walk = Careful("fdf", moments, seed=3)
    walk.go()
    assert walk.wrong == []
    assert len(walk.compared) > 30
