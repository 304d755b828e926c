"""Deeds of rechecking: all live verdicts after new data, or the verdict of one request (B15)."""

import hashlib
import json
from collections import defaultdict
from itertools import chain

from django.db import transaction
from django.db.models import Exists, OuterRef

from applications import eligibility
from applications.access import may_review_requests
from applications.inspections import grouped, inspections_of, rows_of
from applications.models import (
    Attestation,
    CriterionResult,
    FacilityIdentifier,
    ParticipationRequest,
    Recheck,
    StatedInspection,
    VerdictChange,
)
from applications.rechecking import ask_for_recheck, suspect_sites, suspect_verdicts
from applications.registrations import registered_as
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Criterion
from qmm_pilot.records.trail import record

from .changes import Found, mark_of, note_changes
from .official_actions import mark_by_evidence, mark_new_official_actions
from .verdicts import (
    BY_INSPECTIONS,
    examine,
    official_in,
    opinion_on,
    opinion_on_inspections,
    opinion_on_site,
)

Status = ParticipationRequest.Status
AT_ONCE = 500  # verdicts whose evidence is read by one set of queries
# What a comparison reads of a verdict, its request and its program.
READ = (
    "opinion",
    "evidence",
    "ruling",
    "confirmed_by",
    "criterion__check_kind",
    "participation_request__receipt_number",
    "participation_request__fei_key",
    "participation_request__facility",
    "participation_request__program__inspections_since",
    "participation_request__program__inspections_before",
)


@transaction.atomic
def recheck_by_hand(*, by, at) -> Recheck:
    """Have all live verdicts rechecked against the data on record."""
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators have the verdicts rechecked.")
    recheck = ask_for_recheck("Asked for by hand", by=by, at=at)
    record("recheck_by_hand", recheck, by=by, at=at)
    return recheck


@transaction.atomic
def recheck_verdicts(recheck_id, *, at) -> Recheck:
    """Compare every live verdict that data decide with those on record; safe to run twice.

    After an import of inspections, what they decide; else criterion a by registrations too.

    Changes no verdict: where the data speak against what stands, a coordinator gets a task, and a
    participation whose site has a new official action is marked (C11).
    """
    recheck = Recheck.objects.select_for_update(no_key=True).get(pk=recheck_id)
    if recheck.finished_at:
        return recheck
    suspects, checked = suspect_verdicts()
    found = [each for some in _batches(suspects) for each in _compared(some)]
    kinds = list(BY_INSPECTIONS)
    if recheck.snapshot_id is None:  # not after inspections alone
        sites, count = suspect_sites()
        found += [each for some in _batches(sites) for each in _compared_sites(some)]
        kinds.append(Criterion.Check.LOCATION)
        checked += count
    among = CriterionResult.objects.filter(criterion__check_kind__in=kinds)
    new = note_changes(found, among=among, recheck=recheck, at=at)
    marks = mark_new_official_actions(source=f"Inspections on record: {recheck.cause}"[:300], at=at)
    recheck.checked, recheck.changed, recheck.finished_at = checked, len(found), at
    recheck.save(update_fields=["checked", "changed", "finished_at"])
    listed = sorted([str(each.result.pk), each.after, each.seen] for each in found)
    record(
        "recheck_verdicts",
        recheck,
        by=None,
        at=at,
        after={
            "checked": checked,
            "speak_against": len(found),
            "new_tasks": len(new),
            "participations_marked": len(marks),
            "list_sha256": hashlib.sha256(json.dumps(listed).encode()).hexdigest(),
        },
    )
    return recheck


def look_again(participation_request, *, by, at) -> dict:
    """After new evidence on one request, inside the caller's transaction and lock.

    Under review what inspections decide is examined anew; a determined request keeps its verdict,
    and where the evidence speaks against it, that becomes a task. Returns what the trail says.
    """
    if participation_request.status == Status.UNDER_REVIEW:
        results = examine(participation_request, by=by, at=at, kinds=tuple(BY_INSPECTIONS))
        return {"opinions": {result.criterion.code: result.opinion for result in results}}
    rows = list(
        participation_request.criterion_results.filter(
            criterion__check_kind__in=BY_INSPECTIONS
        ).select_related("criterion")
    )
    found = []
    for result in rows:
        result.participation_request = participation_request
        found += _against(result, *opinion_on(result.criterion, participation_request))
    if not participation_request.program.is_rehearsal:
        new = note_changes(found, among=rows, at=at)
        mark_by_evidence(participation_request, new, by=by, at=at)
    return {"speaks_against": [each.result.criterion.code for each in found]} if found else {}


