"""One visit, taken to any stage by the product's own operations; for tests of the top floor."""

import itertools
from datetime import UTC, date, datetime, timedelta

from applications.models import Facility, Participation, ParticipationRequest, Seat
from assessments import operations as deeds
from assessments.models import Assessment
from assessments.operations import reports
from metrics.models import MetricsSubmission
from metrics.operations import Cell, accept_metrics, submit_metrics
from qmm_pilot.accounts.models import Organization, RoleGrant, User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.programs.models import Program
from tests import factories

AT = datetime(2021, 2, 1, 15, 0, tzinfo=UTC)
FIRST_ON, LAST_ON = date(2021, 4, 12), date(2021, 4, 16)
PASSWORD = "a password for tests"
PDF = b"%PDF-1.7 stands in for a rendered report"

STAGES = [
    "planning",
    "proposed",
    "dates_agreed",
    "consulted",
    "ready",
    "settled",
    "in_progress",
    "fieldwork_done",
    "rated",
    "reporting",
    "rendering",
    "draft_ready",
    "submitted",
    "accepted",
    "printed",
    "released",
]

_numbers = itertools.count(1)


def person(organization, *roles, name=""):
    """A person of this organization with these roles and PASSWORD."""
    number = next(_numbers)
    user = User.objects.create_user(
        f"visitor{number}@example.test",
        PASSWORD,
        name=name or f"Visitor {number}",
        organization=organization,
    )
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role, granted_at=AT) for role in roles)
    factories.enrol(user)
    return user


def proof_of(person):
    """What this person signs with now."""
    return factories.proof_of(person, PASSWORD)


def organization(kind, name):
    """An organization of this side."""
    return Organization.objects.create(
        kind=kind, name=name, address_line_1="1 Main Street", city="Springfield"
    )


def active_participation(
    program, firm, by, *, facility_name, country="US", zone="America/Chicago", place=None
):
    """A place that the firm has accepted, with the rows that it stands on."""
    number = next(_numbers)
    facility = Facility(
        organization=firm,
        name=facility_name,
        duns="123456789",
        address_line_1="1 Main Street",
        city="Springfield",
        country=country,
        time_zone=zone,
    )
    facility.take_fei(str(3_000_000_000 + number))
    facility.save()
    participation_request = ParticipationRequest.objects.create(
        program=program,
        organization=firm,
        facility=facility,
        fei_key=facility.fei_key,
        status=ParticipationRequest.Status.SELECTED,
        started_by=by,
        started_at=AT,
        saved_at=AT,
        submitted_at=AT,
        receipt_number=f"V-{number}",
    )
    seat = Seat.objects.create(
        program=program,
        number=place or Seat.objects.filter(program=program, freed_at=None).count() + 1,
        participation_request=participation_request,
        facility=facility,
        fei_key=facility.fei_key,
        taken_by=by,
        taken_at=AT,
    )
    return Participation.objects.create(
        seat=seat,
        participation_request=participation_request,
        program=program,
        organization=firm,
        facility=facility,
        status=Participation.Status.ACTIVE,
        offered_at=AT,
        accept_by=date(2021, 1, 15),
    )


