"""One of FDA's public files taken in whole, shown beforehand, and taken back again."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from django.db import connection, transaction

from applications.models import InspectionImport
from applications.models.snapshot import Snapshot
from applications.rechecking import ask_for_recheck
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.trail import record

from . import staging
from .feeds import Feed
from .files import Reject, SetAside, cells_of, examine, fingerprint, portions_of

REJECTS_KEPT = 1_000  # of one import, in its row
INDEXED_AFTERWARDS_FROM = 8 * 1024 * 1024  # bytes of a first file

Progress = Callable[[int], None] | None


class Outdated(Exception):  # noqa: N818 - a fact about the records, not a fault
    """Another import was taken over since the comparison that somebody confirmed."""


@dataclass(frozen=True)
class Imported:
    """What one import did: the snapshot in force after it, its counts, and the rejected rows."""

    snapshot: Snapshot
    summary: dict[str, int | str]
    rejects: Iterable[Reject]


@dataclass(frozen=True)
class Compared:
    """What a file would change: counts and samples as plain data, and the rejected rows.

    `against` is the number of the newest snapshot, 0 before the first; `is_known` says that this
    very file is the newest one.
    """

    against: int
    is_known: bool
    counts: dict[str, int]
    samples: dict[str, list[dict]]
    aside: SetAside


def newest(feed: Feed) -> Any:
    """The snapshot that was taken last, or None before the first."""
    return feed.snapshots._default_manager.order_by("-number").first()


def import_file(
    feed: Feed,
    source: str | os.PathLike | BinaryIO,
    *,
    file_name: str,
    by,
    at: datetime,
    expected: int | None = None,
    progress: Progress = None,
) -> Imported:
    """Bring the rows on record in line with FDA's published file.

    `source` is a path or a seekable binary file. Every row is counted once: rows_read =
    created + updated + unchanged + rejected. Rows that the file lacks stay, marked. The file that
    is the newest already changes nothing and is not recorded a second time. A second import
    waits for the first. Raises Refusal for a file that cannot be taken as a whole, and Outdated
    where `expected` is not the number of the newest snapshot; then nothing is changed.
    """
    with _opened(source) as stream, connection.cursor() as cursor:
        sha256, size = fingerprint(stream, feed.layout)
        last = newest(feed)
        if last and _is_of(feed, last, sha256) and last.rejected == len(last.rejects):
            return _nothing_new(last, [Reject(*reject) for reject in last.rejects])
        snapshot = feed.snapshots(
            file_name=file_name[-255:],
            sha256=sha256,
            bytes_read=size,
            row_rules=feed.row_rules,
            imported_at=at,
            recorded_by=by,
        )
        with staging.staging_tables(cursor, feed), _portions(feed, stream) as (portions, aside):
            if staging.fills_records() and not feed.records._default_manager.exists():
                first = _take_first(cursor, feed, snapshot, portions, aside, expected)
                if first:
                    return first
            rows = staging.fill(cursor, feed, portions, aside, staging.staged(), progress)
            _refuse_without_rows(feed, rows, aside)
            return _take(cursor, feed, snapshot, rows, aside, expected)


@transaction.atomic
def _take_first(cursor, feed, snapshot, portions, aside, expected) -> Imported | None:
    """Fill the records, in which nothing is yet; None where another import was faster."""
    staging.wait_for_other_imports(cursor)
    if feed.records._default_manager.exists():
        return None
    _refuse_outdated(feed, expected)
    is_large = snapshot.bytes_read >= INDEXED_AFTERWARDS_FROM
    with (
        staging.indexed_afterwards(feed) if is_large else nullcontext(),
        staging.records_of(cursor, feed, snapshot) as target,
    ):
        rows = staging.fill(cursor, feed, portions, aside, target)
    _refuse_without_rows(feed, rows, aside)
    if rows:
        staging.number_on(cursor, feed)
    return _record(feed, snapshot, rows, aside, staging.Difference(rows, 0, 0, 0, 0))


@transaction.atomic
def _take(cursor, feed, snapshot, rows, aside, expected) -> Imported:
    """Merge the staged rows into the records and record the deed, all or nothing."""
    staging.wait_for_other_imports(cursor)
    last = newest(feed)
    if last and _is_of(feed, last, snapshot.sha256):
        return _nothing_new(last, aside)
    _refuse_outdated(feed, expected)
    difference = staging.compare(cursor, feed, rows)
    staging.take_over(cursor, feed, snapshot)
    return _record(feed, snapshot, rows, aside, difference)


def _record(feed, snapshot, rows, aside, difference) -> Imported:
    last = newest(feed)
    snapshot.number = last.number + 1 if last else 1
    snapshot.rows_read = rows + aside.repeats + aside.rejected
    snapshot.rejected = aside.rejected
    snapshot.rejects = [list(reject) for reject in islice(aside, REJECTS_KEPT)]
    snapshot.created, snapshot.updated = difference.new, difference.changed
    snapshot.unchanged = rows + aside.repeats - difference.new - difference.changed
    snapshot.absent = difference.absent
    # Its rows name it already, without a foreign key in the database.
    snapshot.save(force_insert=True)
    ask_for_recheck(
        f"New {feed.noun} on record",
        snapshot=snapshot if isinstance(snapshot, InspectionImport) else None,
        by=snapshot.recorded_by,
        at=snapshot.imported_at,
    )
    summary = _summary(snapshot)
    record(
        f"import_{feed.noun}",
        snapshot,
        by=snapshot.recorded_by,
        at=snapshot.imported_at,
        after={"file_name": snapshot.file_name, "absent": snapshot.absent, **summary},
    )
    return Imported(snapshot, summary, aside)


def compare_file(feed: Feed, source: BinaryIO, *, progress: Progress = None) -> Compared:
    """What the file would change, without changing anything. Raises Refusal as import_file."""
    with connection.cursor() as cursor:
        sha256, _ = fingerprint(source, feed.layout)
        last = newest(feed)
        number = last.number if last else 0
        if last and _is_of(feed, last, sha256):
            return Compared(number, True, {}, {}, SetAside())
        with staging.staging_tables(cursor, feed), _portions(feed, source) as (portions, aside):
            rows = staging.fill(cursor, feed, portions, aside, staging.staged(), progress)
            _refuse_without_rows(feed, rows, aside)
            with staging.transaction_of_our_own(cursor):
                last = newest(feed)
                difference = staging.compare(cursor, feed, rows)
                samples = staging.samples(cursor, feed)
        counts = {
            "rows_read": rows + aside.repeats + aside.rejected,
            "created": difference.new,
            "updated": difference.changed,
            "unchanged": rows + aside.repeats - difference.new - difference.changed,
            "rejected": aside.rejected,
            "gone": difference.gone,
            "absent": difference.absent,
        }
        return Compared(last.number if last else 0, False, counts, samples, aside)


@contextmanager
def _portions(feed, stream):
    facts = examine(stream, feed.layout)
    aside = SetAside()
    with cells_of(stream, facts, feed.layout) as reader:
        columns = feed.columns(staging.missing())
        portions = portions_of(reader, facts, feed.layout, aside, columns)
        yield feed.united(portions, aside), aside


def _refuse_without_rows(feed, rows, aside):
    if rows + aside.rejected == 0:
        raise Refusal(f"The file holds column names but no {feed.noun}.")


def _refuse_outdated(feed, expected):
    last = newest(feed)
    if expected is not None and expected != (last.number if last else 0):
        raise Outdated


def _is_of(feed, snapshot, sha256: str) -> bool:
    """Whether this file, read under the row rules of today, made the snapshot."""
    return (snapshot.sha256, snapshot.row_rules) == (sha256, feed.row_rules)


def _summary(snapshot) -> dict[str, int | str]:
    names = ("rows_read", "created", "updated", "unchanged", "rejected", "sha256")
    return {name: getattr(snapshot, name) for name in names}


def _nothing_new(snapshot, rejects: Iterable[Reject]) -> Imported:
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
