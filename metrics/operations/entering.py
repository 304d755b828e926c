"""What the firm does: keep a draft of its counts, and hand it to FDA as a version."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from metrics import completeness, measures
from metrics.measures import Period
from metrics.models import MetricEntry, MetricStanding, MetricsVersion
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.actions import close_item
from qmm_pilot.records.disclosure import disclose, withhold
from qmm_pilot.records.statement import note_seen
from qmm_pilot.records.trail import record

from .confidentiality import designate_version
from .standing import last_submitted, locked, refuse_unless_entering, rule, standings_of
from .telling import ask_fda, promise_key, update_items

Status = MetricStanding.Status
ENTRY_VALUES = ("numerator", "denominator", "not_measured", "comment")


class Cell(NamedTuple):
    """What a firm enters for one metric (by its code) in one quarter."""

    metric: str
    period: Period
    numerator: int | None = None
    denominator: int | None = None
    not_measured: bool = False
    comment: str = ""

    @property
    def is_blank(self) -> bool:
        return self[2:4] == (None, None) and not self.not_measured and not self.comment.strip()


class Incomplete(Refusal):
    """Metrics that cannot be submitted yet; `problems` pins each one to metric and quarter."""

    def __init__(self, problems):
        self.problems = problems
        super().__init__(
            "The metrics were not submitted. " + " ".join(str(problem) for problem in problems)
        )


@transaction.atomic
def save_metrics_draft(
    submission, cells: Iterable[Cell], *, by, at: datetime, revision: int | None = None
) -> MetricsVersion:
    """Keep what the firm has entered so far; quarters that are not named stay as they are.

    A blank cell removes what the draft had. `revision` is the one the person's page was made from.
    Raises Refusal for a person or metric that may not, an impossible count, or a stale page. The
    trail names the save, not the counts, and withholds it from FDA until the version is submitted.
    """
    submission = locked(submission)
    draft = _write_draft(submission, cells, by=by, at=at, revision=revision)
    record(
        "save_metrics_draft",
        draft,
        by=by,
        at=at,
        after={"version": draft.number, "revision": draft.revision, "sha256": _fingerprint(draft)},
    )
    return draft


@transaction.atomic
def submit_metrics(
    submission,
    *,
    by,
    at: datetime,
    cells: Iterable[Cell] = (),
    reason: str = "",
    revision: int | None = None,
    statement: int | None = None,
    confidential: Iterable[str] | None = None,
) -> MetricsVersion:
    """Hand the draft, with these last cells, to FDA as a version that never changes again.

    Every metric that is owed must be complete (completeness.py); promised ones are handed in when
    their counts are new. A version after the first needs a reason; after the freeze it is a listed
    correction. `statement` is the version of FDA's statement of use that the page showed;
    `confidential` the parts that the firm designates, every one unless told
    (confidentiality.py). Raises Incomplete with each problem, or Refusal; then nothing is written.
    """
    submission = locked(submission)
    cells = list(cells)
    if cells or revision is not None:
        _write_draft(submission, cells, by=by, at=at, revision=revision)
    refuse_unless_entering(submission, by)
    review = review_draft(submission)
    if review is None:
        raise Refusal("There is nothing new to submit: no metric was entered or changed.")
    if review.draft.number > 1 and not reason.strip():
        raise Refusal("Say why this version differs from the one that FDA already has.")
    if review.problems:
        raise Incomplete(review.problems)
    if not review.handed_in:
        raise Refusal("There is nothing new to submit: no metric was entered or changed.")
    read = note_seen("submit_metrics", review.draft, seen=statement, by=by, at=at)
    draft, handed_in = review.draft, review.handed_in
    # Waived while the firm was still entering: those counts are not handed in.
    unasked = [standing.definition_id for standing in review.left_out]
    MetricEntry.objects.filter(version=draft, definition__in=unasked).delete()
    draft.submitted_at, draft.submitted_by, draft.reason = at, by, reason.strip()
    draft.save(update_fields=["submitted_at", "submitted_by", "reason"])
    disclose(draft, at=at)
    marked = designate_version(draft, confidential, by=by, at=at)
    before = {standing.definition.code: standing.status for standing in handed_in}
    for standing in handed_in:
        close_item(promise_key(standing), by=by, at=at)
        if not submission.is_frozen:
            standing.promised_on = None
            rule([standing], Status.SUBMITTED, reason="", by=by, at=at)
    update_items(submission, by=by, at=at)
    ask_fda(submission, at=at)
    record(
        "submit_metrics",
        submission,
        by=by,
        at=at,
        before=before,
        after={
            **{standing.definition.code: standing.status for standing in handed_in},
            "version": draft.number,
            "sha256": _fingerprint(draft),
            "correction": submission.is_frozen,
            "statement_of_use": read.version,
            "confidential": marked,
        },
        reason=draft.reason,
    )
    return draft


class DraftReview(NamedTuple):
    """A draft as it would go to FDA: the metrics it hands in or leaves out, and what it lacks."""

    draft: MetricsVersion
    handed_in: list[MetricStanding]
    left_out: list[MetricStanding]
    problems: list[completeness.Problem]


def review_draft(submission) -> DraftReview | None:
    """Look the draft over without changing anything; None where there is no draft."""
    draft = submission.versions.filter(submitted_at=None).prefetch_related("entries").first()
    if draft is None:
        return None
    entries = completeness.by_metric(draft.entries.all())
    last = last_submitted(submission)
    known = completeness.by_metric(last.entries.all()) if last else {}
    review = DraftReview(draft, [], [], [])
    for standing in standings_of(submission):
        definition = standing.definition
        own = entries.get(definition.pk, {})
        is_new = _values(own) != _values(known.get(definition.pk, {}))
        if standing.is_owed or (standing.is_open_to_firm and is_new):
            review.handed_in.append(standing)
            review.problems.extend(completeness.problems_of(definition, own, submission.periods))
        elif is_new:
            review.left_out.append(standing)
    return review


def _write_draft(submission, cells, *, by, at, revision):
    # The standings stay as they are: FDA reads them, and learns nothing of a draft (A13).
    refuse_unless_entering(submission, by)
    standings = {standing.definition.code: standing for standing in standings_of(submission)}
    cells = [_checked(cell, submission, standings) for cell in cells]
    draft = _draft_of(submission, at=at, revision=revision)
    for cell in cells:
        key = {
            "version": draft,
            "definition": standings[cell.metric].definition,
            "year": cell.period.year,
            "quarter": cell.period.quarter,
        }
        if cell.is_blank:
            MetricEntry.objects.filter(**key).delete()
        else:
            values = {name: getattr(cell, name) for name in ENTRY_VALUES}
            MetricEntry.objects.update_or_create(**key, defaults=values)
    draft.revision += 1
    draft.saved_at = at
    draft.save(update_fields=["revision", "saved_at"])
    return draft


def _checked(cell, submission, standings):
    standing = standings.get(cell.metric)
    if standing is None:
        raise Refusal(f"This program asks for no metric called “{cell.metric}”.")
    if cell.period not in submission.periods:
        raise Refusal(f"{standing.definition}: {cell.period} is not one of the quarters asked for.")
    if not standing.is_open_to_firm:
        status = standing.get_status_display().lower()
        raise Refusal(f"{standing.definition} is {status}; its counts cannot be changed now.")
    if cell.not_measured and (cell.numerator, cell.denominator) != (None, None):
        raise Refusal(
            f"{standing.definition}, {cell.period}: give counts, or mark the quarter as not "
            "measured, not both."
        )
    for label, count in (
        (standing.definition.numerator_label, cell.numerator),
        (standing.definition.denominator_label, cell.denominator),
    ):
        try:
            if count is not None:
                measures.check_count(count, label)
        except measures.CountError as error:
            raise Refusal(f"{standing.definition}, {cell.period}: {error}") from error
    return cell._replace(comment=cell.comment.strip())


def _draft_of(submission, *, at, revision):
    draft = submission.versions.filter(submitted_at=None).first()
    if revision is not None and revision != (draft.revision if draft else 0):
        raise Refusal(
            "A colleague, or you in another window, saved this page after you opened it. Your "
            "changes were not saved: reload the page to see the newer answers, then enter yours."
        )
    if draft is not None:
        return draft
    last = last_submitted(submission)
    draft = MetricsVersion.objects.create(
        submission=submission, number=last.number + 1 if last else 1, saved_at=at
    )
    withhold(draft, at=at)  # FDA knows of no draft (A13)
    if last is not None:
        MetricEntry.objects.bulk_create(
            MetricEntry(
                version=draft,
                definition_id=entry.definition_id,
                year=entry.year,
                quarter=entry.quarter,
                **{name: getattr(entry, name) for name in ENTRY_VALUES},
            )
            for entry in last.entries.all()
        )
    return draft


def _values(entries_by_period):
    return {
        period: tuple(getattr(entry, name) for name in ENTRY_VALUES)
        for period, entry in entries_by_period.items()
    }


def _fingerprint(version):
    """SHA-256, hex, of a version's entries in order: the trail holds it in place of the counts."""
    rows = version.entries.order_by("definition__code", "year", "quarter").values_list(
        "definition__code", "year", "quarter", *ENTRY_VALUES
    )
    return hashlib.sha256(json.dumps(list(rows), ensure_ascii=False).encode()).hexdigest()
