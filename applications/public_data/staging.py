"""The set in the database: a file's rows staged beside those on record, and held against them.

Both engines: PostgreSQL takes rows by COPY, SQLite by executemany. Staging tables are temporary
and belong to the connection; nothing here writes to the records but `fill` and `take_over`.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice, repeat
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import UniqueConstraint

from .feeds import Feed
from .files import PORTION, Portion, SetAside

STAGED, REPEATED, DIFFERING = "staged_rows", "repeated_rows", "differing_rows"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
BATCH = 50_000  # rows written before progress is told
FETCHED = 1_000  # rows held in memory at a time
# NULL in COPY's text, which costs the server a sixth less than its CSV; drawn anew by each
# process, so that no published text can be it.
NULL = f"\x01{os.urandom(4).hex()}"
IMPORT_LOCK = 0x514D4D_494D50  # PostgreSQL's advisory lock of imports: "QMMIMP"
SAMPLE = 5  # rows shown of each kind of change


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def fills_records() -> bool:
    """Whether records that are empty yet are filled at once, without staging.

    Not on SQLite, where nobody else could write for as long as the file is read.
    """
    return _is_postgresql()


def missing():
    """What stands for NULL in a staged row."""
    return NULL if _is_postgresql() else None


def wait_for_other_imports(cursor) -> None:
    """Let imports take over one after another, until the present transaction ends."""
    # On SQLite the transaction is IMMEDIATE: it already waits for any other writer.
    if _is_postgresql():
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])


def compare_whole_sets(cursor) -> None:
    """Have PostgreSQL hash whole sets in this transaction.

    What it believes of a table that was filled a moment ago would lead it through a loop in a
    loop or a sort: 19 s for 30,000 rows instead of 1 s.
    """
    if _is_postgresql():
        cursor.execute(
            "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; "
            "SET LOCAL work_mem = '64MB'"
        )


@contextmanager
def transaction_of_our_own(cursor) -> Iterator[None]:
    """A transaction that keeps nobody waiting, since it writes to temporary tables only.

    On SQLite our transactions are IMMEDIATE and would hold the one write lock for as long as
    the file is read; a deferred one that writes to no other table holds none.
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


@contextmanager
def staging_tables(cursor, feed: Feed) -> Iterator[None]:
    """The empty temporary tables of one import."""
    _drop(cursor)
    columns = ", ".join(
        f"{name} {feed.column_type(name)}{'' if name in feed.nullable else ' NOT NULL'}"
        for name in feed.fields
    )
    marks = "".join(f", {mark} bool NOT NULL DEFAULT FALSE" for mark in feed.marks)
    try:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {STAGED} (line integer PRIMARY KEY, {columns}{marks})"
            if not _is_postgresql()
            # No index: whole sets are hashed.
            else f"CREATE TEMPORARY TABLE {STAGED} (line integer, {columns}{marks})"
        )
        cursor.execute(f"CREATE TEMPORARY TABLE {REPEATED} (line integer, {columns})")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {DIFFERING} "
            "(record_id bigint, line integer, kind text NOT NULL, was_absent bool NOT NULL)"
        )
        yield
    finally:
        _drop(cursor)


def _drop(cursor):
    for table in (DIFFERING, REPEATED, STAGED):
        cursor.execute(f"DROP TABLE IF EXISTS {table}")


class Target(NamedTuple):
    """A table that is filled, and its column for the line."""

    table: str
    line_column: str


def staged() -> Target:
    """The staging table."""
    return Target(STAGED, "line")


@contextmanager
def records_of(cursor, feed: Feed, snapshot) -> Iterator[Target]:
    """The records themselves, while they are empty: a row's id is its line in the first file.

    PostgreSQL only. What all rows have in common is a default for as long as they are filled, and
    not a fifth of what is sent; the table is locked until the transaction ends.
    """
    shared = dict.fromkeys(feed.marks, False) | {"first_import_id": snapshot.pk}
    values = list(map(str, shared.values()))
    defaults = ", ".join(f"ALTER {column} SET DEFAULT %s" for column in shared)
    cursor.execute(f"ALTER TABLE {feed.table} {defaults}", values)  # nosec B608 - ours
    yield Target(feed.table, "id")
    none = ", ".join(f"ALTER {column} DROP DEFAULT" for column in shared)
    cursor.execute(f"ALTER TABLE {feed.table} {none}")


