"""Start pages: home by role, the list of assessments, FDA's deadline board."""

from django.db.models import Case, F, Value, When
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessments import operations, overview
from assessments.models import Assessment
from qmm_pilot import clock
from qmm_pilot.accounts.roles import Side
from qmm_pilot.programs.models import Program

from .deeds import assessments_of

MOST_TASKS = 50  # on the start page; the lists behind them show all


@require_safe
def home(request):
    """What this person is to do next, then where her own cases stand."""
    user, at = request.user, clock.now()
    tasks = overview.tasks_of(user, at=at, most=MOST_TASKS + 1)
    context = {
        "tasks": tasks[:MOST_TASKS],
        "most_tasks": MOST_TASKS if len(tasks) > MOST_TASKS else 0,
    }
    if user.side == Side.FIRM:
        context["sites"] = overview.sites_of(user, at=at)
    elif user.side == Side.CONTRACTOR:
        context["assessments"] = _listed(user)
        context["hand_ins"] = operations.hand_ins_open_to(user, at=at)
    elif user.reads_cases:
        context["programs"] = overview.programs_in_counts(user, at=at)
    return render(request, "assessments/home/home.html", context)


@require_safe
def assessment_list(request):
    """The assessments that this person sees, those under way first, the next visit on top."""
    user = request.user
    if user.side == Side.FDA and not user.reads_cases:
        raise Http404
    return render(request, "assessments/visits/list.html", {"assessments": _listed(user)})


@require_safe
def deadline_board(request):
    """All facilities against all milestones: due, done, overdue, by whom (D7)."""
    if not request.user.reads_cases:
        raise Http404
    programs = list(Program.objects.visible_to(request.user).real())
    chosen = request.GET.get("program", "")
    program = next((program for program in programs if program.slug == chosen), None)
    if chosen and program is None:
        raise Http404
    context = {
        "board": overview.board_for(request.user, program=program, at=clock.now()),
        "programs": programs,
        "program": program,
    }
    return render(request, "assessments/board/board.html", context)


def _listed(user):
    rows = assessments_of(user)
    if user.side == Side.FDA:
        rows = rows.real()
    is_over = Case(When(status__in=Assessment.OVER, then=Value(1)), default=Value(0))
    return rows.order_by(is_over, F("starts_on").asc(nulls_last=True), "assigned_at", "pk")
