"""Pages that set up a round, manage one, and move its end (A4)."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications.operations.scoring_rules import scoring_rules_of
from assessments import operations
from assessments.program_forms import EndForm, MoveEndForm, RoundForm
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.access import may_manage_programs
from qmm_pilot.programs.assumptions import look_back_in_words
from qmm_pilot.programs.milestone_words import offsets_in_words
from qmm_pilot.programs.presets import PRESETS

from .deeds import carried_out, open_only_if
from .program_pages import COORDINATORS, MANAGE, READ_OR_POST, frame, program_or_404


@require_safe
def program_manage(request, pk):
    """Everything of a round that staff set, what is frozen and why, with the way to change it."""
    program = program_or_404(request.user, pk, "criteria", "milestone_offsets")
    now = clock.now()
    openings = list(program.openings.all())
    scoring, scoring_frozen = scoring_rules_of(program)
    context = {
        **frame(program),
        "openings": [(opening, _standing(opening.opens_at, opening, now)) for opening in openings],
        "may_correct": any(opening.closes_at > now for opening in openings),
        "admissions": [
            (admission, _standing(admission.admitted_at, admission, now))
            for admission in program.late_admissions.select_related("organization", "admitted_by")
        ],
        "frozen": operations.frozen(program),
        "look_back": look_back_in_words(program),
        "topics": program.topics.standing(),
        "scoring": scoring,
        "scoring_frozen": scoring_frozen,
        "offsets": offsets_in_words(program),
        "pra_is_shown": program.shows_pra_block(program.today(now)),
    }
    return render(request, "programs/manage.html", context)


@require_safe
def round_new(request):
    """Choose from what to set up a round: a preset, or a program that exists."""
    open_only_if(may_manage_programs(request.user), COORDINATORS)
    return render(request, "programs/round_new.html", {"presets": PRESETS.values()})


@require_http_methods(READ_OR_POST)
def round_from_preset(request, key):
    """Set up a round from a preset; what of it was not read is listed first."""
    preset = PRESETS.get(key)
    if preset is None:
        raise Http404
    open_only_if(may_manage_programs(request.user), COORDINATORS)
    form = RoundForm(
        request.POST or None,
        initial={
            "name": preset.name,
            "short_name": preset.short_name,
            "first_on": preset.opens_on,
            "last_on": preset.last_day,
            "ends_on": preset.ends_on,
        },
    )
    made = form.is_valid() and _made(request, operations.make_round, preset, form)
    if made:
        return redirect(MANAGE, pk=made.pk)
    context = {"preset": preset, "form": form}
    return render(request, "programs/round_from_preset.html", context)


@require_http_methods(READ_OR_POST)
def program_clone(request, pk):
    """Set up a new round with the rules of this one."""
    program = program_or_404(request.user, pk)
    form = RoundForm(request.POST or None, initial={"name": program.name})
    made = form.is_valid() and _made(request, operations.clone_program, program, form)
    if made:
        return redirect(MANAGE, pk=made.pk)
    return render(request, "programs/clone.html", {**frame(program), "form": form})


@require_http_methods(READ_OR_POST)
def program_end(request, pk):
    """Choose a new last day, see what stands at odds with it, then move it with the reason."""
    program = program_or_404(request.user, pk)
    form = MoveEndForm(request.POST) if request.method == "POST" else None
    if (
        form
        and form.is_valid()
        and carried_out(
            request,
            operations.move_program_end,
            program,
            **form.cleaned_data,
            done="The end of the program is moved.",
        )
    ):
        return redirect(MANAGE, pk=pk)
    day = EndForm(request.POST or request.GET or None, initial={"ends_on": program.ends_on})
    chosen = day.cleaned_data["ends_on"] if day.is_bound and day.is_valid() else None
    context = {**frame(program), "day": day, "chosen": chosen}
    if chosen:
        context["found"] = operations.at_odds(program, chosen, at=clock.now(), seen_by=request.user)
        context["form"] = form or MoveEndForm(initial={"ends_on": chosen})
    return render(request, "programs/move_end.html", context)


def _made(request, deed, source, form):
    """The new program, or None where the deed was refused and the form says why."""
    try:
        return deed(source, **form.facts(), by=request.user, at=clock.now())
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return None


def _standing(begins_at, row, now):
    """Code and words of an opening or a late admission now."""
    if getattr(row, "ended_at", None):
        return ("withdrawn", "Taken back")
    if row.closes_at <= now:
        return ("closed", "Closed")
    return ("open", "Open now") if begins_at <= now else ("not_started", "Not open yet")
