"""How a page that changes a program is found, and what each of them shows."""

from django.shortcuts import get_object_or_404, redirect, render

from qmm_pilot.programs.access import may_manage_programs
from qmm_pilot.programs.models import Program

from .deeds import carried_out, open_only_if

COORDINATORS = "FDA coordinators set up rounds and change their rules."
MANAGE = "assessments:program_manage"
READ_OR_POST = ["GET", "HEAD", "POST"]


def program_or_404(user, pk, *related) -> Program:
    """A program that this person sees and may change."""
    program = get_object_or_404(Program.objects.visible_to(user).prefetch_related(*related), pk=pk)
    open_only_if(may_manage_programs(user), COORDINATORS)
    return program


def frame(program) -> dict:
    """What every page of a program shows, with the mark of a rehearsal."""
    return {"program": program, "rehearsal": program.name if program.is_rehearsal else ""}


def change_page(
    request, program, form, deed, *subject, title, about, done, frozen="", consequences=()
):
    """Show a form and carry out its deed: `frozen` says why a part of it cannot be changed.

    `consequences` are sentences that the person reads before she saves.
    """
    if form.is_valid() and carried_out(request, deed, *subject, **form.facts(), done=done):
        return redirect(MANAGE, pk=program.pk)
    context = {
        "form": form,
        "title": title,
        "about": about,
        "frozen": frozen,
        "consequences": consequences,
    }
    return render(request, "programs/change.html", {**frame(program), **context})
