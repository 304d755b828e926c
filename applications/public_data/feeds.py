"""FDA's two public files: how each is read, what makes a row itself, where its rows are kept."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from applications.models import (
    InspectionImport,
    InspectionRecord,
    Registration,
    RegistrationImport,
)

from . import inspection_rows, registration_rows
from .columns import Column
from .files import Layout, Portion, SetAside


def _as_they_are(portions: Iterable[Portion], aside: SetAside) -> Iterator[Portion]:
    return iter(portions)


@dataclass(frozen=True, eq=False)
class Feed:
    """One published file.

    `columns` and `united` make rows of cells (inspection_rows, registration_rows); a row has the
    values of `fields`. `key` names the columns that make a row itself, `uncompared`
    those whose change is none. `noun` names the rows on screen and in the deeds.
    """

    noun: str
    layout: Layout
    fields: tuple[str, ...]
    key: tuple[str, ...]
    uncompared: tuple[str, ...]
    row_rules: int
    columns: Callable[[object], dict[str, tuple[str, Column]]]
    united: Callable[[Iterable[Portion], SetAside], Iterator[Portion]]
    records: type[models.Model]
    snapshots: Any  # a model derived from Snapshot
    marks_conflicts: bool

    @property
    def table(self) -> str:
        """The table of the rows on record."""
        return self.records._meta.db_table

    @property
    def marks(self) -> tuple[str, ...]:
        """The columns that staging itself fills, besides those read from the file."""
        return ("conflicting",) if self.marks_conflicts else ()

    @property
    def compared(self) -> tuple[str, ...]:
        """The columns whose difference makes a row of the same key another one."""
        left = [field for field in self.fields if field not in (*self.key, *self.uncompared)]
        return (*left, *self.marks)

    @property
    def nullable(self) -> frozenset[str]:
        """The columns in which a missing value is NULL and not an empty text."""
        return frozenset(field for field in self.fields if self.records._meta.get_field(field).null)

    def column_type(self, field: str) -> str:
        """The SQL type in which a column is staged."""
        kind = type(self.records._meta.get_field(field))
        return {
            models.DateField: "date",
            models.PositiveSmallIntegerField: "smallint",
        }.get(kind, "text")


# The FEI as published is not compared: padding with zeros is no difference.
INSPECTIONS = Feed(
    noun="inspections",
    layout=inspection_rows.LAYOUT,
    fields=inspection_rows.FIELDS,
    key=("inspection_id", "project_area", "product_type"),
    uncompared=("fei",),
    row_rules=inspection_rows.ROW_RULES,
    columns=inspection_rows.columns,
    united=_as_they_are,
    records=InspectionRecord,
    snapshots=InspectionImport,
    marks_conflicts=True,
)
REGISTRATIONS = Feed(
    noun="registrations",
    layout=registration_rows.LAYOUT,
    fields=registration_rows.FIELDS,
    key=registration_rows.KEY,
    uncompared=("fei",),
    row_rules=registration_rows.ROW_RULES,
    columns=registration_rows.columns,
    united=registration_rows.united,
    records=Registration,
    snapshots=RegistrationImport,
    marks_conflicts=False,
)
FEEDS = {feed.noun: feed for feed in (INSPECTIONS, REGISTRATIONS)}
