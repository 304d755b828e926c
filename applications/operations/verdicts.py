"""Deeds on eligibility: take up, examine, rule, determine."""

from django.db import transaction

from applications import eligibility
from applications.access import may_review_requests
from applications.eligibility import Outcome
from applications.inspections import inspections_of, newest_snapshot
from applications.models import (
    CriterionResult,
    EarlierVerdict,
    ParticipationRequest,
    VerdictChange,
)
from applications.models.eligibility import KEPT
from applications.models.recheck import EXAMINED_AGAIN
from applications.registrations import operations_listed, registered_as
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Criterion
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.trail import record

from .changes import settle_changes_of
from .facilities import search_key
from .holds import refuse_while_on_hold
from .review_tasks import refresh_tasks_about

Status = ParticipationRequest.Status
# The criteria that the inspection history decides, each with its rule.
BY_INSPECTIONS = {
    Criterion.Check.INSPECTIONS: eligibility.inspected_without_official_action,
    Criterion.Check.LATEST_INSPECTION: eligibility.latest_inspection_without_official_action,
}
# What makes a verdict another one; the moment of an examination alone does not.
COMPARED = [name for name in KEPT if name != "examined_at"]


@transaction.atomic
def take_up_request(participation_request, *, by, at) -> ParticipationRequest:
    """Take up a submitted request and examine every criterion of its program."""
    participation_request = _locked(participation_request, by)
    if participation_request.status != Status.SUBMITTED:
        raise IllegalMove(
            f"This request is “{participation_request.get_status_display()}”, so it was taken up "
            "already or is closed. Reload the page to see its present state."
        )
    refuse_while_on_hold(participation_request)
    participation_request.become(Status.UNDER_REVIEW)
    participation_request.save(update_fields=["status"])
    results = examine(participation_request, by=by, at=at)
    close_item(f"take-up:{participation_request.pk}", by=by, at=at)
    ask_to_determine(participation_request, at=at)
    record(
        "take_up_request",
        participation_request,
        by=by,
        at=at,
        before={"status": Status.SUBMITTED},
        after={
            "status": Status.UNDER_REVIEW,
            "opinions": {result.criterion.code: result.opinion for result in results},
        },
    )
    return participation_request


@transaction.atomic
def examine_again(participation_request, *, by, at) -> list[CriterionResult]:
    """Examine every criterion against the newest data; rulings stay as they are.

    What stood before is kept with its data. A second person's confirmation lapses where the
    examination finds an official action that she did not see.
    """
    participation_request = _locked(participation_request, by)
    _refuse_unless_under_review(participation_request)
    before = {
        result.criterion.code: result.opinion
        for result in participation_request.criterion_results.select_related("criterion")
    }
    results = examine(participation_request, by=by, at=at)
    record(
        "examine_again",
        participation_request,
        by=by,
        at=at,
        before={"opinions": before},
        after={"opinions": {result.criterion.code: result.opinion for result in results}},
    )
    return results


@transaction.atomic
def rule_on_criterion(result, *, ruling, reason, source, by, at) -> CriterionResult:
    """Rule that a criterion is met or not, with reason and source.

    An opinion *undetermined* is settled by one person; a ruling *meets* against the opinion
    *fails* holds only when a second person confirms it (confirm_ruling).
    """
    participation_request = _locked(result.participation_request, by)
    _refuse_unless_under_review(participation_request)
    result = CriterionResult.objects.select_related("criterion").get(pk=result.pk)
    if ruling not in (Outcome.MEETS, Outcome.FAILS):
        raise Refusal("Rule either that the criterion is met or that it is not.")
    if not reason.strip() or not source.strip():
        raise Refusal("A ruling needs its reason and the source that it rests on.")
    before = {"ruling": result.ruling, "reason": result.ruling_reason}
    if result.ruling:
        EarlierVerdict.of(result, EarlierVerdict.Deed.RULED, by=by, at=at).save(force_insert=True)
    result.ruling, result.ruling_reason, result.ruling_source = str(ruling), reason, source
    result.ruled_by, result.ruled_at = by, at
    result.confirmed_by = result.confirmed_at = None
    result.save()
    record(
        "rule_on_criterion",
        result,
        by=by,
        at=at,
        before=before,
        after={
            "criterion": result.criterion.code,
            "opinion": result.opinion,
            "ruling": result.ruling,
            "source": source,
        },
        reason=reason,
    )
    return result


@transaction.atomic
def confirm_ruling(result, *, by, at) -> CriterionResult:
    """Confirm, as a second person, a ruling *meets* against the opinion *fails*."""
    participation_request = _locked(result.participation_request, by)
    _refuse_unless_under_review(participation_request)
    result = CriterionResult.objects.select_related("criterion").get(pk=result.pk)
    if not result.awaits_second_person:
        raise IllegalMove("This ruling does not wait for a second person.")
    if result.ruled_by_id == by.pk:
        raise Refusal("You made this ruling, so a second person must confirm it.")
    result.confirmed_by, result.confirmed_at = by, at
    result.save()
    record(
        "confirm_ruling",
        result,
        by=by,
        at=at,
        after={"criterion": result.criterion.code, "ruling": result.ruling},
    )
    return result


