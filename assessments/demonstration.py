"""The demonstration's two pilots and two earlier rounds, played deed by deed (load_demo)."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import UTC, date, datetime, timedelta
from functools import cache

from allauth.account.models import EmailAddress
from celery import current_app
from django.contrib.auth.hashers import make_password
from django.db import transaction

from applications import operations as intake
from applications.demonstration import DemonstratedSite, demonstration_file
from applications.inspections import import_inspections, newest_snapshot
from assessments import demonstration_cases, demonstration_scoring
from assessments.demonstration_accounts import show_accounts
from assessments.demonstration_people import (
    AGENT,
    CONTRACTORS,
    FDA_PEOPLE,
    PASSWORD,
    SITES,
    Person,
    Site,
)
from assessments.demonstration_texts import answers_of
from assessments.operations import clone_program
from assessments.walkthrough import Cast, Walkthrough, agreement_paper, eastern
from qmm_pilot import clock
from qmm_pilot.accounts.access import needs_second_factor
from qmm_pilot.accounts.models import Organization, User
from qmm_pilot.accounts.operations import open_account, register_organization
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.accounts.second_factors import enrol_app
from qmm_pilot.programs.models import Program
from qmm_pilot.programs.operations import file_agreement
from qmm_pilot.records import jobs
from qmm_pilot.records.models import Job

ROUNDS = {
    "fdf": ("fdf-2020", "fdf-demo-2019", "FDF demo 2019", "finished dosage forms"),
    "api": ("api-2020", "api-demo-2019", "API demo 2019", "active pharmaceutical ingredients"),
}
WINDOW_2019 = (datetime(2019, 10, 1, 4, tzinfo=UTC), datetime(2019, 12, 1, 5, tzinfo=UTC))
ROUND_ENDS_ON = date(2021, 6, 30)
REASON = "Adds its size, sector and region to a varied group."
RECORDS = "FDA’s own inspection records, read by the coordinator"


class RenderingFailed(Exception):  # noqa: N818
    """A report of the demonstration could not be rendered."""


def is_loaded() -> bool:
    """Whether the demonstration's people are here already."""
    return User.objects.filter(email=FDA_PEOPLE[0].email).exists()


@transaction.atomic
def load() -> None:
    """Play the demonstration up to 16 November 2020, all or nothing; does nothing a second time."""
    if clock.demonstration_moment() is None:
        clock.set_demonstration_moment(clock.DEMONSTRATION_BEGINS)
    if is_loaded():
        return
    staff = _open_staff()
    for pilot in ROUNDS:
        _Pilot(pilot, staff).play()
    show_accounts(_let_in)
    _enrol_apps()
    _do_waiting_jobs()


def people_in_words() -> str:
    """The demonstration's people, for the terminal: who signs in with which address."""
    lines = [
        f"Everyone’s password: {PASSWORD}",
        "Codes of FDA and contractor people: /local/codes/",
        "",
    ]
    for pilot, title in (("fdf", "Firms, FDF pilot"), ("api", "Firms, API pilot")):
        lines.append(title)
        for site in SITES[pilot][:3]:
            lines.append(f"  {_official(site).email:<36} official of {site.firm}")
        lines.append(f"  {_preparer(SITES[pilot][0]).email:<36} preparer at the first of them")
    lines.append(f"  {AGENT.email:<36} agent of Blue Ridge and Godavari")
    lines.append("FDA")
    lines += [f"  {person.email:<36} {_roles(person)}" for person in FDA_PEOPLE]
    for name, _, people in CONTRACTORS.values():
        lines.append(f"Contractor {name}")
        lines += [f"  {person.email:<36} {_roles(person)}" for person in people]
    return "\n".join(lines)


