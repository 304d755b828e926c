"""Deeds on a change of owner that concern every floor: what the former owner keeps, what is due.

The rule is applications.operations.ownership; here are added the metrics that the former owner
submitted, and the tasks about its metrics and assessments, which the new owner takes over.
"""

from django.db import transaction

from applications import operations as intake
from applications.models import Facility, OwnershipChange
from assessments.models import Assessment
from metrics.models import MetricsVersion
from qmm_pilot.records.models import ActionItem
from qmm_pilot.uswds.moments import moment_in_words


@transaction.atomic
def accept_facility(change, *, by, at) -> OwnershipChange:
    """The new owner's official confirms the sale. Raises Refusal as intake.accept_facility."""
    kept = _submitted_metrics(change.facility)
    _give_tasks(change.facility, by.organization)
    return intake.accept_facility(change, keepsakes=kept, by=by, at=at)


@transaction.atomic
def record_new_owner(facility, *, successor, since, reason, source, by, at) -> OwnershipChange:
    """FDA alone records the sale. Raises Refusal as intake.record_new_owner."""
    kept = _submitted_metrics(facility)
    _give_tasks(facility, successor)
    return intake.record_new_owner(
        facility,
        successor=successor,
        since=since,
        reason=reason,
        source=source,
        keepsakes=kept,
        by=by,
        at=at,
    )


def _submitted_metrics(facility: Facility) -> dict:
    """The versions that were submitted, as sections by the id of their request; no draft."""
    kept: dict = {}
    versions = (
        MetricsVersion.objects.filter(
            submission__participation__facility=facility, submitted_at__isnull=False
        )
        .select_related("submission__participation")
        .prefetch_related("entries__definition")
        .order_by("submission", "number")
    )
    for version in versions:
        submitted_at = version.submitted_at or version.saved_at
        heading = f"Metrics, version {version.number}, {moment_in_words(submitted_at)}"
        pairs = [[str(entry), _counts(entry)] for entry in version.entries.all()]
        request_id = version.submission.participation.participation_request_id
        kept.setdefault(request_id, []).append([heading, pairs])
    return kept


def _counts(entry):
    if entry.not_measured:
        return f"Not measured. {entry.comment}".strip()
    return f"{entry.numerator} of {entry.denominator} {entry.comment}".strip()


def _give_tasks(facility, successor):
    places = facility.participations.filter(organization=facility.organization)
    places = places.filter(status__in=intake.LIVE_PLACES)
    subjects = [
        *Assessment.objects.filter(participation__in=places),
        *(place.metrics_submission for place in places.filter(metrics_submission__isnull=False)),
    ]
    for subject in subjects:
        ActionItem.objects.open().filter(
            **ActionItem.naming(subject), organization_id=facility.organization_id
        ).update(organization_id=successor.pk)
