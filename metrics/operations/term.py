"""What the floor above calls: metrics are asked for, must be ready, are frozen or closed."""

from datetime import date, datetime

from django.db import transaction

from applications.models import Participation
from metrics import measures
from metrics.models import MetricsSubmission, MetricStanding
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.actions import close_items_about
from qmm_pilot.records.trail import record

from .standing import last_submitted, locked, missing_from, refuse_if_over, standings_of
from .telling import ask_firm, tell_firm

Status = MetricStanding.Status
NOT_REQUESTED = "Metrics were not asked for yet: that happens when the dates are agreed."


@transaction.atomic
def request_metrics(participation, *, due_on: date, by, at: datetime) -> MetricsSubmission:
    """Ask a participant for its program's metrics by a day; called again, move that day.

    Called by the floor above when dates are agreed; it decides who may. The quarters are the last
    four that end before the due date, and stay once something was entered. Raises Refusal when the
    participation is not active, the program has no metrics, or the submission is frozen or closed.
    """
    participation = Participation.objects.select_for_update(no_key=True).get(pk=participation.pk)
    submission = MetricsSubmission.objects.filter(participation=participation).first()
    if submission is not None:
        return _move_due_date(locked(submission), due_on=due_on, by=by, at=at)
    definitions = list(participation.program.metric_definitions.all())
    if not definitions:
        raise Refusal(f"{participation.program} lists no metrics, so none can be asked for.")
    if participation.status != Participation.Status.ACTIVE:
        raise Refusal("Metrics are asked only of a firm that has accepted its place.")
    periods = measures.last_quarters(due_on)
    submission = MetricsSubmission.objects.create(
        participation=participation,
        due_on=due_on,
        requested_at=at,
        first_year=periods[0].year,
        first_quarter=periods[0].quarter,
        quarters=len(periods),
    )
    MetricStanding.objects.bulk_create(
        MetricStanding(submission=submission, definition=definition, by=by, at=at)
        for definition in definitions
    )
    ask_firm(submission, at=at)
    tell_firm(submission, "metrics_requested", "Metrics are due before the assessment", at=at)
    record(
        "request_metrics",
        submission,
        by=by,
        at=at,
        after={
            "due_on": due_on,
            "quarters": [str(period) for period in periods],
            "metrics": [definition.code for definition in definitions],
        },
    )
    return submission


def _move_due_date(submission, *, due_on, by, at):
    refuse_if_over(submission)
    if submission.is_frozen:
        raise Refusal("The assessment has begun, so the due date of its metrics stands.")
    if submission.due_on == due_on:
        return submission
    before = {"due_on": submission.due_on, "quarters": [str(p) for p in submission.periods]}
    submission.due_on = due_on
    if not submission.versions.exists():
        first = measures.last_quarters(due_on, submission.quarters)[0]
        submission.first_year, submission.first_quarter = first
    submission.save(update_fields=["due_on", "first_year", "first_quarter"])
    if submission.standings.filter(status=MetricStanding.Status.NOT_STARTED).exists():
        ask_firm(submission, at=at)
    tell_firm(submission, "metrics_due_moved", "The due date of your metrics has moved", at=at)
    record(
        "move_metrics_due_date",
        submission,
        by=by,
        at=at,
        before=before,
        after={"due_on": due_on, "quarters": [str(p) for p in submission.periods]},
    )
    return submission


@transaction.atomic
def freeze_metrics(participation, *, at: datetime, by) -> MetricsSubmission:
    """Fix the version in force, because the assessment begins; called by the floor above.

    Later versions are listed corrections. Raises Refusal with every metric that is neither
    accepted, promised nor waived, or when already frozen.
    """
    submission = MetricsSubmission.objects.filter(participation=participation).first()
    if submission is None:
        raise Refusal(NOT_REQUESTED)
    submission = locked(submission)
    refuse_if_over(submission)
    if submission.is_frozen:
        raise Refusal("These metrics are frozen already.")
    missing = missing_from(submission)
    if missing:
        raise Refusal(" ".join(missing))
    standings = list(standings_of(submission))
    before = {standing.definition.code: standing.status for standing in standings}
    for standing in standings:
        standing.frozen_from = standing.status
        standing.become(Status.FROZEN)
        standing.save(update_fields=["status", "frozen_from"])
    submission.frozen_at = at
    submission.frozen_version = last_submitted(submission)
    submission.save(update_fields=["frozen_at", "frozen_version"])
    version = submission.frozen_version
    record(
        "freeze_metrics",
        submission,
        by=by,
        at=at,
        before=before,
        after={"frozen": True, "version": version.number if version else None},
    )
    return submission


@transaction.atomic
def close(participation, *, by, at: datetime, reason: str) -> MetricsSubmission | None:
    """End the submission because the participation ends early; called by the floor above.

    What was submitted stays readable; nothing more is entered or reviewed. None when no metrics
    were asked for; a second call changes nothing. Raises Refusal without a reason.
    """
    if not reason.strip():
        raise Refusal("Give the reason why the metrics end here.")
    submission = MetricsSubmission.objects.filter(participation=participation).first()
    if submission is None:
        return None
    submission = locked(submission)
    if submission.is_closed:
        return submission
    submission.closed_at, submission.closed_reason = at, reason.strip()
    submission.save(update_fields=["closed_at", "closed_reason"])
    close_items_about(submission, by=by, at=at)
    record(
        "close_metrics",
        submission,
        by=by,
        at=at,
        before={"closed": False},
        after={"closed": True},
        reason=submission.closed_reason,
    )
    return submission


def is_ready_to_begin(participation) -> list[str]:
    """What the metrics still lack before the assessment may begin, as sentences; empty: ready."""
    submission = MetricsSubmission.objects.filter(participation=participation).first()
    return [NOT_REQUESTED] if submission is None else missing_from(submission)
