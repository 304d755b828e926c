"""FDA's pages of eligibility: the sheet of one request and its deeds."""

from datetime import date

from django.db.models import OuterRef, Subquery, prefetch_related_objects
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations
from applications.access import may_assign_requests, may_read_requests, may_review_requests
from applications.eligibility import Outcome
from applications.fda_forms import RulingForm
from applications.inspections import newest_snapshot
from applications.models import (
    CriterionResult,
    Facility,
    Hold,
    ParticipationRequest,
)
from applications.models.hold import is_held
from applications.operations.requests import ATTESTATIONS, standing_attestations
from applications.operations.verdicts import BY_INSPECTIONS
from qmm_pilot.programs.assumptions import assumptions_of, look_back_in_words
from qmm_pilot.programs.models import Criterion
from qmm_pilot.records.holds import marks_of
from qmm_pilot.records.signatures import checked_signatures

from .answers import designations_in_words
from .deeds import carried_out, open_only_if
from .queue import carried, onward

Status = ParticipationRequest.Status

# FDA's name of the product type; every other one is flagged beside the evidence.
DRUGS = "Drugs"


@require_safe
def request_review(request, pk):
    """Show the eligibility sheet of one request."""
    participation_request = _visible(request, pk, **_marks(request.user))
    results = _results(participation_request)
    is_under_review = participation_request.status == Status.UNDER_REVIEW
    prefetch_related_objects([participation_request], ATTESTATIONS)
    attestations = {row.criterion_id: row for row in standing_attestations(participation_request)}
    identifiers = list(participation_request.facility.identifiers.standing())
    sheets = [
        _sheet(
            criterion,
            results.get(criterion.pk),
            participation_request,
            attestations.get(criterion.pk),
        )
        for criterion in _criteria(participation_request, results)
    ]
    unsettled = [sheet for sheet in sheets if _is_unsettled(sheet["result"])]
    failing = [s for s in sheets if s["result"] and s["result"].outcome == Outcome.FAILS]
    return render(
        request,
        "applications/fda/review.html",
        {
            **_frame(participation_request),
            "carried": carried(request),
            "may_assign": may_assign_requests(request.user),
            "keeping": marks_of(
                request.user,
                participation_request,
                participation_request.organization,
                participation_request.program,
            ),
            "sheets": sheets,
            "identifiers": identifiers,
            "unsearched": _unsearched(participation_request, identifiers, results),
            "changes": _changes(participation_request),
            "may_change": may_review_requests(request.user),
            "holds": _holds(participation_request),
            "may_review": may_review_requests(request.user),
            "is_submitted": participation_request.status == Status.SUBMITTED,
            "is_under_review": is_under_review,
            "newer_data": _newer_data(sheets) if is_under_review else None,
            "unsettled": unsettled,
            "failing": failing,
            "signatures": checked_signatures(participation_request),
            "determine_label": "Determine: not eligible" if failing else "Determine: eligible",
            "operations": _words(ParticipationRequest.Operation, participation_request.operations),
            "products": _words(ParticipationRequest.Product, participation_request.products),
        },
    )


@require_POST
def request_take_up(request, pk):
    """Take up a submitted request."""
    participation_request = _open_for_review(request, pk)
    carried_out(
        request,
        operations.take_up_request,
        participation_request,
        done="The request is under review. Every criterion was examined.",
    )
    return onward(request, pk)


@require_POST
def request_examine(request, pk):
    """Examine every criterion again."""
    participation_request = _open_for_review(request, pk)
    carried_out(
        request,
        operations.examine_again,
        participation_request,
        done="Every criterion was examined again. Rulings stand as they were.",
    )
    return onward(request, pk)


@require_POST
def request_determine(request, pk):
    """Determine the eligibility of a request."""
    participation_request = _open_for_review(request, pk)
    carried_out(
        request,
        operations.determine_eligibility,
        participation_request,
        done="Eligibility is determined. The firm is told when decisions are released.",
    )
    return onward(request, pk)


@require_http_methods(["GET", "HEAD", "POST"])
def request_rule(request, pk, result_pk):
    """Rule on one criterion of a request."""
    participation_request = _open_for_review(request, pk)
    result = _result_or_404(participation_request, result_pk)
    form = RulingForm(request.POST or None)
    if form.is_valid() and carried_out(
        request,
        operations.rule_on_criterion,
        result,
        **form.cleaned_data,
        done=f"Your ruling on criterion {result.criterion.code} is recorded.",
    ):
        return onward(request, pk)
    return render(
        request,
        "applications/fda/rule.html",
        {
            **_frame(participation_request),
            "carried": carried(request),
            "form": form,
            "rule_title": f"Rule on criterion {result.criterion.code}",
            "sheet": _sheet(
                result.criterion,
                result,
                participation_request,
                participation_request.attestations.select_related("attested_by__organization")
                .filter(criterion=result.criterion, ended_at=None)
                .first(),
            ),
            "contradicts_data": result.opinion == Outcome.FAILS,
        },
    )


@require_POST
def request_confirm_ruling(request, pk, result_pk):
    """Confirm another person's ruling against what was found."""
    participation_request = _open_for_review(request, pk)
    result = _result_or_404(participation_request, result_pk)
    carried_out(
        request,
        operations.confirm_ruling,
        result,
        done=f"The ruling on criterion {result.criterion.code} is confirmed and in force.",
    )
    return onward(request, pk)


def _visible(request, pk, **marks):
    open_only_if(may_read_requests(request.user))
    return get_object_or_404(
        ParticipationRequest.objects.visible_to(request.user)
        .select_related(
            "program", "facility", "organization", "submitted_by__organization", "officer"
        )
        .annotate(**marks),
        pk=pk,
    )