@transaction.atomic
def determine_eligibility(participation_request, *, by, at) -> ParticipationRequest:
    """Determine the request: eligible when every criterion is met, else not eligible.

    Raises Refusal while a criterion is undetermined, a ruling waits for its second person, or newer
    data speak against a verdict and nobody has said what follows (B15).
    """
    participation_request = _locked(participation_request, by)
    _refuse_unless_under_review(participation_request)
    results = list(participation_request.criterion_results.select_related("criterion"))
    _refuse_unsearched(participation_request, results)
    _refuse_other_parameters(participation_request.program, results)
    _refuse_unexamined_answers(participation_request)
    _refuse_unanswered_changes(results)
    waiting = [result for result in results if result.awaits_second_person]
    if waiting:
        raise Refusal(
            f"The ruling on criterion {waiting[0].criterion.code} contradicts what was found and "
            "waits for a second person to confirm it."
        )
    unsettled = [r.criterion.code for r in results if r.outcome == Outcome.UNDETERMINED]
    if unsettled:
        raise Refusal(
            f"Still undetermined: criterion {', '.join(unsettled)}. Rule on it with a reason first."
        )
    failed = [r.criterion.code for r in results if r.outcome == Outcome.FAILS]
    participation_request.become(Status.NOT_ELIGIBLE if failed else Status.ELIGIBLE)
    participation_request.determined_at = at
    participation_request.save(update_fields=["status", "determined_at"])
    close_item(f"determine:{participation_request.pk}", by=by, at=at)
    refresh_tasks_about(participation_request, by=by, at=at)
    program = participation_request.program
    if not program.is_rehearsal:
        raise_item(
            f"select:{program.pk}",
            title=f"Draft and release decisions: {program.short_name}",
            about=program,
            url_name="applications:selection_board",
            url_kwargs={"pk": program.pk},
            at=at,
            role=Role.FDA_SELECTOR,
        )
    record(
        "determine_eligibility",
        participation_request,
        by=by,
        at=at,
        before={"status": Status.UNDER_REVIEW},
        after={"status": participation_request.status, "failed": failed},
    )
    return participation_request


def ask_to_determine(participation_request, *, at) -> None:
    """Ask the coordinators to determine a request that is under review."""
    if participation_request.program.is_rehearsal:
        return
    raise_item(
        f"determine:{participation_request.pk}",
        title=f"Determine eligibility: {participation_request.receipt_number}",
        about=participation_request,
        url_name="applications:request_review",
        url_kwargs={"pk": participation_request.pk},
        at=at,
        role=Role.FDA_COORDINATOR,
        user=participation_request.officer,
    )


def opinion_on(criterion, participation_request) -> tuple[eligibility.Opinion, dict]:
    """What the facts say about one criterion of a request, with the evidence as plain data."""
    program = participation_request.program
    if criterion.check_kind == Criterion.Check.LOCATION:
        registrations = registered_as(participation_request.fei_keys())
        return opinion_on_site(participation_request, registrations)
    if criterion.check_kind == Criterion.Check.STAFF:
        return eligibility.left_to_staff(), {}
    if criterion.check_kind in BY_INSPECTIONS:
        searched = participation_request.fei_keys()
        stated = participation_request.stated_inspections.standing().with_letter()
        return opinion_on_inspections(
            criterion, program, searched, inspections_of(searched), stated
        )
    attestation = participation_request.attestations.filter(
        criterion=criterion, ended_at=None
    ).first()
    return eligibility.committed(attestation is not None), {
        "statement": attestation.text if attestation else "",
        "attested_by": str(attestation.attested_by) if attestation else "",
    }


def opinion_on_site(participation_request, registrations) -> tuple[eligibility.Opinion, dict]:
    """Criterion a: the address decides; then what the firm declares and how it is registered."""
    program, facility = participation_request.program, participation_request.site
    opinion = eligibility.located_for_the_pilot(
        str(facility.country),
        facilities_are=program.facilities_are,
        territories_are_domestic=program.territories_are_domestic,
    )
    declared = eligibility.as_registered(participation_request.operations)
    if opinion.outcome is Outcome.MEETS:
        registered, is_published = operations_listed(registrations)
        does = eligibility.manufactures_for_the_pilot(
            declared, registered, pilot=program.pilot, is_published=is_published
        )
        opinion = eligibility.Opinion(does.outcome, f"{opinion.reason} {does.reason}")
    return opinion, {
        "country": facility.country.name,
        "address": facility.address,
        "territories_are_domestic": program.territories_are_domestic,
        "declared_operations": declared,
        "registrations": [
            {
                "fei": each.fei_key,
                "firm_name": each.firm_name,
                "address": each.address,
                "operations": list(each.operations),
                "expires_on": each.expires_on and each.expires_on.isoformat(),
                "is_published": each.is_published,
                "file_name": each.file_name,
            }
            for each in registrations
        ],
    }


