"""FDA's pages about alternates: the recheck of one, its promotion, the end of the waiting list."""

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications import operations
from applications.letter_texts import filled
from applications.models import ParticipationRequest
from applications.operations.decision_letters import later_words
from applications.operations.letters import firm_people_of
from applications.operations.promotion import PROMOTION_LETTER
from applications.promotion_forms import CloseListForm, PromotionForm
from qmm_pilot import clock

from .deeds import carried_out
from .selection import NAME_OF_EACH, frame, program_open_for_selection


@require_safe
def selection_alternate(request, pk, request_pk):
    """Recheck one alternate against the newest data on record, before it is promoted or not."""
    program = program_open_for_selection(request, pk)
    decisions = _waiting(request.user, program)
    decision = _of(decisions, request_pk)
    if decision is None:
        return _back(request, program, request_pk)
    used = program.seats.filter(freed_at=None).count()
    proposal = operations.proposal_for(
        decision, program=program, free=max(0, program.cap - used), at=clock.now()
    )
    later = [d for d in decisions[decisions.index(decision) + 1 :] if d.is_open_to_her]
    return render(
        request,
        "applications/fda/alternate.html",
        {
            **frame(program),
            "proposal": proposal,
            "decision": decision,
            "participation_request": decision.participation_request,
            "passed_over": operations.passed_over(decision, decisions),
            "next": later[0] if later else None,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def selection_promote(request, pk, request_pk):
    """Show what a promotion does and tells; sign it."""
    program = program_open_for_selection(request, pk)
    decisions = _waiting(request.user, program)
    decision = _of(decisions, request_pk)
    if decision is None:
        return _back(request, program, request_pk)
    at = clock.now()
    row = decision.participation_request
    skipped = operations.passed_over(decision, decisions)
    asking = operations.asking_one_more(program, row.fei_key, at=at)
    form = PromotionForm(
        request.POST or None,
        request=request,
        passes_over=bool(skipped),
        needs_reference=asking.needs_reference,
    )
    if form.is_valid():
        promoted = carried_out(
            request,
            operations.promote_alternate,
            row,
            **form.answers(),
            proof=form.proof(),
            done=f"{row.facility} has the place, and its letter is on its way.",
        )
        if promoted is not None:
            return redirect("applications:selection_board", pk=pk)
    people = firm_people_of([row])[row.pk]
    accept_by = operations.acceptance_day(program, at)
    return render(
        request,
        "applications/fda/promote.html",
        {
            **frame(program),
            "form": form,
            "decision": decision,
            "participation_request": row,
            "passed_over": skipped,
            "asking": asking,
            "people": people,
            "accept_by": accept_by,
            "letter": _shown(later_words(row, PROMOTION_LETTER, accept_by=accept_by)),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def selection_close_list(request, pk):
    """Show whom the end of the waiting list tells what; sign it."""
    program = program_open_for_selection(request, pk)
    form = CloseListForm(request.POST or None, request=request)
    if form.is_valid():
        told = carried_out(
            request,
            operations.close_waiting_list,
            program,
            **form.answers(),
            proof=form.proof(),
            done="The alternates are told, and the letters are on their way.",
        )
        if told is not None:
            return redirect("applications:selection_board", pk=pk)
    pending = operations.pending_close(program)
    visible = ParticipationRequest.objects.visible_to(request.user)
    shown = set(visible.filter(pk__in=pending.letters).values_list("pk", flat=True))
    rows = [
        decision.participation_request
        for decision in pending.decisions
        if decision.participation_request_id in shown
    ]
    people = firm_people_of(rows)
    if not form.is_bound or form.is_valid():
        # After a refusal the page shows who waits now, so that is what is signed next.
        reason = form.cleaned_data["reason"] if form.is_bound else ""
        initial = {"seen": pending.sha256, "reason": reason}
        form = CloseListForm(initial=initial, request=request)
    return render(
        request,
        "applications/fda/close_list.html",
        {
            **frame(program),
            "form": form,
            "closed_to_her": len(pending.decisions) - len(rows),
            "letters": [
                {
                    "participation_request": row,
                    "people": people[row.pk],
                    **_shown(pending.letters[row.pk]),
                }
                for row in rows
            ],
            "mails": sum(len(people[row.pk]) for row in rows),
            "is_early": program.today(clock.now()) <= program.last_promotion_day(),
        },
    )


def _waiting(user, program):
    """The alternates who wait, best rank first; each says whether its site is closed to her."""
    visible = ParticipationRequest.objects.visible_to(user).filter(
        pk=OuterRef("participation_request")
    )
    return list(operations.waiting_decisions(program).annotate(is_open_to_her=Exists(visible)))


def _of(decisions, request_pk):
    """The decision of this request, unless its site is closed to her."""
    open_ones = (d for d in decisions if d.is_open_to_her)
    return next((d for d in open_ones if d.participation_request_id == request_pk), None)


def _back(request, program, request_pk):
    """Lead back to the board with the reason; "not found" for what the reader may not see."""
    row = get_object_or_404(
        ParticipationRequest.objects.visible_to(request.user).select_related("facility"),
        pk=request_pk,
        program=program,
    )
    messages.info(request, operations.no_alternate_in_words(row))
    return redirect("applications:selection_board", pk=program.pk)


def _shown(words):
    """The very words of a letter, as a page shows them that go to several people."""
    shown = filled(words, {"recipient": NAME_OF_EACH})
    return {"subject": shown.subject, "body": shown.body}
