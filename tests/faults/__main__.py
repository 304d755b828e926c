"""Every drill, one after the other: python -m tests.faults [--attempts 10000]

Each writes its row into var/drill.json. A drill that fails does not keep the next from being run;
the exit status says whether all hold.
"""

import argparse
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def sqlite():
    yield []


@contextmanager
def postgresql():
    import psycopg2

    from tests.services import temporary_postgresql

    with temporary_postgresql() as server:
        parts = urlsplit(server)
        admin = psycopg2.connect(parts._replace(path="/postgres").geturl())
        admin.autocommit = True
        admin.cursor().execute("CREATE DATABASE cap_drill")
        admin.close()
        yield ["--server", parts._replace(path="/cap_drill").geturl()]


def drill_cap(attempts):
    """R2 on both engines: the product never overshoots, every wrong design does."""
    from tests.faults.cap import PLACES
    from tests.faults.results import write_result

    row = {"id": "R2", "attempted": 0, "violations": 0, "mutants_planted": 0, "mutants_found": 0}
    for engine in (sqlite, postgresql):
        print(f"R2 on {engine.__name__}: {attempts} attempts to seat", flush=True)
        with engine() as server:
            command = ["-m", "tests.faults.cap", "--attempts", str(attempts), *server]
            ended = subprocess.run(
                [sys.executable, *command], cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE
            )
        print(ended.stdout, flush=True)
        facts = json.loads(ended.stdout)
        overshot = [most for most in facts["mutants"].values() if most > PLACES]
        row["attempted"] += facts["attempted"]
        row["mutants_planted"] += len(facts["mutants"])
        row["mutants_found"] += len(overshot)
        all_found = len(overshot) == len(facts["mutants"])
        row["violations"] += ended.returncode != 0 and all_found
    row["holds"] = not row["violations"] and row["mutants_found"] == row["mutants_planted"]
    write_result(row)
    return row["holds"]


def drill_access():
    """R1: each guard taken away turns the access table red."""
    command = [sys.executable, "-u", "-m", "tests.faults.access_mutants"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--attempts", type=int, default=10_000, help="On each engine.")
    attempts = parser.parse_args().attempts
    held = [drill_cap(attempts), drill_access()]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
