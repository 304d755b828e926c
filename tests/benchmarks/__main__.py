"""Runs the benchmarks, each in a process of its own, and writes VAR_DIR/bench.json (`make bench`).

    python -m tests.benchmarks [NAME ...]

PostgreSQL's figures are measured on a server of the run's own; without its programs they are left
out and named. A timing never fails the run: the table says what holds.
"""

import argparse
import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers import NotInstalled, temporary_postgresql

ROOT = Path(__file__).resolve().parents[2]
# Name of the module, and the engine that it measures.
BENCHMARKS = [
    ("forms", "sqlite"),
    ("frame", "sqlite"),
    ("frame", "postgresql"),
    ("queue", "sqlite"),
    ("queue", "postgresql"),
    ("report", "sqlite"),
    ("recheck", "postgresql"),
    ("recheck", "sqlite"),
    ("imports", "postgresql"),
    ("imports", "sqlite"),
]


def measure(name: str) -> None:
    """In the child: make the database ready, run one benchmark, print its rows as JSON."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    module = importlib.import_module(f"tests.benchmarks.{name}")
    print(json.dumps([figure.as_row() for figure in module.figures()]))


def run(name: str, url: str, folder: Path) -> list[dict]:
    """The rows of one benchmark, from a process that starts with nothing."""
    kept = {key: value for key, value in os.environ.items() if key != "REDIS_URL"}
    environment = kept | {
        "DEBUG": "false",
        "SECRET_KEY": "benchmark " * 8,
        "ALLOWED_HOSTS": "testserver",
        "ALLOW_SQLITE": "true",
        "SECURE_SSL_REDIRECT": "false",
        "DATABASE_URL": url,
        "VAR_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "qmm_pilot.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--child", name],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def new_database(server: str, name: str) -> str:
    """Make an empty database on our own PostgreSQL server and return its URL."""
    import psycopg2

    parts = urlsplit(server)
    connection = psycopg2.connect(parts._replace(path="/postgres").geturl())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    return parts._replace(path=f"/{name}").geturl()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which benchmarks; all where none is named")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        measure(options.child)
        return 0
    chosen = [(n, e) for n, e in BENCHMARKS if not options.names or n in options.names]
    rows: list[dict] = []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qmm-bench-")))
        servers: dict[str, str] = {}
        if any(engine == "postgresql" for _, engine in chosen):
            try:
                servers["postgresql"] = stack.enter_context(temporary_postgresql())
            except NotInstalled as missing:
                print(f"PostgreSQL is left out: {missing}", file=sys.stderr)
        for number, (name, engine) in enumerate(chosen):
            place = folder / str(number)
            place.mkdir()
            servers["sqlite"] = f"sqlite:///{place / 'bench.sqlite3'}"
            if engine not in servers:
                continue
            url = servers[engine]
            if engine == "postgresql":
                url = new_database(url, f"bench_{number}")
            for row in run(name, url, place):
                row["what"] += f" ({engine})"
                rows.append(row)
                _show(row)
    target = Path(os.environ.get("VAR_DIR", ROOT / "var")) / "bench.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(rows, indent=1) + "\n")
    print(f"\n{sum(row['holds'] for row in rows)} of {len(rows)} figures hold; see {target}")
    return 0


def _show(row: dict) -> None:
    floor = "–" if row["floor"] is None else f"{row['floor']:.2f}"
    verdict = "holds" if row["holds"] else "MISSED"
    figures = f"{row['product']:.2f} / {floor} {row['unit']} = {row['ratio']:.2f}"
    print(f"{row['id']:10} {verdict}: {figures} (reach {row['reach']}), {row['what']}")
    print(f"{'':10} {row['more']}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
