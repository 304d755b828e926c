"""What a firm designates as confidential commercial information in its metrics (21 CFR 20.61)."""

from collections.abc import Iterable

from django.db import transaction

from metrics.access import may_enter_metrics
from metrics.models import MetricsVersion
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.confidentiality import designate, marks_of
from qmm_pilot.records.models import Designation
from qmm_pilot.records.trail import record

from .standing import locked, standings_of

PARTS = {"counts": "counts and rates", "comments": "comments"}


def parts_of(submission) -> list[tuple[str, str]]:
    """What may be designated: counts and comments of each metric, with the words of the page."""
    return [
        (f"{standing.definition.code}:{part}", f"{standing.definition}: {words}")
        for standing in standings_of(submission)
        for part, words in PARTS.items()
    ]


def designate_version(version, parts: Iterable[str] | None, *, by, at) -> list[str]:
    """Designate these parts of a version as it is submitted, every part where None is given.

    Part of the deed that submits it. Raises ValueError for a part that the submission lacks.
    """
    known = [name for name, _ in parts_of(version.submission)]
    marked = sorted(known if parts is None else parts)
    if unknown := set(marked) - set(known):
        raise ValueError(f"Not parts of these metrics: {sorted(unknown)}")
    designate(version, marked, by=by, at=at)
    return marked


@transaction.atomic
def designate_metrics(version, parts, *, reason, by, at) -> Designation | None:
    """Designate further parts of a submitted version, "reasonably soon after" (21 CFR 20.61).

    Raises Refusal without a reason or a new part, and for anyone who does not enter metrics for
    this firm; IllegalMove on a draft, whose parts are chosen when it is submitted.
    """
    submission = locked(version.submission)
    version = MetricsVersion.objects.get(pk=version.pk, submission=submission)
    if not may_enter_metrics(by, submission):
        raise Refusal("Only people who enter metrics for the firm designate them.")
    if version.submitted_at is None:
        raise IllegalMove("This version is not submitted: choose what is marked as you submit it.")
    if unknown := set(parts) - {name for name, _ in parts_of(submission)}:
        raise ValueError(f"Not parts of these metrics: {sorted(unknown)}")
    if not reason.strip():
        raise Refusal("Say why these parts are designated now; FDA keeps the reason.")
    new = set(parts) - marks_of(version).fields
    if not new:
        raise Refusal("Choose at least one part that is not designated yet.")
    designation = designate(version, new, by=by, at=at, reason=reason)
    record(
        "designate_metrics",
        version,
        by=by,
        at=at,
        after={"confidential": sorted(new), "expires_on": designation.expires_on},
        reason=reason.strip(),
    )
    return designation
