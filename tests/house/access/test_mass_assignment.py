"""A7: whatever else is posted along with a form, nothing but the form's own deed changes.

Before each deed of a whole pilot, and behind the doors of accounts, programs and records, a well
filled form is posted twice, the second time with a value for every column of every model of ours
besides; both must leave the same changes.
"""

import re
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.apps import apps
from django.db import models, transaction
from django.forms import modelform_factory
from django.http import HttpResponse
from django.urls import clear_url_caches, reverse

from qmm_pilot import clock
from qmm_pilot.accounts.models import User
from qmm_pilot.celery import app
from tests.filling import Control, Form, confirmation_on
from tests.house.canary_walk import Moments, Walk

from .doors import patterns_of
from .table import TABLES, urlconf
from .visitors import Visitor, visitors

pytestmark = pytest.mark.django_db
OURS = ("records", "accounts", "programs", "applications", "metrics", "assessments")
TABLE = {name: doors for table in TABLES.values() for name, doors in table.items()}
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What no walk through a pilot does: accounts, programs, records.
ELSEWHERE = {
    name: doors
    for name, doors in TABLE.items()
    if name.split(":")[0] not in ("applications", "assessments", "metrics")
}
HASH = re.compile(r"[0-9a-f]{32,64}")
PLANTED = "planted beside the form"


def columns():
    """Every column of ours by name, with its field."""
    return {
        field.attname.removesuffix("_id"): field
        for model in _models()
        for field in model._meta.concrete_fields
    }


def _models():
    return [model for label in OURS for model in apps.get_app_config(label).get_models()]


def extras(foreign, form):
    """A value for every column that the form does not ask for; `foreign` is another's id."""
    given = {"is_staff": "on", "is_superuser": "on", "roles": "fda_administrator", "id": foreign}
    for name, field in columns().items():
        given[name] = given[f"{name}_id"] = _value(field, foreign)
    return {name: value for name, value in given.items() if name not in form.names}


def _value(field, foreign):
    if field.choices:
        return str(list(field.flatchoices)[-1][0])
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.DateTimeField):
        return "2031-05-06T07:08"
    if isinstance(field, models.DateField):
        return "2031-05-06"
    if isinstance(field, models.IntegerField | models.DecimalField):
        return "7"
    if isinstance(field, models.UUIDField | models.ForeignKey):
        return foreign
    return PLANTED


def snapshot():
    """Every row of ours: (model, id) and its columns."""
    return {
        (model._meta.label, row[model._meta.pk.attname]): row
        for model in _models()
        for row in model._base_manager.values()
    }


def changes(before, after):
    """What differs, with ids that are new here called so: {(model, id, column): values}."""
    known = {str(pk) for _, pk in before}

    def told(value):
        """The value as text, with ids that are new here called so."""
        return ID.sub(lambda match: match[0] if match[0] in known else "new", str(value))

    def held(key):
        """What a new row holds besides moments and hashes, by which new rows are numbered."""
        row = after[key].values()
        return key[0], [HASH.sub("", told(v)) for v in row if not isinstance(v, datetime)]

    found = {}
    for label, pk in after.keys() & before.keys():
        for column, value in after[label, pk].items():
            if before[label, pk][column] != value:
                found[label, pk, column] = told(value)
    for number, key in enumerate(sorted(after.keys() - before.keys(), key=held)):
        for column, value in after[key].items():
            found[key[0], f"new {number}", column] = told(value)
    return found


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def posted(visitor, data):
    """What posting this changes; the changes are taken back."""
    before = snapshot()
    with undone():
        answer = visitor.client.post(visitor.address, data)
        assert answer.status_code < 500, f"{visitor.name}: {answer.exc_info[1]!r}"
        if answer.status_code == 200:
            confirmation = confirmation_on(answer.content, visitor.address, data)
            if confirmation:
                carried_on = confirmation.filled(lambda control: control.value)
                visitor.client.post(visitor.address, {**data, **carried_on})
        return changes(before, snapshot())


def assigned(visitor, data, foreign):
    """What the extras change, and whether the deed itself was done."""
    first = posted(visitor, data)
    more = posted(visitor, {**extras(foreign, visitor.form), **data})
    differing = {key for key in {*first, *more} if first.get(key) != more.get(key)}
    if differing:  # moments, codes and the like differ without extras too
        again = posted(visitor, data)
        differing -= {key for key in {*first, *again} if first.get(key) != again.get(key)}
    return sorted(map(str, differing)), bool(first)


class Careful(Walk):
    """A walk that, before each deed, does it with and without extras and compares."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.compared, self.wrong = set(), []

    def posts(self, who, door, *ids, data=None):
        files = [value for value in (data or {}).values() if hasattr(value, "read")]
        if door not in self.compared and not files:
            address = reverse(door, args=ids)
            controls = [Control(name, "hidden") for name in data or {}]
            form = Form(address, "post", controls)
            visitor = Visitor(door, address, who, self.clients[who], form, b"")
            foreign = str(self.people["assessor"].organization_id)
            differing, is_done = assigned(visitor, data or {}, foreign)
            self.wrong += [f"{door}: {key}" for key in differing]
            if is_done:
                self.compared.add(door)
        return super().posts(who, door, *ids, data=data)


def test_extras_beside_a_form_change_nothing_in_a_whole_pilot(monkeypatch):
    moments = Moments()
    monkeypatch.setattr(clock, "now", moments)
    app.loader.import_default_modules()
    walk = Careful("fdf", moments, seed=3)
    walk.go()
    assert walk.wrong == []
    assert len(walk.compared) > 30


def test_extras_beside_a_form_change_nothing_elsewhere(world, settings):
    settings.ROOT_URLCONF = urlconf(debug=False)
    foreign = str(world.organization["firm B"].pk)
    done, wrong = set(), []
    for visitor in visitors(world, ELSEWHERE):
        if visitor.name not in done:
            for password in visitor.passwords():
                differing, is_done = assigned(visitor, visitor.data(**password), foreign)
                if is_done:  # else its form stands on another page, or asks for more
                    wrong += [f"{visitor.name}: {key}" for key in differing]
                    done.add(visitor.name)
    assert wrong == []
    assert {"accounts:profile"} < done, done


def test_a_form_that_takes_every_column_is_found(world, settings):
    settings.ROOT_URLCONF = module = urlconf(debug=False)
    form_class = modelform_factory(User, fields="__all__")

    def careless(request):
        """Save whatever was posted about oneself."""
        person = User.objects.get(pk=request.user.pk)
        form = form_class(request.POST, instance=person)
        for name in set(form.fields) - set(request.POST):
            del form.fields[name]
        form.is_valid()
        User.objects.filter(pk=person.pk).update(**form.cleaned_data)
        return HttpResponse()

    (pattern,) = [p for name, p in patterns_of(module) if name == "accounts:profile"]
    (visitor,) = visitors(world, {"accounts:profile": TABLE["accounts:profile"]})
    foreign = str(world.organization["firm B"].pk)
    kept, pattern.callback = pattern.callback, careless
    try:
        differing, _ = assigned(visitor, visitor.data(), foreign)
    finally:
        pattern.callback = kept
        clear_url_caches()
    assert differing
