"""The cap under forty processes, on the engine of this leg, the fault planted beside it (R2)."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.conf import settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server():
    """An empty database of its own on this leg's PostgreSQL server; nothing on SQLite."""
    if settings.USES_SQLITE:
        yield []
        return
    parts = urlsplit(os.environ["TEST_DATABASE_URL"])
    name = f"cap_drill_{os.getpid()}"
    admin = psycopg2.connect(parts._replace(path="/postgres").geturl())
    admin.autocommit = True
    admin.cursor().execute(f"CREATE DATABASE {name}")
    yield ["--server", parts._replace(path=f"/{name}").geturl()]
    admin.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    admin.close()


@pytest.mark.own_database
def test_forty_processes_seat_exactly_nine_and_the_planted_fault_overshoots(server):
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.cap", "--attempts", "400", *server],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    facts = json.loads(ended.stdout)
    assert facts["faults"] == []
    assert (facts["seated"], facts["told_full"], facts["most_seats"]) == (9, 391, 9)
    assert facts["trail_fault"] is None
    assert {name: most for name, most in facts["mutants"].items() if most <= 9} == {}
    assert ended.returncode == 0, ended.stderr