class Visit:
    """The people around one assessment, and the assessment once a team is assigned."""

    def __init__(self, slug="fdf-2020"):
        self.program = Program.objects.get(slug=slug)
        self.firm = organization("firm", "Acme Pharma")
        self.other_firm = organization("firm", "Beta Pharma")
        self.fda = organization("fda", "FDA")
        self.contractor = organization("contractor", "Careful Assessors")
        self.other_contractor = organization("contractor", "Other Assessors")
        self.official = person(self.firm, Role.FIRM_OFFICIAL, Role.FIRM_METRICS, name="Olga")
        self.metrics_person = person(self.firm, Role.FIRM_METRICS)
        self.stranger = person(self.other_firm, Role.FIRM_OFFICIAL, Role.FIRM_PREPARER)
        self.coordinator = person(self.fda, Role.FDA_COORDINATOR, name="Cora")
        self.observer = person(self.fda, Role.FDA_OBSERVER, name="Otto")
        self.approver = person(self.fda, Role.FDA_APPROVER, name="Ada")
        self.analyst = person(self.fda, Role.FDA_ANALYST)
        self.lead = person(self.contractor, Role.CONTRACTOR_LEAD, name="Leah")
        self.assessor = person(self.contractor, Role.CONTRACTOR_ASSESSOR, name="Arno")
        self.bystander = person(self.contractor, Role.CONTRACTOR_LEAD, name="Bea")
        self.other_lead = person(self.other_contractor, Role.CONTRACTOR_LEAD)
        self.agreement = factories.agreement(self.contractor, self.program)
        self.participation = active_participation(
            self.program, self.firm, self.official, facility_name="Acme Springfield"
        )
        self.at = AT

    @property
    def assessment(self):
        return Assessment.objects.get(participation=self.participation)

    @property
    def proposal(self):
        return self.assessment.live_proposal

    @property
    def report(self):
        return self.assessment.latest_report

    @property
    def topic(self):
        return self.assessment.topics.first()

    @property
    def submission(self):
        return MetricsSubmission.objects.get(participation=self.participation)

    def to(self, stage):
        """Take the visit to this stage, through every one before it."""
        for name in STAGES[: STAGES.index(stage) + 1]:
            getattr(self, name)()
        return self

    def planning(self):
        self.assigned()
        factories.declare_none(self.assessment.engagement, at=self.at)

    def assigned(self):
        """The team is named, and nobody of it has declared yet."""
        deeds.assign_team(
            self.participation,
            contractor=self.contractor,
            lead=self.lead,
            assessors=[self.assessor],
            fda_people=[self.observer],
            mode="on_site",
            by=self.coordinator,
            at=self.at,
        )

    def proposed(self):
        deeds.propose_dates(
            self.assessment,
            first_on=FIRST_ON,
            last_on=LAST_ON,
            mode="on_site",
            by=self.lead,
            at=self.at,
        )

    def dates_agreed(self):
        for by in (self.official, self.coordinator):
            deeds.confirm_dates(self.proposal, by=by, at=self.at)

    def consulted(self):
        deeds.record_consultation(
            self.assessment,
            kind="pre",
            held_on=AT.date(),
            attendees="Plant manager; lead assessor; FDA coordinator",
            notes="Existing activities were presented.",
            by=self.coordinator,
            at=self.at,
        )

    def ready(self):
        deeds.decide_go(self.assessment, by=self.coordinator, at=self.at)

    def settled(self):
        cells = [
            Cell(definition.code, period, *counts)
            for definition in self.program.metric_definitions.all()
            for period in self.submission.periods
            for counts in [
                {
                    "lot-acceptance": (97, 100),
                    "complaint-rate": (3, 1_500_000),
                    "invalidated-oos": (2, 10),
                }[definition.code]
            ]
        ]
        submit_metrics(self.submission, cells=cells, by=self.official, at=self.at)
        accept_metrics(self.submission, seen=1, by=self.coordinator, at=self.at)

    def in_progress(self):
        self.at = datetime(2021, 4, 12, 14, 0, tzinfo=UTC)
        deeds.begin_assessment(self.assessment, by=self.lead, at=self.at)

    def fieldwork_done(self):
        self.at = datetime(2021, 4, 16, 20, 0, tzinfo=UTC)
        deeds.close_fieldwork(self.assessment, by=self.lead, at=self.at)

    def rated(self):
        for topic in self.assessment.topics.all():
            deeds.rate_topic(
                topic,
                coverage="rated",
                level=3,
                rationale=f"Reviews of {topic.name.lower()} rest on measured results.",
                by=self.assessor,
                at=self.at,
            )
        deeds.record_finding(
            self.topic,
            kind="strength",
            seen="A second supplier is qualified for every critical excipient.",
            evidence="Supplier list, March 2021",
            by=self.assessor,
            at=self.at,
        )
        deeds.record_finding(
            self.topic,
            kind="opportunity",
            seen="Forecasts reach one quarter ahead.",
            evidence="Planning minutes of 2020",
            recommendation="Plan four quarters ahead.",
            impact="high",
            effort="low",
            by=self.lead,
            at=self.at,
        )

    def reporting(self):
        self.at += timedelta(days=3)
        deeds.start_reporting(self.assessment, by=self.lead, at=self.at)

    def rendering(self):
        deeds.render_report(
            self.report,
            summary="The site plans and reviews well.",
            method="Interviews and document review.",
            people_interviewed="Quality control: 2\nWarehouse",
            by=self.lead,
            at=self.at,
        )

    def draft_ready(self):
        reports.keep_draft(self.report.pk, PDF, job=self.report.job)

    def submitted(self):
        report = self.report
        deeds.sign_report(
            report, seen=report.sha256, proof=proof_of(self.lead), by=self.lead, at=self.at
        )

    def accepted(self):
        report = self.report
        deeds.accept_report(
            report, seen=report.sha256, proof=proof_of(self.approver), by=self.approver, at=self.at
        )

    def printed(self):
        reports.keep_released_edition(self.report.pk, PDF + b", signed", job=self.report.job)

    def released(self):
        report = self.report
        deeds.release_report(
            report,
            seen=report.released_sha256,
            proof=proof_of(self.approver),
            by=self.approver,
            at=self.at,
        )