class _Pilot:
    """One pilot: its contractor, firms, the round of 2020 in intake, the round of 2019 beyond."""

    def __init__(self, pilot, staff):
        self.pilot = pilot
        self.staff = staff
        self.program = Program.objects.get(slug=ROUNDS[pilot][0])
        self.officials, self.facilities = [], []

    def play(self):
        at = eastern(date(2019, 9, 16))
        for number, site in enumerate(SITES[self.pilot]):
            self._register_firm(number, site, at=at)
        self._import_inspections()
        name, address, people = CONTRACTORS[self.pilot]
        contractor = Organization.objects.create(
            kind=Side.CONTRACTOR, name=name, address_line_1="1 Assessors’ Court", **address
        )
        accounts = [_open(person, contractor, at=at) for person in people]
        self.cast = Cast(
            coordinator=self.staff["coordinator@fda.example"],
            selector=self.staff["selector@fda.example"],
            observer=self.staff["observer@fda.example"],
            approver=self.staff["approver@fda.example"],
            contractor=contractor,
            lead=accounts[0],
            assessor=accounts[1],
            password=PASSWORD,
        )
        self._file_agreement(self.program, date(2020, 10, 1), at=eastern(date(2020, 9, 28)))
        self._play_round_2019()
        self._play_intake_2020()

    # -- the round of 2020: intake -------------------------------------------------------------
    def _play_intake_2020(self):
        submitted, under_review, eligible, also_eligible, refused, withdrawn = (
            self._way(self.program, number) for number in (1, 10, 3, 7, 11, 9)
        )
        draft = self._way(self.program, 0)
        contact = {"contact_name": draft.official.name, "contact_email": draft.official.email}
        waits_for_signature = self.pilot == "api"
        draft.start(
            self._answers(draft) if waits_for_signature else contact,
            at=eastern(date(2020, 11, 12), 15),
        )
        if waits_for_signature:
            demonstration_cases.hand_over(
                draft.participation_request, preparer=self.preparer, official=draft.official
            )
        else:
            demonstration_cases.add_former_fei(self.facilities[1], by=self.officials[1])
        for day, way in enumerate(
            (submitted, under_review, eligible, also_eligible, refused, withdrawn)
        ):
            on = date(2020, 10, 20) + timedelta(days=3 * day)
            way.start(self._answers(way), at=eastern(on, 11))
            if way is submitted:
                demonstration_cases.declare_inspections(way.participation_request, by=way.official)
            way.submit(at=eastern(on, 16, 20))
        for way in (eligible, also_eligible, refused):
            demonstration_cases.file_letter(way.official)
        for way in (under_review, eligible, also_eligible, refused):
            way.take_up(at=eastern(date(2020, 11, 5)))
        for way in (eligible, also_eligible, refused):
            way.determine(at=eastern(date(2020, 11, 10), 14))
        intake.withdraw_request(
            withdrawn.participation_request,
            reason="The site is being moved to another building next summer.",
            by=withdrawn.official,
            at=eastern(date(2020, 11, 9)),
        )
        if self.pilot == "fdf":
            self._contest(6, 8)
            asked = [self._way(self.program, number) for number in (4, 5)]
            demonstration_cases.ask_for_information(*asked, answers_of=self._answers)
            demonstration_cases.enter_mailed_request(self.program, cast=self.cast)
            demonstration_scoring.score(
                [way.participation_request for way in (eligible, also_eligible, under_review)],
                reviewers=[self.staff[f"{name}@fda.example"] for name in ("reviewer", "reviewer2")],
                cast=self.cast,
            )
            demonstration_cases.ask_questions(
                self.program, firms=(self.officials[2], self.officials[8]), cast=self.cast
            )

    def _contest(self, number, rival):
        """Two firms ask for one site, the second one under the same FEI."""
        way = self._way(self.program, number)
        way.start(self._answers(way), at=eastern(date(2020, 11, 11)))
        way.submit(at=eastern(date(2020, 11, 11), 16))
        demonstration_cases.contest(
            self.program,
            self.facilities[number],
            rival=self.officials[rival],
            answers=self._answers(self._way(self.program, rival)),
            cast=self.cast,
        )

    # -- the round of 2019: in mid-course ------------------------------------------------------
    def _play_round_2019(self):
        _, slug, short_name, subject = ROUNDS[self.pilot]
        program = clone_program(
            self.program,
            slug=slug,
            name=f"Demonstration round 2019: {subject}",
            short_name=short_name,
            opens_at=WINDOW_2019[0],
            closes_at=WINDOW_2019[1],
            ends_on=ROUND_ENDS_ON,
            is_demonstration=True,
            by=None,
            at=eastern(date(2019, 9, 16)),
        )
        self._file_agreement(program, date(2019, 12, 2), at=eastern(date(2019, 11, 25)))
        ways = [self._way(program, number) for number in range(10)]
        for number, way in enumerate(ways):
            on = date(2019, 10, 7) + timedelta(days=4 * number)
            way.start(self._answers(way), at=eastern(on, 10))
            way.submit(at=eastern(on, 15, 5))
            way.take_up(at=eastern(date(2019, 12, 4)))
        first, second = [*ways[:7], ways[7], ways[9]], ways[8]
        for way in first:
            way.determine(at=eastern(date(2019, 12, 18)))
        for way in [*ways[:7], ways[9]]:
            way.select(REASON, at=eastern(date(2020, 1, 8), 14))
        intake.decide_alternate(
            ways[7].participation_request,
            rank=1,
            reason="Close to another site of the group in size and sector.",
            by=self.cast.selector,
            at=eastern(date(2020, 1, 8), 15),
        )
        self._release(program, at=eastern(date(2020, 1, 14)))
        for way in ways[:7]:
            way.accept(at=eastern(date(2020, 1, 22)))
        intake.decline_place(
            ways[9].participation,
            reason="No capacity for a visit this year.",
            by=ways[9].official,
            at=eastern(date(2020, 1, 23)),
        )
        self._completed(ways[0])
        self._report_with_fda(ways[1])
        self._ready(ways[3])
        self._metrics_late(ways[4])
        self._metrics_due(ways[5])
        self._dates_proposed(ways[6])
        second.determine(at=eastern(date(2020, 10, 30)))
        second.select("Takes the place that became free.", at=eastern(date(2020, 11, 4)))
        self._release(program, at=eastern(date(2020, 11, 6)))
        self._in_progress(ways[2])

    def _completed(self, way):
        self._up_to_go(way, date(2020, 3, 9), date(2020, 3, 13), assigned=date(2020, 1, 27))
        way.begin(at=eastern(date(2020, 3, 9), 9))
        way.record_topics(at=eastern(date(2020, 3, 12), 16))
        way.close_fieldwork(at=eastern(date(2020, 3, 13), 16))
        way.mark("draft_findings", date(2020, 4, 1), at=eastern(date(2020, 4, 1), 15))
        way.mark("factual_review", date(2020, 4, 14), at=eastern(date(2020, 4, 14), 15))
        way.report(at=eastern(date(2020, 4, 22)))
        _do_waiting_jobs()
        way.sign(at=eastern(date(2020, 4, 24)))
        way.accept_report(at=eastern(date(2020, 5, 4)))
        _do_waiting_jobs()
        way.release(at=eastern(date(2020, 5, 6)))
        way.consult("post", date(2020, 6, 3), at=eastern(date(2020, 6, 3), 15))
        way.mark("survey", date(2020, 6, 9), at=eastern(date(2020, 6, 9), 11))

    def _report_with_fda(self, way):
        self._up_to_go(way, date(2020, 9, 14), date(2020, 9, 18), assigned=date(2020, 7, 6))
        way.begin(at=eastern(date(2020, 9, 14), 9))
        way.record_topics(at=eastern(date(2020, 9, 17), 16))
        way.close_fieldwork(at=eastern(date(2020, 9, 18), 16))
        way.mark("draft_findings", date(2020, 10, 8), at=eastern(date(2020, 10, 8), 15))
        way.mark("factual_review", date(2020, 10, 21), at=eastern(date(2020, 10, 21), 15))
        way.report(at=eastern(date(2020, 11, 2)))
        _do_waiting_jobs()
        way.sign(at=eastern(date(2020, 11, 5)))

    def _in_progress(self, way):
        self._up_to_go(way, date(2020, 11, 12), date(2020, 11, 18), assigned=date(2020, 8, 31))
        way.begin(at=eastern(date(2020, 11, 12), 9))
        way.record_topics(at=eastern(date(2020, 11, 13), 16), at_most=3)

    def _ready(self, way):
        self._up_to_go(way, date(2020, 11, 30), date(2020, 12, 4), assigned=date(2020, 9, 14))

    def _metrics_late(self, way):
        way.assign("on_site", at=eastern(date(2020, 9, 14)))
        way.agree(date(2020, 12, 1), date(2020, 12, 4), "on_site", at=eastern(date(2020, 9, 28)))
        way.hold_orientation(date(2020, 10, 19), at=eastern(date(2020, 10, 19), 15))

    def _metrics_due(self, way):
        way.assign("remote", at=eastern(date(2020, 9, 21)))
        way.agree(date(2020, 12, 14), date(2020, 12, 17), "remote", at=eastern(date(2020, 10, 5)))
        way.hold_orientation(date(2020, 11, 2), at=eastern(date(2020, 11, 2), 15))

    def _dates_proposed(self, way):
        way.assign("hybrid", at=eastern(date(2020, 10, 26)), declaring=False)
        way.propose(date(2021, 1, 11), date(2021, 1, 14), "hybrid", at=eastern(date(2020, 11, 9)))

    def _up_to_go(self, way, first_on, last_on, *, assigned):
        """From the team to FDA's go: orientation, metrics, consultation on their usual days."""
        before = lambda days: first_on - timedelta(days=days)  # noqa: E731
        way.assign("on_site", at=eastern(assigned))
        way.agree(first_on, last_on, "hybrid", at=max(eastern(assigned, 15), eastern(before(70))))
        oriented = max(before(43), assigned + timedelta(days=1))
        way.hold_orientation(oriented, at=eastern(oriented, 15))
        way.submit_metrics(at=eastern(before(22)))
        way.accept_metrics(at=eastern(before(20)))
        way.consult("pre", before(18), at=eastern(before(18), 15))
        way.go(at=eastern(before(17), 11))
        for key, on in (("questionnaire", before(16)), ("agenda", before(12))):
            if on < clock.DEMONSTRATION_BEGINS.date():
                way.mark(key, on, at=eastern(on, 16))

    # -- parts ---------------------------------------------------------------------------------
    def _way(self, program, number):
        facility = self.facilities[number]
        return Walkthrough(program, facility, official=self.officials[number], cast=self.cast)

    def _answers(self, way):
        site = SITES[self.pilot][self.facilities.index(way.facility)]
        return answers_of(
            self.pilot,
            way.official,
            way.facility,
            size_band=site.size_band,
            sector=site.sector,
            makes_sterile=site.makes_sterile,
        )

    def _release(self, program, *, at):
        intake.release_decisions(program, proof=self.cast.proof, by=self.cast.selector, at=at)

    def _file_agreement(self, program, since, *, at):
        file_agreement(
            program,
            self.cast.contractor,
            reference=f"Agreement {program.short_name}",
            since=since,
            until=date(2021, 12, 31),
            document=agreement_paper(program, self.cast.contractor),
            by=self.cast.coordinator,
            at=at,
        )

    def _register_firm(self, number, site: Site, *, at):
        person = _official(site)
        official = User.objects.create_user(
            person.email,
            name=person.name,
            title=person.title,
            time_zone=person.time_zone,
        )
        _let_in(official)
        address = {
            "address_line_1": f"{100 + number} Works Road",
            "city": site.city,
            "state": site.state,
            "postal_code": site.postal_code,
            "country": site.country,
        }
        firm = register_organization(by=official, at=at, name=site.firm, **address)
        official = User.objects.get(pk=official.pk)
        if number == 0:
            self.preparer = _open(_preparer(site), firm, at=at)
        self.officials.append(official)
        self.facilities.append(
            intake.register_facility(
                firm,
                by=official,
                at=at,
                name=f"{site.firm}, {site.city} site",
                fei=_fei(self.pilot, number),
                duns=f"{810_000_000 + 1000 * number + len(site.firm):09d}",
                time_zone=site.time_zone,
                **address,
            )
        )

    def _import_inspections(self):
        """Bring in the demonstration's file, unless a file was imported before."""
        if newest_snapshot() is not None:
            return
        import_inspections(
            io.BytesIO(inspection_file().encode()),
            file_name="inspections-demonstration.csv",
            by=self.staff["coordinator@fda.example"],
            at=eastern(date(2019, 11, 29)),
        )


