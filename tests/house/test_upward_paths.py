"""No floor follows a relation upstairs: lookups by string would pass the import contracts."""

import ast
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).parents[2]
FLOORS = ["ground", "applications", "metrics", "assessments"]
GROUND = {"records", "accounts", "programs", "uswds"}
FOLDERS = {"ground": "qmm_pilot", "applications": "applications", "metrics": "metrics"}


def floor_of(app_label):
    return "ground" if app_label in GROUND else app_label


def names_that_lead_up(floor):
    """The reverse names by which models of this floor or below reach models above it."""
    above = FLOORS[FLOORS.index(floor) + 1 :]
    names = set()
    for model in apps.get_models():
        here = floor_of(model._meta.app_label)
        if here not in FLOORS[: FLOORS.index(floor) + 1]:
            continue
        for relation in model._meta.related_objects:
            if floor_of(relation.related_model._meta.app_label) in above and not relation.hidden:
                names |= {relation.name, relation.get_accessor_name()}
    return names


def paths_used(folder):
    """Every attribute and every part of a lookup written in this folder, with its place."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                yield node.attr, path, node.lineno
            elif isinstance(node, ast.keyword) and node.arg and "__" in node.arg:
                for part in node.arg.split("__"):
                    yield part, path, node.value.lineno
            elif is_lookup(node):
                for part in node.value.split("__"):
                    yield part, path, node.lineno


def is_lookup(node):
    """Whether this is a text such as "assessment__status"."""
    text = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and "__" in text and " " not in text


def upward_uses(floor, folder):
    forbidden = names_that_lead_up(floor)
    return [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for name, path, line in paths_used(folder)
        if name in forbidden
    ]


def test_the_floors_below_have_names_that_lead_up():
    assert "assessment" in names_that_lead_up("metrics")
    assert "participations" in names_that_lead_up("ground")


def test_no_floor_follows_a_relation_upstairs():
    found = {floor: upward_uses(floor, folder) for floor, folder in FOLDERS.items()}
    assert found == {"ground": [], "applications": [], "metrics": []}


def test_a_lookup_that_leads_upstairs_is_found(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "planted.py").write_text("rows.filter(assessment__status='ready')\n")
    assert upward_uses("metrics", "metrics") == ["metrics/planted.py:1 assessment"]
