"""FDA's inspection classifications on record: a whole file brought in as a set, and read by FEI."""

import csv
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import BinaryIO

from django.db import connection, transaction

from applications.eligibility import (
    Classification,
    Inspection,
    ProjectAreaRow,
    worst_classification,
)
from applications.inspection_file import (
    FIELDS,
    ROW_RULES,
    Reject,
    Rejects,
    examine,
    read_rows,
)
from applications.models import InspectionImport, InspectionRecord
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.trail import record

REJECTS_KEPT = 1_000  # of one import, in its row
PORTION = 1_000  # rows held in memory at a time
IMPORT_LOCK = 0x514D4D_494D50  # PostgreSQL's advisory lock of imports: "QMMIMP"


@dataclass(frozen=True)
class Imported:
    """What one import did: the snapshot in force after it, its counts, and the rejected rows."""

    snapshot: InspectionImport
    summary: dict[str, int | str]
    rejects: Iterable[Reject]


def import_inspections(
    source: str | os.PathLike | BinaryIO, *, file_name: str, by, at: datetime
) -> Imported:
    """Bring the inspections on record in line with FDA's published file.

    `source` is a path or a seekable binary file. Every row is counted once: rows_read =
    created + updated + unchanged + rejected. Rows that the file lacks stay, marked. The file that
    is the newest already changes nothing and is not recorded a second time. A second import
    waits for the first. Raises Refusal for a file that cannot be taken as a whole; then nothing
    is changed.
    """
    with _opened(source) as stream, connection.cursor() as cursor:
        facts = examine(stream)
        newest = newest_snapshot()
        if newest and _is_of(newest, facts.sha256) and newest.rejected == len(newest.rejects):
            return _nothing_new(newest, [Reject(*reject) for reject in newest.rejects])
        rejects = Rejects()
        with _staged(cursor, read_rows(stream, facts, rejects)):
            identical = _settle_repeats(cursor, rejects)
            staged = _number(cursor, "SELECT count(*) FROM staged_inspection")
            if staged + rejects.count == 0:
                raise Refusal("The file holds column names but no inspections.")
            return _take_over(
                cursor,
                InspectionImport(
                    file_name=file_name[-255:],
                    sha256=facts.sha256,
                    bytes_read=facts.size,
                    row_rules=ROW_RULES,
                    imported_at=at,
                    recorded_by=by,
                    rows_read=staged + identical + rejects.count,
                    rejected=rejects.count,
                    rejects=[list(reject) for reject in islice(rejects, REJECTS_KEPT)],
                ),
                rejects,
            )


@transaction.atomic
def _take_over(cursor, snapshot: InspectionImport, rejects: Rejects) -> Imported:
    """Merge the staged rows into the records and record the deed, all or nothing."""
    _wait_for_other_imports(cursor)
    newest = newest_snapshot()
    snapshot.number = newest.number + 1 if newest else 1
    snapshot.updated, added, snapshot.absent = _merge(cursor, snapshot)
    if newest and _is_of(newest, snapshot.sha256):
        return _nothing_new(newest, rejects)
    snapshot.created = added - snapshot.updated
    snapshot.unchanged = snapshot.rows_read - snapshot.rejected - added
    # Its rows name it already: both engines check foreign keys at commit.
    snapshot.save(force_insert=True)
    summary = _summary(snapshot)
    record(
        "import_inspections",
        snapshot,
        by=snapshot.recorded_by,
        at=snapshot.imported_at,
        after={"file_name": snapshot.file_name, "absent": snapshot.absent, **summary},
    )
    return Imported(snapshot, summary, rejects)


def newest_snapshot() -> InspectionImport | None:
    """The file that was imported last, or None before the first."""
    return InspectionImport.objects.order_by("-number").first()


