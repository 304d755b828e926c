"""Posts a form twice, the second time with a value for every column of ours, and compares (A7)."""

import re
from contextlib import contextmanager
from datetime import datetime

from django.apps import apps
from django.db import connection, models, transaction

from tests.filling import confirmation_on

OURS = ("records", "accounts", "programs", "applications", "metrics", "assessments")
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
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


def rows_of(written):
    """Every row of ours in the tables that these statements name: (model, id) and its columns."""
    text = "\n".join(written)
    return {
        (model._meta.label, row[model._meta.pk.attname]): row
        for model in _models()
        if model._meta.db_table in text
        for row in model._base_manager.values()
    }


def _noting(written):
    """Notes every statement that may change a row, raw ones with all that they name."""

    def note(execute, sql, params, many, context):
        if not sql.lstrip("( ").upper().startswith("SELECT"):
            written.append(sql)
        return execute(sql, params, many, context)

    return note


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
    """What posting this changes in the tables that it writes to; the changes are taken back."""
    written = []
    with undone():
        with connection.execute_wrapper(_noting(written)):
            answer = visitor.client.post(visitor.address, data)
            assert answer.status_code < 500, f"{visitor.name}: {answer.exc_info[1]!r}"
            if answer.status_code == 200:
                confirmation = confirmation_on(answer.content, visitor.address, data)
                if confirmation:
                    carried_on = confirmation.filled(lambda control: control.value)
                    visitor.client.post(visitor.address, {**data, **carried_on})
        after = rows_of(written)
    return changes(rows_of(written), after)


def assigned(visitor, data, foreign):
    """What the extras change, and whether the deed itself was done."""
    first = posted(visitor, data)
    more = posted(visitor, {**extras(foreign, visitor.form), **data})
    differing = {key for key in {*first, *more} if first.get(key) != more.get(key)}
    if differing:  # moments, codes and the like differ without extras too
        again = posted(visitor, data)
        differing -= {key for key in {*first, *again} if first.get(key) != again.get(key)}
    return sorted(map(str, differing)), bool(first)
