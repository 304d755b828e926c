"""What FDA's coordinator does: accept, query, note a promise, waive."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from metrics.models import MetricDefinition, MetricStanding, MetricsVersion
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.actions import close_item
from qmm_pilot.records.trail import record

from .standing import last_submitted, locked, refuse_unless_reviewing, rule, standings_of
from .telling import ask_promised, review_key, tell_firm, update_items

Status = MetricStanding.Status
LETTER_SUBJECTS = {
    Status.QUERIED: "FDA has a question",
    Status.PROMISED: "your promise is noted",
    Status.WAIVED: "FDA does without it",
}


@transaction.atomic
def accept_metrics(
    submission,
    *,
    seen: int | None,
    by,
    at: datetime,
    definitions: Iterable[MetricDefinition] | None = None,
) -> list[MetricStanding]:
    """Accept the submitted metrics, or only those named. All are accepted or none.

    `seen` is the number of the version that the coordinator read (None: none was there). Raises
    Refusal for anyone but FDA's coordinator, when the firm has submitted another version since,
    and when nothing waits to be accepted; IllegalMove for a metric that is not submitted.
    """
    submission = locked(submission)
    refuse_unless_reviewing(submission, by)
    newest = last_submitted(submission)
    if newest is not None and newest.number != seen:
        raise Refusal(
            f"The firm has submitted version {newest.number} after this page was opened. Read it, "
            "then accept. Nothing was accepted."
        )
    standings = standings_of(submission)
    if definitions is None:
        chosen = [standing for standing in standings if standing.status == Status.SUBMITTED]
    else:
        wanted = {definition.pk for definition in definitions}
        chosen = [standing for standing in standings if standing.definition_id in wanted]
    if not chosen:
        raise Refusal("No metric of this submission waits to be accepted.")
    before = {standing.definition.code: standing.status for standing in chosen}
    rule(chosen, Status.ACCEPTED, reason="", by=by, at=at)
    update_items(submission, by=by, at=at)
    if all(standing.is_settled for standing in standings_of(submission)):
        tell_firm(submission, "metrics_settled", "FDA has settled your metrics", at=at)
    record(
        "accept_metrics",
        submission,
        by=by,
        at=at,
        before=before,
        after={
            "version": newest.number if newest else None,
            **{standing.definition.code: standing.status for standing in chosen},
        },
    )
    return chosen


@transaction.atomic
def query_metric(standing, reason: str, *, by, at: datetime) -> MetricStanding:
    """Ask the firm about one submitted metric; it answers with a new version.

    Raises Refusal for anyone but FDA's coordinator or without a question, IllegalMove unless
    the metric is submitted.
    """
    if not reason.strip():
        raise Refusal("Write the question that the firm is to answer.")
    return _ruling("query_metric", standing, Status.QUERIED, reason=reason, by=by, at=at)


@transaction.atomic
def promise_metric(standing, by_date: date, reason: str, *, by, at: datetime) -> MetricStanding:
    """Note that the firm promises one metric by a day; the assessment may then begin without it.

    Raises Refusal for anyone but FDA's coordinator, without a reason or for a day that is past,
    IllegalMove for a metric that is accepted, waived or frozen.
    """
    if not reason.strip():
        raise Refusal("Give the reason why this metric comes later.")
    if by_date < standing.submission.participation.program.today(at):
        raise Refusal("The promised day is in the past. Choose today or a later day.")
    return _ruling(
        "promise_metric",
        standing,
        Status.PROMISED,
        reason=reason,
        by=by,
        at=at,
        promised_on=by_date,
    )


@transaction.atomic
def waive_metric(standing, reason: str, *, by, at: datetime) -> MetricStanding:
    """Do without one metric, for a reason, in the coordinator's name.

    Raises Refusal for anyone but FDA's coordinator or without a reason, IllegalMove for a metric
    that is accepted, promised or frozen.
    """
    if not reason.strip():
        raise Refusal("Give the reason why FDA does without this metric.")
    return _ruling("waive_metric", standing, Status.WAIVED, reason=reason, by=by, at=at)


@transaction.atomic
def note_correction(version: MetricsVersion, *, by, at: datetime) -> MetricsVersion:
    """Note, for FDA, that a correction handed in after the freeze was read.

    Raises Refusal for anyone but FDA's coordinator, for a version that is no correction, and for
    one that was noted already.
    """
    submission = locked(version.submission)
    refuse_unless_reviewing(submission, by)
    version = submission.versions.get(pk=version.pk)
    if not submission.is_correction(version):
        raise Refusal("Only a correction that was handed in after the freeze is noted.")
    if version.noted_at is not None:
        raise Refusal("This correction was noted already.")
    version.noted_at, version.noted_by = at, by
    version.save(update_fields=["noted_at", "noted_by"])
    if not any(submission.is_correction(v) for v in submission.versions.filter(noted_at=None)):
        close_item(review_key(submission), by=by, at=at)
    record("note_metrics_correction", submission, by=by, at=at, after={"version": version.number})
    return version


def _ruling(deed, standing, status, *, reason, by, at, promised_on=None):
    submission = locked(standing.submission)
    refuse_unless_reviewing(submission, by)
    standing = standings_of(submission).get(pk=standing.pk)
    before = {standing.definition.code: standing.status}
    standing.promised_on = promised_on
    rule([standing], status, reason=reason.strip(), by=by, at=at)
    update_items(submission, by=by, at=at)
    if status == Status.PROMISED:
        ask_promised(submission, standing, at=at)
    subject = f"{standing.definition}: {LETTER_SUBJECTS[status]}"
    tell_firm(submission, f"metric_{status}", subject, at=at, standing=standing)
    record(
        deed,
        submission,
        by=by,
        at=at,
        before=before,
        after={
            standing.definition.code: standing.status,
            **({"promised_on": promised_on} if promised_on else {}),
        },
        reason=standing.reason,
    )
    return standing