def inspections_of(fei_keys: Iterable[str]) -> list[Inspection]:
    """Every inspection on record of these FEIs (without leading zeros), newest first.

    Rows that the newest file lacks count too. An inspection whose rows contradict each other
    has no classification unless it is OAI; one whose rows bear different end dates is listed
    once for each date, so that no row escapes the window.
    """
    rows = (
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
    return [
        _inspection(inspection_id, ended_on, list(group))
        for (ended_on, inspection_id), group in groupby(rows, key=itemgetter(0, 1))
    ]


@dataclass(frozen=True)
class KnownSite:
    """How FDA's inspection data name the site of an FEI, by the newest inspection on record."""

    legal_name: str
    place: str
    file_name: str


def known_site(fei_key: str) -> KnownSite | None:
    """What FDA's data on record say about the site of this FEI, or None where they say nothing."""
    row = (
        InspectionRecord.objects.filter(fei_key=fei_key, closed_by=None)
        .order_by("-ended_on", "-inspection_id")
        .select_related("first_import")
        .first()
    )
    if row is None:
        return None
    parts = [row.city, f"{row.state} {row.postal_code}".strip(), row.country]
    place = ", ".join(part for part in parts if part)
    return KnownSite(row.legal_name, place, row.first_import.file_name)


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


def _is_of(snapshot: InspectionImport, sha256: str) -> bool:
    """Whether this file, read under the row rules of today, made the snapshot."""
    return (snapshot.sha256, snapshot.row_rules) == (sha256, ROW_RULES)


def _summary(snapshot: InspectionImport) -> dict[str, int | str]:
    names = ("rows_read", "created", "updated", "unchanged", "rejected", "sha256")
    return {name: getattr(snapshot, name) for name in names}


def _nothing_new(snapshot: InspectionImport, rejects: Iterable[Reject]) -> Imported:
    unchanged = snapshot.rows_read - snapshot.rejected
    summary = _summary(snapshot) | {"created": 0, "updated": 0, "unchanged": unchanged}
    return Imported(snapshot, summary, rejects)


@contextmanager
def _opened(source) -> Iterator[BinaryIO]:
    if not isinstance(source, str | os.PathLike):
        yield source
        return
    try:
        stream = open(source, "rb")  # noqa: SIM115 - closed below; only opening is tried
    except OSError as error:
        raise Refusal(f"The file cannot be opened: {error.strerror}.") from error
    with stream:
        yield stream


# --- The set in the database: staged beside the records, then compared with them -----------------

KEY = ("inspection_id", "project_area", "product_type")
# The FEI as published is left out: padding with zeros is no difference (fei_key is compared).
COMPARED = [field for field in FIELDS if field not in (*KEY, "fei")]
STAGED_TYPES = {
    "fiscal_year": "smallint",
    "ended_on": "date",
    "fmd145_on": "date",
}
NULLABLE = {"fiscal_year", "classification", "fmd145_on"}
RECORDS = InspectionRecord._meta.db_table


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def _differ(left: str, right: str, columns: Iterable[str]) -> str:
    unlike = "IS DISTINCT FROM" if _is_postgresql() else "IS NOT"
    return "({}) {} ({})".format(
        ", ".join(f"{left}.{column}" for column in columns),
        unlike,
        ", ".join(f"{right}.{column}" for column in columns),
    )


def _same_key(left: str, right: str) -> str:
    return " AND ".join(f"{left}.{column} = {right}.{column}" for column in KEY)


def _number(cursor, sql: str) -> int:
    cursor.execute(sql)
    return cursor.fetchone()[0]


def _wait_for_other_imports(cursor) -> None:
    # On SQLite the transaction is IMMEDIATE: it already waits for any other writer.
    if _is_postgresql():
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
        # Whole sets are compared. What the planner believes of a table that was empty a moment
        # ago would lead it through a loop in a loop: 19 s for 30,000 rows instead of 1 s.
        cursor.execute("SET LOCAL enable_nestloop = off")


@contextmanager
def _staged(cursor, rows: Iterator[tuple]) -> Iterator[None]:
    """Hold the acceptable rows in a temporary table of this connection."""
    cursor.execute("DROP TABLE IF EXISTS staged_inspection")
    try:
        with _transaction_of_our_own(cursor):
            _stage(cursor, rows)
        yield
    finally:
        cursor.execute("DROP TABLE IF EXISTS staged_inspection")


@contextmanager
def _transaction_of_our_own(cursor) -> Iterator[None]:
    """A transaction that keeps nobody waiting, since it writes to a temporary table only.

    On SQLite our transactions are IMMEDIATE and would hold the one write lock for as long as
    the file is read; a deferred one that touches no other table holds none.
    """
    if _is_postgresql() or connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    cursor.execute("BEGIN DEFERRED")
    try:
        yield
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
    cursor.execute("COMMIT")


def _stage(cursor, rows: Iterator[tuple]) -> None:
    columns = ", ".join(
        f"{field} {STAGED_TYPES.get(field, 'text')}{'' if field in NULLABLE else ' NOT NULL'}"
        for field in FIELDS
    )
    cursor.execute(
        f"CREATE TEMPORARY TABLE staged_inspection (line integer PRIMARY KEY, {columns}, "
        "conflicting boolean NOT NULL DEFAULT FALSE)"
    )
    names = f"line, {', '.join(FIELDS)}"
    if _is_postgresql():
        stream = _CopyStream(rows)
        not_null = ", ".join(field for field in FIELDS if field not in NULLABLE)
        cursor.copy_expert(
            f"COPY staged_inspection ({names}) FROM STDIN "
            f"WITH (FORMAT csv, FORCE_NOT_NULL ({not_null}))",
            stream,
        )
        stream.finish()
    else:
        places = ", ".join(["%s"] * (len(FIELDS) + 1))
        insert = f"INSERT INTO staged_inspection ({names}) VALUES ({places})"
        # In portions: Django holds what executemany is given until it returns.
        while portion := list(islice(rows, PORTION)):
            cursor.executemany(insert, portion)
    cursor.execute("CREATE INDEX staged_inspection_id ON staged_inspection (inspection_id)")
    if _is_postgresql():
        cursor.execute("ANALYZE staged_inspection")


class _CopyStream:
    """What COPY reads from: the rows as CSV, written a portion at a time as it asks."""

    def __init__(self, rows: Iterator[tuple]):
        self._rows = rows
        self._error: Exception | None = None

    def read(self, size: int) -> str:
        text = io.StringIO()
        try:
            csv.writer(text).writerows(islice(self._rows, PORTION))
        except Exception as error:  # the driver would put one of its own in its place
            self._error = error
            return ""
        return text.getvalue()

    def finish(self) -> None:
        """Raise what went wrong while COPY was reading."""
        if self._error is not None:
            raise self._error


def _settle_repeats(cursor, rejects: Rejects) -> int:
    """Keep the first row of each key; return how many later ones were identical to it.

    A later row with other values is rejected, and the first is marked as conflicting.
    """
    content = _differ("later", "first", COMPARED)
    cursor.execute(
        f"""
        CREATE TEMPORARY TABLE repeated_inspection AS
        SELECT later.line, first.line AS first_line, {content} AS contradicts
        FROM (SELECT {", ".join(KEY)}, min(line) AS line FROM staged_inspection
              GROUP BY {", ".join(KEY)} HAVING count(*) > 1) AS repeated
        JOIN staged_inspection AS first ON first.line = repeated.line
        JOIN staged_inspection AS later
          ON {_same_key("later", "repeated")} AND later.line > first.line
        """  # nosec B608 - names of our own columns and tables only
    )
    identical = _number(cursor, "SELECT count(*) FROM repeated_inspection WHERE NOT contradicts")
    cursor.execute(
        "SELECT line, first_line FROM repeated_inspection WHERE contradicts ORDER BY line"
    )
    while portion := cursor.fetchmany(PORTION):
        for line, first_line in portion:
            rejects.add_contradiction(line, first_line)
    cursor.execute(
        "UPDATE staged_inspection SET conflicting = TRUE "
        "WHERE line IN (SELECT first_line FROM repeated_inspection WHERE contradicts)"
    )
    cursor.execute(
        "DELETE FROM staged_inspection WHERE line IN (SELECT line FROM repeated_inspection)"
    )
    cursor.execute("DROP TABLE repeated_inspection")
    return identical


def _merge(cursor, snapshot: InspectionImport) -> tuple[int, int, int]:
    """Touch only what changed; return (rows closed by an update, rows added, rows now absent)."""
    number = InspectionImport._meta.pk.get_db_prep_value(snapshot.pk, connection)
    cursor.execute(
        f"""
        UPDATE {RECORDS} SET closed_by_id = %s WHERE id IN (
            SELECT record.id FROM {RECORDS} AS record
            JOIN staged_inspection AS staged ON {_same_key("staged", "record")}
            WHERE record.closed_by_id IS NULL
              AND {_differ("staged", "record", [*COMPARED, "conflicting"])})
        """,  # nosec B608 - names of our own columns and tables only
        [number],
    )
    updated = cursor.rowcount
    in_file = f"""
        EXISTS (SELECT 1 FROM staged_inspection AS staged WHERE {_same_key("staged", RECORDS)})
    """
    cursor.execute(
        f"UPDATE {RECORDS} SET absent_since_id = NULL "
        f"WHERE closed_by_id IS NULL AND absent_since_id IS NOT NULL AND {in_file}"  # nosec B608 - names of our own columns and tables only
    )
    cursor.execute(
        f"UPDATE {RECORDS} SET absent_since_id = %s "
        f"WHERE closed_by_id IS NULL AND absent_since_id IS NULL AND NOT {in_file}",  # nosec B608 - names of our own columns and tables only
        [number],
    )
    cursor.execute(
        f"""
        INSERT INTO {RECORDS} ({", ".join(FIELDS)}, conflicting, first_import_id)
        SELECT {", ".join(FIELDS)}, conflicting, %s FROM staged_inspection AS staged
        WHERE NOT EXISTS (SELECT 1 FROM {RECORDS} AS record
            WHERE {_same_key("staged", "record")} AND record.closed_by_id IS NULL)
        """,  # nosec B608 - names of our own columns and tables only
        [number],
    )
    added = cursor.rowcount
    absent = InspectionRecord.objects.filter(closed_by=None, absent_since__isnull=False).count()
    return updated, added, absent
