"""Rows on record taken back to those that were in force at an earlier snapshot.

A row was in force at snapshot n when it came with n or before and was closed after n or never, and
it was absent there when it had been marked at n or before. Nothing is rewritten: rows that came or
were marked later are closed, and those that were closed later are added again. Before the first
snapshot nothing was in force: None stands for it.
"""

from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from applications.models import InspectionImport
from applications.rechecking import ask_for_recheck
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.trail import record

from . import staging
from .feeds import Feed
from .snapshots import newest


class Effect(NamedTuple):
    """Rows that a roll-back takes out of force, and rows that it brings back."""

    taken: int
    brought: int


def effect_of(feed: Feed, snapshot) -> Effect:
    """What a roll-back to this snapshot, or before the first, would do now."""
    later = _later(feed, snapshot)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT count(*) FROM {feed.table} WHERE {_taken(later)}), "
            f"(SELECT count(*) FROM {feed.table} WHERE first_import_id NOT IN {later} "
            f"AND (closed_by_id IN {later} OR ({_taken(later)})))"  # nosec B608 - ours
        )
        return Effect(*cursor.fetchone())


@transaction.atomic
def roll_back(feed: Feed, snapshot, *, reason: str, by, at: datetime):
    """Bring back the rows of an earlier snapshot, as a new snapshot; returns that.

    `snapshot` None takes back every file. Raises Refusal without a reason, for the newest snapshot
    itself, and for None where nothing is on record.
    """
    if not reason.strip():
        raise Refusal("Say why the data are rolled back: verdicts may change by it.")
    with connection.cursor() as cursor:
        staging.wait_for_other_imports(cursor)
        last = newest(feed)
        if snapshot is None and (last is None or last.is_of_no_file):
            raise Refusal("No file is on record, so there is nothing to take back.")
        if snapshot is not None and snapshot.number >= last.number:
            raise Refusal("This file is the newest on record, so there is nothing to roll back.")
        restored = feed.snapshots(
            number=last.number + 1,
            imported_at=at,
            recorded_by=by,
            restores=snapshot,
            reason=reason.strip(),
            **(_of_no_file(feed) if snapshot is None else _as_of(snapshot)),
        )
        done = _bring_back(cursor, feed, snapshot, restored)
        created, updated = _count(cursor, feed, restored)
    restored.created, restored.updated = created, updated
    restored.unchanged = restored.rows_read - restored.rejected - created - updated
    restored.absent = feed.records._default_manager.filter(
        closed_by=None, absent_since__isnull=False
    ).count()
    restored.save(force_insert=True)
    ask_for_recheck(
        f"{feed.noun.capitalize()} rolled back",
        snapshot=restored if isinstance(restored, InspectionImport) else None,
        by=by,
        at=at,
    )
    record(
        f"roll_back_{feed.noun}",
        restored,
        by=by,
        at=at,
        before={"snapshot": last.number},
        after={
            "restores": snapshot.number if snapshot else 0,
            "sha256": restored.sha256,
            **done._asdict(),
        },
        reason=restored.reason,
    )
    return restored


COPIED = (
    "file_name",
    "sha256",
    "bytes_read",
    "row_rules",
    "rows_read",
    "rejected",
    "rejects",
)


def _as_of(snapshot) -> dict:
    return {name: getattr(snapshot, name) for name in COPIED}


def _of_no_file(feed) -> dict:
    return {
        "file_name": feed.snapshots.NO_FILE,
        "sha256": "",
        "bytes_read": 0,
        "row_rules": feed.row_rules,
        "rows_read": 0,
        "rejected": 0,
    }


def _bring_back(cursor, feed, snapshot, restored) -> Effect:
    later, key = _later(feed, snapshot), _key(restored)
    columns = ", ".join((*feed.fields, *feed.marks))
    cursor.execute(
        f"UPDATE {feed.table} SET closed_by_id = %s WHERE {_taken(later)}",  # nosec B608 - ours
        [key],
    )
    taken = cursor.rowcount
    cursor.execute(
        f"""
        INSERT INTO {feed.table} ({columns}, absent_since_id, first_import_id)
        SELECT {columns},
            CASE WHEN absent_since_id IN {later} THEN NULL ELSE absent_since_id END, %s
        FROM {feed.table}
        WHERE first_import_id NOT IN {later} AND (closed_by_id IN {later} OR closed_by_id = %s)
        """,  # nosec B608 - names of our own columns and tables only
        [key, key],
    )
    return Effect(taken, cursor.rowcount)


def _count(cursor, feed, restored) -> tuple[int, int]:
    """Of the rows brought back that are in the file: how many are new, and how many differ."""
    key = _key(restored)
    staging.compare_whole_sets(cursor)
    cursor.execute(
        f"""
        SELECT count(*) - count(taken.id),
            coalesce(sum(CASE WHEN taken.id IS NOT NULL
                AND {staging.differ("taken", "brought", feed.compared)} THEN 1 ELSE 0 END), 0)
        FROM {feed.table} AS brought LEFT JOIN {feed.table} AS taken
          ON {staging.same_key(feed, "taken", "brought")} AND taken.closed_by_id = %s
        WHERE brought.first_import_id = %s AND brought.absent_since_id IS NULL
        """,  # nosec B608 - names of our own columns and tables only
        [key, key],
    )
    created, updated = cursor.fetchone()
    return int(created), int(updated)


def _taken(later: str) -> str:
    return (
        "closed_by_id IS NULL AND "
        f"(first_import_id IN {later} OR coalesce(absent_since_id IN {later}, FALSE))"
    )


def _later(feed, snapshot) -> str:
    table, number = feed.snapshots._meta.db_table, snapshot.number if snapshot else 0
    return f"(SELECT id FROM {table} WHERE number > {int(number)})"  # nosec B608 - ours


def _key(snapshot):
    return snapshot._meta.pk.get_db_prep_value(snapshot.pk, connection)
