"""The cap under many processes: never ten seats, exactly nine of more than nine (R2).

    python -m tests.faults.cap [--attempts 10000] [--processes 40] [--think] [--server URL]

Each process has a connection of its own. The product's seat table must never overshoot and must
seat exactly nine; with --think everybody also waits between looking for a free number and taking
it, so that they meet there. Beside it the wrong designs are planted that people write first: count,
then insert; on PostgreSQL also a trigger that counts, and locks on the rows that are there. Each
must overshoot, or the drill proves nothing. On SQLite, where one process writes at a time, only the
first can. On SQLite the drill makes its own database; on PostgreSQL it takes an empty one.
"""

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from pathlib import Path

PLACES = 9
FORK = multiprocessing.get_context("fork")  # forty fresh interpreters would take a minute
THINK_SECONDS = 0.02
MOST_TRIES = 5
START_IN_SECONDS = 3  # until every process is up, so that they begin together


def connect(url):
    """A connection of this process, and its placeholder for parameters."""
    if url.startswith("postgres"):
        import psycopg2

        connection = psycopg2.connect(url)
        connection.autocommit = True
        return connection, "%s"
    import sqlite3

    connection = sqlite3.connect(url, timeout=60, isolation_level=None)
    connection.execute("PRAGMA busy_timeout = 60000")
    return connection, "?"


TABLE = "CREATE TABLE naive_seat (program integer, applicant integer)"
# The trigger thinks as long as the others do, between its look and the end of the statement.
TRIGGER = f"""
CREATE OR REPLACE FUNCTION naive_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM naive_seat WHERE program = NEW.program) >= {PLACES} THEN
    RETURN NULL;
  END IF;
  PERFORM pg_sleep(random() * {THINK_SECONDS});
  RETURN NEW;
END $$;
CREATE TRIGGER naive_full BEFORE INSERT ON naive_seat
  FOR EACH ROW EXECUTE FUNCTION naive_full();
"""


def count_then_insert(cursor, mark, program, applicant):
    """Count the places, think, then insert without any rule of the table."""
    cursor.execute(f"SELECT count(*) FROM naive_seat WHERE program = {mark}", [program])
    if cursor.fetchone()[0] >= PLACES:
        return False
    time.sleep(random.random() * THINK_SECONDS)
    cursor.execute(f"INSERT INTO naive_seat VALUES ({mark}, {mark})", [program, applicant])
    return True


def trigger_only(cursor, mark, program, applicant):
    """Insert, and leave the counting to a trigger of the table."""
    cursor.execute(f"INSERT INTO naive_seat VALUES ({mark}, {mark})", [program, applicant])
    return cursor.rowcount == 1


def lock_the_children(cursor, mark, program, applicant):
    """Lock the rows that are there, count them, then insert one more."""
    cursor.execute("BEGIN")
    cursor.execute(f"SELECT applicant FROM naive_seat WHERE program = {mark} FOR UPDATE", [program])
    is_free = len(cursor.fetchall()) < PLACES
    if is_free:
        time.sleep(random.random() * THINK_SECONDS)
        cursor.execute(f"INSERT INTO naive_seat VALUES ({mark}, {mark})", [program, applicant])
    cursor.execute("COMMIT")
    return is_free


def designs_for(url):
    """The wrong designs that can be tried on this engine, each with what it needs."""
    if not url.startswith("postgres"):
        return {count_then_insert: ""}
    return {count_then_insert: "", trigger_only: TRIGGER, lock_the_children: ""}


def attempt_mutant(arguments):
    url, design, jobs, start_at = arguments
    connection, mark = connect(url)
    cursor = connection.cursor()
    won = 0
    time.sleep(max(0, start_at - time.time()))
    for program, applicant in jobs:
        won += design(cursor, mark, program, applicant)
    return won


def think_before_taking():
    """Make this process wait between its look at the free numbers and its row of the table."""
    from applications.models import Seat

    take = Seat.objects.create

    def think_and_take(**fields):
        time.sleep(random.random() * THINK_SECONDS)
        return take(**fields)

    Seat.objects.create = think_and_take


def attempt_product(arguments):
    """Seat each request by the product's own operation; returns (seated, told full, faults).

    A database that was busy for longer than its patience is asked again, as a person would.
    """
    from django.db import OperationalError, connections

    jobs, thinks = arguments
    if thinks:
        think_before_taking()
    from applications.models import ParticipationRequest
    from applications.operations import select_participant
    from applications.operations.places import NoSeatLeft
    from qmm_pilot.accounts.models import User
    from tests.factories import AFTER_CLOSE

    selector = User.objects.get(email="fda_selector@fda.example")
    seated = full = 0
    faults = []
    for request_id in jobs:
        for tried in range(1, MOST_TRIES + 1):
            try:
                row = ParticipationRequest.objects.get(pk=request_id)
                select_participant(row, reason="Drill", by=selector, at=AFTER_CLOSE)
                seated += 1
            except NoSeatLeft:
                full += 1
            except OperationalError as busy:
                if tried < MOST_TRIES:
                    continue
                faults.append(repr(busy))
            except Exception as fault:
                faults.append(repr(fault))
            break
    connections.close_all()
    return seated, full, faults


