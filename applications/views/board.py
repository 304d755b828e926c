"""FDA's board of one program: its places, who is considered, and a choice that commits nothing."""

from django.db.models import Exists, OuterRef
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_countries import countries

from applications.access import may_assign_reviewers, may_read_dossiers, may_select
from applications.diversity import Candidate, spreads
from applications.eligibility import Outcome
from applications.models import (
    Barring,
    CriterionResult,
    Decision,
    ParticipationRequest,
    Seat,
    VerdictChange,
)
from applications.models.hold import is_held
from applications.operations import persons_asked
from applications.operations.persons_asked import clearance_of
from applications.scores import put_scores
from qmm_pilot import clock
from qmm_pilot.programs.models import Program
from qmm_pilot.records.signatures import checked_signatures

from .selection import frame, program_or_404

Status = ParticipationRequest.Status
CONSIDERED = [
    Status.ELIGIBLE,
    Status.NOT_ELIGIBLE,
    Status.SELECTED,
    Status.ALTERNATE,
    Status.NOT_SELECTED,
]
SECTORS = dict(ParticipationRequest.Sector.choices)
SIZES = dict(ParticipationRequest.Size.choices)
PRODUCTS = dict(ParticipationRequest.Product.choices)
STERILE = {True: "Yes", False: "No", None: ""}
NOT_TOLD = "the reason may speak of a site that is closed to you"


@require_safe
def selection_board(request, pk):
    """Show the places, everyone considered for them, and what a ticked choice would make of it."""
    program, at = program_or_404(request, pk), clock.now()
    rows = rows_of_board(request.user, program)
    taken, offered = _seats(program, {row["pk"]: row for row in rows})
    put_scores(rows, request.user, program)
    _tick(rows, set(request.GET.getlist("chosen")))
    waiting = [row for row in rows if row["told_at"] is None]
    alternates = sorted(
        (row for row in rows if row["status"] == Status.ALTERNATE),
        key=lambda row: (row["decision"] is None, row["decision"] and row["decision"].rank),
    )
    drafted = [row for row in waiting if row["decision"]]
    free, is_late = program.cap - len(taken), program.today(at) > program.last_promotion_day()
    return render(
        request,
        "applications/fda/selection_board.html",
        {
            **frame(program),
            "places": [(number, taken.get(number)) for number in range(1, program.cap + 1)],
            "used": len(taken),
            "free": free,
            "persons": persons_asked(program, at=at),
            "clearance": clearance_of(program, at=at),
            "undecided": [
                row for row in waiting if row["status"] == Status.ELIGIBLE and not row["decision"]
            ],
            "drafted": sorted(drafted, key=_by_decision),
            "alternates": alternates,
            "proposed": _proposed(alternates) if free > 0 and not is_late else None,
            "is_late": is_late,
            "days_left": (program.ends_on - program.today(at)).days,
            "not_eligible": [row for row in rows if row["status"] == Status.NOT_ELIGIBLE],
            "released": [
                row for row in rows if row["told_at"] and row["status"] != Status.NOT_ELIGIBLE
            ],
            "offered": offered,
            "waits_for_release": bool(waiting),
            "may_select": may_select(request.user),
            "may_assign_reviewers": may_assign_reviewers(request.user),
            "may_read_dossiers": may_read_dossiers(request.user),
            "signatures": checked_signatures(program),
            **_choice(program, rows, used=len(taken)),
        },
    )


