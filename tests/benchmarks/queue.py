"""P1, P10: FDA's queue against raw SQL with formatting, and at 20,000 requests against 1,000.

The page is asked for at its view, with person and session loaded: what middleware costs is P4.
SQLite works inside the process, so its CPU time is measured; PostgreSQL is a process of its own,
so there the clock on the wall is.
"""

import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from statistics import median
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import connections
from django.test import Client, RequestFactory, override_settings
from django.urls import resolve

from qmm_pilot.clock import real_now

from .figure import Figure, interleaved, spread

SMALL, LARGE = 1_000, 20_000
REPETITIONS = 40
# Files by their plain names: a benchmark collects none.
PLAIN_FILES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


class Place:
    """One database with a queue, and the means to ask its pages."""

    def __init__(self, database, count):
        from applications.views.queue import _programs
        from qmm_pilot.accounts.backend import PersonBackend
        from qmm_pilot.programs.models import Program

        from . import queue_rows

        self.database = database
        self.enter()
        officers = queue_rows.people()
        queue_rows.fill(count, list(Program.objects.all()), officers)
        with database.cursor() as cursor:
            cursor.execute("ANALYZE" if database.vendor == "sqlite" else "VACUUM ANALYZE")
        self.reader = PersonBackend().get_user(officers[0].pk)
        self.programs = _programs(self.reader)
        client = Client()
        client.force_login(self.reader)
        self.cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.session = self._session()

    def _session(self, **kept):
        session = import_module(settings.SESSION_ENGINE).SessionStore(self.cookie)
        session.load()
        session.update(kept)
        return session

    def enter(self):
        """Make this database the one that every query asks."""
        connections["default"] = self.database

    def page(self, query="", **kept):
        """The page of the queue at this address, `kept` in its session."""
        from applications.views.queue import queue

        self.enter()
        request = RequestFactory().get(f"/queue/{query}")
        self.reader.__dict__.pop("roles", None)  # made anew of what came with the person
        request.user, request.session = self.reader, self.session
        if kept:
            request.session = self._session(**kept)
        request._messages = FallbackStorage(request)
        request.resolver_match = resolve("/queue/")
        response = queue(request)
        assert response.status_code == 200
        return response.content.decode()

    def middle(self) -> str:
        """The id of the request in the middle of the list, newest first."""
        from applications.models import ParticipationRequest

        self.enter()
        rows = ParticipationRequest.objects.order_by("-submitted_at", "-pk")
        return str(rows.values_list("pk", flat=True)[rows.count() // 2])

    def name_of(self, fei: str) -> str:
        """The name of the site with this FEI."""
        from applications.models import Facility

        self.enter()
        return Facility.objects.get(fei_key=fei).name


def figures() -> list[Figure]:
    with override_settings(STORAGES=PLAIN_FILES):
        first = connections["default"]
        clock = time.process_time if first.vendor == "sqlite" else time.perf_counter
        second = _another_like(first)
        small, large = Place(first, SMALL), Place(second, LARGE)
        try:
            return [*_against_raw_sql(large, clock), *_against_the_small(small, large, clock)]
        finally:
            small.enter()


def _another_like(database):
    """A second database, migrated as the first is, as a connection of its own."""
    wanted = database.settings_dict.copy()
    name = str(wanted["NAME"])
    database.close()
    if database.vendor == "sqlite":
        wanted["NAME"] = f"{name}-large"
        shutil.copy(name, wanted["NAME"])
    else:
        import psycopg2

        wanted["NAME"] = f"{name}_large"
        parts = urlsplit(f"postgres://{wanted['HOST']}:{wanted['PORT']}")
        server = psycopg2.connect(
            host=parts.hostname, port=parts.port, user=wanted["USER"],
            password=wanted["PASSWORD"], dbname="postgres",
        )  # fmt: skip
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {wanted['NAME']} TEMPLATE {name}")
        server.close()
    return type(database)(wanted, alias="default")


# --- P1 ----------------------------------------------------------------------------------------

ROWS = """
SELECT r.id, r.receipt_number, f.name, o.name, p.short_name, r.status, r.submitted_at, r.told_at,
    r.officer_id, u.name,
    EXISTS(SELECT 1 FROM applications_decision d
        WHERE d.participation_request_id = r.id AND d.withdrawn_at IS NULL),
    EXISTS(SELECT 1 FROM applications_hold h
        WHERE h.participation_request_id = r.id AND h.ended_at IS NULL)
FROM applications_participationrequest r
JOIN applications_facility f ON f.id = r.facility_id
JOIN accounts_organization o ON o.id = r.organization_id
JOIN programs_program p ON p.id = r.program_id
LEFT JOIN accounts_user u ON u.id = r.officer_id
WHERE r.submitted_at IS NOT NULL ORDER BY r.submitted_at DESC, r.id DESC LIMIT 101"""
VERDICTS = """
SELECT c.participation_request_id, k.code, c.opinion, c.ruling, c.confirmed_by_id
FROM applications_criterionresult c JOIN programs_criterion k ON k.id = c.criterion_id
WHERE c.participation_request_id IN ({}) ORDER BY k.code"""
OFFICERS = """
SELECT DISTINCT u.id, u.name FROM accounts_user u
JOIN accounts_rolegrant g ON g.user_id = u.id
WHERE u.is_active AND g.role = 'fda_coordinator' AND g.revoked_at IS NULL ORDER BY u.name"""
PROGRAMS = "SELECT id, slug, short_name, rehearsal_of_id FROM programs_program"
COUNTED = """SELECT COUNT(*) FROM (SELECT 1 FROM applications_participationrequest
WHERE submitted_at IS NOT NULL {} LIMIT 1001) AS c"""
ROW = """<tr><td><input type="checkbox" name="ticked" id="t-{1}" value="{0}_{8}">
<label for="t-{1}">{1}</label></td>
<th scope="row"><a href="/queue/{0}/">{1}</a><br><span class="quiet">{4}</span></th>
<td>{2}<br><span class="quiet">{3}</span></td>
<td><span class="status status--{5}">{5}</span>{11}</td><td>{12}</td>
<td><time>{6}</time></td><td>{9}</td></tr>"""


def _against_raw_sql(place, clock) -> list[Figure]:
    """P1, with the page's frame given to the floor as it is: it formats rows and counts."""
    page = place.page()
    head, rest = page.split("<tbody>")
    foot = rest.split("</tbody>")[1]
    marks = _conditions(place)

    raw = _raw(place)

    def formatted():
        cursor = raw.cursor()
        text = _raw_page(cursor, head, foot, marks)
        cursor.close()
        return text

    assert formatted().count("<tr>") == page.count("<tr>") == 101
    mine, theirs = interleaved(place.page, formatted, repetitions=REPETITIONS, clock=clock)
    reach = 4.0 if place.database.vendor == "sqlite" else 3.0
    unit = "ms of CPU" if clock is time.process_time else "ms"
    ordered = sorted(mine)
    p95 = ordered[int(len(ordered) * 0.95)]
    return [
        Figure(
            "P1",
            f"the queue's page of 100 of {LARGE:,} requests, against raw SQL and formatting",
            median(mine), median(theirs), reach, unit,
            f"ours: {spread(mine)}; raw: {spread(theirs)}",
        ),
        Figure("P1 p95", "its p95 against its p50", p95, median(mine), 1.8, unit, spread(mine)),
    ]  # fmt: skip


def _raw(place):
    """The driver's own connection below Django's."""
    place.enter()
    place.database.ensure_connection()
    return place.database.connection


def _conditions(place) -> list[str]:
    """The conditions of every count of the page, written out."""
    from applications.models import ParticipationRequest

    place.enter()
    with place.database.cursor() as cursor:
        cursor.execute(OFFICERS)
        officers = [str(row[0]) for row in cursor.fetchall()]
    states = [f"AND status = '{state}'" for state in ParticipationRequest.Status]
    owners = ["AND officer_id IS NULL", *(f"AND officer_id = '{pk}'" for pk in officers)]
    today = real_now().date()
    days = [today - timedelta(days=days) for days in (7, 14, 30)]
    ages = [f"AND submitted_at >= '{day}'" for day in days] + [f"AND submitted_at < '{days[-1]}'"]
    return ["", *states, *owners, *ages]


def _raw_page(cursor, head, foot, conditions) -> str:
    cursor.execute(PROGRAMS)
    programs = cursor.fetchall()
    cursor.execute(OFFICERS)
    officers = cursor.fetchall()
    cursor.execute(" UNION ALL ".join(COUNTED.format(text) for text in conditions))
    counts = cursor.fetchall()
    cursor.execute(ROWS)
    rows = cursor.fetchall()[:100]
    quoted = ", ".join(f"'{row[0]}'" for row in rows)
    cursor.execute(VERDICTS.format(quoted))
    verdicts: dict = {}
    for pk, code, opinion, ruling, confirmed in cursor.fetchall():
        waits = ruling == "meets" and opinion == "fails" and confirmed is None
        outcome = ruling if ruling and not waits else opinion
        verdicts.setdefault(pk, {}).setdefault(outcome, []).append(code)
    texts = []
    for row in rows:
        badges = " ".join(
            f'<span class="status">{outcome}: {", ".join(codes)}</span>'
            for outcome, codes in verdicts.get(row[0], {}).items()
        )
        texts.append(ROW.format(*row[:11], "On hold" if row[11] else "", badges))
    options = "".join(f"<option>{row[2]}</option>" for row in programs)
    options += "".join(f"<option>{row[1]}</option>" for row in officers)
    numbers = "".join(f"<li>{count}</li>" for (count,) in counts)
    return "".join([head, options, numbers, "<tbody>", *texts, "</tbody>", foot])


# --- P10 ---------------------------------------------------------------------------------------


def _against_the_small(small, large, clock) -> list[Figure]:
    me = {place: str(place.reader.pk) for place in (small, large)}
    asked: dict[str, Callable] = {
        "first page": lambda place: place.page(),
        "deep page": lambda place: place.page(f"?after={deep[place]}"),
        "by name": lambda place: place.page("?sort=name"),
        "state": lambda place: place.page("?state=under_review"),
        "owner": lambda place: place.page(f"?owner={me[place]}"),
        "program and age": lambda place: place.page("?program=fdf-2020&age=month"),
        "undetermined": lambda place: place.page("?mark=undetermined"),
        "search of an FEI": lambda place: place.page(queue_search="3000000500"),
        "search of a site by its whole name": lambda place: place.page(queue_search=names[place]),
        "search of a name, which every 432nd bears": (
            lambda place: place.page(queue_search="blue ridge pharma")
        ),
        "search of a word of a sixth of them": lambda place: place.page(queue_search="pharma"),
        "counts": _counts,
    }
    deep = {place: place.middle() for place in (small, large)}
    names = {place: place.name_of("3000000500") for place in (small, large)}
    unit = "ms of CPU" if clock is time.process_time else "ms"
    found = []
    for what, ask in asked.items():
        many, few = interleaved(
            lambda ask=ask: ask(large), lambda ask=ask: ask(small),
            repetitions=REPETITIONS, clock=clock,
        )  # fmt: skip
        found.append(
            Figure(
                "P10",
                f"{what}, {LARGE:,} requests against {SMALL:,}",
                median(many), median(few), 1.5, unit,
                f"{LARGE:,}: {spread(many)}; {SMALL:,}: {spread(few)}",
            )
        )  # fmt: skip
    return found


def _counts(place):
    """The counts alone, which every page shows, of what the page counts."""
    from applications.triage.choice import Choice
    from applications.triage.counts import counts_of
    from applications.views.queue import _officers, _received

    place.enter()
    return counts_of(
        _received(place.reader, place.programs),
        Choice(),
        user=place.reader,
        officers=_officers(),
        today=real_now().date(),
    )
