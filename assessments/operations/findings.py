"""Topics, ratings, findings and their attachments, kept by the contractor's team."""

from django.db import transaction
from django.db.models import Max

from applications.models import Participation
from assessments import access, ratings
from assessments.models import AssessedTopic, Assessment, Finding, Report
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.files import keep_upload, storing
from qmm_pilot.records.holds import refuse_if_held
from qmm_pilot.records.trail import record

# From the first day on site until the report is in FDA's hands.
OPEN_TO_FINDINGS = [
    Assessment.Status.IN_PROGRESS,
    Assessment.Status.FIELDWORK_DONE,
    Assessment.Status.REPORTING,
]
OVERTAKEN = (
    "A colleague, or you in another window, changed this after you opened the page. Your words "
    "were not saved: open the page anew to read the newer ones, then enter yours."
)
WITH_FDA = [Report.Status.SUBMITTED, Report.Status.ACCEPTED, Report.Status.RELEASED]


@transaction.atomic
def add_topic(assessment, *, name, by, at) -> AssessedTopic:
    """Add a topic that the program does not name ("including but not limited to", 85 FR 65824).

    Raises Refusal when the name is empty or already a topic of this assessment.
    """
    assessment = _open_assessment(assessment, by=by, at=at)
    name = " ".join(name.split())
    if not name:
        raise Refusal("Give the topic a name.")
    if assessment.topics.filter(name__iexact=name).exists():
        raise Refusal(f"“{name}” is a topic of this assessment already.")
    last = assessment.topics.aggregate(last=Max("order"))["last"] or 0
    topic = AssessedTopic.objects.create(assessment=assessment, name=name, order=last + 1)
    record("add_topic", topic, by=by, at=at, after={"name": name})
    return topic


@transaction.atomic
def rate_topic(
    topic, *, coverage, level=None, rationale, evidence="", next_level="", page_of=None, by, at
) -> AssessedTopic:
    """Give a topic its level (1 to 5), or say why it has none.

    `page_of` is the fingerprint of the rating that the person's page was made from. Raises Refusal
    for a page out of date, and where level, coverage and rationale do not fit together
    (ratings.py).
    """
    assessment = _open_assessment(topic.assessment, by=by, at=at)
    topic = assessment.topics.select_for_update(no_key=True).get(pk=topic.pk)
    if page_of not in (None, topic.fingerprint):
        raise Refusal(OVERTAKEN)
    problem = ratings.problem_with_rating(coverage, level, rationale)
    if problem:
        raise Refusal(problem)
    before = _rating_facts(topic)
    topic.coverage, topic.level, topic.rationale = coverage, level, rationale
    topic.evidence, topic.next_level = evidence, next_level
    topic.rated_by, topic.rated_at = by, at
    topic.save()
    record("rate_topic", topic, by=by, at=at, before=before, after=_rating_facts(topic))
    return topic


@transaction.atomic
def record_finding(
    topic, *, kind, seen, evidence, recommendation="", impact="", effort="", by, at
) -> Finding:
    """Record a strength, or an opportunity with its recommendation, impact and effort."""
    assessment = _open_assessment(topic.assessment, by=by, at=at)
    finding = Finding(
        topic=assessment.topics.get(pk=topic.pk), kind=kind, recorded_by=by, recorded_at=at
    )
    _fill(finding, seen, evidence, recommendation, impact, effort)
    finding.save()
    record("record_finding", finding, by=by, at=at, after=_finding_facts(finding))
    return finding


@transaction.atomic
def amend_finding(
    finding,
    *,
    seen,
    evidence,
    recommendation="",
    impact="",
    effort="",
    reason="",
    page_of=None,
    by,
    at,
) -> Finding:
    """Change the words of a finding; the trail keeps the earlier ones.

    `page_of` is the fingerprint of the words that the person's page was made from; a page out of
    date is refused.
    """
    finding = _open_finding(finding, by=by, at=at)
    if page_of not in (None, finding.fingerprint):
        raise Refusal(OVERTAKEN)
    before = _finding_facts(finding)
    _fill(finding, seen, evidence, recommendation, impact, effort)
    finding.save()
    record(
        "amend_finding",
        finding,
        by=by,
        at=at,
        before=before,
        after=_finding_facts(finding),
        reason=reason,
    )
    return finding


