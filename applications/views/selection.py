"""FDA's pages of selection: the places of each program, the drafts, the release."""

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations
from applications.access import may_read_requests, may_select
from applications.fda_forms import DecisionForm, ReleaseForm
from applications.letter_texts import filled
from applications.models import (
    Decision,
    ParticipationRequest,
    Seat,
)
from applications.operations.letters import firm_people_of
from applications.scores import scores_beside
from qmm_pilot import clock
from qmm_pilot.programs.models import Program

from .deeds import carried_out, closed_to, open_only_if

Status = ParticipationRequest.Status
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


@require_http_methods(["GET", "HEAD", "POST"])
def selection_decide(request, pk, request_pk):
    """Draft the decision about one eligible request, or change the draft that stands."""
    program = program_open_for_selection(request, pk)
    participation_request = get_object_or_404(
        ParticipationRequest.objects.visible_to(request.user).select_related(
            "facility", "organization"
        ),
        pk=request_pk,
        program=program,
    )
    draft = (
        Decision.objects.standing()
        .filter(participation_request=participation_request, released_at=None)
        .select_related("seat", "drafted_by")
        .first()
    )
    form = DecisionForm(
        request.POST or None, initial=_initial(program, draft, request), is_change=draft
    )
    if form.is_valid() and _drafted(request, participation_request, draft, form.cleaned_data):
        return redirect("applications:selection_board", pk=pk)
    used = Seat.objects.filter(program=program, freed_at=None).count()
    return render(
        request,
        "applications/fda/decide.html",
        {
            **frame(program),
            "form": form,
            "draft": draft,
            "participation_request": participation_request,
            "confidential": operations.marks_of_request(participation_request),
            "used": used,
            **scores_beside(request.user, participation_request, program),
            "is_full": used >= program.cap and not (draft and draft.seat_id),
        },
    )


@require_POST
def selection_undo(request, pk, decision_pk):
    """Take back a drafted decision."""
    decision = _decision_or_404(request, pk, decision_pk)
    carried_out(
        request,
        operations.undo_decision,
        decision,
        done=f"The draft about {decision.participation_request.facility} is taken back.",
    )
    return redirect("applications:selection_board", pk=pk)


@require_POST
def selection_move(request, pk, decision_pk):
    """Move a drafted alternate up or down by one."""
    decision = _decision_or_404(request, pk, decision_pk)
    up = request.POST.get("to") != "down"
    carried_out(
        request,
        operations.move_alternate,
        decision,
        up=up,
        done=f"{decision.participation_request.facility} is moved {'up' if up else 'down'}.",
    )
    return redirect(f"{reverse('applications:selection_board', args=[pk])}#drafted")


@require_http_methods(["GET", "HEAD", "POST"])
def selection_release(request, pk):
    """Show every letter of the next release; sign and release."""
    program = program_open_for_selection(request, pk)
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
    if closed_to(request, pending.waiting):
        return redirect("applications:selection_board", pk=pk)
    letters = _letters(pending)
    if not form.is_bound or form.is_valid():
        # After a refusal the page shows what waits now, so that is what is signed next.
        form = ReleaseForm(initial={"seen": pending.sha256}, request=request)
    return render(
        request,
        "applications/fda/release.html",
        {
            **frame(program),
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


def program_or_404(request, pk):
    """The program with its requests in review, for FDA's case staff alone."""
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


def program_open_for_selection(request, pk):
    """The same for selectors alone."""
    open_only_if(may_select(request.user))
    return program_or_404(request, pk)


def frame(program):
    """What each page of selection says of its program."""
    return {"program": program, "rehearsal": program.name if program.is_rehearsal else ""}


def _decision_or_404(request, pk, decision_pk):
    return get_object_or_404(
        Decision.objects.select_related("participation_request__facility"),
        pk=decision_pk,
        participation_request__in=ParticipationRequest.objects.visible_to(request.user),
        participation_request__program=program_open_for_selection(request, pk),
    )


def _initial(program, draft, request):
    """What the form of a decision begins with: the draft that stands, or what a link asked for.

    To who is no alternate yet the rank behind the last one is proposed.
    """
    if draft and draft.rank:
        return {"kind": draft.kind, "rank": draft.rank, "reason": draft.reason}
    last = Decision.objects.standing().filter(
        participation_request__program=program, kind=Decision.Kind.ALTERNATE
    )
    rank = 1 + (last.aggregate(last=Max("rank"))["last"] or 0)
    if draft:
        return {"kind": draft.kind, "rank": rank, "reason": draft.reason}
    return {"kind": request.GET.get("kind", ""), "rank": rank}


def _drafted(request, participation_request, draft, answers):
    kind, reason = answers["kind"], {"reason": answers["reason"]}
    rank = {"rank": answers["rank"]} if kind == Decision.Kind.ALTERNATE else {}
    if draft:
        return carried_out(
            request,
            operations.change_decision,
            draft,
            kind=kind,
            done="The draft is changed. The firm learns nothing before the release.",
            **rank,
            **reason,
        )
    deed, done = {
        Decision.Kind.SELECTED: (
            operations.select_participant,
            "A place is taken for this facility.",
        ),
        Decision.Kind.ALTERNATE: (
            operations.decide_alternate,
            "The facility is drafted as an alternate.",
        ),
        Decision.Kind.NOT_SELECTED: (operations.decide_not_selected, "Drafted: not selected."),
    }[kind]
    done = f"{done} The firm learns nothing before the release."
    return carried_out(request, deed, participation_request, done=done, **rank, **reason)


def _letters(pending):
    """Every letter of the release in the order of LETTERS: to whom, and its very words.

    Of those that have the program's words the first of each kind is laid open, for all of its kind
    differ in names and numbers alone; so is every letter that was edited for one firm.
    """
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
    letters.sort(key=lambda letter: order.index(letter["kind"]))
    read = set()
    for letter in letters:
        letter["is_open"] = letter["is_edited"] or letter["kind"] not in read
        if not letter["is_edited"]:
            read.add(letter["kind"])
    return letters
