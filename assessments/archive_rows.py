"""Which rows of the database belong to one program, on every floor; drafts are left out (A13).

Found from the models themselves, so that a noun of tomorrow is in the archive without a line here:
a row belongs to the program that its foreign keys lead to; letters, signatures, files and other
rows about a subject belong where the subject does; people, firms and sites come along by being
named.
"""

from collections.abc import Iterator
from functools import cache

from django.apps import apps
from django.db import models
from django.db.models import Q

from applications.models import (
    AnswerDraft,
    Facility,
    InspectionRecord,
    ParticipationRequest,
    Registration,
)
from metrics.models import MetricsVersion
from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import (
    AboutSubject,
    DemonstrationMoment,
    Job,
    LocalMail,
    StoredFile,
    TrailEntry,
    TrailExport,
    TrailHead,
    Withheld,
)

OURS = {"programs", "accounts", "records", "applications", "metrics", "assessments"}
# The nouns that FDA reads from their submission on; what hangs on an unsubmitted one stays out too.
DRAFTS = {ParticipationRequest: "submitted_at", MetricsVersion: "submitted_at"}
LEFT_OUT = {
    TrailEntry: "in trail/entries.jsonl",
    TrailHead: "in manifest.json",
    TrailExport: "about the whole trail, not about a program",
    Withheld: "about drafts only",
    AnswerDraft: "drafts; what was handed in is in the versions of its request",
    Job: "bookkeeping of the work in the background",
    Registration: "FDA's public data",
    InspectionRecord: "FDA's public data; what was found in them is in the criterion results",
    LocalMail: "the demonstration's letter box",
    DemonstrationMoment: "the demonstration's clock",
}
SECRET_WORDS = ("password", "token", "secret", "otp", "credential")
BATCH = 2000  # rows


def bound_models() -> list[type[models.Model]]:
    """The models whose rows lead to a program by foreign keys, and Program itself."""
    return [model for model in _ours() if model is Program or path_to_program(model)]


def rows_of(model, program):
    """The rows of a bound model that belong to this program, without those of drafts."""
    path = path_to_program(model)
    leads_here = Q(**{path or "pk": program.pk})
    if path and _may_be_empty(model, path):
        # One of several keys is filled, as with a hold on a request or on a participation.
        for way in ways_to(model, Program):
            leads_here |= Q(**{way: program.pk})
    rows = model._default_manager.filter(leads_here)
    for draft, submitted in DRAFTS.items():
        for way in ways_to(model, draft):
            is_submitted = f"{way}__{submitted}__isnull" if way else f"{submitted}__isnull"
            condition = Q(**{is_submitted: False})
            rows = rows.filter(condition | Q(**{f"{way}__isnull": True}) if way else condition)
    return rows


def drafts_of(model, program) -> int:
    """How many drafts of this noun the program has now."""
    path = path_to_program(model)
    return model._default_manager.filter(**{path: program.pk, DRAFTS[model]: None}).count()


@cache
def path_to_program(model) -> str:
    """The shortest lookup from a model to its program, by keys that are never empty if possible."""
    ways = () if model is Program else ways_to(model, Program)
    return min(ways, key=lambda way: (_may_be_empty(model, way), way.count("__"), way), default="")


@cache
def ways_to(model, target) -> tuple[str, ...]:
    """Every lookup by foreign keys from a model to a target; "" where it is the target itself."""
    if model is target:
        return ("",)
    return tuple(_ways(model, target, frozenset({model})))


def about_models() -> list[type[models.Model]]:
    """The models of rows about a subject, such as letters, signatures and files."""
    return [model for model in _ours() if issubclass(model, AboutSubject)]


def hanging_models() -> list[tuple[type[models.Model], str, type[models.Model]]]:
    """The models that lead to a file or a site and to no program, with the name of that key.

    Downloads hang on a file, former FEIs and changes of owner on a site.
    """
    bound = bound_models()
    return [
        (model, field.name, field.related_model)
        for model in _ours()
        if model not in bound and not issubclass(model, AboutSubject)
        for field in _keys(model)
        if field.related_model in (StoredFile, Facility) and not field.null
    ]


def named_models() -> set[type[models.Model]]:
    """The models whose rows come along by being named: people, firms, sites, files of data."""
    bound = set(bound_models())
    about = set(about_models())
    return {model for model in _ours() if model not in bound and model not in about}


def columns_of(model) -> list[str]:
    """The columns that are archived: all but secrets."""
    names = [field.attname for field in model._meta.concrete_fields]
    return [name for name in names if not any(word in name for word in SECRET_WORDS)]


def secret_columns() -> list[str]:
    """The columns of our models that no archive holds."""
    return [
        f"{model._meta.label_lower}.{field.attname}"
        for model in _ours()
        for field in model._meta.concrete_fields
        if field.attname not in columns_of(model)
    ]


def in_batches(rows, columns) -> Iterator[dict]:
    """The values of these rows in the order of their keys, a query for each batch."""
    rows = rows.order_by("pk")
    last = None
    while True:
        batch = list((rows if last is None else rows.filter(pk__gt=last)).values(*columns)[:BATCH])
        if not batch:
            return
        yield from batch
        last = batch[-1].get("pk", batch[-1].get(rows.model._meta.pk.attname))


def names_in(model, row) -> Iterator[tuple[type[models.Model], object]]:
    """What a row names by its foreign keys: the model and the key."""
    for field in _keys(model):
        if (key := row.get(field.attname)) is not None:
            yield field.related_model, key


def _ours():
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in OURS and model not in LEFT_OUT
    ]


def _keys(model):
    return [field for field in model._meta.concrete_fields if field.remote_field]


def _ways(model, target, passed):
    for field in _keys(model):
        there = field.related_model
        if there is target:
            yield field.name
        elif there not in passed and there is not Program and there in _ours():
            for way in _ways(there, target, passed | {there}):
                yield f"{field.name}__{way}"


def _may_be_empty(model, way):
    for name in way.split("__"):
        field = model._meta.get_field(name)
        if field.null:
            return True
        model = field.related_model
    return False
