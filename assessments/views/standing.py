"""FDA's pages on the standing of a participation: marks, proposals, confirmation (C11)."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations as intake
from applications.access import may_end_participation, may_review_standing
from applications.models import Hold, Participation, StandingDecision, StandingMark
from assessments import operations
from assessments.ending_effects import effects_of
from assessments.standing_forms import DecisionForm, MarkForm, RemovalForm
from qmm_pilot import clock

from .deeds import carried_out, open_only_if

READ_OR_POST = ["GET", "HEAD", "POST"]
PAGE = "assessments:standing"
COORDINATORS = "FDA coordinators decide about the standing of a participation."
Status = Participation.Status


@require_safe
def standing(request, pk):
    """One participation for FDA: how it stands, every mark with its decisions, how it ended."""
    user, at = request.user, clock.now()
    participation = participation_for_fda(user, pk)
    decisions = list(
        StandingDecision.objects.visible_to(user)
        .filter(participation=participation)
        .select_related(
            "proposed_by__organization", "confirmed_by__organization", "withdrawn_by__organization"
        )
    )
    marks = list(
        StandingMark.objects.visible_to(user)
        .filter(participation=participation)
        .select_related("raised_by__organization")
    )
    waiting = [d for d in decisions if d.confirmed_at is None and d.withdrawn_at is None]
    is_active = participation.status == Status.ACTIVE
    may_review = may_review_standing(user) and is_active
    context = {
        **place_frame(participation),
        "marks": [
            (mark, [d for d in decisions if d.mark_id == mark.pk and d not in waiting])
            for mark in marks
        ],
        "without_mark": [d for d in decisions if d.mark_id is None and d not in waiting],
        "waiting": waiting[0] if waiting else None,
        "is_mine": bool(waiting) and waiting[0].proposed_by_id == user.pk,
        "holds": list(
            Hold.objects.on(participation).select_related(
                "placed_by__organization", "ended_by__organization"
            )
        ),
        "may_review": may_review,
        "may_propose": may_review and not waiting,
        "may_close": may_end_participation(user) and participation.status == Status.WITHDRAWING,
        "may_end": may_end_participation(user)
        and is_active
        and participation.program.has_ended(at),
    }
    return render(request, "assessments/standing/detail.html", context)


@require_http_methods(READ_OR_POST)
def mark_standing(request, pk):
    """Note what may bear on a participation, with source and day."""
    participation = participation_for_fda(request.user, pk)
    open_only_if(may_review_standing(request.user), COORDINATORS)
    form = MarkForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and carried_out(
        request,
        intake.mark_standing,
        participation,
        **form.cleaned_data,
        done="The participation is marked. Work goes on until two people have decided.",
    ):
        return redirect(PAGE, pk=pk)
    context = {**place_frame(participation), "form": form}
    return render(request, "assessments/standing/mark.html", context)


@require_http_methods(READ_OR_POST)
def decide_standing(request, pk, mark_pk):
    """Propose what follows from one mark."""
    participation = participation_for_fda(request.user, pk)
    marks = StandingMark.objects.visible_to(request.user).select_related("raised_by__organization")
    mark = get_object_or_404(marks, pk=mark_pk, participation=participation)
    open_only_if(may_review_standing(request.user), COORDINATORS)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and carried_out(
        request,
        intake.propose_decision,
        participation,
        mark=mark,
        **form.cleaned_data,
        done="Proposed. It happens when a second person confirms it.",
    ):
        return redirect(PAGE, pk=pk)
    context = {**place_frame(participation), "form": form, "mark": mark}
    return render(request, "assessments/standing/decide.html", context)


@require_http_methods(READ_OR_POST)
def propose_removal(request, pk):
    """Show what a removal changes, and propose it with its reason."""
    participation = participation_for_fda(request.user, pk)
    open_only_if(may_review_standing(request.user), COORDINATORS)
    form = RemovalForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and carried_out(
        request,
        intake.propose_decision,
        participation,
        kind=StandingDecision.Kind.REMOVE,
        **form.cleaned_data,
        done="The removal is proposed. It happens when a second person confirms it.",
    ):
        return redirect(PAGE, pk=pk)
    context = {
        **place_frame(participation),
        "form": form,
        "effects": effects_of(participation, at=clock.now()),
    }
    return render(request, "assessments/standing/remove.html", context)


@require_http_methods(READ_OR_POST)
def confirm_decision(request, pk, decision_pk):
    """Show what was proposed and what it changes; a second person confirms."""
    participation, decision = _decision_or_404(request, pk, decision_pk)
    if request.method == "POST":
        carried_out(
            request,
            operations.confirm_decision,
            decision,
            done=f"Confirmed: {decision.get_kind_display().lower()}.",
        )
        return redirect(PAGE, pk=pk)
    removes = decision.kind == StandingDecision.Kind.REMOVE
    context = {
        **place_frame(participation),
        "decision": decision,
        "is_mine": decision.proposed_by_id == request.user.pk,
        "is_waiting": decision.confirmed_at is None and decision.withdrawn_at is None,
        "effects": effects_of(participation, at=clock.now()) if removes else [],
    }
    return render(request, "assessments/standing/confirm.html", context)


@require_POST
def take_back_decision(request, pk, decision_pk):
    """Take a proposal back that waits for its second person."""
    _, decision = _decision_or_404(request, pk, decision_pk)
    carried_out(request, intake.take_back_decision, decision, done="The proposal is taken back.")
    return redirect(PAGE, pk=pk)


def _decision_or_404(request, pk, decision_pk):
    participation = participation_for_fda(request.user, pk)
    decisions = StandingDecision.objects.visible_to(request.user).select_related(
        "participation", "mark", "proposed_by__organization"
    )
    decision = get_object_or_404(decisions, pk=decision_pk, participation=participation)
    open_only_if(may_review_standing(request.user), COORDINATORS)
    return participation, decision


def participation_for_fda(user, pk):
    """A participation for FDA's case staff; for everybody else this page does not exist."""
    if not user.reads_cases:
        raise Http404
    return participation_or_404(user, pk)


def participation_or_404(user, pk):
    """A participation that this person sees, with what its pages name."""
    rows = Participation.objects.visible_to(user).select_related(
        "program",
        "facility",
        "organization",
        "seat",
        "participation_request",
        "ending__declared_by__organization",
        "ending__closed_by__organization",
    )
    return get_object_or_404(rows, pk=pk)


def place_frame(participation) -> dict:
    """What every page of a participation shows: the nouns, and the mark of a rehearsal."""
    program = participation.program
    return {
        "participation": participation,
        "facility": participation.facility,
        "program": program,
        "ending": getattr(participation, "ending", None),
        "rehearsal": program.name if program.is_rehearsal else "",
    }
