"""FDA's inspection classifications on record: brought in as a set, and read by FEI."""

import os
from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import BinaryIO

from applications.eligibility import (
    Classification,
    Inspection,
    ProjectAreaRow,
    worst_classification,
)
from applications.models import InspectionImport, InspectionRecord
from applications.public_data.feeds import INSPECTIONS
from applications.public_data.snapshots import Imported, import_file, newest


def import_inspections(
    source: str | os.PathLike | BinaryIO, *, file_name: str, by, at: datetime
) -> Imported:
    """Bring the inspections on record in line with FDA's published file (import_file)."""
    return import_file(INSPECTIONS, source, file_name=file_name, by=by, at=at)


def newest_snapshot() -> InspectionImport | None:
    """The snapshot that was taken last, or None before the first."""
    return newest(INSPECTIONS)


def inspections_of(fei_keys: Iterable[str]) -> list[Inspection]:
    """Every inspection on record of these FEIs (without leading zeros), newest first.

    Rows that the newest file lacks count too. An inspection whose rows contradict each other
    has no classification unless it is OAI; one whose rows bear different end dates is listed
    once for each date, so that no row escapes the window.
    """
    return grouped(rows_of(fei_keys))


def rows_of(fei_keys: Iterable[str]) -> list[tuple]:
    """The rows in force of these FEIs as `grouped` takes them; the FEI comes last in each."""
    return list(
        InspectionRecord.objects.filter(fei_key__in=list(fei_keys), closed_by=None)
        .order_by("-ended_on", "-inspection_id", "project_area", "product_type")
        .values_list(
            "ended_on",
            "inspection_id",
            "project_area",
            "classification",
            "product_type",
            "conflicting",
            "fei_key",
        )
    )


def grouped(rows: Iterable[tuple]) -> list[Inspection]:
    """The inspections that these rows tell of; rows of one inspection and day stand together."""
    return [
        _inspection(inspection_id, ended_on, list(group))
        for (ended_on, inspection_id), group in groupby(rows, key=itemgetter(0, 1))
    ]


def _inspection(inspection_id: str, ended_on: date, rows: list[tuple]) -> Inspection:
    areas = tuple(
        ProjectAreaRow(area, Classification(text) if text else None, product_type)
        for _, _, area, text, product_type, _, _ in rows
    )
    conflicting = any(row[-2] for row in rows)
    worst = worst_classification(area.classification for area in areas)
    if conflicting and worst is not Classification.OAI:
        worst = None
    return Inspection(inspection_id, ended_on, worst, areas, conflicting, rows[0][-1])
