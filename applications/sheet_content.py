"""What the printed eligibility sheet says: plain data from rows, then HTML, then tagged PDF."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from applications.eligibility import Origin, Outcome
from applications.models import ParticipationRequest
from qmm_pilot.printing import render_pdf
from qmm_pilot.programs.assumptions import assumptions_of, look_back_in_words
from qmm_pilot.programs.models import Criterion
from qmm_pilot.uswds.moments import day_in_words, moment_in_words

TITLE = "Eligibility sheet"
BANNER = "Contains confidential commercial information – 21 CFR 20.61. For FDA’s use only."
LIMIT = (
    "Public data can disprove, never prove: inspections that await FDA’s final decision are not in "
    "them."
)
NO_CLASS = "No final class"
DRUGS = "Drugs"  # FDA's name of the product type
UTC = ZoneInfo("UTC")


def content_of(participation_request, results, attestations, *, by, at) -> dict:
    """The whole sheet as words, as it stands at this moment; every moment is Eastern.

    `results` are the verdicts in the order of the criteria, with people and snapshot;
    `attestations` those in force by criterion id.
    """
    site, program = participation_request.site, participation_request.program
    return {
        "title": TITLE,
        "banner": BANNER,
        "limit": LIMIT,
        "rehearsal": program.name if program.is_rehearsal else "",
        "printed": f"Printed {moment_in_words(at, short=True)}",
        "printed_for": by.name,
        "printed_at": at.astimezone(UTC).isoformat(),
        "receipt_number": participation_request.receipt_number,
        "facility": site.name,
        "facts": [
            ["Program", f"{program.name} ({program.notice_citation})"],
            ["Receipt number", participation_request.receipt_number],
            ["State", participation_request.get_status_display()],
            ["Received", moment_in_words(participation_request.submitted_at)],
            ["Determined", _moment(participation_request.determined_at) or "Not yet"],
            ["Firm", participation_request.organization.name],
            ["Facility", site.name],
            ["Address", site.address],
            ["FEI", ", ".join(_feis(participation_request))],
            ["DUNS", site.duns],
            ["Operations", _operations(participation_request)],
        ],
        "criteria": [
            _criterion(result, participation_request, attestations.get(result.criterion_id))
            for result in results
        ],
    }


def sheet_html(content: dict) -> str:
    """The sheet as HTML for printing."""
    return render_to_string("reports/eligibility_sheet.html", {"content": content})


def sheet_pdf(content: dict) -> bytes:
    """The sheet as tagged PDF/UA-1. Raises `printing.PrintingFailed`, naming the fault."""
    return render_pdf(
        sheet_html(content),
        title=f"{TITLE} {content['receipt_number']}",
        moment=datetime.fromisoformat(content["printed_at"]),
    )


def _criterion(result, participation_request, attestation) -> dict:
    criterion, program = result.criterion, participation_request.program
    outcome = Outcome(result.outcome).capitalize()
    evidence = result.evidence
    has_inspections = "inspections" in evidence
    return {
        "heading": f"Criterion {criterion.code}: {criterion.title}",
        "outcome": f"Overridden: {outcome.lower()}" if result.is_overridden else outcome,
        "quotation": criterion.quotation,
        "citation": criterion.citation,
        "assumptions": [
            f"Our assumption – {each.setting}: {each.value}. {each.why}"
            for each in assumptions_of(program)
            if each.concerns == criterion.check_kind
        ],
        "facts": [
            [label, text]
            for label, text in (
                ("The firm says", _statement(criterion, participation_request, attestation)),
                (
                    "Examination found",
                    f"{result.get_opinion_display()}. {result.opinion_reason} "
                    f"Examined {moment_in_words(result.examined_at)}.",
                ),
                (
                    "Window",
                    f"Inspections count that ended {look_back_in_words(program)}."
                    if has_inspections
                    else "",
                ),
                ("Registered with FDA", _registered(evidence)),
                ("FEIs searched", ", ".join(evidence.get("feis", []))),
                ("Data used", _data(result) if has_inspections else ""),
                ("Ruling", _ruling(result)),
            )
            if text
        ],
        "has_inspections": has_inspections,
        "inspections": [
            _inspection(each, evidence["before"]) for each in evidence.get("inspections", [])
        ],
    }


def _statement(criterion, participation_request, attestation) -> str:
    if criterion.check_kind == Criterion.Check.COMMITMENT:
        if attestation is None:
            return "Nothing on this criterion."
        said = moment_in_words(attestation.attested_at)
        return f"“{attestation.text}” Attested by {_person(attestation.attested_by)}, {said}."
    if criterion.check_kind == Criterion.Check.LOCATION:
        return f"{participation_request.site.address}. {_operations(participation_request)}"
    return participation_request.declared_inspections


def _registered(evidence) -> str:
    if "registrations" not in evidence:
        return ""
    lines = [
        f"{', '.join(each['operations']) or 'No operation'} under FEI {each['fei']}: "
        f"{each['firm_name']}, {each['address']} ({each['file_name']})"
        for each in evidence["registrations"]
    ]
    return "\n".join(lines) or "No registration file on record lists its FEIs."


def _data(result) -> str:
    snapshot = result.snapshot
    if snapshot is None or snapshot.is_of_no_file:
        return "No inspection file was on record when this was examined."
    return (
        f"{snapshot.file_name}, imported {moment_in_words(snapshot.imported_at)}, "
        f"{snapshot.rows_read} rows, SHA-256 {snapshot.sha256}"
    )


def _ruling(result) -> str:
    if not result.ruling:
        return ""
    said = (
        f"{result.get_ruling_display()}. {result.ruling_reason} Source: {result.ruling_source}. "
        f"Ruled by {_person(result.ruled_by)}, {moment_in_words(result.ruled_at)}."
    )
    if result.confirmed_by:
        confirmed = moment_in_words(result.confirmed_at)
        return f"{said} Confirmed by {_person(result.confirmed_by)}, {confirmed}."
    if result.awaits_second_person:
        return f"{said} It contradicts what was found and waits for a second person."
    return said


def _inspection(inspection, before) -> dict:
    ended_on = inspection["ended_on"]
    outside = "after it" if ended_on >= before else "before it"
    return {
        "id": inspection["id"],
        "ended": day_in_words(date.fromisoformat(ended_on), short=True),
        "classification": "Rows contradict"
        if inspection.get("conflicting") and inspection["classification"] != "OAI"
        else inspection["classification"] or NO_CLASS,
        "window": "Inside" if inspection["in_window"] else f"Outside, {outside}",
        "areas": [_area(area) for area in inspection["project_areas"]],
        "source": _source(inspection),
    }


def _area(area) -> str:
    said = f"{area['project_area'] or 'No project area'}: "
    said += area["classification"] or "not yet classified"
    if area["product_type"] == DRUGS:
        return said
    return f"{said} (not drugs: {area['product_type'] or 'no product type'})"


def _source(inspection) -> str:
    origin = inspection.get("origin", Origin.PUBLIC)
    note = f" {inspection['note']}" if inspection.get("note") else ""
    if origin == Origin.FDA:
        looked_up = day_in_words(date.fromisoformat(inspection["looked_up_on"]), short=True)
        return f"Entered by FDA: {inspection['source']}, looked up {looked_up}.{note}"
    if origin == Origin.FIRM:
        stated_on = datetime.fromisoformat(inspection["stated_on"])
        letter = " With its letter." if inspection.get("letter") else ""
        return f"Declared by the firm, {moment_in_words(stated_on, short=True)}.{letter}{note}"
    return "Public data"


def _feis(participation_request) -> list[str]:
    identifiers = participation_request.facility.identifiers.standing()
    former = [f"{row.fei} ({row.get_kind_display().lower()})" for row in identifiers]
    return [participation_request.site.fei, *former]


def _operations(participation_request) -> str:
    words = dict(ParticipationRequest.Operation.choices)
    return ", ".join(str(words.get(one, one)) for one in participation_request.operations)


def _person(user) -> str:
    parts = [user.name, user.title, str(user.organization) if user.organization_id else ""]
    return ", ".join(part for part in parts if part)


def _moment(at) -> str:
    return moment_in_words(at) if at else ""
