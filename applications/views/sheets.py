"""One criterion as pages show it: the firm's statement, the evidence, the opinion, the ruling."""

from datetime import date, datetime

from django.db.models import F, FilteredRelation, OuterRef, Q, Subquery

from applications.eligibility import Origin, Outcome
from applications.models import CriterionResult, EarlierVerdict, ParticipationRequest
from applications.operations.verdicts import BY_INSPECTIONS
from applications.operations.versions import stated_rows
from applications.sheet_content import DRUGS
from qmm_pilot.programs.assumptions import assumptions_of, look_back_in_words
from qmm_pilot.programs.models import Criterion

# Beside public rows, whose source is the snapshot.
SAID_BY = {Origin.FIRM: "Declared by the firm", Origin.FDA: "Entered by FDA"}
PEOPLE = ("ruled_by__organization", "confirmed_by__organization")


def results_of(participation_request) -> dict:
    """What stands, by criterion id, with what newer data say and how often it was replaced."""
    earlier = EarlierVerdict.objects.filter(result=OuterRef("pk")).order_by("-number")
    results = (
        CriterionResult.objects.filter(participation_request=participation_request)
        .select_related("criterion", "snapshot", *PEOPLE)
        .alias(standing=FilteredRelation("changes", condition=Q(changes__settled_at=None)))
        .annotate(
            change_id=F("standing__id"),
            change_after=F("standing__after"),
            change_reason=F("standing__reason"),
            change_found_at=F("standing__found_at"),
            earlier_count=Subquery(earlier.values("number")[:1]),
        )
    )
    return {result.criterion_id: result for result in results}


def is_unsettled(result) -> bool:
    """Whether this verdict keeps the request from being determined."""
    return result is None or result.outcome == Outcome.UNDETERMINED or result.awaits_second_person


def criteria_of(participation_request, results):
    """The program's criteria in their order; an examination has a result for each of them."""
    if results:
        return sorted((r.criterion for r in results.values()), key=lambda c: c.order)
    return participation_request.program.criteria.all()


def sheet_of(criterion, result, participation_request, attestation=None):
    """One criterion as the page shows it."""
    program = participation_request.program
    is_inspections = criterion.check_kind in BY_INSPECTIONS
    is_settled = result is not None and result.outcome != Outcome.UNDETERMINED
    return {
        "criterion": criterion,
        "result": result,
        "label": label_of(result) if result else "",
        "about": f"criterion {criterion.code}",
        "rule_label": "Rule otherwise" if is_settled else "Rule on this criterion",
        "rule_kind": "link" if is_settled else "",
        "attestation": attestation,
        "anchor": anchor_of(criterion),
        "is_commitment": criterion.check_kind == Criterion.Check.COMMITMENT,
        "is_location": criterion.check_kind == Criterion.Check.LOCATION,
        "is_inspections": is_inspections,
        "look_back": look_back_in_words(program) if is_inspections else "",
        "inspections": inspections_in(result) if is_inspections and result else [],
        "searched": result.evidence.get("feis", []) if is_inspections and result else [],
        "declared_operations": ", ".join(
            _operation(name) for name in participation_request.operations
        ),
        "registrations": registrations_in(result) if result else [],
        "assumptions": [
            assumption
            for assumption in assumptions_of(program)
            if assumption.concerns == criterion.check_kind
        ],
    }


def anchor_of(criterion) -> str:
    """Where a criterion stands on the sheet."""
    return f"criterion-{criterion.order}"


def unexamined(participation_request, results) -> list[dict]:
    """The inspections declared or entered that no examination has used yet."""
    program = participation_request.program
    used = {
        inspection.get("stated")
        for result in results.values()
        for inspection in result.evidence.get("inspections", [])
    }
    window = {"since": program.inspections_since, "before": program.inspections_before}
    rows = [
        row
        for row in stated_rows(participation_request)
        if row.withdrawn_at is None and str(row.pk) not in used
    ]
    return shown(
        [{"fei": row.fei_key, **row.as_evidence(**window)} for row in rows],
        before=program.inspections_before.isoformat(),
    )


def label_of(result):
    """The words of the badge; an overridden opinion says what stands now."""
    outcome = Outcome(result.outcome).capitalize()
    return f"Overridden: {outcome.lower()}" if result.is_overridden else outcome


def inspections_in(result) -> list[dict]:
    """The inspections of the evidence as examined."""
    evidence = result.evidence
    return shown(evidence.get("inspections", []), before=evidence.get("before", ""))


def registrations_in(result) -> list[dict]:
    """How the site was registered when this was examined."""
    return [
        {
            **each,
            "operations": ", ".join(each["operations"]) or "No operation",
            "expires_on": _day(each["expires_on"]),
        }
        for each in result.evidence.get("registrations", [])
    ]


def _operation(name) -> str:
    return str(dict(ParticipationRequest.Operation.choices).get(name, name))


def shown(inspections, *, before) -> list[dict]:
    """Inspections as the table shows them: dates as dates, each area with what it is about."""
    return [
        {
            **inspection,
            "ended_on": date.fromisoformat(inspection["ended_on"]),
            "is_after_window": inspection["ended_on"] >= before,
            "said_by": SAID_BY.get(inspection.get("origin")),
            "is_entered": inspection.get("origin") == Origin.FDA,
            "stated_at": _moment(inspection.get("stated_on")),
            "looked_up": _day(inspection.get("looked_up_on")),
            "marked_until": _day(inspection.get("letter_marked_until")),
            "project_areas": [
                {
                    **area,
                    "is_drugs": area["product_type"] == DRUGS,
                    "not_drugs": f"Not drugs: {area['product_type'] or 'no product type'}",
                }
                for area in inspection["project_areas"]
            ],
        }
        for inspection in inspections
    ]


def _day(text):
    return date.fromisoformat(text) if text else None


def _moment(text):
    return datetime.fromisoformat(text) if text else None
