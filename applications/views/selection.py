"""FDA's pages of selection: the places of each program, the board, the drafts, the release."""

from django.db.models import Count, Exists, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations
from applications.access import may_read_requests, may_select
from applications.eligibility import Outcome
from applications.fda_forms import DecisionForm, ReleaseForm
from applications.letter_texts import filled
from applications.models import (
    CriterionResult,
    Decision,
    Participation,
    ParticipationRequest,
    Seat,
)
from applications.operations.letters import firm_people_of
from qmm_pilot import clock
from qmm_pilot.programs.models import Program
from qmm_pilot.records.signatures import checked_signatures

from .deeds import carried_out, open_only_if

Status = ParticipationRequest.Status
CONSIDERED = [
    Status.ELIGIBLE,
    Status.NOT_ELIGIBLE,
    Status.SELECTED,
    Status.ALTERNATE,
    Status.NOT_SELECTED,
]
NAME_OF_EACH = "[name of each person]"  # where a page shows a letter that goes to several
# The letters of a release, the welcome ones first: kind of decision, words on the page.
LETTERS = [
    (Decision.Kind.SELECTED, "Selected: the firm is offered a place"),
    (Decision.Kind.ALTERNATE, "Alternate"),
    (Decision.Kind.NOT_SELECTED, "Not selected"),
    (Status.NOT_ELIGIBLE, "Not eligible"),
]


@require_safe
def selection(request):
    """List the programs with the places used of their caps."""
    open_only_if(may_read_requests(request.user))
    used = _counted(Seat.objects.filter(freed_at=None))
    undecided = _counted(
        ParticipationRequest.objects.visible_to(request.user)
        .filter(status=Status.ELIGIBLE)
        .exclude(Exists(Decision.objects.standing().filter(participation_request=OuterRef("pk"))))
    )
    rows = [
        {
            "program": program,
            "used": used.get(program.pk, 0),
            "undecided": undecided.get(program.pk, 0),
        }
        for program in Program.objects.visible_to(request.user)
        .real()
        .order_by("is_demonstration", "slug")
    ]
    return render(request, "applications/fda/selection.html", {"rows": rows})


