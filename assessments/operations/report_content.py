"""What a report says: gathered from the rows once, then frozen as ReportContent."""

import json
from dataclasses import replace

from assessments import scheduling
from assessments.models import Finding
from assessments.ratings import Coverage
from assessments.reporting import (
    InterviewedFunction,
    MetricRates,
    QuarterRate,
    RecommendationLine,
    ReportContent,
    SignatureLine,
    StatementSection,
    TopicReport,
)
from metrics import measures
from metrics.models import MetricsSubmission, MetricStanding
from qmm_pilot.records.models import AboutSubject, TrailEntry
from qmm_pilot.records.signatures import signatures_of
from qmm_pilot.records.statement import current_statement, sections_of

MARKS = {
    "rehearsal": "Rehearsal of the product: not a real assessment.",
    "demonstration": "Demonstration: not a real assessment.",
}
MOST_DIGITS = 4  # a longer number after a function is no count of people
SIGNED_AS = {"contractor": "Lead assessor", "fda": "FDA approver"}


def gather(report, *, at) -> ReportContent:
    """The draft of a report as the rows stand at this moment."""
    assessment = report.assessment
    program, facility = assessment.program, assessment.facility
    metrics, metrics_submitted_on = _metrics(assessment)
    return ReportContent(
        program_name=program.name,
        pilot=program.get_pilot_display(),
        round_name=program.short_name,
        facility_name=facility.name,
        facility_address=_address(facility),
        fei=facility.fei,
        firm_name=assessment.participation.organization.name,
        contractor_name=assessment.contractor.name,
        mode=assessment.get_mode_display(),
        assessed_on=tuple(scheduling.assessment_days(assessment.starts_on, assessment.ends_on)),
        version=report.version,
        is_draft=True,
        prepared_at=at,
        summary=report.summary,
        topics=tuple(_topic(topic) for topic in assessment.topics.prefetch_related("findings")),
        notice_citation=program.notice_citation,
        mark=_mark(program),
        metrics=metrics,
        metrics_submitted_on=metrics_submitted_on,
        method=report.method,
        people_interviewed=read_functions(report.people_interviewed),
        **_statement_of_use(),
    )


def released_edition(report, *, at) -> ReportContent:
    """The frozen content once more, with the signatures on its bytes and the trail's position.

    Author and approver signed the bytes of stored_file; the release signs this edition itself and
    so is no part of it. The same whenever it is printed again.
    """
    accepted = TrailEntry.objects.filter(
        **AboutSubject.naming(report), deed="accept_report"
    ).latest("position")
    return replace(
        thaw(report.content_json),
        is_draft=False,
        prepared_at=at,
        signatures=tuple(
            _signature(signature)
            for signature in signatures_of(report).filter(sha256=report.sha256)
        ),
        trail_position=accepted.position,
        trail_hash=accepted.hash,
    )


def freeze(content: ReportContent) -> dict:
    """The content as plain JSON values, for the report's row."""
    return json.loads(content.to_json())


def thaw(content_json) -> ReportContent:
    """The content that freeze() put into the report's row."""
    return ReportContent.from_json(json.dumps(content_json))


def read_functions(text) -> tuple[InterviewedFunction, ...]:
    """People interviewed, one function per line; “Quality control: 2” says how many."""
    functions = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, number = line.rpartition(":")
        number = number.strip()
        if name and number.isdecimal() and len(number) <= MOST_DIGITS:
            functions.append(InterviewedFunction(name.strip(), int(number)))
        else:
            functions.append(InterviewedFunction(line))
    return tuple(functions)


def _statement_of_use():
    """FDA's statement as it stands; the report keeps the version that it prints."""
    statement = current_statement()
    return {
        "statement": tuple(
            StatementSection(section.heading, tuple(line.text for line in section.sentences))
            for section in sections_of(statement)
        ),
        "statement_version": statement.version,
        "statement_since": statement.since,
    }


def _topic(topic):
    findings = [finding for finding in topic.findings.all() if finding.withdrawn_at is None]
    is_rated = topic.coverage == Coverage.RATED
    return TopicReport(
        name=topic.name,
        order=topic.order,
        level=topic.level,
        without_level="" if is_rated else topic.get_coverage_display().lower(),
        reason="" if is_rated else topic.rationale,
        rationale=topic.rationale if is_rated else "",
        evidence=(topic.evidence,) if topic.evidence else (),
        strengths=_lines(findings, Finding.Kind.STRENGTH),
        opportunities=_lines(findings, Finding.Kind.OPPORTUNITY),
        next_level=topic.next_level,
        recommendations=tuple(
            RecommendationLine(finding.recommendation, finding.impact, finding.effort)
            for finding in findings
            if finding.recommendation
        ),
    )


def _lines(findings, kind):
    return tuple(
        f"{finding.seen}\nEvidence: {finding.evidence}"
        for finding in findings
        if finding.kind == kind
    )


def _address(facility):
    region = f"{facility.state} {facility.postal_code}".strip()
    lines = [
        facility.address_line_1,
        facility.address_line_2,
        ", ".join(filter(None, [facility.city, region])),
        facility.country.name,
    ]
    return tuple(line for line in lines if line)


def _mark(program):
    if program.is_rehearsal:
        return MARKS["rehearsal"]
    return MARKS["demonstration"] if program.is_demonstration else ""


def _metrics(assessment):
    """The rates in force where the program gives them to the contractor, else only their day."""
    submission = (
        MetricsSubmission.objects.filter(participation=assessment.participation)
        .select_related("frozen_version")
        .first()
    )
    if submission is None:
        return (), None
    version = submission.frozen_version
    if not assessment.program.metrics_visible_to_contractor:
        return (), version and assessment.program.today(version.submitted_at)
    standings = submission.standings.select_related("definition")
    return tuple(_metric(standing, submission, version) for standing in standings), None


def _metric(standing, submission, version):
    definition = standing.definition
    entries = list(version.entries.filter(definition=definition)) if version else []
    periods = submission.periods
    return MetricRates(
        label=definition.name,
        numerator_label=definition.numerator_label,
        denominator_label=definition.denominator_label,
        basis=definition.definition,
        period=f"calendar quarters, {periods[0]} to {periods[-1]}",
        quarters=tuple(_quarter(entry, definition) for entry in entries),
        comment="\n".join(
            [
                *(f"{entry.period}: {entry.comment}" for entry in entries if entry.comment),
                *_outstanding(standing),
            ]
        ),
    )


def _quarter(entry, definition):
    shown = "Not measured"
    if not entry.not_measured:
        value = measures.rate(entry.numerator, entry.denominator, definition.unit)
        shown = measures.format_rate(value, definition.unit, definition.basis)
    return QuarterRate(str(entry.period), entry.numerator, entry.denominator, shown)


def _outstanding(standing):
    if standing.frozen_from == MetricStanding.Status.WAIVED:
        return ["FDA did without this metric."]
    if standing.frozen_from == MetricStanding.Status.PROMISED:
        day = standing.promised_on
        return [f"The firm promised this metric by {day:%B} {day.day}, {day.year}."]
    return []


def _signature(signature):
    role = SIGNED_AS.get(signature.signer.side, "")
    return SignatureLine(
        printed_name=signature.printed_name,
        role=f"{role}, {signature.signer.organization}",
        meaning=f"{signature.meaning}. SHA-256 of the bytes signed: {signature.sha256}",
        at=signature.at,
        signed_at=signature.signed_at,
    )
