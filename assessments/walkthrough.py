"""One facility's whole way through a pilot, deed by deed: run_pilot and load_demo play it.

Every step is the operation that the screens call, at the moment that the player names. Nothing
here writes a row of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from applications import operations as intake
from applications.models import Declaration, Participation, ParticipationRequest
from assessments import operations as visits
from assessments.demonstration_texts import CONSULTATION_NOTES, Passage, passage_on
from assessments.models import Assessment, Finding, Report
from metrics import operations as metering
from metrics.models import MetricsSubmission
from metrics.operations import Cell
from qmm_pilot.accounts.models import Organization, User
from qmm_pilot.clock import EASTERN
from qmm_pilot.programs.models import Criterion
from qmm_pilot.records.proofs import Proof


def eastern(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """A moment on this day by Eastern clocks."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=EASTERN)


def agreement_paper(program, contractor) -> SimpleUploadedFile:
    """The document of an agreement that is played, not signed: it says so itself."""
    text = (
        f"Written agreement between FDA and {contractor} for {program.name} (21 CFR 20.90).\n"
        "This paper was made for a demonstration or rehearsal and binds nobody.\n"
    )
    return SimpleUploadedFile("agreement.txt", text.encode(), "text/plain")


@dataclass(frozen=True)
class Cast:
    """The people at FDA and at the contractor who see a facility through."""

    coordinator: User
    selector: User
    observer: User
    approver: User
    contractor: Organization
    lead: User
    assessor: User
    password: str

    @property
    def proof(self) -> Proof:
        """What everyone here signs with; nobody enrolls a second factor before all is played."""
        return Proof(password=self.password)


