"""The visit: FDA's go, beginning, closing the fieldwork, opening the report."""

from django.db import transaction

from applications.models import Participation
from applications.operations import refuse_unless_goes_on
from assessments import access, ratings
from assessments.milestones import Key
from assessments.models import Assessment, Consultation, Report
from assessments.operations import telling
from assessments.operations.consultations import mark_done
from metrics.operations import freeze_metrics
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.actions import hold_items_about
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import day_in_words

Status = Assessment.Status


@transaction.atomic
def decide_go(assessment, *, by, at) -> Assessment:
    """FDA's go: the visit may begin on the agreed dates.

    Raises Refusal while dates are not agreed or the consultation before it is not recorded.
    """
    assessment = _lock(assessment, by=by)
    _check_go(assessment, by=by)
    if not assessment.consultations.filter(kind=Consultation.Kind.PRE).exists():
        raise Refusal(
            "The pre-assessment consultation is not recorded yet. Record its date, people and "
            "notes before you give the go."
        )
    assessment.become(Status.READY)
    assessment.ready_at = at
    assessment.save(update_fields=["status", "ready_at"])
    mark_done(assessment, Key.GO_NO_GO, on=assessment.program.today(at), by=by)
    telling.no_longer_ask("decide_go", assessment, by=by, at=at)
    telling.ask(
        "begin_assessment",
        f"Begin the assessment of {assessment.facility.name}",
        assessment,
        at=at,
        user=telling.lead_of(assessment),
        due_on=assessment.starts_on,
    )
    telling.write_to(telling.everyone_on(assessment, at=at), "go_decided", assessment, at=at)
    record(
        "decide_go",
        assessment,
        by=by,
        at=at,
        before={"status": Status.DATES_AGREED},
        after={"status": assessment.status},
    )
    return assessment


@transaction.atomic
def decide_no_go(assessment, *, reason, by, at) -> Assessment:
    """FDA's no-go: the agreed dates fall, and new ones are proposed and confirmed by all three."""
    assessment = _lock(assessment, by=by)
    _check_go(assessment, by=by)
    if not reason.strip():
        raise Refusal("Give the reason for the no-go.")
    before = {
        "status": assessment.status,
        "starts_on": assessment.starts_on,
        "ends_on": assessment.ends_on,
    }
    assessment.become(Status.PLANNING)
    assessment.starts_on = assessment.ends_on = None
    assessment.save(update_fields=["status", "starts_on", "ends_on"])
    assessment.proposals.filter(superseded_at=None).update(superseded_at=at)
    telling.no_longer_ask("decide_go", assessment, by=by, at=at)
    telling.ask(
        "propose_dates",
        f"Propose new dates for the assessment of {assessment.facility.name}",
        assessment,
        at=at,
        user=telling.lead_of(assessment),
    )
    telling.write_to(telling.everyone_on(assessment, at=at), "no_go_decided", assessment, at=at)
    record(
        "decide_no_go",
        assessment,
        by=by,
        at=at,
        before=before,
        after={"status": assessment.status},
        reason=reason,
    )
    return assessment