def opinion_on_inspections(
    criterion, program, searched, public, stated
) -> tuple[eligibility.Opinion, dict]:
    """The same for a criterion of BY_INSPECTIONS: public ones of these FEIs, and those stated."""
    window = {"since": program.inspections_since, "before": program.inspections_before}
    known = [
        (each, {"fei": each.fei_key, **each.as_evidence(**window), "conflicting": each.conflicting})
        for each in public
    ]
    known += [
        (row.as_inspection(), {"fei": row.fei_key, **row.as_evidence(**window)}) for row in stated
    ]
    known.sort(key=lambda pair: pair[0].ended_on, reverse=True)
    opinion = BY_INSPECTIONS[criterion.check_kind]((one for one, _ in known), **window)
    return opinion, {
        **{edge: day.isoformat() for edge, day in window.items()},
        "feis": searched,
        "inspections": [evidence for _, evidence in known],
    }


def examine(
    participation_request, *, by, at, kinds=tuple(Criterion.Check)
) -> list[CriterionResult]:
    """Examine the criteria of these kinds, inside the caller's transaction; keep what stood."""
    close_item(search_key(participation_request), by=by, at=at)
    if set(kinds) == set(Criterion.Check):
        answered = participation_request.information_requests.exclude(ended_at=None)
        answered.filter(examined_at=None).update(examined_at=at)
    snapshot = newest_snapshot()
    standing = {row.criterion_id: row for row in participation_request.criterion_results.all()}
    results = []
    for criterion in participation_request.program.criteria.filter(check_kind__in=kinds):
        opinion, evidence = opinion_on(criterion, participation_request)
        uses_data = criterion.check_kind in BY_INSPECTIONS
        result = standing.get(criterion.pk)
        earlier = result and EarlierVerdict.of(result, EarlierVerdict.Deed.EXAMINED, by=by, at=at)
        result = result or CriterionResult(participation_request=participation_request)
        result.criterion = criterion
        if result.confirmed_by_id and official_in(evidence) - official_in(result.evidence):
            result.confirmed_by = result.confirmed_at = None
        result.opinion, result.opinion_reason = opinion.outcome.value, opinion.reason
        result.evidence, result.examined_at = evidence, at
        result.snapshot = snapshot if uses_data else None
        if earlier and any(getattr(earlier, name) != getattr(result, name) for name in COMPARED):
            earlier.save(force_insert=True)
        result.save()
        results.append(result)
    settle_changes_of(results, settlement=EXAMINED_AGAIN, by=by, at=at)
    return results


def official_in(evidence) -> set[tuple[str, str]]:
    """The inspections of this evidence that ended in an official action inside the window."""
    return {
        (each["id"], each["ended_on"])
        for each in evidence.get("inspections", ())
        if each["in_window"]
        and (
            each["classification"] == "OAI"
            or any(area["classification"] == "OAI" for area in each["project_areas"])
        )
    }


def _locked(participation_request, by):
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators determine eligibility.")
    return (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility")
        .get(pk=participation_request.pk)
    )


def _refuse_unsearched(participation_request, results):
    """A former FEI that came or went after the examination could hide an OAI."""
    searched = [r.evidence["feis"] for r in results if "feis" in r.evidence]
    if any(set(feis) != set(participation_request.fei_keys()) for feis in searched):
        raise Refusal("The facility’s FEIs changed since the examination. Examine again first.")


def _refuse_other_parameters(program, results):
    """Parameters of the program that changed after the examination would decide otherwise (A4)."""
    now = {
        "since": program.inspections_since.isoformat(),
        "before": program.inspections_before.isoformat(),
        "territories_are_domestic": program.territories_are_domestic,
    }
    if any(r.evidence.get(name, value) != value for r in results for name, value in now.items()):
        raise Refusal(
            "The program’s look-back or how it counts territories changed since the examination. "
            "Examine again first."
        )


def answers_to_examine(participation_request) -> set[str]:
    """The kinds of criteria whose answers the firm changed since they were examined (B8)."""
    answered = participation_request.information_requests.filter(examined_at=None)
    return {kind for kinds in answered.values_list("concerned", flat=True) for kind in kinds}


def _refuse_unexamined_answers(participation_request):
    if answers_to_examine(participation_request):
        raise Refusal("The firm changed answers since the examination. Examine again first.")


def _refuse_unanswered_changes(results):
    """A recheck may have found an official action that nobody has looked at (B15)."""
    changes = VerdictChange.objects.standing().filter(result__in=results)
    spoken = changes.order_by("result__criterion__order").values_list("result__criterion__code")
    if codes := [code for (code,) in spoken]:
        raise Refusal(
            f"Newer data speak against criterion {', '.join(codes)}. Examine again first, or keep "
            "the verdict with your reason."
        )


def _refuse_unless_under_review(participation_request):
    if participation_request.status != Status.UNDER_REVIEW:
        raise IllegalMove(
            f"This request is “{participation_request.get_status_display()}”, not under review. "
            "Reload the page to see its present state."
        )
    refuse_while_on_hold(participation_request)
