"""Records that are closed to one person of FDA's by a conflict of interest, by kind (C2).

The ground knows subjects by kind and id alone, so each floor declares by which path a record of a
kind leads to the FEI of its site, and the floor that knows of conflicts which FEIs are closed.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.apps import apps
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

SITES: dict[str, str] = {}  # the record's kind ("app.model"): lookup of its site's FEI
CLOSED: list[Callable[..., Iterable[tuple[str, datetime]]]] = []
NAMES: dict[str, str] = {}  # kinds that entries about programs name: column of their other name
SITE_NAMES: list[Callable[[str, str], str]] = []
# Records of the ground that are themselves about a record, and so closed with its site.
CARRIERS = ("records.letter", "records.storedfile", "records.legalhold")
# Entries of the trail that name records of many sites: all about a program, and these deeds.
OF_MANY_SITES = ("programs.program",)
NAMING_ANOTHER = ("move_alternate",)


def declare_sites(paths: dict[str, str]) -> None:
    """Declare for kinds of records the lookup that leads to the compared FEI of their site."""
    SITES.update(paths)


def declare_closed(sites_of) -> None:
    """Declare who is barred: `sites_of(user)` gives the compared FEIs closed to her, since when."""
    if sites_of not in CLOSED:
        CLOSED.append(sites_of)


def declare_names(columns: dict[str, str]) -> None:
    """Declare kinds that entries about programs name by their ids, or by what a column holds."""
    NAMES.update(columns)


def closed_since(user) -> datetime | None:
    """The moment at which the last of the sites that are closed to this person was, or None."""
    return max((since for _, since in _closed_to(user)), default=None)


def declare_site_names(name_of: Callable[[str, str], str]) -> None:
    """Declare how a record's site is called: `name_of(kind, id)`, "" where FDA knows of none."""
    if name_of not in SITE_NAMES:
        SITE_NAMES.append(name_of)


def name_of_site(row) -> str:
    """The name of the site that this row's subject is about, for FDA; "" where there is none."""
    names = (name_of(row.subject_kind, row.subject_id) for name_of in SITE_NAMES)
    return next(filter(None, names), "")


def without_closed(rows, user):
    """These rows about subjects without those about a site that is closed to this person.

    One query where nothing is closed to her; else two more, for the records of her closed sites
    and for what carries them.
    """
    feis = {fei for fei, _ in _closed_to(user)}
    if not feis:
        return rows
    return _without(rows, _records_of(feis))


def without_closed_entries(entries, user):
    """The same for entries of the trail, also without those that name a closed site beside others.

    A release, a promotion or an exchange of ranks tells of several sites in one entry, which is
    signed as it stands; so whoever is barred from one of them reads none of it.
    """
    feis = {fei for fei, _ in _closed_to(user)}
    if not feis:
        return entries
    closed = _records_of(feis)
    naming = Q()
    for kind in NAMES:
        for pk, other_name in closed.get(kind, {}).items():
            for name in filter(None, (pk, other_name and json.dumps(other_name))):
                naming |= Q(before_json__contains=name) | Q(after_json__contains=name)
    of_many = Q(subject_kind__in=OF_MANY_SITES) | Q(deed__in=NAMING_ANOTHER)
    if naming:
        named = entries.model.objects.filter(of_many & naming)
        entries = entries.exclude(position__in=list(named.values_list("position", flat=True)))
    return _without(entries, closed)


def _without(rows, closed):
    for kind, ids in closed.items():
        rows = rows.exclude(subject_kind=kind, subject_id__in=list(ids))
    return rows


def _closed_to(user) -> Iterator[tuple[str, datetime]]:
    return (closed for sites_of in CLOSED for closed in sites_of(user))


def _records_of(feis) -> dict[str, dict[str, str]]:
    """Every record of these sites, by kind, and what carries one: its id, and its other name."""
    ids = _by_kind(
        _model(kind)
        .filter(**{f"{path}__in": feis})
        .order_by()
        .annotate(
            named_kind=Value(kind),
            other_name=Coalesce(F(NAMES[kind]), Value("")) if kind in NAMES else Value(""),
        )
        for kind, path in SITES.items()
    )
    about = Q()
    for kind, closed in ids.items():
        about |= Q(subject_kind=kind, subject_id__in=list(closed))
    if about:
        ids |= _by_kind(
            _model(kind)
            .filter(about)
            .order_by()
            .annotate(named_kind=Value(kind), other_name=Value(""))
            for kind in CARRIERS
        )
    return ids


def _by_kind(parts) -> dict[str, dict[str, str]]:
    first, *others = [part.values_list("pk", "named_kind", "other_name") for part in parts]
    found: dict[str, dict[str, str]] = {}
    for pk, kind, other_name in first.union(*others, all=True):
        found.setdefault(kind, {})[str(pk)] = other_name
    return found


def _model(kind):
    return apps.get_model(kind)._default_manager
