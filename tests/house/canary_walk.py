"""A pilot walked through its pages with a canary in every free text.

Each text field of each form gets a word of its own that occurs nowhere else; so do passwords and
uploaded files. Everything that leaves the pages on the way is kept: log lines, mails, messages to
the worker, addresses.
"""

import io
import logging
import string
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from applications.models import Decision, Declaration, ParticipationRequest
from applications.steps import STEPS
from assessments.models import Assessment
from metrics.models import MetricsSubmission
from qmm_pilot import clock
from qmm_pilot.celery import app
from qmm_pilot.logs import FactsFormatter
from qmm_pilot.records.models import Job
from tests import factories
from tests.filling import addresses_on, confirmation_on, forms_of
from tests.house.access.people import Role

LETTERS = string.ascii_lowercase
EMAILS_AND_NAMES = {"name", "email"}


@dataclass(frozen=True)
class Canary:
    """A word that was typed: by whom, where."""

    word: str
    by: str
    door: str
    control: str


class Moments:
    """The clock of the walk: what clock.now() answers."""

    def __init__(self):
        self.at = factories.AT

    def __call__(self):
        return self.at


class Everything(logging.Handler):
    """Keeps every line of the log as the product's formatter writes it."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(FactsFormatter("{asctime} {levelname} {name} {message}", style="{"))
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


class Walk:
    """One facility's way through one pilot, page by page, with the people around it."""

    def __init__(self, pilot, moments, *, seed):
        self.pilot, self.moments = pilot, moments
        self.random = Random(seed)
        self.canaries: list[Canary] = []
        self.addresses: set[str] = set()
        self.program = factories.program(pilot)
        firm = factories.organization("firm", f"Firm of the {pilot} walk")
        contractor = factories.organization("contractor", f"Assessors of the {pilot} walk")
        self.password: dict[str, str] = {}
        self.codes: dict[str, list[str]] = {}
        self.people = {
            "official": factories.person(
                firm, Role.FIRM_OFFICIAL, Role.FIRM_PREPARER, Role.FIRM_METRICS
            ),
            "coordinator": factories.fda(Role.FDA_COORDINATOR),
            "selector": factories.fda(Role.FDA_SELECTOR),
            "observer": factories.fda(Role.FDA_OBSERVER),
            "approver": factories.fda(Role.FDA_APPROVER),
            "analyst": factories.fda(Role.FDA_ANALYST),
            "administrator": factories.fda(Role.FDA_ADMINISTRATOR),
            "lead": factories.person(contractor, Role.CONTRACTOR_LEAD),
            "assessor": factories.person(contractor, Role.CONTRACTOR_ASSESSOR),
        }
        for who, person in self.people.items():
            self.password[who] = self._canary(who, "sign in", "password")
            person.set_password(self.password[who])
            person.save()
        self.clients = {who: self._client(person) for who, person in self.people.items()}
        self.contractor = contractor

    @staticmethod
    def _client(person):
        client = Client()
        client.force_login(person)
        return client

    def _canary(self, by, door, control):
        word = "".join(self.random.choice(LETTERS) for _ in range(12))
        self.canaries.append(Canary(word, by, door, control))
        return word

    # -- pages ---------------------------------------------------------------------------------
    def reads(self, who, door, *ids):
        """Open a page; its links belong to the addresses of the walk."""
        address = reverse(door, args=ids)
        page = self.clients[who].get(address)
        assert page.status_code == 200, f"{door} as {who}: {page.status_code}"
        self.addresses |= {address, *_pages_linked(page)}
        return page

    def writes(self, who, door, *ids, on=None, files=None, **typed):
        """Fill in the form of a page, a canary in each free text, and post it."""
        page = self.reads(who, *(on or (door, *ids)))
        address = reverse(door, args=ids)
        form = next(
            form
            for form in forms_of(page.content)
            if form.method == "post" and form.action in ("", address, page.request["PATH_INFO"])
        )
        data = form.filled(lambda control: self._typed(who, door, control), **typed)
        for control in form.controls:
            if control.kind == "password":
                data[control.name] = [self.password[who]]
            if control.name == "code":
                data[control.name] = [self._code(who, door)]
        return self.posts(who, door, *ids, data={**data, **(files or {})})

    def _code(self, who, door):
        """A recovery code: it signs once, and like a password it is to be found nowhere."""
        person = self.people[who]
        if not Authenticator.objects.filter(user=person).exists():
            return ""
        if not self.codes.get(who):
            Authenticator.objects.filter(user=person, type="recovery_codes").delete()
            self.codes[who] = RecoveryCodes.activate(person).get_unused_codes()
        code = self.codes[who].pop()
        self.canaries.append(Canary(code, who, door, "code"))
        return code

    def _typed(self, who, door, control):
        limit = int(control.attrs.get("maxlength") or 1000)
        return self._canary(who, door, control.name)[:limit]

    def posts(self, who, door, *ids, data=None):
        """Post to a door; whatever is refused fails the walk."""
        address = reverse(door, args=ids)
        answer = self.clients[who].post(address, data or {}, follow=True)
        confirmation = confirmation_on(answer.content, address, data or {})
        if confirmation and not answer.redirect_chain:
            data = confirmation.filled(lambda control: control.value)
            answer = self.clients[who].post(address, data, follow=True)
        self.addresses |= {address, *(to for to, _ in answer.redirect_chain)}
        self.addresses |= _pages_linked(answer)
        text = answer.content.decode()
        done = answer.redirect_chain and "usa-alert--error" not in text
        assert done, f"{door} as {who} was refused: {_errors(text)}"
        self.work()
        return answer

    @staticmethod
    def work():
        """Do what comes after a commit, then the jobs that wait."""
        for _ in range(5):
            waiting, connection.run_on_commit = connection.run_on_commit, []
            for _, function, _ in waiting:
                function()
            jobs = list(Job.objects.filter(status=Job.Status.QUEUED).values_list("pk", flat=True))
            if not jobs and not connection.run_on_commit:
                return
            for job_id in jobs:
                app.tasks["records.run_job"].apply(args=[str(job_id)])

    # -- the way -------------------------------------------------------------------------------
    def go(self):
        """From the facility to the released report."""
        self.asks_to_join()
        self.is_found_eligible_and_selected()
        self.agrees_dates()
        self.hands_in_metrics()
        self.is_assessed()
        self.gets_its_report()

    def asks_to_join(self):
        is_api = self.pilot == "api"
        number = self.random.randrange(10**8)
        self.writes(
            "official",
            "applications:facility_new",
            fei=f"30{number:08d}",
            duns=f"1{number:08d}",
            country="IN" if is_api else "US",
            time_zone="Asia/Kolkata" if is_api else "America/Chicago",
            name=f"Site of the {self.pilot} walk",
        )
        facility = self.people["official"].organization.facilities.get()
        for _ in range(2):
            self.writes(
                "official",
                "applications:request_new",
                facility=str(facility.pk),
                program=str(self.program.pk),
            )
            self.request = ParticipationRequest.objects.filter(facility=facility).latest(
                "started_at"
            )
            self._answers()
            if ParticipationRequest.objects.filter(facility=facility).count() == 1:
                self.writes("official", "applications:request_withdraw", self.request.pk)
                self.moments.at += timedelta(hours=1)
        self._declares()
        self.writes(
            "official",
            "applications:request_submit",
            self.request.pk,
            on=("applications:request_attest", self.request.pk),
        )

    def _answers(self):
        makes_api = self.pilot == "api"
        typed = {
            "contact_email": f"{self._canary('official', 'step', 'contact_email')}@example.test",
            "deputy_email": f"{self._canary('official', 'step', 'deputy_email')}@example.test",
            "operations": ["api_manufacture" if makes_api else "manufacture"],
            "products": ["api"] if makes_api else ["rx"],
        }
        for step in STEPS:
            self.writes(
                "official", "applications:request_step", self.request.pk, step.slug, **typed
            )

    def _declares(self):
        word = self._canary("official", "applications:request_inspections", "file")
        letter = SimpleUploadedFile("letter.txt", f"{word} is closed out.".encode(), "text/plain")
        inspection = {"ended_on": "2018-05-04", "classification": ""}
        self.writes(
            "official",
            "applications:request_inspections",
            self.request.pk,
            **inspection,
            files={"letter": letter},
        )

    def is_found_eligible_and_selected(self):
        pk = self.request.pk
        self.moments.at = factories.AFTER_CLOSE
        self.posts("coordinator", "applications:request_take_up", pk)
        inspection = {"ended_on": "2019-05-04", "classification": "", "looked_up_on": "2020-12-10"}
        self.writes("coordinator", "applications:inspection_enter", pk, **inspection)
        self.posts("coordinator", "applications:sheet_print", pk)
        for result in self.request.criterion_results.filter(opinion="undetermined"):
            self.writes("coordinator", "applications:request_rule", pk, result.pk, ruling="meets")
        self.posts("coordinator", "applications:request_determine", pk)
        self.writes(
            "selector", "applications:selection_decide", self.program.pk, pk, kind="selected"
        )
        drafted = Decision.objects.get(participation_request=pk, withdrawn_at=None)
        self.posts("selector", "applications:selection_undo", self.program.pk, drafted.pk)
        self.writes(
            "selector", "applications:selection_decide", self.program.pk, pk, kind="selected"
        )
        self.writes("selector", "applications:selection_release", self.program.pk)
        self.request.refresh_from_db()
        self.place = self.request.participation
        self.moments.at += timedelta(days=1)
        self.writes("official", "applications:participation_accept", self.place.pk)

    def agrees_dates(self):
        self.moments.at = datetime(2021, 2, 1, 15, tzinfo=UTC)
        self.writes(
            "coordinator",
            "programs:agreement_new",
            self.program.pk,
            organization=str(self.contractor.pk),
            since="2020-01-01",
            until="2099-12-31",
            files={"document": SimpleUploadedFile("a.txt", b"Signed.", "text/plain")},
        )
        self.writes(
            "coordinator",
            "assessments:assign_team",
            self.place.pk,
            contractor=str(self.contractor.pk),
            lead=str(self.people["lead"].pk),
            assessors=[str(self.people["assessor"].pk)],
            fda_people=[str(self.people["observer"].pk)],
            mode="on_site",
        )
        self.visit = Assessment.objects.get(participation=self.place)
        for who in ("lead", "assessor"):
            asked = Declaration.objects.get(
                member__engagement=self.visit.engagement, member__user=self.people[who]
            )
            self.posts(who, "applications:declaration", asked.pk, data={"has_interest": "no"})
        days = {"first_on": "2021-04-12", "last_on": "2021-04-16", "mode": "on_site"}
        self.posts("lead", "assessments:propose_dates", self.visit.pk, data=days)
        self.posts("official", *self._proposal())
        self.posts("coordinator", *self._proposal())
        self.writes(
            "coordinator",
            "assessments:record_consultation",
            self.visit.pk,
            "pre",
            held_on="2021-02-01",
        )

    def _proposal(self):
        return "assessments:confirm_dates", self.visit.pk, self.visit.live_proposal.pk

    def hands_in_metrics(self):
        self.submission = MetricsSubmission.objects.get(participation=self.place)
        self._enters(10)
        self.writes("official", "metrics:submit", self.submission.pk)
        self.writes("coordinator", "metrics:query_metric", self.submission.pk, "lot-acceptance")
        self._enters(11)
        self.writes("official", "metrics:submit", self.submission.pk)
        self._accepts()
        self.posts("coordinator", "assessments:decide_go", self.visit.pk)

    def _accepts(self):
        page = self.reads("coordinator", "metrics:submission", self.submission.pk)
        address = reverse("metrics:accept", args=[self.submission.pk])
        form = next(form for form in forms_of(page.content) if form.action == address)
        data = form.filled(lambda control: "")
        self.posts("coordinator", "metrics:accept", self.submission.pk, data=data)

    def _enters(self, per_mille):
        page = self.reads("official", "metrics:enter", self.submission.pk)
        form = forms_of(page.content)[-1]
        counts = {}
        for control in form.controls:
            if control.name.endswith("numerator"):
                counts[control.name] = str(per_mille)
            elif control.name.endswith("denominator"):
                counts[control.name] = str(per_mille * 100)
            elif control.name.endswith("not_measured"):
                counts[control.name] = []
        self.writes("official", "metrics:enter", self.submission.pk, **counts)

    def is_assessed(self):
        self.moments.at = datetime(2021, 4, 12, 14, tzinfo=UTC)
        self.posts("lead", "assessments:begin", self.visit.pk)
        self.writes("lead", "assessments:topic_list", self.visit.pk)
        topics = list(self.visit.topics.all())
        for topic in topics:
            self.writes("assessor", "assessments:topic_rate", topic.pk, rating="3")
        first = topics[0]
        self.writes("assessor", "assessments:record_strength", first.pk)
        self.writes("assessor", "assessments:record_opportunity", first.pk)
        self.writes("assessor", "assessments:record_opportunity", first.pk)
        strength, _, mistaken = first.findings.order_by("kind", "recorded_at")[::-1]
        self.writes("assessor", "assessments:finding_amend", strength.pk)
        self.writes("assessor", "assessments:finding_withdraw", mistaken.pk)
        for size in (1, 3 * 1024 * 1024):  # the larger one is written to a temporary folder
            word = self._canary("assessor", "assessments:topic_attach", "file")
            content = io.BytesIO(f"{word} ".encode() + b"seen on the line. " * (size // 18 + 1))
            upload = SimpleUploadedFile("notes.txt", content.getvalue(), "text/plain")
            self.posts(
                "assessor",
                "assessments:topic_attach",
                first.pk,
                data={"about": "topic", "file": upload},
            )
        self.moments.at = datetime(2021, 4, 16, 20, tzinfo=UTC)
        self.posts("lead", "assessments:close_fieldwork", self.visit.pk)

    def gets_its_report(self):
        self.moments.at += timedelta(days=3)
        self.posts("lead", "assessments:start_reporting", self.visit.pk)
        self._is_written_and_signed()
        self.writes("approver", "assessments:report_return", self.report.pk)
        self.posts("lead", "assessments:report_revise", self.report.pk)
        self._is_written_and_signed()
        self.writes("approver", "assessments:report_accept", self.report.pk)
        self.work()
        self.writes("approver", "assessments:report_release", self.report.pk)
        for who in ("official", "lead", "coordinator"):
            self.reads(who, "assessments:report_detail", self.report.pk)
            self.reads(who, "assessments:assessment_detail", self.visit.pk)

    def _is_written_and_signed(self):
        self.writes(
            "lead",
            "assessments:report_render",
            self.report.pk,
            people_interviewed=f"{self._canary('lead', 'render', 'people_interviewed')}: 2",
        )
        self.work()
        self.writes("lead", "assessments:report_sign", self.report.pk)

    @property
    def report(self):
        return self.visit.latest_report

    @property
    def today(self) -> date:
        return clock.now().date()


def _errors(text):
    at = max(text.find("usa-alert--error"), text.find("usa-error-message"))
    return text[at : at + 600] if at >= 0 else text[text.find("<main") :][:300]


def _pages_linked(page):
    """The addresses that a page leads to; a mail or call to a contact is none of ours."""
    found = addresses_on(page.content)
    return {address for address in found if not address.startswith(("mailto:", "tel:"))}