@transaction.atomic
def withdraw_finding(finding, *, reason, by, at) -> Finding:
    """Take a finding out of the report; the row stays, with the reason in the trail.

    Raises Refusal while it is part of something under legal hold.
    """
    finding = _open_finding(finding, by=by, at=at)
    if not reason.strip():
        raise Refusal("Give the reason for withdrawing this finding.")
    participation = finding.topic.assessment.participation
    refuse_if_held(
        participation,
        participation.participation_request,
        participation.organization,
        participation.program,
    )
    finding.withdrawn_by, finding.withdrawn_at = by, at
    finding.save(update_fields=["withdrawn_by", "withdrawn_at"])
    record("withdraw_finding", finding, by=by, at=at, after={"withdrawn": True}, reason=reason)
    return finding


def attach_file(subject, upload, *, by, at):
    """Keep an uploaded file about a finding or a topic; returns the StoredFile.

    Raises Refusal when the file is empty, too large or not truly of an accepted kind (F5).
    """
    with storing() as keys:
        if isinstance(subject, Finding):
            subject = _open_finding(subject, by=by, at=at)
        else:
            _open_assessment(subject.assessment, by=by, at=at)
        stored = keep_upload(upload, by=by, at=at, about=subject, keys=keys)
        record(
            "attach_file",
            subject,
            by=by,
            at=at,
            after={"file": stored.name, "size_bytes": stored.size, "sha256": stored.sha256},
        )
    return stored


def why_findings_are_closed(assessment) -> str:
    """Why nobody writes topics and findings of this assessment now; empty while the team may."""
    if assessment.status not in OPEN_TO_FINDINGS:
        return (
            f"Findings are recorded from the beginning of the assessment until its report; "
            f"this one is “{assessment.get_status_display()}”."
        )
    participation = assessment.participation
    withdraws = participation.status == Participation.Status.WITHDRAWING
    if withdraws and not participation.ending.wants_partial_report:
        return (
            "The firm has withdrawn from the pilot and wants no partial report, so nothing more "
            "is recorded."
        )
    if assessment.reports.filter(status__in=WITH_FDA).exists():
        return (
            "The report is with FDA, so topics and findings are closed. "
            "They open again when FDA returns it."
        )
    return ""


def _open_assessment(assessment, *, by, at):
    """The locked assessment, where this person may write findings now; Refusal otherwise."""
    assessment = Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)
    if not access.may_record_findings(by, assessment, at=at):
        raise Refusal("Only the contractor's team assigned to this assessment records findings.")
    if closed := why_findings_are_closed(assessment):
        raise Refusal(closed)
    return assessment


def _open_finding(finding, *, by, at):
    _open_assessment(finding.topic.assessment, by=by, at=at)
    finding = (
        Finding.objects.select_for_update(no_key=True).select_related("topic").get(pk=finding.pk)
    )
    if finding.withdrawn_at:
        raise Refusal("This finding was withdrawn, so it stays as it is.")
    return finding


def _fill(finding, seen, evidence, recommendation, impact, effort):
    finding.seen, finding.evidence = seen.strip(), evidence.strip()
    finding.recommendation = recommendation.strip()
    finding.impact, finding.effort = impact, effort
    if not finding.seen or not finding.evidence:
        raise Refusal("Say what was seen, and name the evidence for it.")
    is_opportunity = finding.kind == Finding.Kind.OPPORTUNITY
    if is_opportunity and not (finding.recommendation and impact and effort):
        raise Refusal("An opportunity needs a recommendation with its impact and effort.")


def _rating_facts(topic):
    return {
        "coverage": topic.coverage,
        "level": topic.level,
        "rationale": topic.rationale,
        "evidence": topic.evidence,
        "next_level": topic.next_level,
    }


def _finding_facts(finding):
    return {
        "topic": finding.topic.name,
        "kind": finding.kind,
        "seen": finding.seen,
        "evidence": finding.evidence,
        "recommendation": finding.recommendation,
        "impact": finding.impact,
        "effort": finding.effort,
    }