@transaction.atomic
def begin_assessment(assessment, *, by, at) -> Assessment:
    """Begin the visit; the metrics in force are frozen.

    Raises Refusal before the agreed first day by the site's calendar, until every metric is
    accepted, promised or waived (criterion d of the FDF, c(2) of the API pilot) and an FDA person
    is on the team (criterion c, c(1)).
    """
    assessment = _lock(assessment, by=by)
    _check_lead(by, assessment, at=at)
    if assessment.status != Status.READY:
        raise Refusal("The assessment begins after FDA’s go.")
    if not telling.fda_people_of(assessment, at=at):
        raise Refusal("No FDA person is on the team; FDA joins every assessment.")
    if not assessment.first_day_has_come(at):
        raise Refusal(
            f"The assessment was agreed to begin on {day_in_words(assessment.starts_on)}; "
            "it cannot begin before that day."
        )
    hold_items_about(assessment)  # freezing writes the first entry in the trail
    try:
        freeze_metrics(assessment.participation, by=by, at=at)
    except Refusal as refusal:
        # Where metrics go to FDA only, the team is not told which of them is open.
        told = f" {refusal}" if assessment.program.metrics_visible_to_contractor else ""
        raise Refusal(
            "The assessment begins when FDA has accepted each metric, noted its promise, or "
            f"waived it.{told}"
        ) from None
    assessment.become(Status.IN_PROGRESS)
    assessment.began_at = at
    assessment.save(update_fields=["status", "began_at"])
    mark_done(assessment, Key.ASSESSMENT_START, on=assessment.site_day(at), by=by)
    telling.no_longer_ask("begin_assessment", assessment, by=by, at=at)
    telling.ask(
        "close_fieldwork",
        f"Record findings and close the fieldwork at {assessment.facility.name}",
        assessment,
        at=at,
        user=telling.lead_of(assessment),
        due_on=assessment.ends_on,
    )
    record(
        "begin_assessment",
        assessment,
        by=by,
        at=at,
        before={"status": Status.READY},
        after={"status": assessment.status},
    )
    return assessment


@transaction.atomic
def close_fieldwork(assessment, *, by, at) -> Assessment:
    """Close the visit after the closing meeting; findings stay open until the report."""
    assessment = _lock(assessment, by=by)
    _check_lead(by, assessment, at=at)
    assessment.become(Status.FIELDWORK_DONE)
    assessment.fieldwork_closed_at = at
    assessment.save(update_fields=["status", "fieldwork_closed_at"])
    mark_done(assessment, Key.ASSESSMENT_END, on=assessment.site_day(at), by=by)
    telling.no_longer_ask("close_fieldwork", assessment, by=by, at=at)
    telling.ask(
        "write_report",
        f"Rate every topic and write the report on {assessment.facility.name}",
        assessment,
        at=at,
        user=telling.lead_of(assessment),
        due_on=telling.due_on(assessment, Key.FINAL_REPORT),
    )
    record(
        "close_fieldwork",
        assessment,
        by=by,
        at=at,
        before={"status": Status.IN_PROGRESS},
        after={"status": assessment.status},
    )
    return assessment


@transaction.atomic
def start_reporting(assessment, *, by, at) -> Report:
    """Open version 1 of the report once every topic is rated or explained (F6)."""
    assessment = _lock(assessment, by=by)
    _check_lead(by, assessment, at=at)
    check_coverage(assessment)
    assessment.become(Status.REPORTING)
    assessment.save(update_fields=["status"])
    report = Report.objects.create(assessment=assessment, version=1, created_at=at)
    record(
        "start_reporting",
        assessment,
        by=by,
        at=at,
        before={"status": Status.FIELDWORK_DONE},
        after={"status": assessment.status, "version": report.version},
    )
    return report


def check_coverage(assessment) -> None:
    """Raise Refusal that names every topic neither rated nor explained."""
    blank = ratings.blank_topics(topic.rating for topic in assessment.topics.all())
    if blank:
        raise Refusal(
            "Every topic is rated, or says why it is not, before the report. Still blank: "
            f"{'; '.join(blank)}."
        )


def _lock(assessment, *, by):
    # Participation before assessment: beginning calls down to metrics, which locks it too.
    participation = Participation.objects.select_for_update(no_key=True).get(
        pk=assessment.participation_id
    )
    refuse_unless_goes_on(participation, by=by)
    return Assessment.objects.select_for_update(no_key=True).get(pk=assessment.pk)


def _check_go(assessment, *, by):
    if not access.may_decide_go(by):
        raise Refusal("Only FDA’s coordinator decides go or no-go.")
    if assessment.status == Status.PLANNING:
        raise Refusal("The dates are not confirmed by firm, contractor and FDA yet.")
    if assessment.status != Status.DATES_AGREED:
        raise Refusal("Go or no-go has been decided for this assessment.")


def _check_lead(by, assessment, *, at):
    if not access.may_lead(by, assessment, at=at):
        raise Refusal("Only the lead of the contractor’s team does this.")
