"""Records that are closed to one person of FDA's by a conflict of interest, by kind (C2).

The ground knows subjects by kind and id alone, so each floor declares by which path a record of a
kind leads to the FEI of its site, and the floor that knows of conflicts which FEIs are closed.
"""

from collections.abc import Callable, Iterable

from django.apps import apps
from django.db.models import Value

SITES: dict[str, str] = {}  # the record's kind ("app.model"): lookup of its site's FEI
CLOSED: list[Callable[..., Iterable[str]]] = []


def declare_sites(paths: dict[str, str]) -> None:
    """Declare for kinds of records the lookup that leads to the compared FEI of their site."""
    SITES.update(paths)


def declare_closed(feis_of: Callable[..., Iterable[str]]) -> None:
    """Declare who is barred: `feis_of(user)` gives the compared FEIs of sites closed to her."""
    if feis_of not in CLOSED:
        CLOSED.append(feis_of)


def without_closed(rows, user):
    """These rows about subjects without those about a site that is closed to this person.

    One query where nothing is closed to her; else one more for the records of her closed sites.
    """
    feis = {fei for feis_of in CLOSED for fei in feis_of(user)}
    if not feis:
        return rows
    first, *others = [
        apps.get_model(kind)
        ._default_manager.filter(**{f"{path}__in": feis})
        .order_by()
        .annotate(subject_kind=Value(kind))
        .values_list("pk", "subject_kind")
        for kind, path in SITES.items()
    ]
    ids: dict[str, list[str]] = {}
    for pk, kind in first.union(*others, all=True):
        ids.setdefault(kind, []).append(str(pk))
    for kind, closed in ids.items():
        rows = rows.exclude(subject_kind=kind, subject_id__in=closed)
    return rows
