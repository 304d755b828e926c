"""How many requests each state, owner and age of FDA's queue holds, counted up to a cap.

An exact count reads every request there is. These stop at MOST_COUNTED, so that their cost does not
grow with the queue, and all of them are one question to the database: a queryset for each would
cost more to write down than to answer.
"""

from dataclasses import replace
from datetime import date
from itertools import chain, pairwise
from typing import NamedTuple

from django.db import connection

from applications.models import ParticipationRequest

from .choice import AGES, GONE, MINE, NOBODY, RECEIVED, Choice

MOST_COUNTED = 1000
NONE_OF = "none of"  # these values, but some value


class Count(NamedTuple):
    """One entry of the queue's counts: its words, its number, and the address of its list."""

    label: str
    number: str
    address: str
    is_shown: bool


class _Part(NamedTuple):
    label: str
    code: str
    conditions: tuple  # of (column, operator, value)


def counts_of(
    received, choice: Choice, *, user, officers, today: date, is_counted=True
) -> dict[str, list[Count]]:
    """The counts by state, owner and age within the rest of the choice; those of none are left out.

    `officers` maps ids of coordinators to their names. Without `is_counted` every entry is there,
    without its number.
    """
    parts = {
        "state": [_Part(state.label, state, (("status", "=", state),)) for state in RECEIVED],
        "owner": _owners(user, officers),
        "age": [_aged(key, age, today) for key, age in AGES.items()],
    }
    bases = {
        name: replace(choice, **{name: ""}).among(
            received, user=user, officers=officers, today=today
        )
        for name in parts
    }
    whole = {name: [_Part("All", "", ()), *rest] if name == "state" else rest
             for name, rest in parts.items()}  # fmt: skip
    asked = [(bases[name], part) for name, group in whole.items() for part in group]
    counted = iter(_counted(asked) if is_counted else [None] * len(asked))
    found: dict[str, list[Count]] = {}
    for name, group in whole.items():
        entries = found.setdefault(name, [])
        for part, count in zip(group, counted):  # noqa: B905 - one run through all groups
            is_shown = getattr(choice, name) == part.code
            if count != 0 or is_shown or part.code in ("", MINE, NOBODY):
                words = "" if count is None else in_words(count)
                # The address of an entry that is shown takes its filter away again.
                code = "" if is_shown else part.code
                entries.append(
                    Count(part.label, words, choice.query(**{name: code}) or "?", is_shown)
                )
    return found


def in_words(count: int) -> str:
    """ "12", or "1,000+" where the cap was reached."""
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"


def _owners(user, officers):
    others = [(pk, name) for pk, name in officers.items() if pk != user.pk]
    parts = [_Part("Unassigned", NOBODY, (("officer", "IS NULL", None),))]
    if user.pk in officers:
        parts.append(_Part("Mine", MINE, (("officer", "=", user.pk),)))
    parts += [_Part(name, str(pk), (("officer", "=", pk),)) for pk, name in others]
    return [*parts, _Part("No coordinator any more", GONE, (("officer", NONE_OF, officers),))]


def _aged(key, age, today):
    since, before = age.moments(today)
    conditions = [("submitted_at", "<", before)]
    if since:
        conditions.append(("submitted_at", ">=", since))
    return _Part(age.label, key, tuple(conditions))


def _counted(asked) -> list[int]:
    """How many rows of each (queryset, part) there are, at most one more than the cap."""
    statements, values = [], []
    written: dict[int, tuple] = {}
    for queryset, part in asked:
        if id(queryset) not in written:
            rows = queryset.order_by().values("pk", "status", "officer", "submitted_at")
            written[id(queryset)] = rows.query.sql_with_params()
        rows_sql, rows_values = written[id(queryset)]
        where, own = _where(part.conditions)
        # Only names of our own columns are put into the text; every value is passed beside it.
        listed = f"FROM ({rows_sql}) AS listed{where}"
        # To see that there is one more than the cap is twice as fast as to count up to it.
        statements.append(
            f"SELECT COALESCE((SELECT {MOST_COUNTED + 1} {listed} LIMIT 1 OFFSET {MOST_COUNTED}), "
            f"(SELECT COUNT(*) {listed}))"
        )
        values += [*rows_values, *own] * 2
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), values)
        return [count for (count,) in cursor.fetchall()]


def _where(conditions):
    texts, values = [], []
    for name, operator, value in conditions:
        field = ParticipationRequest._meta.get_field(name)
        if operator == NONE_OF:
            known = sorted(field.get_db_prep_value(pk, connection) for pk in value)
            table = ParticipationRequest._meta.db_table
            ranges, bounds = _between(field.column, known)
            # Asked apart from the other filters, whose index an engine would rather take.
            texts.append(f"pk IN (SELECT id FROM {table} WHERE {ranges})")  # nosec B608 - ours
            values += bounds
            continue
        texts.append(f"{name} {operator}" + ("" if value is None else " %s"))
        if value is not None:
            values.append(field.get_db_prep_value(value, connection))
    return (f" WHERE {' AND '.join(texts)}" if texts else ""), values


def _between(name, known) -> tuple[str, list]:
    """Below the first, above the last of these values in order, or between two of them.

    An index answers that at once where there is nothing; "<>" reads every row.
    """
    if not known:
        return f"{name} IS NOT NULL", []
    inner = [f"{name} > %s AND {name} < %s"] * (len(known) - 1)
    bounds = [known[0], *chain.from_iterable(pairwise(known)), known[-1]]
    return " OR ".join([f"{name} < %s", *inner, f"{name} > %s"]), bounds
