"""P7, P8: 300,000 inspection rows brought in, against the bare loading of the same file."""

import csv
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from django.db import connection

from .figure import Figure, spread
from .inspection_file import write

ROWS = 300_000
REPETITIONS = 3
AT = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)
COLUMNS = 15


def figures() -> list[Figure]:
    folder = Path(os.environ["VAR_DIR"])
    whole, changed = folder / "whole.csv", folder / "changed.csv"
    write(whole, ROWS)
    write(changed, ROWS, changed=0.01)
    on_postgresql = connection.vendor == "postgresql"
    floor = _copy if on_postgresql else _executemany
    times: dict[str, list[float]] = {"floor": [], "first": [], "again": [], "changed": []}
    for _ in range(REPETITIONS):
        _empty()
        times["floor"].append(_seconds(lambda: floor(whole)))
        times["first"].append(_seconds(lambda: _import(whole)))
        times["again"].append(_seconds(lambda: _import(whole)))
        times["changed"].append(_seconds(lambda: _import(changed)))
    against = median(times["floor"])
    if not on_postgresql:
        return [_figure("P8", "first import", times["first"], against, 2.0)]
    return [
        _figure("P7", "first import", times["first"], against, 4.0),
        _figure("P7 again", "the identical file again", times["again"], against, 0.2),
        _figure("P7 changed", "a file with 1 % changed", times["changed"], against, 4.0),
    ]


def _figure(name, what, times, against, reach):
    return Figure(
        name,
        f"{what}, {ROWS:,} rows, against the bare loading",
        median(times),
        against,
        reach,
        "ms",
        spread(times),
    )


def _seconds(deed: Callable[[], object]) -> float:
    begun = time.perf_counter()
    deed()
    return (time.perf_counter() - begun) * 1000


def _import(path: Path) -> None:
    from applications.inspections import import_inspections

    done = import_inspections(path, file_name=path.name, by=None, at=AT)
    assert done.summary["rejected"] == 0
    assert done.summary["rows_read"] == ROWS


def _empty() -> None:
    """Take away what an earlier turn brought in; only a benchmark may."""
    from qmm_pilot.records import triggers

    triggers.drop()
    with connection.cursor() as cursor:
        for table in ("inspectionrecord", "inspectionimport"):
            cursor.execute(
                f"TRUNCATE applications_{table} CASCADE"
                if connection.vendor == "postgresql"
                else f"DELETE FROM applications_{table}"
            )
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE applications_inspectionrecord")
    triggers.install()


def _copy(path: Path) -> None:
    """Raw COPY of the file into unlogged text columns."""
    columns = ", ".join(f"c{n} text" for n in range(COLUMNS))
    with connection.cursor() as cursor, path.open() as file:
        cursor.execute(f"CREATE UNLOGGED TABLE bare_rows ({columns})")
        cursor.copy_expert("COPY bare_rows FROM STDIN WITH (FORMAT csv, HEADER)", file)
        cursor.execute("DROP TABLE bare_rows")


def _executemany(path: Path) -> None:
    """executemany of the parsed rows into a table with the indexes that ours has."""
    names = [f"c{n}" for n in range(COLUMNS)]
    with connection.cursor() as cursor, path.open(newline="") as file:
        cursor.execute(f"CREATE TABLE bare_rows (id integer PRIMARY KEY, {' text, '.join(names)})")
        cursor.execute("CREATE INDEX bare_fei ON bare_rows (c0)")
        cursor.execute("CREATE UNIQUE INDEX bare_key ON bare_rows (c7, c11, c12)")
        rows = csv.reader(file)
        next(rows)
        cursor.execute("BEGIN IMMEDIATE")
        marks = ", ".join(["?"] * COLUMNS)
        cursor.connection.executemany(
            f"INSERT INTO bare_rows ({', '.join(names)}) VALUES ({marks})", rows
        )
        cursor.execute("COMMIT")
        cursor.execute("DROP TABLE bare_rows")
