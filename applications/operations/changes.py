"""Verdicts that newer data would change: noted as tasks, settled by people (B15)."""

import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction

from applications.access import may_review_requests
from applications.models import CriterionResult, VerdictChange
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.actions import raise_items
from qmm_pilot.records.models import ActionItem
from qmm_pilot.records.trail import record

TAKEN_BACK = "The newest data no longer speak against the verdict."
REPLACED = "A later look found other evidence."


class Found(NamedTuple):
    """A verdict, what the data say of it now, and the mark of the evidence."""

    result: CriterionResult
    after: str
    reason: str
    seen: str


def mark_of(evidence) -> str:
    """The mark of this evidence: the same inspections or registrations give the same one."""
    shown = json.dumps(evidence.get("inspections", evidence.get("registrations")), sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()


def note_changes(found: list[Found], *, among: Iterable | None, recheck=None, at) -> list[Found]:
    """Make each verdict that would change a task; those noted anew.

    What stands with the same evidence stays, what a person settled for the same evidence is not
    raised again, and a standing change of the verdicts `among` (None: all) that was not found
    this time is taken back. A constant number of queries.
    """
    standing = VerdictChange.objects.standing()
    if among is not None:
        standing = standing.filter(result__in=among)
    known = {row.result_id: row for row in standing.select_related("result")}
    answered = set(
        VerdictChange.objects.filter(result__in=[each.result.pk for each in found])
        .answered()
        .values_list("result_id", "after", "seen")
    )
    same = {
        each.result.pk
        for each in found
        if each.result.pk in known
        and (known[each.result.pk].after, known[each.result.pk].seen) == (each.after, each.seen)
    }
    new = [
        each
        for each in found
        if each.result.pk not in same and (each.result.pk, each.after, each.seen) not in answered
    ]
    renewed = {each.result.pk for each in new}
    gone = [row for pk, row in known.items() if pk not in same]
    replaced = [row.pk for row in gone if row.result_id in renewed]
    taken_back = [row.pk for row in gone if row.result_id not in renewed]
    for pks, words in ((replaced, REPLACED), (taken_back, TAKEN_BACK)):
        if pks:
            VerdictChange.objects.filter(pk__in=pks).update(settled_at=at, settlement=words)
    # A recheck and a coordinator who enters evidence may note the same verdict at one moment.
    VerdictChange.objects.bulk_create(
        [
            VerdictChange(
                recheck=recheck,
                result=each.result,
                before=each.result.outcome,
                after=each.after,
                reason=each.reason,
                seen=each.seen,
                found_at=at,
            )
            for each in new
        ],
        ignore_conflicts=True,
    )
    _close_items([row.result for row in gone if row.result_id not in renewed], by=None, at=at)
    raise_items([_item(each) for each in new], at=at)
    return new


def settle_changes_of(results, *, settlement, by, at) -> None:
    """Settle what stands against these verdicts, inside the caller's transaction."""
    standing = VerdictChange.objects.standing().filter(result__in=results)
    if standing.update(settled_by=by, settled_at=at, settlement=settlement):
        _close_items(results, by=by, at=at)


@transaction.atomic
def settle_change(change, *, reason, by, at) -> VerdictChange:
    """Settle by hand that newer data would change a verdict: the verdict stays, the reason too.

    Raises Refusal for anyone but a coordinator and without a reason.
    """
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators settle what newer data would change.")
    if not reason.strip():
        raise Refusal("Say why the verdict stays as it is, or what is done about it.")
    change = (
        VerdictChange.objects.select_for_update(of=("self",), no_key=True)
        .select_related("result__participation_request", "result__criterion")
        .get(pk=change.pk)
    )
    if change.settled_at:
        raise IllegalMove("This was settled already. Reload the page to see how.")
    settle_changes_of([change.result], settlement=reason, by=by, at=at)
    record(
        "settle_change",
        change.result.participation_request,
        by=by,
        at=at,
        before={"stands": change.before, "data_say": change.after},
        after={"criterion": change.result.criterion.code, "change": change.pk},
        reason=reason,
    )
    change.refresh_from_db()
    return change


def _key(result) -> str:
    return f"verdict-change:{result.pk}"


def _close_items(results, *, by, at):
    keys = [_key(result) for result in results]
    if keys:
        ActionItem.objects.open().filter(key__in=keys).update(closed_at=at, closed_by=by)


def _item(found):
    participation_request = found.result.participation_request
    return {
        "key": _key(found.result),
        "title": f"Newer data speak against the verdict on {participation_request.receipt_number}",
        "about": participation_request,
        "url_name": "applications:request_review",
        "url_kwargs": {"pk": participation_request.pk},
        "role": Role.FDA_COORDINATOR,
    }
