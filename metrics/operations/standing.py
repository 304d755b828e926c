"""What every deed on metrics starts from: the locked submission, its standings, its refusals."""

from django.db.models import QuerySet

from applications.models import Participation
from metrics.access import may_enter_metrics, may_review_metrics
from metrics.models import MetricsSubmission, MetricStanding, MetricsVersion
from qmm_pilot.lifecycle import Refusal

Status = MetricStanding.Status


def locked(submission) -> MetricsSubmission:
    """The submission as it stands, its row locked until the deed's transaction ends."""
    return (
        MetricsSubmission.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "participation__program", "participation__facility", "participation__organization"
        )
        .get(pk=submission.pk)
    )


def standings_of(submission) -> QuerySet[MetricStanding]:
    """Its metrics in the program's order."""
    return submission.standings.select_related("definition", "submission__participation")


def last_submitted(submission) -> MetricsVersion | None:
    """The newest version that FDA has."""
    return submission.versions.submitted().order_by("-number").first()


def missing_from(submission) -> list[str]:
    """A sentence for every metric that is neither accepted, promised, waived nor frozen."""
    waits_for = {
        Status.NOT_STARTED: "the firm has not submitted it",
        Status.SUBMITTED: "FDA has not accepted it",
        Status.QUERIED: "the firm has not answered FDA's question",
    }
    return [
        f"{standing.definition.name}: {waits_for[Status(standing.status)]}."
        for standing in standings_of(submission)
        if not standing.is_settled
    ]


def refuse_if_over(submission) -> None:
    """Refuse every deed after an early end."""
    if submission.is_closed:
        raise Refusal(
            "These metrics are closed because the participation ended early. "
            "What was submitted stays readable."
        )


def refuse_unless_entering(submission, by) -> None:
    """Refuse who does not enter metrics for this firm, and everyone once it withdraws (C12)."""
    if not may_enter_metrics(by, submission):
        organization = submission.participation.organization
        raise Refusal(
            f"Only a metrics person or the authorized official of {organization} enters and "
            "submits these metrics."
        )
    refuse_if_over(submission)
    if submission.participation.status == Participation.Status.WITHDRAWING:
        raise Refusal(
            "Your firm has withdrawn from the pilot, so no more metrics are entered or submitted. "
            "What was submitted stays readable."
        )


def refuse_unless_reviewing(submission, by) -> None:
    """Refuse anyone who does not rule on metrics for FDA."""
    if not may_review_metrics(by):
        raise Refusal("Only FDA's coordinator rules on metrics.")
    refuse_if_over(submission)


def rule(standings, status, *, reason, by, at) -> None:
    """Move each metric to a status, in a person's name. Raises IllegalMove."""
    for standing in standings:
        standing.become(status)
        standing.reason, standing.by, standing.at = reason, by, at
        standing.save(update_fields=["status", "reason", "by", "at", "promised_on"])