def rows_of_board(user, program):
    """Everyone considered in this program as plain rows, with decision and failed criteria."""
    speaks = VerdictChange.objects.standing().filter(result__participation_request=OuterRef("pk"))
    rows = list(
        ParticipationRequest.objects.visible_to(user)
        .filter(program=program, status__in=CONSIDERED)
        .order_by("facility__name", "pk")
        .annotate(is_held=is_held(), is_spoken_against=Exists(speaks))
        .values(
            "pk",
            "receipt_number",
            "status",
            "told_at",
            "facility__name",
            "facility__country",
            "facility__state",
            "facility_as_submitted",
            "organization__name",
            "sector",
            "size_band",
            "makes_sterile",
            "products",
            "is_held",
            "is_spoken_against",
        )
    )
    considered = {row["pk"]: row for row in rows}
    for row in rows:
        row["status"] = Status(row["status"])
        row["sector"] = SECTORS.get(row["sector"], "")
        row["size"] = SIZES.get(row["size_band"], "")
        row["sterile"] = STERILE[row["makes_sterile"]]
        row["products"] = [PRODUCTS.get(code, code) for code in row["products"]]
        row["place"] = _place(program, row)
        row["decision"], row["earlier"] = None, []
        row["failed"], row["has_place"] = [], False
    for decision in _decisions(user, program):
        if row := considered.get(decision.participation_request_id):
            if decision.ended_at:
                row["earlier"].append(decision)
            else:
                row["decision"] = decision
    for result in CriterionResult.objects.filter(
        participation_request__program=program,
        participation_request__status=Status.NOT_ELIGIBLE,
    ).select_related("criterion"):
        row = considered.get(result.participation_request_id)
        if row and result.outcome == Outcome.FAILS:
            row["failed"].append(
                {
                    "criterion": result.criterion,
                    "reason": result.ruling_reason if result.ruling else result.opinion_reason,
                }
            )
    return rows


def _decisions(user, program):
    """The standing and ended decisions of a program, as this person may read them.

    Why somebody was passed over may speak of any alternate; to whom one of their sites is closed
    that is not told (C2).
    """
    closed = Barring.objects.feis_of(user).filter(
        fei_key=OuterRef("participation_request__fei_key")
    )
    decisions = list(
        Decision.objects.filter(participation_request__program=program, withdrawn_at=None)
        .select_related("seat")
        .annotate(is_closed=Exists(closed))
    )
    if any(decision.is_closed for decision in decisions):
        for decision in decisions:
            decision.skip_reason = decision.skip_reason and NOT_TOLD
    return decisions


def _place(program, row):
    """Where the site was when it was submitted: its state where all are domestic, else country."""
    site = row["facility_as_submitted"] or {
        "country": row["facility__country"],
        "state": row["facility__state"],
    }
    if program.facilities_are == Program.Where.DOMESTIC and site["country"] == "US":
        return site["state"].strip()
    return countries.name(site["country"])


def _seats(program, considered):
    """The places taken now by number, and every place that was offered, each with its facility.

    Of a site that is closed to the reader nothing but the number is told.
    """
    taken, offered = {}, []
    for seat in (
        Seat.objects.filter(program=program)
        .select_related("participation")
        .order_by("number", "taken_at")
    ):
        row = considered.get(seat.participation_request_id)
        participation = getattr(seat, "participation", None)
        place = {"seat": seat, "row": row, "participation": participation}
        if seat.freed_at is None:
            taken[seat.number] = place
            if row:
                row["has_place"] = True
        if participation and row:
            offered.append(place)
    return taken, offered


def _tick(rows, chosen):
    """Mark the rows that can be tried, and those that are in the choice of this page's address."""
    for row in rows:
        row["may_be_tried"] = (
            row["status"] in (Status.ELIGIBLE, Status.ALTERNATE) and not row["has_place"]
        )
        row["is_ticked"] = row["may_be_tried"] and str(row["pk"]) in chosen


def _choice(program, rows, *, used):
    """What the ticked facilities would make of the places, and how diverse the choice would be."""
    ticked = [row for row in rows if row["is_ticked"]]
    candidates = [
        Candidate(
            sector=row["sector"],
            size=row["size"],
            place=row["place"],
            sterile=row["sterile"],
            products=tuple(row["products"]),
            has_place=row["has_place"],
            is_ticked=row["is_ticked"],
        )
        for row in rows
        if row["status"] != Status.NOT_ELIGIBLE
    ]
    would_be = used + len(ticked)
    return {
        "ticked": ticked,
        "would_be": would_be,
        "too_many": max(0, would_be - program.cap),
        "still_free": max(0, program.cap - would_be),
        "can_be_tried": any(row["may_be_tried"] for row in rows),
        "spreads": spreads(candidates) if candidates else [],
    }


def _proposed(alternates):
    """The alternate of the best rank against whom nothing is known; the recheck tells more."""
    known = (row for row in alternates if not row["is_held"] and not row["is_spoken_against"])
    return next(known, None)


def _by_decision(row):
    order = [Decision.Kind.SELECTED, Decision.Kind.ALTERNATE, Decision.Kind.NOT_SELECTED]
    decision = row["decision"]
    return order.index(decision.kind), decision.rank or 0, row["facility__name"]
