"""P7, P8: 300,000 inspection rows brought in, against the bare loading of the same file."""

import csv
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

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
    spent: dict[str, list[Spent]] = {"floor": [], "first": [], "again": [], "changed": []}
    for _ in range(REPETITIONS):
        _empty()
        spent["floor"].append(_spent(lambda: floor(whole)))
        spent["first"].append(_spent(lambda: _import(whole)))
        spent["again"].append(_spent(lambda: _import(whole)))
        spent["changed"].append(_spent(lambda: _import(changed)))
    if not on_postgresql:
        return _figures("P8", "first import", spent["first"], spent["floor"], 2.0)
    return [
        *_figures("P7", "first import", spent["first"], spent["floor"], 4.0),
        *_figures("P7 again", "the identical file again", spent["again"], spent["floor"], 0.2),
        *_figures("P7 changed", "a file with 1 % changed", spent["changed"], spent["floor"], 4.0),
    ]


class Spent(NamedTuple):
    """Milliseconds by the clock, and of processor time here and in the server's process."""

    elapsed: float
    processor: float


def _figures(name, what, spent, floor, reach) -> list[Figure]:
    """By the clock, and by processor time, which a busy machine distorts less.

    In processor time nothing is gained by reading here while the server stores.
    """
    return [
        Figure(
            label,
            f"{what}, {ROWS:,} rows, against the bare loading, {measure}",
            median(each[place] for each in spent),
            median(each[place] for each in floor),
            reach,
            "ms",
            spread([each[place] for each in spent]),
        )
        for place, (label, measure) in enumerate(
            ((name, "by the clock"), (f"{name} CPU", "processor time"))
        )
    ]


def _spent(deed: Callable[[], object]) -> Spent:
    begun, worked = time.perf_counter(), time.process_time() + _server_worked()
    deed()
    return Spent(
        (time.perf_counter() - begun) * 1000,
        (time.process_time() + _server_worked() - worked) * 1000,
    )


def _server_worked() -> float:
    """Seconds of processor time of our connection's server process, which runs on this machine."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


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
        for table in ("recheck", "inspectionrecord", "inspectionimport"):
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
