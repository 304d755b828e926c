"""The cap over HTTP: forty selectors, signed in, press the button at the real server (R2).

    python -m tests.faults.cap_http [--attempts 2000] [--people 40] [--server URL] [--mutant]

Each program has 400 eligible requests, and every one of them is posted to the decision page. Nine
posts of a program must be led on to its board, all others told that all nine places are taken.
With --mutant the same server counts places instead of taking a row of the seat table, and the
table's rules are away: it must overshoot, or the drill proves nothing. On SQLite, where one person
writes at a time, counting would hold; the fault is planted on PostgreSQL only.
"""

import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
PLACES = 9
PER_PROGRAM = 400
PATIENCE_SECONDS = 60
TRIES_WHILE_BUSY = 5
TOLD_FULL = "All nine places are taken"


def prepare(programs, people):
    """Eligible requests and signed-in selectors: their pages, and a cookie for each of them."""
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse

    from qmm_pilot.accounts.roles import Role
    from tests import factories
    from tests.faults import cap

    call_command("migrate", verbosity=0)
    ids = cap.prepare(programs, PER_PROGRAM)
    from applications.models import ParticipationRequest

    program_of = dict(ParticipationRequest.objects.values_list("pk", "program_id"))
    program_of = {str(pk): program for pk, program in program_of.items()}
    pages = [
        reverse("applications:selection_decide", args=[program_of[request_id], request_id])
        for together in zip(*ids, strict=True)
        for request_id in together
    ]
    office = factories.organization("fda", "FDA")
    cookies = []
    for _ in range(people):
        client = Client()
        client.force_login(factories.person(office, Role.FDA_SELECTOR))
        cookies.append((settings.SESSION_COOKIE_NAME, client.session.session_key))
    return pages, cookies


class Selector:
    """One signed-in person at her own connection."""

    def __init__(self, port, cookie):
        self.port = port
        self.connection = http.client.HTTPConnection("localhost", port, timeout=PATIENCE_SECONDS)
        name, value = cookie
        self.cookie = f"{name}={value}; csrftoken={'c' * 32}"

    def decides(self, page):
        """Post the decision; how she was answered: "seated", "told full", or something else."""
        body = urlencode({"kind": "selected", "reason": "Drill", "csrfmiddlewaretoken": "c" * 32})
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        for _ in range(TRIES_WHILE_BUSY):
            self.connection.request("POST", page, body, headers)
            answer = self.connection.getresponse()
            text = answer.read().decode()
            if answer.status != 503:  # busy for longer than its patience: asked again
                break
        if answer.status == 302:
            return "seated" if answer.headers["Location"] in page else answer.headers["Location"]
        if answer.status == 200 and TOLD_FULL in text:
            return "told full"
        return f"status {answer.status}"


def press(port, pages, cookies):
    """Every page posted once, by all the people at once; a count of the answers."""
    start = Barrier(len(cookies))

    def work(number):
        person = Selector(port, cookies[number])
        start.wait()
        return Counter(person.decides(page) for page in pages[number :: len(cookies)])

    with ThreadPoolExecutor(len(cookies)) as threads:
        return sum(threads.map(work, range(len(cookies))), Counter())


def serve(port, application):
    """The web server with its own settings of the deployment; waits until it answers."""
    command = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", application]
    server = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port)},
        start_new_session=True,
    )
    last_moment = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < last_moment and server.poll() is None:
        try:
            asked = http.client.HTTPConnection("localhost", port, timeout=5)
            asked.request("GET", "/accounts/login/")
            asked.getresponse().read()
            return server
        except OSError:
            time.sleep(0.1)
    stop(server)
    raise SystemExit("The web server did not start.")


def stop(server):
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def facts_after(pages, answers):
    from django.db import connections
    from django.db.models import Count

    from applications.models import Seat
    from qmm_pilot.records.trail import first_fault

    counts = dict(
        Seat.objects.filter(freed_at=None)
        .order_by()
        .values_list("program__slug")
        .annotate(count=Count("pk"))
    )
    fault = first_fault()
    connections.close_all()
    return {
        "attempted": len(pages),
        "answers": dict(answers),
        "programs_with_exactly_nine": sum(count == PLACES for count in counts.values()),
        "most_seats": max(counts.values()),
        "trail_fault": fault,
    }


def run(*, attempts, people, server="", mutant=False):
    """The drill on one engine; returns the facts, and whether they are as they must be."""
    from tests.servers import spare_port

    programs = max(1, attempts // PER_PROGRAM)
    with tempfile.TemporaryDirectory(prefix="qmm-drill-") as folder:
        os.environ.update(
            VAR_DIR=folder,
            DJANGO_SETTINGS_MODULE="qmm_pilot.settings",
            DATABASE_URL=server or f"sqlite:///{folder}/drill.sqlite3",
        )
        os.environ.pop("REDIS_URL", None)
        import django

        django.setup()
        pages, cookies = prepare(programs, people)
        application = "qmm_pilot.wsgi:application"
        if mutant:
            from tests.faults import cap_mutant

            cap_mutant.take_the_rules_away()
            application = "tests.faults.cap_mutant:application"
        from django.db import connections

        connections.close_all()
        port = spare_port()
        web = serve(port, application)
        try:
            answers = press(port, pages, cookies)
        finally:
            stop(web)
        facts = facts_after(pages, answers)
    facts["programs"] = programs
    seated = PLACES * programs
    facts["holds"] = (
        facts["most_seats"] == PLACES
        and facts["programs_with_exactly_nine"] == programs
        and answers == {"seated": seated, "told full": len(pages) - seated}
        and facts["trail_fault"] is None
    )
    return facts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--attempts", type=int, default=2_000)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--server", default="", help="An empty PostgreSQL database; else SQLite.")
    parser.add_argument("--mutant", action="store_true", help="Plant the fault.")
    arguments = parser.parse_args()
    facts = run(**vars(arguments))
    print(json.dumps(facts, indent=1))
    sys.exit(0 if facts["holds"] else 1)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
