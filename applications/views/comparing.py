"""FDA's comparison of two to four facilities side by side (C3)."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from applications.answer_forms import AnswersForm
from applications.models import CriterionResult, Decision, ParticipationRequest
from applications.models.hold import is_held
from applications.register import ids_compared
from qmm_pilot.records.confidentiality import Marks, marks_of_many

from .answers import in_words
from .board import CONSIDERED
from .selection import frame, program_or_404

FEWEST, MOST = 2, 4
COMPARED = (
    "sector",
    "size_band",
    "makes_sterile",
    "products",
    "product_description",
    "operations",
    "declared_inspections",
    "preferred_mode",
    "blackout_dates",
    "interview_language",
)


@require_safe
def selection_compare(request, pk):
    """Lead to the page that compares the ticked facilities; say how many it takes."""
    program = program_or_404(request, pk)
    ticked = set(request.GET.getlist("chosen"))
    rows = [row for row in _considered(request.user, program) if str(row.pk) in ticked]
    if FEWEST <= len(rows) <= MOST:
        first, *others = [str(row.pk) for row in rows]
        return redirect("applications:selection_beside", pk, first, ",".join(others))
    if (ticked or "compare" in request.GET) and len(rows) < FEWEST:
        messages.info(request, f"Tick {FEWEST} to {MOST} facilities to compare them.")
    return render(
        request,
        "applications/fda/compare_choice.html",
        {
            **frame(program),
            "rows": rows or _considered(request.user, program),
            "ticked": ticked if rows else (),
            "counted": len(rows),
            "most": MOST,
            "too_many": max(0, len(rows) - MOST),
        },
    )


@require_safe
def selection_beside(request, pk, request_pk, others):
    """Compare the facilities that the address names, one column each."""
    program = program_or_404(request, pk)
    ids = [request_pk, *ids_compared(others)]
    found = {row.pk: row for row in _considered(request.user, program).filter(pk__in=ids)}
    if len(ids) > MOST or len(set(ids)) < max(FEWEST, len(ids)) or len(found) < len(ids):
        raise Http404
    rows = [found[one] for one in ids]
    marks = marks_of_many(rows)
    designations = tuple(d for one in marks.values() for d in one.designations)
    return render(
        request,
        "applications/fda/compare.html",
        {
            **frame(program),
            "rows": rows,
            "confidential": Marks(
                frozenset().union(*(one.fields for one in marks.values())), designations
            ),
            "lines": [*_facts(rows), *_answers(rows, marks), *_criteria(rows)],
        },
    )


def _considered(user, program):
    return (
        ParticipationRequest.objects.visible_to(user)
        .filter(program=program, status__in=CONSIDERED)
        .select_related("facility", "organization")
        .annotate(is_held=is_held())
        .order_by("facility__name", "pk")
    )


def _facts(rows):
    """What nobody marks as confidential, and what FDA decided: lines of (label, cells)."""
    standing = {
        decision.participation_request_id: decision
        for decision in Decision.objects.standing()
        .filter(participation_request__in=rows)
        .select_related("seat")
    }
    sites = [row.site for row in rows]
    return [
        ("Firm", [(row.organization.name, False) for row in rows]),
        ("Receipt number", [(row.receipt_number, False) for row in rows]),
        ("State", [(row.get_status_display(), False) for row in rows]),
        ("Decision", [(_decided(standing.get(row.pk)), False) for row in rows]),
        ("On hold", [("Yes" if row.is_held else "No", False) for row in rows]),
        ("Address", [(site.address, False) for site in sites]),
        ("FEI", [(site.fei, False) for site in sites]),
    ]


def _decided(decision):
    if decision is None:
        return "None yet"
    more = f", rank {decision.rank}" if decision.rank else ""
    if decision.seat:
        more = f", place {decision.seat.number}"
    return f"{decision.get_kind_display()}{more}{'' if decision.released_at else ' (drafted)'}"


def _answers(rows, marks):
    """The answers, each cell with whether its firm marked it."""
    forms = [AnswersForm(instance=row) for row in rows]
    return [
        (
            forms[0][name].label,
            [
                (in_words(form, row, name), name in marks[row.pk])
                for form, row in zip(forms, rows, strict=True)
            ],
        )
        for name in COMPARED
    ]


def _criteria(rows):
    """The verdict on each criterion, in the order of the program."""
    lines: dict = {}
    for result in (
        CriterionResult.objects.filter(participation_request__in=rows)
        .select_related("criterion")
        .order_by("criterion__order")
    ):
        line = lines.setdefault(f"Criterion {result.criterion.code}", {})
        words = str(result.outcome).capitalize()
        if result.ruling:
            words = f"{words}, by ruling"
        line[result.participation_request_id] = words
    return [
        (label, [(line.get(row.pk, ""), False) for row in rows]) for label, line in lines.items()
    ]