class Walkthrough:
    """The way of one facility in one program; each method is the next step of it."""

    def __init__(self, program, facility, *, official, cast: Cast):
        self.program = program
        self.facility = facility
        self.official = official
        self.cast = cast
        self.participation_request: ParticipationRequest | None = None

    # -- intake --------------------------------------------------------------------------------
    def start(self, answers, *, at):
        self.participation_request = intake.start_request(
            self.program, self.facility, by=self.official, at=at
        )
        intake.save_answers(self.participation_request, answers, by=self.official, at=at)

    def submit(self, *, at):
        commitments = self.program.criteria.filter(check_kind=Criterion.Check.COMMITMENT)
        intake.submit_request(
            self.participation_request,
            attested=list(commitments.values_list("pk", flat=True)),
            proof=self.cast.proof,
            by=self.official,
            at=at,
        )

    def take_up(self, *, at):
        intake.take_up_request(self.participation_request, by=self.cast.coordinator, at=at)

    def settle(self, *, ruling, reason, source, at):
        """Rule on every criterion that is undetermined."""
        for result in self.participation_request.criterion_results.filter(opinion="undetermined"):
            intake.rule_on_criterion(
                result,
                ruling=ruling,
                reason=reason,
                source=source,
                by=self.cast.coordinator,
                at=at,
            )

    def determine(self, *, at):
        intake.determine_eligibility(self.participation_request, by=self.cast.coordinator, at=at)

    def select(self, reason, *, at):
        intake.select_participant(
            self.participation_request, reason=reason, by=self.cast.selector, at=at
        )

    def accept(self, *, at):
        intake.accept_place(self.participation, by=self.official, at=at)

    # -- before the visit ----------------------------------------------------------------------
    def assign(self, mode, *, at, declaring=True):
        """Name the team; unless told otherwise, each of the contractor's people declares none."""
        visits.assign_team(
            self.participation,
            contractor=self.cast.contractor,
            lead=self.cast.lead,
            assessors=[self.cast.assessor],
            fda_people=[self.cast.observer],
            mode=mode,
            by=self.cast.coordinator,
            at=at,
        )
        for person in (self.cast.lead, self.cast.assessor) if declaring else (self.cast.lead,):
            self.declare(person, at=at)

    def declare(self, person, *, at):
        """Have a person of the contractor declare that she has no interest in this facility."""
        asked = Declaration.objects.get(
            member__engagement=self.assessment.engagement,
            member__user=person,
            status=Declaration.Status.ASKED,
        )
        intake.declare_interests(asked, has_interest=False, by=person, at=at)

    def propose(self, first_on, last_on, mode, *, at):
        return visits.propose_dates(
            self.assessment,
            first_on=first_on,
            last_on=last_on,
            mode=mode,
            by=self.cast.lead,
            at=at,
        )

    def agree(self, first_on, last_on, mode, *, at):
        """Propose dates for the contractor; firm and FDA confirm them."""
        proposal = self.propose(first_on, last_on, mode, at=at)
        for person in (self.official, self.cast.coordinator):
            visits.confirm_dates(proposal, by=person, at=at)

    def hold_orientation(self, on, *, at):
        self.mark("orientation", on, at=at)

    def mark(self, key, on, *, at):
        """Have the coordinator mark a milestone as done that no deed completes."""
        milestone = self.assessment.milestones.get(key=key)
        visits.complete_milestone(milestone, done_on=on, by=self.cast.coordinator, at=at)

    def consult(self, kind, on, *, at):
        people = (
            f"{self.official.name} ({self.facility.organization}), {self.cast.lead.name} "
            f"({self.cast.contractor}), {self.cast.observer.name} (FDA)"
        )
        visits.record_consultation(
            self.assessment,
            kind=kind,
            held_on=on,
            attendees=people,
            notes=CONSULTATION_NOTES[kind],
            by=self.cast.coordinator,
            at=at,
        )

    def submit_metrics(self, *, at):
        metering.submit_metrics(self.submission, cells=self._counts(), by=self.official, at=at)

    def accept_metrics(self, *, at):
        metering.accept_metrics(self.submission, seen=1, by=self.cast.coordinator, at=at)

    def go(self, *, at):
        visits.decide_go(self.assessment, by=self.cast.coordinator, at=at)

    # -- the visit and its report --------------------------------------------------------------
    def begin(self, *, at):
        visits.begin_assessment(self.assessment, by=self.cast.lead, at=at)

    def record_topics(self, *, at, at_most=None):
        """Record findings and a level for each topic, or for the first ones only."""
        for topic in list(self.assessment.topics.all())[:at_most]:
            self._record_topic(topic, passage_on(topic.name), at=at)

    def close_fieldwork(self, *, at):
        visits.close_fieldwork(self.assessment, by=self.cast.lead, at=at)

    def report(self, *, at) -> Report:
        """Open the report and queue the rendering of its first draft."""
        report = visits.start_reporting(self.assessment, by=self.cast.lead, at=at)
        return visits.render_report(
            report,
            summary=(
                f"{self.facility.name} keeps well-established practices in most of the topics "
                "that were assessed. The strengths lie in what the teams do every day; the "
                "opportunities lie in looking further ahead, and in learning across departments."
            ),
            method=(
                "Interviews by topic, a walk through production and laboratory, and documents "
                "that the facility chose to show. Each topic was discussed by both assessors "
                "before its level was agreed."
            ),
            people_interviewed=(
                "Quality assurance: 5\nProduction: 4\nSupply chain: 2\nLaboratory: 3\n"
                "Site leadership: 2"
            ),
            by=self.cast.lead,
            at=at,
        )

    def sign(self, *, at):
        report = self.latest_report
        visits.sign_report(
            report, seen=report.sha256, proof=self.cast.proof, by=self.cast.lead, at=at
        )

    def accept_report(self, *, at):
        report = self.latest_report
        visits.accept_report(
            report, seen=report.sha256, proof=self.cast.proof, by=self.cast.approver, at=at
        )

    def release(self, *, at):
        report = self.latest_report
        visits.release_report(
            report,
            seen=report.released_sha256,
            proof=self.cast.proof,
            by=self.cast.approver,
            at=at,
        )

    # -- what stands now -----------------------------------------------------------------------
    @property
    def participation(self) -> Participation:
        return Participation.objects.get(participation_request=self.participation_request)

    @property
    def assessment(self) -> Assessment:
        return Assessment.objects.get(
            participation__participation_request=self.participation_request
        )

    @property
    def submission(self) -> MetricsSubmission:
        return MetricsSubmission.objects.get(participation=self.participation)

    @property
    def latest_report(self) -> Report:
        return self.assessment.latest_report

    def _counts(self):
        submission = self.submission
        counts = {
            "lot-acceptance": [(118, 121), (109, 112), (124, 126), (131, 133)],
            "complaint-rate": [(14, 2_410_000), (11, 2_385_000), (9, 2_520_000), (12, 2_640_000)],
            "invalidated-oos": [(2, 9), (1, 7), (1, 8), (0, 6)],
        }
        return [
            Cell(
                metric=standing.definition.code,
                period=period,
                numerator=counts[standing.definition.code][index][0],
                denominator=counts[standing.definition.code][index][1],
            )
            for standing in submission.standings.select_related("definition")
            for index, period in enumerate(submission.periods)
        ]

    def _record_topic(self, topic, passage: Passage, *, at):
        visits.record_finding(
            topic,
            kind=Finding.Kind.STRENGTH,
            seen=passage.strength,
            evidence=passage.strength_evidence,
            by=self.cast.assessor,
            at=at,
        )
        visits.record_finding(
            topic,
            kind=Finding.Kind.OPPORTUNITY,
            seen=passage.opportunity,
            evidence=passage.opportunity_evidence,
            recommendation=passage.recommendation,
            impact=passage.impact,
            effort=passage.effort,
            by=self.cast.assessor,
            at=at,
        )
        visits.rate_topic(
            topic,
            coverage="rated",
            level=passage.level,
            rationale=passage.rationale,
            evidence=passage.strength_evidence,
            next_level=passage.next_level,
            by=self.cast.lead,
            at=at,
        )