def inspection_file() -> str:
    """FDA's export as it would read for the demonstration's sites."""
    sites = [
        DemonstratedSite(
            _fei(pilot, number),
            site.firm,
            site.city,
            site.state if site.fda_country == "United States" else "",
            site.postal_code if site.fda_country == "United States" else "",
            site.fda_country,
            site.history,
        )
        for pilot in ROUNDS
        for number, site in enumerate(SITES[pilot])
    ]
    former = demonstration_cases.site_under_its_former_fei(SITES["fdf"][1])
    return demonstration_file([*sites, former])


def _open_staff():
    fda = Organization.objects.create(
        kind=Side.FDA,
        name="FDA, Center for Drug Evaluation and Research",
        address_line_1="10903 New Hampshire Avenue",
        city="Silver Spring",
        state="Maryland",
        postal_code="20993",
        country="US",
    )
    at = eastern(date(2019, 9, 9))
    return {person.email: _open(person, fda, at=at) for person in FDA_PEOPLE}


def _open(person: Person, organization, *, at):
    user = open_account(
        email=person.email,
        name=person.name,
        title=person.title,
        organization=organization,
        roles=person.roles,
        time_zone=person.time_zone,
        by=None,
        at=at,
    )
    _let_in(user)
    return user


@cache
def _password_hash():
    """One hash for all: forty slow ones would double the time of `make demo`."""
    return make_password(PASSWORD)


