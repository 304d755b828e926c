"""Every drill, one after the other: python -m tests.faults [--attempts 10000] [--posts 2000]

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

    from tests.servers import temporary_postgresql

    with temporary_postgresql() as server:
        parts = urlsplit(server)
        admin = psycopg2.connect(parts._replace(path="/postgres").geturl())
        admin.autocommit = True
        admin.cursor().execute("CREATE DATABASE cap_drill")
        admin.close()
        yield ["--server", parts._replace(path="/cap_drill").geturl()]


def facts_of(*command):
    """What a drill in a process of its own prints as JSON, and whether it says that all holds."""
    ended = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE
    )
    print(ended.stdout, flush=True)
    return json.loads(ended.stdout), ended.returncode == 0


def drill_cap(attempts, posts):
    """R2 on both engines: the product never overshoots, every wrong design does."""
    from tests.faults.cap import PLACES
    from tests.faults.results import write_result

    attempted, violations, overshot = 0, 0, []
    for engine in (sqlite, postgresql):
        for think in ([], ["--think"]):
            print(f"R2 on {engine.__name__} {think}: {attempts} attempts to seat", flush=True)
            with engine() as server:
                arguments = ["--attempts", str(attempts), *think, *server]
                facts, held = facts_of("tests.faults.cap", *arguments)
            mutants = [most > PLACES for most in facts["mutants"].values()]
            attempted += facts["attempted"]
            overshot += mutants
            violations += not held and all(mutants)
        print(f"R2 on {engine.__name__} over HTTP: {posts} posts", flush=True)
        with engine() as server:
            arguments = ["--attempts", str(posts), *server]
            facts, held = facts_of("tests.faults.cap_http", *arguments)
        attempted += facts["attempted"]
        violations += not held
    print("R2 over HTTP, places counted instead of taken", flush=True)
    with postgresql() as server:
        arguments = ["--attempts", str(posts), "--mutant", *server]
        facts, _ = facts_of("tests.faults.cap_http", *arguments)
    overshot.append(facts["most_seats"] > PLACES)
    row = {
        "id": "R2",
        "attempted": attempted,
        "violations": violations,
        "mutants_planted": len(overshot),
        "mutants_found": sum(overshot),
        "holds": not violations and all(overshot),
    }
    write_result(row)
    return row["holds"]


def drill_access():
    """R1: each guard taken away turns the access table red."""
    command = [sys.executable, "-u", "-m", "tests.faults.access_mutants"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--attempts", type=int, default=10_000, help="On each engine.")
    parser.add_argument("--posts", type=int, default=2_000, help="Over HTTP, on each engine.")
    arguments = parser.parse_args()
    held = [drill_cap(arguments.attempts, arguments.posts), drill_access()]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