@require_safe
def selection_board(request, pk):
    """Show the places of a program and everyone who was considered for them."""
    program = _program_or_404(request, pk)
    rows = _rows(request.user, program)
    seats = {
        seat.number: seat
        for seat in Seat.objects.filter(program=program, freed_at=None).select_related(
            "facility", "participation_request__organization", "participation"
        )
    }
    participations = list(
        Participation.objects.visible_to(request.user)
        .filter(program=program)
        .select_related("facility", "organization", "seat")
        .order_by("seat__number", "offered_at")
    )
    waiting = [row for row in rows if row["told_at"] is None]
    drafted = [row for row in waiting if row["decision"]]
    return render(
        request,
        "applications/fda/selection_board.html",
        {
            **_frame(program),
            "places": [(number, seats.get(number)) for number in range(1, program.cap + 1)],
            "used": len(seats),
            "free": program.cap - len(seats),
            "undecided": [
                row for row in waiting if row["status"] == Status.ELIGIBLE and not row["decision"]
            ],
            "drafted": drafted,
            "not_eligible": [row for row in rows if row["status"] == Status.NOT_ELIGIBLE],
            "released": [
                row for row in rows if row["told_at"] and row["status"] != Status.NOT_ELIGIBLE
            ],
            "participations": participations,
            "waits_for_release": bool(waiting),
            "may_select": may_select(request.user),
            "signatures": checked_signatures(program),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def selection_decide(request, pk, request_pk):
    """Draft the decision about one eligible request."""
    program = _program_open_for_selection(request, pk)
    participation_request = get_object_or_404(
        ParticipationRequest.objects.visible_to(request.user).select_related(
            "facility", "organization"
        ),
        pk=request_pk,
        program=program,
    )
    form = DecisionForm(request.POST or None)
    if form.is_valid() and _draft(request, participation_request, form.cleaned_data):
        return redirect("applications:selection_board", pk=pk)
    used = Seat.objects.filter(program=program, freed_at=None).count()
    return render(
        request,
        "applications/fda/decide.html",
        {
            **_frame(program),
            "form": form,
            "participation_request": participation_request,
            "confidential": operations.marks_of_request(participation_request),
            "used": used,
            "is_full": used >= program.cap,
        },
    )


@require_POST
def selection_undo(request, pk, decision_pk):
    """Take back a drafted decision."""
    program = _program_open_for_selection(request, pk)
    decision = get_object_or_404(
        Decision.objects.select_related("participation_request__facility"),
        pk=decision_pk,
        participation_request__program=program,
    )
    carried_out(
        request,
        operations.undo_decision,
        decision,
        done=f"The draft about {decision.participation_request.facility} is taken back.",
    )
    return redirect("applications:selection_board", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def selection_release(request, pk):
    """Show every letter of the next release; sign and release."""
    program = _program_open_for_selection(request, pk)
    form = ReleaseForm(request.POST or None, request=request)
    if form.is_valid():
        released = carried_out(
            request,
            operations.release_decisions,
            program,
            **form.answers(),
            proof=form.proof(),
            done="The decisions are released and the letters are on their way.",
        )
        if released is not None:
            return redirect("applications:selection_board", pk=pk)
    at = clock.now()
    pending = operations.pending_release(program, at=at)
    letters = _letters(pending)
    if not form.is_bound or form.is_valid():
        # After a refusal the page shows what waits now, so that is what is signed next.
        form = ReleaseForm(initial={"seen": pending.sha256}, request=request)
    return render(
        request,
        "applications/fda/release.html",
        {
            **_frame(program),
            "form": form,
            "pending": pending,
            "letters": letters,
            "summary": [
                (label, sum(letter["kind"] == kind for letter in letters))
                for kind, label in LETTERS
            ],
            "mails": sum(len(letter["people"]) for letter in letters),
            "accept_by": operations.acceptance_day(program, at),
            "stale": sum(letter["is_stale"] for letter in letters),
        },
    )


def _counted(rows):
    """How many of these rows each program has."""
    return dict(rows.order_by().values_list("program").annotate(Count("pk")))


def _program_or_404(request, pk):
    open_only_if(may_read_requests(request.user))
    return get_object_or_404(
        Program.objects.visible_to(request.user).annotate(
            in_review=Count(
                "participation_requests",
                filter=Q(
                    participation_requests__status__in=[Status.SUBMITTED, Status.UNDER_REVIEW]
                ),
            )
        ),
        pk=pk,
    )


def _program_open_for_selection(request, pk):
    open_only_if(may_select(request.user))
    return _program_or_404(request, pk)


def _frame(program):
    return {"program": program, "rehearsal": program.name if program.is_rehearsal else ""}


def _draft(request, participation_request, answers):
    common = {"reason": answers["reason"]}
    if answers["kind"] == Decision.Kind.SELECTED:
        deed, done = operations.select_participant, "A place is taken for this facility."
    elif answers["kind"] == Decision.Kind.ALTERNATE:
        deed, done = operations.decide_alternate, "The facility is drafted as an alternate."
        common["rank"] = answers["rank"]
    else:
        deed, done = operations.decide_not_selected, "Drafted: not selected."
    done = f"{done} The firm learns nothing before the release."
    return carried_out(request, deed, participation_request, done=done, **common)


def _rows(user, program):
    """Everyone considered in this program as plain rows, with decision and failed criteria."""
    rows = list(
        ParticipationRequest.objects.visible_to(user)
        .filter(program=program, status__in=CONSIDERED)
        .order_by("facility__name", "pk")
        .values(
            "pk",
            "receipt_number",
            "status",
            "told_at",
            "facility__name",
            "facility__country",
            "organization__name",
            "sector",
            "size_band",
            "makes_sterile",
        )
    )
    considered = {row["pk"]: row for row in rows}
    for row in rows:
        row["status"] = Status(row["status"])
        row["sector"] = dict(ParticipationRequest.Sector.choices).get(row["sector"], "")
        row["size"] = dict(ParticipationRequest.Size.choices).get(row["size_band"], "")
        row["decision"], row["failed"] = None, []
    for decision in Decision.objects.filter(
        participation_request__program=program, withdrawn_at=None
    ).select_related("seat"):
        if row := considered.get(decision.participation_request_id):
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


def _letters(pending):
    """Every letter of the release in the order of LETTERS: to whom, and its very words."""
    people = firm_people_of(pending.waiting)
    order = [kind for kind, _ in LETTERS]
    letters = []
    for participation_request in pending.waiting:
        letter = pending.letters.get(participation_request.pk)
        if letter is None:
            continue
        kind = pending.kind_of(participation_request)
        letters.append(
            {
                "kind": kind,
                "label": dict(LETTERS)[kind],
                "decision": pending.drafts.get(participation_request.pk),
                "participation_request": participation_request,
                "people": people[participation_request.pk],
                "is_edited": letter.is_edited,
                "is_stale": letter.is_stale,
                "subject": letter.words.subject,
                "body": filled(letter.words, {"recipient": NAME_OF_EACH}).body,
            }
        )
    return sorted(letters, key=lambda letter: order.index(letter["kind"]))
