"""Keeps one migrated database for a whole run, of which every process takes a copy.

The migrations take seven seconds of work, a copy none. Whoever comes first migrates from nothing
and leaves what came of it; the next copies it, and `migrate` goes over the copy too. It is used
only where the migrations and what they seed are byte for byte the same.
"""

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
# What migrations call to fill the tables that they made.
SEEDS = (
    "applications/scoring_defaults.py",
    "metrics/catalogue.py",
    "qmm_pilot/programs/notices.py",
    "qmm_pilot/records/statement.py",
)
TEMPLATE = "qmm_prepared"
OWN_SERVER = os.environ.get("TEST_SERVER_IS_OWN") == "1"  # else nothing may be left on it
# Plain `pytest` keeps it in the checkout, as .pytest_cache is kept; a run of all legs says where
# its own folder is, so that each such run migrates from nothing.
FOLDER = Path(os.environ.get("TEST_PREPARED") or ROOT / "var" / "prepared")


def fingerprint() -> str:
    """Tells this state of the migrations and seeds from every other."""
    migrations = (
        path
        for app in ("qmm_pilot", "applications", "metrics", "assessments")
        for path in (ROOT / app).rglob("migrations/*.py")
    )
    told = hashlib.sha256(repr(django.VERSION).encode())
    for path in sorted([*migrations, *(ROOT / seed for seed in SEEDS)]):
        told.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return told.hexdigest()[:20]


@contextmanager
def one_at_a_time(engine: str) -> Iterator[None]:
    """Let one process migrate while others on this engine wait for what comes of it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{engine}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _file() -> Path:
    return FOLDER / f"{fingerprint()}.sqlite3"


def copy_to(database: str) -> None:
    """Put a copy where this process keeps its SQLite database, if there is one to copy."""
    if _file().exists():
        _copy(str(_file()), database)


def keep(database: str) -> None:
    """Keep a copy of this process's migrated SQLite database for the others; older ones go."""
    kept = _file()
    if kept.exists():
        return
    for old in FOLDER.glob("*.sqlite3"):
        old.unlink()
    begun = kept.with_suffix(".begun")
    begun.unlink(missing_ok=True)
    _copy(database, str(begun))
    begun.rename(kept)


def name_of_template() -> str:
    """The database of a run's own PostgreSQL server that others copy; "" until it is there."""
    return TEMPLATE if (FOLDER / TEMPLATE).exists() else ""


def keep_template(cursor, database: str) -> None:
    """Have the run's own PostgreSQL server keep a copy of this database, which nobody may use."""
    if OWN_SERVER and not name_of_template():
        cursor.execute(f'CREATE DATABASE {TEMPLATE} TEMPLATE "{database}"')
        (FOLDER / TEMPLATE).touch()


def _copy(source: str, target: str) -> None:
    opened, made = sqlite3.connect(source), sqlite3.connect(target)
    try:
        opened.backup(made)
    finally:
        made.close()
        opened.close()
