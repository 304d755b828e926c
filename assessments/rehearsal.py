"""A whole pilot played in a rehearsal copy of its program, with people and a worker of its own."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from celery import Celery, current_app
from django.conf import settings
from django.db import transaction

from applications import operations as intake
from applications.models import Facility
from assessments.demonstration_texts import answers_of
from assessments.models import Report
from assessments.operations import clone_program
from assessments.walkthrough import Cast, Walkthrough, agreement_paper, eastern
from qmm_pilot.accounts.models import Organization, User
from qmm_pilot.accounts.operations import deactivate, open_account, register_organization
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.programs.models import Program
from qmm_pilot.programs.operations import file_agreement
from qmm_pilot.records.jobs import publish_hint
from qmm_pilot.records.models import Job
from qmm_pilot.records.trail import record

WAIT_SECONDS = 120
HINT_EVERY_SECONDS = 10

FACILITIES = {
    "fdf": {
        "name": "Rehearsal Tablets Plant",
        "address_line_1": "400 Rehearsal Way",
        "city": "Columbus",
        "state": "Ohio",
        "postal_code": "43215",
        "country": "US",
        "time_zone": "America/New_York",
    },
    "api": {
        "name": "Rehearsal Synthesis Plant",
        "address_line_1": "Plot 12, Rehearsal Industrial Area",
        "city": "Mumbai",
        "state": "Maharashtra",
        "postal_code": "400093",
        "country": "IN",
        "time_zone": "Asia/Kolkata",
    },
}


class RehearsalFailed(Exception):  # noqa: N818 - said to the operator as it stands
    """The rehearsal could not reach its end; the text says where it stopped."""


class Rehearsal:
    """One run: a copy of the program, its firm and people, and the way of one facility."""

    def __init__(self, program: Program):
        self.original = program
        self.mark = secrets.token_hex(4)
        self.password = secrets.token_urlsafe(24)
        self.organizations: list[Organization] = []

    def play(self) -> Report:
        """Go from the request to the released report, at moments of 2020 and 2021.

        Raises RehearsalFailed when the worker does not deliver in time, Refusal where a rule
        stops the way. The people of the run are deactivated at its end, whatever happened.
        """
        try:
            with own_worker():
                return self._play()
        finally:
            self._send_people_home()

    def _play(self):
        way = self._prepare()
        self._intake(way)
        self._before_the_visit(way)
        return self._visit_and_report(way)

    def _prepare(self):
        at = eastern(date(2020, 11, 2))
        opening = self.original.openings.earliest("opens_at")
        program = clone_program(
            self.original,
            slug=f"{self.original.slug}-rehearsal-{self.mark}",
            name=f"Rehearsal of {self.original.name}",
            short_name=f"Rehearsal {self.original.short_name} {self.mark}",
            opens_at=opening.opens_at,
            closes_at=opening.closes_at,
            ends_on=self.original.ends_on,
            rehearsal=True,
            by=None,
            at=at,
        )
        fda = self._organization(Side.FDA, "Rehearsal FDA staff", at=at)
        contractor = self._organization(Side.CONTRACTOR, "Rehearsal assessors", at=at)
        file_agreement(
            program,
            contractor,
            reference=f"Rehearsal {self.mark}",
            since=date(2020, 10, 1),
            until=program.ends_on,
            document=agreement_paper(program, contractor),
            by=None,
            at=at,
        )
        cast = Cast(
            coordinator=self._person("coordinator", fda, Role.FDA_COORDINATOR, at=at),
            selector=self._person("selector", fda, Role.FDA_SELECTOR, at=at),
            observer=self._person("observer", fda, Role.FDA_OBSERVER, at=at),
            approver=self._person("approver", fda, Role.FDA_APPROVER, at=at),
            contractor=contractor,
            lead=self._person("lead", contractor, Role.CONTRACTOR_LEAD, at=at),
            assessor=self._person("assessor", contractor, Role.CONTRACTOR_ASSESSOR, at=at),
            password=self.password,
        )
        official, facility = self._firm(program, at=at)
        return Walkthrough(program, facility, official=official, cast=cast)

    def _intake(self, way):
        way.start(
            answers_of(way.program.pilot, way.official, way.facility), at=eastern(date(2020, 11, 3))
        )
        way.submit(at=eastern(date(2020, 11, 6)))
        way.take_up(at=eastern(date(2020, 12, 2)))
        way.settle(
            ruling="meets",
            reason="FDA’s own systems show one inspection in the window, classified NAI.",
            source="FDA inspection record read by the coordinator, December 4, 2020",
            at=eastern(date(2020, 12, 4)),
        )
        way.determine(at=eastern(date(2020, 12, 8)))
        way.select("Adds a site of its size to the group.", at=eastern(date(2021, 1, 12)))
        intake.release_decisions(
            way.program,
            proof=way.cast.proof,
            by=way.cast.selector,
            at=eastern(date(2021, 1, 19)),
        )
        way.accept(at=eastern(date(2021, 1, 26)))

    def _before_the_visit(self, way):
        first_on, last_on = date(2021, 4, 12), date(2021, 4, 16)
        way.assign("on_site", at=eastern(date(2021, 2, 1)))
        way.agree(first_on, last_on, "hybrid", at=eastern(date(2021, 2, 8)))
        way.hold_orientation(date(2021, 2, 24), at=eastern(date(2021, 2, 24), 15))
        way.submit_metrics(at=eastern(date(2021, 3, 18)))
        way.accept_metrics(at=eastern(date(2021, 3, 23)))
        way.consult("pre", date(2021, 3, 29), at=eastern(date(2021, 3, 29), 15))
        way.go(at=eastern(date(2021, 4, 1)))

    def _visit_and_report(self, way):
        way.begin(at=eastern(date(2021, 4, 12), 9))
        way.record_topics(at=eastern(date(2021, 4, 14), 16))
        way.close_fieldwork(at=eastern(date(2021, 4, 16), 16))
        way.report(at=eastern(date(2021, 5, 18)))
        self._wait_for(way, lambda report: report.status == Report.Status.DRAFT_READY)
        way.sign(at=eastern(date(2021, 5, 20)))
        way.accept_report(at=eastern(date(2021, 5, 26)))
        self._wait_for(way, lambda report: report.released_file_id is not None)
        way.release(at=eastern(date(2021, 5, 28)))
        way.consult("post", date(2021, 6, 22), at=eastern(date(2021, 6, 22), 15))
        return way.latest_report

    @transaction.atomic
    def _firm(self, program, *, at):
        official = User.objects.create_user(
            f"official@{self.mark}.rehearsal.example",
            self.password,
            name="Robin Rehearsal",
            title="Head of Quality",
        )
        firm = register_organization(
            by=official,
            at=at,
            name=f"Rehearsal firm {self.mark}",
            address_line_1="1 Rehearsal Square",
            city="Columbus",
            state="Ohio",
            postal_code="43215",
            country="US",
        )
        Organization.objects.filter(pk=firm.pk).update(is_rehearsal=True)
        self.organizations.append(firm)
        official = User.objects.get(pk=official.pk)
        facility: Facility = intake.register_facility(
            firm,
            by=official,
            at=at,
            fei=f"39{secrets.randbelow(10**8):08d}",
            duns="000000000",
            **FACILITIES[program.pilot],
        )
        return official, facility

    @transaction.atomic
    def _organization(self, kind, name, *, at):
        organization = Organization.objects.create(
            kind=kind,
            name=f"{name} {self.mark}",
            is_rehearsal=True,
            address_line_1="1 Rehearsal Square",
            city="Silver Spring",
            state="Maryland",
            country="US",
        )
        self.organizations.append(organization)
        facts = {"kind": kind, "name": organization.name, "is_rehearsal": True}
        record("open_organization", organization, by=None, at=at, after=facts)
        return organization

    def _person(self, name, organization, role, *, at):
        return open_account(
            email=f"{name}@{self.mark}.rehearsal.example",
            name=f"{name.title()} of the rehearsal",
            organization=organization,
            roles=[role],
            by=None,
            at=at,
            password=self.password,
        )

    def _wait_for(self, way, is_there):
        last_moment = time.monotonic() + WAIT_SECONDS
        next_hint = time.monotonic() + HINT_EVERY_SECONDS
        while time.monotonic() < last_moment:
            report = way.latest_report
            if is_there(report):
                return
            job = Job.objects.get(pk=report.job_id)
            if report.status == Report.Status.FAILED or job.status == Job.Status.FAILED:
                raise RehearsalFailed(f"The rendering failed: {job.last_error}.")
            if time.monotonic() > next_hint:
                publish_hint(job.pk)
                next_hint += HINT_EVERY_SECONDS
            time.sleep(0.1)
        raise RehearsalFailed(f"The worker did not render the report in {WAIT_SECONDS} seconds.")

    def _send_people_home(self):
        with transaction.atomic():
            for person in User.objects.filter(organization__in=self.organizations):
                deactivate(
                    person,
                    reason="The rehearsal has ended.",
                    by=None,
                    at=eastern(date(2021, 6, 30)),
                )


@contextlib.contextmanager
def own_worker() -> Iterator[None]:
    """A Celery worker on a private broker folder, told of this thread's jobs only."""
    usual_app = current_app._get_current_object()
    with tempfile.TemporaryDirectory(prefix="broker-", dir=settings.VAR_DIR) as folder:
        for name in ("messages", "control"):
            (Path(folder) / name).mkdir()
        options = {
            **settings.CELERY_BROKER_TRANSPORT_OPTIONS,
            "data_folder_in": f"{folder}/messages",
            "data_folder_out": f"{folder}/messages",
            "control_folder": f"{folder}/control",
        }
        private_app = Celery("rehearsal", broker="filesystem://")
        private_app.conf.broker_transport = "qmm_pilot.broker:Transport"
        private_app.conf.broker_transport_options = options
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "qmm_pilot", "worker", "--pool", "solo",
             "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR"],
            cwd=settings.BASE_DIR,
            env={**os.environ, "BROKER_DIR": folder, "REDIS_URL": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            private_app.set_current()
            yield
        finally:
            usual_app.set_current()
            worker.terminate()
            try:
                worker.wait(timedelta(seconds=20).total_seconds())
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