def _marks(user):
    """Whether the request is on hold, and a site of the same DUNS with another FEI (B6)."""
    twins = (
        Facility.objects.visible_to(user)
        .filter(duns=OuterRef("facility__duns"))
        .exclude(fei_key=OuterRef("facility__fei_key"))
        .order_by("pk")
    )
    return {
        "is_held": is_held(),
        "twin_name": Subquery(twins.values("name")[:1]),
        "twin_fei": Subquery(twins.values("fei")[:1]),
    }


def _holds(participation_request):
    if not participation_request.is_held:
        return []
    return list(Hold.objects.standing().on(participation_request))


def _open_for_review(request, pk):
    open_only_if(may_review_requests(request.user))
    return _visible(request, pk)


def _result_or_404(participation_request, result_pk):
    return get_object_or_404(
        CriterionResult.objects.select_related(
            "criterion",
            "snapshot",
            "participation_request",
            "ruled_by__organization",
            "confirmed_by__organization",
        ),
        pk=result_pk,
        participation_request=participation_request,
    )


def _words(choices, values):
    """The chosen values in the words of their choices."""
    labels = dict(choices.choices)
    return ", ".join(labels.get(value, value) for value in values)


def _is_unsettled(result):
    return result is None or result.outcome == Outcome.UNDETERMINED or result.awaits_second_person


def _frame(participation_request):
    program = participation_request.program
    marks = operations.marks_of_request(participation_request)
    return {
        "confidential": marks,
        # A contact or deputy is shown as one fact: marked where any part of it is.
        "marked": dict.fromkeys(marks.fields, True) | _people_marked(marks),
        "designations": designations_in_words(participation_request, marks),
        "participation_request": participation_request,
        "program": program,
        "facility": participation_request.site,
        "kicker": f"{program.short_name} · {participation_request.receipt_number}",
        "rehearsal": program.name if program.is_rehearsal else "",
    }


def _people_marked(marks):
    return {
        f"{whom}_name": any(name.startswith(f"{whom}_") for name in marks.fields)
        for whom in ("contact", "deputy")
    }


def _results(participation_request):
    """What was found so far, by criterion id."""
    results = participation_request.criterion_results.select_related(
        "criterion", "snapshot", "ruled_by__organization", "confirmed_by__organization"
    )
    return {result.criterion_id: result for result in results}


def _unsearched(participation_request, identifiers, results):
    """Whether criterion b was examined under other FEIs than those on record now."""
    now = {participation_request.fei_key, *(row.fei_key for row in identifiers)}
    examined = [result.evidence["feis"] for result in results.values() if "feis" in result.evidence]
    return any(set(feis) != now for feis in examined)


def _changes(participation_request):
    """What the firm changed about the facility since it submitted: words, before, after."""
    if not participation_request.facility_as_submitted:
        return []
    submitted, now = participation_request.site, participation_request.facility
    return [
        (words, then, today)
        for words, then, today in (
            ("Name", submitted.name, now.name),
            ("FEI", submitted.fei, now.fei),
            ("DUNS", submitted.duns, now.duns),
            ("Address", submitted.address, now.address),
            ("Time zone", submitted.time_zone, now.time_zone),
        )
        if then != today
    ]


def _criteria(participation_request, results):
    """The program's criteria in their order; an examination has a result for each of them."""
    if results:
        return sorted((r.criterion for r in results.values()), key=lambda c: c.order)
    return participation_request.program.criteria.all()


def _newer_data(sheets):
    """The newest inspection file where the examination used an older one, or None."""
    newest = newest_snapshot()
    used = {s["result"].snapshot_id for s in sheets if s["is_inspections"] and s["result"]}
    return newest if newest and newest.pk not in used else None


def _sheet(criterion, result, participation_request, attestation=None):
    """One criterion as the page shows it."""
    program = participation_request.program
    is_inspections = criterion.check_kind in BY_INSPECTIONS
    is_settled = result is not None and result.outcome != Outcome.UNDETERMINED
    return {
        "criterion": criterion,
        "result": result,
        "label": _label(result) if result else "",
        "about": f"criterion {criterion.code}",
        "rule_label": "Rule otherwise" if is_settled else "Rule on this criterion",
        "rule_kind": "link" if is_settled else "",
        "attestation": attestation,
        "anchor": f"criterion-{criterion.order}",
        "is_commitment": criterion.check_kind == Criterion.Check.COMMITMENT,
        "is_location": criterion.check_kind == Criterion.Check.LOCATION,
        "is_inspections": is_inspections,
        "look_back": look_back_in_words(program) if is_inspections else "",
        "inspections": _inspections(result) if is_inspections and result else [],
        "searched": result.evidence.get("feis", []) if is_inspections and result else [],
        "assumptions": [
            assumption
            for assumption in assumptions_of(program)
            if assumption.concerns == criterion.check_kind
        ],
    }


def _label(result):
    """The words of the badge; an overridden opinion says what stands now."""
    outcome = Outcome(result.outcome).capitalize()
    return f"Overridden: {outcome.lower()}" if result.is_overridden else outcome


def _inspections(result):
    """The rows of evidence as examined: dates as dates, each area with what it is about."""
    before = result.evidence.get("before", "")
    return [
        {
            **inspection,
            "ended_on": date.fromisoformat(inspection["ended_on"]),
            "is_after_window": inspection["ended_on"] >= before,
            "project_areas": [
                {
                    **area,
                    "is_drugs": area["product_type"] == DRUGS,
                    "not_drugs": f"Not drugs: {area['product_type'] or 'no product type'}",
                }
                for area in inspection["project_areas"]
            ],
        }
        for inspection in result.evidence.get("inspections", [])
    ]