def _let_in(user):
    user.password = _password_hash()
    user.save(update_fields=["password"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def _enrol_apps():
    """Give FDA and contractor people their apps once all is played: a code signs only once."""
    for user in User.objects.filter(is_active=True, organization__is_rehearsal=False):
        if needs_second_factor(user):
            enrol_app(user, _secret_of(user))


def _secret_of(user):
    """The secret of a person's authenticator app: the same in each demonstration, so known."""
    digest = hashlib.sha1(f"{PASSWORD} {user.email}".encode(), usedforsecurity=False).digest()
    return base64.b32encode(digest).decode()


def _do_waiting_jobs():
    """Do here what a worker would do: it starts only after the demonstration is loaded."""
    current_app.loader.import_default_modules()
    for job_id in Job.objects.filter(status=Job.Status.QUEUED).values_list("pk", flat=True):
        jobs.run_job(job_id)
    failed = Job.objects.exclude(status=Job.Status.DONE).first()
    if failed:
        raise RenderingFailed(f"{failed.kind} ended as {failed.status}: {failed.last_error}")


def _fei(pilot, number):
    return f"{3990000100 + (50 if pilot == 'api' else 0) + number}"


def _official(site: Site) -> Person:
    return Person(
        f"official@{site.domain}.example", site.official, "Head of Quality", (), site.time_zone
    )


def _preparer(site: Site) -> Person:
    return Person(
        f"preparer@{site.domain}.example",
        "Jordan Avery",
        "Regulatory associate",
        (Role.FIRM_PREPARER,),
        site.time_zone,
    )


def _roles(person: Person) -> str:
    return ", ".join(role.label for role in person.roles)
