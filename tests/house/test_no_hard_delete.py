"""Nothing of a case is ever deleted: by no product code, by no cascade, by no raw SQL (H3)."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from qmm_pilot.records.triggers import MAY_GO, OURS, TRIGGERS
from tests import factories

ROOT = Path(__file__).parents[2]
FOLDERS = ("qmm_pilot", "applications", "metrics", "assessments", "deploy")
# Where product code may delete: file and function, each with its reason.
MAY_DELETE = {
    "metrics/operations/entering.py _write_draft": "a cell that the firm clears in its own draft",
    "metrics/operations/entering.py submit_metrics": "cells of a draft that FDA waived meanwhile",
    "qmm_pilot/accounts/operations/factors.py reset_factors": "keys, not records; recorded",
    "qmm_pilot/records/tasks.py purge_expired": "expired rows of the cache",
    "applications/public_data/staging.py": "tables of its own that hold the file being read",
    "qmm_pilot/storage.py keep": "a file that was never finished",
    "qmm_pilot/storage.py discard": "a file whose row was never committed",
    "assessments/tasks.py archive_program": "a half-written archive before it is kept",
    "qmm_pilot/settings.py": "the draft of the development key",
    "qmm_pilot/broker.py": "a message of the queue, whose record is the job's row",
    "deploy/": "files of the set-up on the operator's machine",
}
DELETING = {"delete", "adelete", "_raw_delete", "unlink", "rmtree", "remove_file"}
DELETING_SQL = re.compile(r"\b(DELETE\s+FROM|TRUNCATE|DROP\s+TABLE)\b", re.IGNORECASE)


def deletions(root):
    """Every place in product code that deletes: file, function, and its line."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            name = path.relative_to(root).as_posix()
            yield from _deletions(ast.parse(path.read_text()), name, "")


def _deletions(node, name, function):
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef) else function
        called = child.func.attr if _calls_method(child) else ""
        text = child.value if isinstance(child, ast.Constant) else ""
        if called in DELETING or (isinstance(text, str) and DELETING_SQL.search(text)):
            yield f"{name} {inside}".strip(), child.lineno
        yield from _deletions(child, name, inside)


def _calls_method(node):
    """Whether this calls a method of something, the cache set aside: it holds no record."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    return getattr(node.func.value, "id", "") != "cache"


def is_allowed(place):
    return any(place == known or place.startswith(known) for known in MAY_DELETE)


def test_product_code_deletes_nothing_but_what_is_listed_with_its_reason():
    found = {place for place, _ in deletions(ROOT) if "triggers.py" not in place}
    assert {place for place in found if not is_allowed(place)} == set()
    assert {known for known in MAY_DELETE if not any(p.startswith(known) for p in found)} == set()


@pytest.mark.parametrize(
    "planted",
    [
        "def clean(row):\n    row.delete()\n",
        "def clean(rows):\n    rows.filter(status='draft').delete()\n",
        "def clean(cursor):\n    cursor.execute('DELETE FROM assessments_report')\n",
        "def clean(path):\n    path.unlink()\n",
    ],
)
def test_a_deletion_planted_in_an_operation_is_found(tmp_path, planted):
    (tmp_path / "assessments").mkdir()
    (tmp_path / "assessments" / "planted.py").write_text(planted)
    ((place, _),) = deletions(tmp_path)
    assert place == "assessments/planted.py clean"
    assert not is_allowed(place)


def our_models():
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


def test_no_deletion_cascades_to_our_rows():
    cascades = {
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.concrete_fields
        if field.remote_field and field.remote_field.on_delete is not models.PROTECT
    }
    assert cascades == set()


def test_every_table_of_ours_refuses_deletion_but_those_listed_with_their_reason():
    guarded = {trigger.table for trigger in TRIGGERS.values() if "DELETE" in trigger.event}
    tables = {model._meta.db_table for model in our_models()}
    assert tables - guarded == set(MAY_GO)
    assert all(len(reason) > 10 for reason in MAY_GO.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "table",
    ["applications_participationrequest", "accounts_organization", "records_letter",
     "accounts_rolegrant", "records_legalhold", "applications_criterionresult"],
)  # fmt: skip
def test_raw_sql_deletes_nothing(table):
    factories.participation_request("under_review")
    if table == "records_legalhold":
        from datetime import date

        from qmm_pilot.records.holds import place_hold

        officer = factories.fda("fda_records_officer")
        what = {"matter": "A matter", "reason": "Asked for", "since": date(2020, 11, 1)}
        place_hold(factories.program(), **what, by=officer, at=factories.AT)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