def fill(
    cursor,
    feed: Feed,
    portions: Iterable[Portion],
    aside: SetAside,
    target: Target,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the rows to the target, each key once, and settle the repeats; how many were written.

    The first row of a key is kept. A later one with the same values is counted as a repeat, one
    with other values is rejected and the first marked as conflicting. `progress` is told how
    many rows have been read. Memory: about 100 bytes a row, for its key.
    """
    sieve = _Sieve(feed)
    distinct = sieve.distinct(portions)
    columns = [target.line_column, *feed.fields]
    written, repeated = 0, 0
    while True:
        batch = _Batch(islice(distinct, BATCH // PORTION))
        with transaction_of_our_own(cursor):
            _write(cursor, feed, target.table, columns, batch)
            if sieve.later:
                repeated += len(sieve.later)
                lines, rows = zip(*sieve.later, strict=True)
                sieve.later.clear()
                later = Portion.of_rows(lines, rows, len(feed.fields))
                _write(cursor, feed, REPEATED, ["line", *feed.fields], _Batch([later]))
        if not batch.portions:
            break
        written += batch.rows
        if progress:
            progress(written + repeated + aside.rejected + aside.repeats)
    if repeated:
        with transaction_of_our_own(cursor):
            _settle_repeats(cursor, feed, aside, target)
    return written


class _Sieve:
    """Tells the first row of each key from later ones, which it keeps in `later`."""

    def __init__(self, feed: Feed):
        self._places = [feed.fields.index(name) for name in feed.key]
        # Two keys with one number would be found out and end the import; salted anew, it succeeds.
        self._salt = os.urandom(8)
        self._seen: set[int] = set()
        self.later: list[tuple[int, tuple]] = []

    def distinct(self, portions: Iterable[Portion]) -> Iterator[Portion]:
        """The portions without the later rows."""
        for lines, columns in portions:
            key_columns = [columns[place] for place in self._places]
            numbers = list(map(hash, zip(repeat(self._salt), *key_columns, strict=False)))
            fresh = set(numbers)
            if len(fresh) == len(lines) and self._seen.isdisjoint(fresh):
                self._seen |= fresh
                yield Portion(lines, columns)
                continue
            kept_lines, kept = [], []
            rows = zip(*columns, strict=True)
            for line, number, row in zip(lines, numbers, rows, strict=True):
                if number in self._seen:
                    self.later.append((line, row))
                else:
                    self._seen.add(number)
                    kept_lines.append(line)
                    kept.append(row)
            yield Portion.of_rows(kept_lines, kept, len(columns))


class _Batch:
    """Some portions as rows of one table, and how many there were."""

    def __init__(self, portions: Iterable[Portion]):
        self._portions = portions
        self.portions = self.rows = 0

    def __iter__(self) -> Iterator[tuple[int, list[Iterable[str]]]]:
        for lines, columns in self._portions:
            self.portions += 1
            self.rows += len(lines)
            if lines:
                yield len(lines), [list(map(str, lines)), *columns]


def _write(cursor, feed, table, columns, batch) -> None:
    """Write a batch, which gives portions as their number of rows and their columns."""
    names = ", ".join(columns)
    if _is_postgresql():
        stream = _CopyStream(batch, len(columns))
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN WITH (NULL '{NULL}')", stream)
        stream.finish()
        return
    places = ", ".join(["%s"] * len(columns))
    insert = f"INSERT INTO {table} ({names}) VALUES ({places})"  # nosec B608 - our own names
    for _, values in batch:
        cursor.executemany(insert, zip(*values, strict=False))


class _CopyStream:
    """What COPY reads from: the rows as text, written a portion at a time as it asks."""

    def __init__(self, batch, width: int):
        self._portions = iter(batch)
        self._width = width
        self._error: Exception | None = None

    def read(self, size: int) -> str:
        try:
            count, columns = next(self._portions, (0, []))
            return self._text(count, columns) if count else ""
        except Exception as error:  # the driver would put one of its own in its place
            self._error = error
            return ""

    def _text(self, count, columns) -> str:
        text = "\n".join(map("\t".join, zip(*columns, strict=False))) + "\n"
        separators = count * (self._width - 1), count, 0, 0
        if tuple(map(text.count, ("\t", "\n", "\r", "\\"))) == separators:
            return text
        rows = (map(_escaped, row) for row in zip(*columns, strict=False))
        return "\n".join(map("\t".join, rows)) + "\n"

    def finish(self) -> None:
        """Raise what went wrong while COPY was reading."""
        if self._error is not None:
            raise self._error


def _escaped(value: str) -> str:
    return value.translate(ESCAPES)


# --- Held against one another ----------------------------------------------------------------


def differ(left: str, right: str, columns: Iterable[str]) -> str:
    """The SQL condition that two rows differ in one of these columns; NULL equals NULL."""
    unlike = "IS DISTINCT FROM" if _is_postgresql() else "IS NOT"
    return "({}) {} ({})".format(
        ", ".join(f"{left}.{column}" for column in columns),
        unlike,
        ", ".join(f"{right}.{column}" for column in columns),
    )


def same_key(feed: Feed, left: str, right: str) -> str:
    """The SQL condition that two rows have one key."""
    return " AND ".join(f"{left}.{column} = {right}.{column}" for column in feed.key)


def _settle_repeats(cursor, feed, aside, target) -> None:
    content = differ("later", "first", [name for name in feed.compared if name in feed.fields])
    # What is set aside is shown in the columns of the file, without those made of others.
    values = ", ".join(f"later.{name}" for name in feed.layout.headers)
    pairs = f"{target.table} AS first ON {same_key(feed, 'later', 'first')}"
    compare_whole_sets(cursor)
    cursor.execute(
        f"SELECT later.line, first.{target.line_column}, {content}, {values} "
        f"FROM {REPEATED} AS later LEFT JOIN {pairs} ORDER BY later.line"  # nosec B608 - ours
    )
    while portion := cursor.fetchmany(FETCHED):
        for line, first_line, contradicts, *row in portion:
            if first_line is None:
                raise RuntimeError("Two keys bear one number; the import has to be begun anew.")
            if contradicts:
                aside.contradict(line, first_line, ["" if v is None else str(v) for v in row])
            else:
                aside.repeats += 1
    for mark in feed.marks:
        cursor.execute(
            f"UPDATE {target.table} SET {mark} = TRUE WHERE {target.line_column} IN "
            f"(SELECT first.{target.line_column} FROM {REPEATED} AS later "
            f"JOIN {pairs} WHERE {content})"  # nosec B608 - names of our own
        )


class Difference(NamedTuple):
    """How the staged rows differ from those in force, in numbers of rows.

    `returned` were marked as absent and are in the file again as they were; `gone` are in force
    and not in the file, for the first time; `absent` are all that are not in the file.
    """

    new: int
    changed: int
    returned: int
    gone: int
    absent: int


def compare(cursor, feed: Feed, rows: int) -> Difference:
    """Note each of `rows` staged rows that differs from those in force, and what is gone."""
    compare_whole_sets(cursor)
    unlike = differ("staged", "record", feed.compared)
    cursor.execute(
        f"""
        INSERT INTO {DIFFERING} (record_id, line, kind, was_absent)
        SELECT record.id, staged.line,
            CASE WHEN record.id IS NULL THEN 'new' WHEN {unlike} THEN 'changed'
                 ELSE 'returned' END,
            record.absent_since_id IS NOT NULL
        FROM {STAGED} AS staged LEFT JOIN {feed.table} AS record
          ON {same_key(feed, "staged", "record")} AND record.closed_by_id IS NULL
        WHERE record.id IS NULL OR record.absent_since_id IS NOT NULL OR {unlike}
        """  # nosec B608 - names of our own columns and tables only
    )
    counts = dict.fromkeys(("new", "changed", "returned"), 0)
    cursor.execute(f"SELECT kind, count(*) FROM {DIFFERING} GROUP BY kind")  # nosec B608 - ours
    counts.update(cursor.fetchall())
    cursor.execute(f"SELECT count(*) FROM {DIFFERING} WHERE was_absent")  # nosec B608 - ours
    (back,) = cursor.fetchone()
    cursor.execute(
        f"SELECT count(*), count(absent_since_id) FROM {feed.table} WHERE closed_by_id IS NULL"  # nosec B608 - ours
    )
    in_force, marked = cursor.fetchone()
    absent = in_force - (rows - counts["new"])
    gone = absent - (marked - back)
    if gone:
        cursor.execute(
            f"""
            INSERT INTO {DIFFERING} (record_id, line, kind, was_absent)
            SELECT record.id, NULL, 'gone', FALSE
            FROM {feed.table} AS record LEFT JOIN {STAGED} AS staged
              ON {same_key(feed, "staged", "record")}
            WHERE record.closed_by_id IS NULL AND record.absent_since_id IS NULL
              AND staged.line IS NULL
            """  # nosec B608 - names of our own columns and tables only
        )
    return Difference(**counts, gone=gone, absent=absent)


def take_over(cursor, feed: Feed, snapshot) -> None:
    """Bring the records in line with the staged rows, touching only what `compare` noted."""
    key = feed.snapshots._meta.pk.get_db_prep_value(snapshot.pk, connection)
    if _is_postgresql():
        # What differs is little, as a rule, and found by the records' ids.
        cursor.execute(f"SET LOCAL enable_nestloop = on; ANALYZE {DIFFERING}")
    for column, kinds in (
        ("closed_by_id", "('changed', 'returned')"),
        ("absent_since_id", "('gone')"),
    ):
        cursor.execute(
            f"UPDATE {feed.table} SET {column} = %s WHERE id IN "
            f"(SELECT record_id FROM {DIFFERING} WHERE kind IN {kinds})",  # nosec B608 - ours
            [key],
        )
    columns = ", ".join((*feed.fields, *feed.marks))
    cursor.execute(
        f"INSERT INTO {feed.table} ({columns}, first_import_id) SELECT {columns}, %s "
        f"FROM {STAGED} WHERE line IN "
        f"(SELECT line FROM {DIFFERING} WHERE line IS NOT NULL)",  # nosec B608 - ours
        [key],
    )


def samples(cursor, feed: Feed) -> dict[str, list[dict]]:
    """Some rows of each kind that `compare` noted: what is on record and what the file says."""
    shown = (*feed.fields, *feed.marks)
    both = ", ".join(f"{table}.{name}" for table in ("record", "staged") for name in shown)
    found: dict[str, list[dict]] = {}
    for kind in ("new", "changed", "gone"):
        cursor.execute(
            f"""
            SELECT {both}
            FROM (SELECT record_id, line FROM {DIFFERING} WHERE kind = %s
                  ORDER BY line, record_id LIMIT {SAMPLE}) AS noted
            LEFT JOIN {feed.table} AS record ON record.id = noted.record_id
            LEFT JOIN {STAGED} AS staged ON staged.line = noted.line
            ORDER BY noted.line, noted.record_id
            """,  # nosec B608 - names of our own columns and tables only
            [kind],
        )
        found[kind] = [_sample(shown, row) for row in cursor.fetchall()]
    return found


def _sample(names, row) -> dict:
    texts = ["" if value is None else str(value) for value in row]
    before, after = (
        dict(zip(names, half, strict=True)) for half in (texts[: len(names)], texts[len(names) :])
    )
    return {
        "before": before,
        "after": after,
        "changed": [name for name in names if before[name] != after[name]],
    }


# --- Records that are empty yet ----------------------------------------------------------------


@contextmanager
def indexed_afterwards(feed: Feed) -> Iterator[None]:
    """Index the records once they are filled, which takes half the time; PostgreSQL only.

    Only for records that are empty: the table is locked until the transaction ends.
    """
    if not _is_postgresql():
        yield
        return
    unique = [each for each in feed.records._meta.constraints if isinstance(each, UniqueConstraint)]
    with connection.schema_editor(atomic=False) as editor:
        for constraint in unique:
            editor.remove_constraint(feed.records, constraint)
        for index in feed.records._meta.indexes:
            editor.remove_index(feed.records, index)
        editor.execute(f"ALTER TABLE {feed.table} DROP CONSTRAINT {feed.table}_pkey")
    yield
    with connection.schema_editor(atomic=False) as editor:
        editor.execute(f"ALTER TABLE {feed.table} ADD PRIMARY KEY (id)")
        for constraint in unique:
            editor.add_constraint(feed.records, constraint)
        for index in feed.records._meta.indexes:
            editor.add_index(feed.records, index)


def number_on(cursor, feed: Feed) -> None:
    """Let the database number further rows after those that were numbered by their lines."""
    if _is_postgresql():
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM {feed.table}))",  # nosec B608 - ours
            [feed.table],
        )
