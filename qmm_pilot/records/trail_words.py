"""An entry of the trail in words: its deed, its record, and what changed, side by side."""

import json
from typing import NamedTuple

from django.apps import apps

LONG_VALUE, FIRST_WORDS = 200, 80  # characters


class Change(NamedTuple):
    """One fact that a deed changed; a side that says nothing of it is None."""

    name: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> str:
        """In a word, so that no color has to say it."""
        if self.before is None:
            return "Added"
        return "Removed" if self.after is None else "Changed"


def changes_of(entry) -> list[Change]:
    """What this deed changed, fact by fact; what is equal on both sides is left out."""
    before, after = entry.before, entry.after
    return [
        Change(
            name.replace("_", " ").capitalize(),
            value_in_words(before[name]) if name in before else None,
            value_in_words(after[name]) if name in after else None,
        )
        for name in {**before, **after}
        if name not in before or name not in after or before[name] != after[name]
    ]


def sides_of(changes) -> tuple[list, list]:
    """Before and after as (name, value, first words of a long value or "")."""
    return (
        [_side(change.name, change.before) for change in changes if change.before is not None],
        [_side(change.name, change.after) for change in changes if change.after is not None],
    )


def deed_in_words(deed) -> str:
    return deed.replace("_", " ").capitalize()


def kind_in_words(kind) -> str:
    """A subject's kind ("app.model") by the model's own name."""
    try:
        return str(apps.get_model(kind)._meta.verbose_name).capitalize()
    except (LookupError, ValueError):
        return kind


def value_in_words(value) -> str:
    """A value of the trail as people read it: lists by commas, maps by their names."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {value_in_words(held)}" for name, held in value.items()) or (
            "(none)"
        )
    if isinstance(value, list):
        return ", ".join(value_in_words(held) for held in value) or "(none)"
    if isinstance(value, str):
        return value or "(empty)"
    if value is None:
        return "(none)"
    return json.dumps(value)


def _side(name, value):
    return (name, value, f"{value[:FIRST_WORDS]}…" if len(value) > LONG_VALUE else "")