def drill_mutant(url, design, needs, *, programs, attempts, processes):
    """The most seats that a program got by one of the wrong designs."""
    connection, _ = connect(url)
    cursor = connection.cursor()
    cursor.execute(TABLE)
    if needs:
        cursor.execute(needs)
    per_program = attempts // programs
    jobs = [(n // per_program, n) for n in range(attempts)]
    start_at = time.time() + START_IN_SECONDS
    shares = [(url, design, jobs[n::processes], start_at) for n in range(processes)]
    with FORK.Pool(processes) as pool:
        pool.map(attempt_mutant, shares, 1)
    cursor.execute("SELECT program, count(*) FROM naive_seat GROUP BY program")
    counts = [count for _, count in cursor.fetchall()]
    cursor.execute("DROP TABLE naive_seat")
    connection.close()
    return max(counts)


def prepare(programs, per_program):
    """Programs, each with requests that are eligible; returns the request ids of each program."""
    from django.db import transaction

    from applications.models import Facility, ParticipationRequest
    from assessments.operations import clone_program
    from qmm_pilot.accounts.roles import Role
    from tests import factories

    selector = factories.fda(Role.FDA_SELECTOR)
    assert selector.email == "fda_selector@fda.example"
    firm = factories.registrant()
    ids = []
    with transaction.atomic():
        original = factories.program()
        opening = original.openings.get()
        for number in range(programs):
            program = clone_program(
                original,
                slug=f"drill-{number}",
                name=f"Drill {number}",
                opens_at=opening.opens_at,
                closes_at=opening.closes_at,
                ends_on=original.ends_on,
                by=None,
                at=factories.AT,
            )
            facilities = [
                Facility(
                    organization=firm.organization, name=f"Site {number}-{n}", duns="123456789",
                    fei=f"3{number:04d}{n:05d}", fei_key=f"3{number:04d}{n:05d}", city="X",
                    address_line_1="1", country="US", time_zone="America/New_York",
                )
                for n in range(per_program)
            ]  # fmt: skip
            Facility.objects.bulk_create(facilities)
            rows = [
                ParticipationRequest(
                    program=program, organization=firm.organization, facility=facility,
                    fei_key=facility.fei_key, status="eligible", started_by=firm,
                    started_at=factories.AT, saved_at=factories.AT, submitted_at=factories.AT,
                    receipt_number=f"D{facility.fei}",
                )
                for facility in facilities
            ]  # fmt: skip
            ParticipationRequest.objects.bulk_create(rows)
            ids.append([str(row.pk) for row in rows])
    return ids


def drill_product(*, programs, attempts, processes, thinks=False):
    """Seat `attempts` requests by the product; returns the facts that must hold."""
    import django
    from django.core.management import call_command

    django.setup()
    from django.db import connections

    call_command("migrate", verbosity=0)
    ids = prepare(programs, attempts // programs)
    jobs = [request_id for program in zip(*ids, strict=True) for request_id in program]
    connections.close_all()  # a forked child may not use its parent's
    with FORK.Pool(processes) as pool:
        shares = [(jobs[n::processes], thinks) for n in range(processes)]
        results = pool.map(attempt_product, shares, 1)
    from django.db.models import Count

    from applications.models import Seat
    from qmm_pilot.records.trail import first_fault

    counts = dict(
        Seat.objects.filter(freed_at=None).values_list("program__slug").annotate(count=Count("pk"))
    )
    fault = first_fault()
    connections.close_all()
    return {
        "attempted": len(jobs),
        "seated": sum(seated for seated, _, _ in results),
        "told_full": sum(full for _, full, _ in results),
        "faults": [fault for _, _, faults in results for fault in faults],
        "programs_with_exactly_nine": sum(count == PLACES for count in counts.values()),
        "most_seats": max(counts.values()),
        "trail_fault": fault,
    }


def run(*, attempts, processes, server="", thinks=False):
    """The drill on one engine: the product, then each wrong design; returns the facts."""
    programs = max(1, attempts // 400)
    with tempfile.TemporaryDirectory(prefix="qmm-drill-") as folder:
        environment = {"VAR_DIR": folder, "DJANGO_SETTINGS_MODULE": "qmm_pilot.settings"}
        if server:
            environment["DATABASE_URL"] = server
            mutant_url = server
        else:
            environment["DATABASE_URL"] = f"sqlite:///{folder}/drill.sqlite3"
            mutant_url = f"{folder}/mutant.sqlite3"
            connect(mutant_url)[0].execute("PRAGMA journal_mode=WAL")
        os.environ.update(environment)
        facts = drill_product(
            programs=programs, attempts=attempts, processes=processes, thinks=thinks
        )
        facts["mutants"] = {
            design.__name__: drill_mutant(
                mutant_url,
                design,
                needs,
                programs=programs,
                attempts=attempts,
                processes=processes,
            )
            for design, needs in designs_for(mutant_url).items()
        }
    facts["programs"] = programs
    facts["holds"] = (
        facts["most_seats"] == PLACES
        and facts["programs_with_exactly_nine"] == programs
        and facts["seated"] == PLACES * programs
        and facts["seated"] + facts["told_full"] == facts["attempted"]
        and facts["trail_fault"] is None
        and min(facts["mutants"].values()) > PLACES
    )
    return facts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--attempts", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=40)
    parser.add_argument("--server", default="", help="An empty PostgreSQL database; else SQLite.")
    parser.add_argument("--think", action="store_true", help="Wait before a place is taken.")
    arguments = parser.parse_args()
    facts = run(
        attempts=arguments.attempts,
        processes=arguments.processes,
        server=arguments.server,
        thinks=arguments.think,
    )
    print(json.dumps(facts, indent=1))
    sys.exit(0 if facts["holds"] else 1)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main()