def speaks_against(participation_request) -> list[Found]:
    """What the data on record say now against the verdicts of one request; changes nothing.

    What a person settled for just this evidence is left out. Five queries, one more for findings.
    """
    attested = Attestation.objects.filter(
        participation_request=participation_request, criterion=OuterRef("criterion"), ended_at=None
    )
    results = list(
        participation_request.criterion_results.select_related("criterion")
        .annotate(is_attested=Exists(attested))
        .order_by("criterion__order")
    )
    searched = participation_request.fei_keys()
    registrations, public = registered_as(searched), inspections_of(searched)
    stated = list(participation_request.stated_inspections.standing().with_letter())
    found = []
    for result in results:
        result.participation_request = participation_request
        kind = result.criterion.check_kind
        if kind == Criterion.Check.LOCATION:
            opinion, evidence = opinion_on_site(participation_request, registrations)
        elif kind in BY_INSPECTIONS:
            opinion, evidence = opinion_on_inspections(
                result.criterion, participation_request.program, searched, public, stated
            )
        elif kind == Criterion.Check.COMMITMENT:
            opinion, evidence = eligibility.committed(result.is_attested), {}
        else:
            continue  # FDA's staff settle it from their own records
        found += _against(result, opinion, evidence)
    if not found:
        return []
    settled = VerdictChange.objects.filter(result__in=[each.result for each in found])
    answered = set(settled.answered().values_list("result_id", "after", "seen"))
    return [each for each in found if (each.result.pk, each.after, each.seen) not in answered]


def _against(result, opinion: eligibility.Opinion, evidence) -> list[Found]:
    """The finding that this opinion speaks against what stands, or nothing."""
    after = opinion.outcome.value
    unseen = official_in(evidence) - official_in(result.evidence)
    is_against = after not in (result.opinion, result.outcome)
    if is_against or (result.is_overridden and after == "fails" and unseen):
        return [Found(result, after, opinion.reason, mark_of(evidence))]
    return []


def _batches(ids):
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]


def _compared(result_ids) -> list[Found]:
    """Compare these verdicts with their evidence of today: five queries for all of them."""
    results = list(
        CriterionResult.objects.filter(pk__in=result_ids)
        .select_related("participation_request__program", "criterion")
        .only(*READ)
    )
    requests = [result.participation_request for result in results]
    identifiers, stated = _former_feis(requests), defaultdict(list)
    for row in (
        StatedInspection.objects.standing().with_letter().filter(participation_request__in=requests)
    ):
        stated[row.participation_request_id].append(row)
    searched = {row.pk: _once(row.fei_key, *identifiers[row.facility_id]) for row in requests}
    by_fei = defaultdict(list)
    for place, row in enumerate(rows_of(set(chain.from_iterable(searched.values())))):
        by_fei[row[-1]].append((place, row))
    found = []
    for result in results:
        row = result.participation_request
        # In the order in which a single examination reads them: the mark depends on it.
        rows = sorted(chain.from_iterable(by_fei[fei] for fei in searched[row.pk]))
        opinion, evidence = opinion_on_inspections(
            result.criterion,
            row.program,
            searched[row.pk],
            grouped(each for _, each in rows),
            stated[row.pk],
        )
        found += _against(result, opinion, evidence)
    return found


def _compared_sites(result_ids) -> list[Found]:
    """The same for criterion a: three queries for all of them."""
    results = list(
        CriterionResult.objects.filter(pk__in=result_ids).select_related(
            "participation_request__program", "participation_request__facility", "criterion"
        )
    )
    former = _former_feis([result.participation_request for result in results])
    searched = {
        result.pk: _once(
            result.participation_request.fei_key,
            *former[result.participation_request.facility_id],
        )
        for result in results
    }
    feis = chain.from_iterable(searched.values())
    registered = {each.fei_key: each for each in registered_as(feis)}
    found = []
    for result in results:
        known = [registered[fei] for fei in searched[result.pk] if fei in registered]
        found += _against(result, *opinion_on_site(result.participation_request, known))
    return found


def _once(*feis) -> list[str]:
    """These FEIs without repetition: a site may bear one again that is noted as a former one."""
    return list(dict.fromkeys(feis))


def _former_feis(requests) -> dict:
    """The former and merged FEIs of these requests' facilities, by facility."""
    former = defaultdict(list)
    standing = FacilityIdentifier.objects.standing().filter(
        facility__in=[row.facility_id for row in requests]
    )
    for facility_id, fei_key in standing.values_list("facility_id", "fei_key"):
        former[facility_id].append(fei_key)
    return former
