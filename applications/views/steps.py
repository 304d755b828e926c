"""The steps of a draft: continue it, answer a step, save while typing, move to the right pilot."""

from copy import copy

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import access, operations, steps
from applications.answer_forms import NOT_WHOLE, AnswersForm, step_buttons
from applications.models import ParticipationRequest
from applications.operations.answers import NewerAnswers, mark_of_answers
from applications.operations.handovers import open_handover
from applications.question_help import criteria_behind
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.uswds.moments import clock_in_words

from .answers import in_words
from .deeds import carried_out
from .facilities import unusual_numbers
from .firm import firm_page, posted
from .request_page import (
    FIRST,
    REVIEW,
    own_request,
    page_of_request,
    steps_of_request,
    url_of_step,
)
from .windows import fitting_programs, open_programs

Status = ParticipationRequest.Status
DECLARED = "declared"  # the page of the inspections that the step "inspections" leads to
NEWER = (
    "Not saved: newer answers were saved in another tab or by a colleague. Nothing was "
    "overwritten. Press “Save and continue” to compare them with yours."
)


@require_safe
@firm_page
def request_edit(request, pk):
    """Continue a draft where it stands: its first open step, or the review."""
    participation_request = _own_to_answer(request, pk)
    if closed := _why_closed(participation_request, request.user):
        messages.info(request, closed)
        return redirect("applications:request_detail", pk=pk)
    step = steps.first_open(participation_request.steps_taken, _gaps(participation_request))
    return redirect(url_of_step(participation_request, step.slug if step else REVIEW))


@require_safe
@firm_page
def request_facility(request, pk):
    """The first step of a draft: which facility asks to join which pilot."""
    participation_request = _own_to_answer(request, pk)
    if closed := _why_closed(participation_request, request.user):
        messages.info(request, closed)
        return redirect("applications:request_detail", pk=pk)
    context = page_of_request(request, participation_request)
    context |= steps_of_request(participation_request, FIRST)
    facility = participation_request.facility
    context["warnings"] = unusual_numbers(facility)
    if context["misfit"]:
        offered = [program for program, _ in open_programs(request.user, clock.now())]
        context["right_pilots"] = fitting_programs(offered, facility)
    return render(request, "applications/firm/request_facility.html", context)


@require_POST
@firm_page
def request_move(request, pk):
    """Move a draft to the pilot that fits its facility, with its answers (B3)."""
    participation_request = _own_to_answer(request, pk)
    wanted = request.POST.get("program", "")
    offered = open_programs(request.user, clock.now())
    program = next((program for program, _ in offered if str(program.pk) == wanted), None)
    if program is None:
        messages.error(request, "Choose a pilot that accepts requests now.")
        return redirect("applications:request_facility", pk=pk)
    done = f"The draft is in the {program.name} now. Its answers came along."
    if carried_out(request, operations.move_draft, participation_request, program, done=done):
        return redirect("applications:request_edit", pk=pk)
    return redirect("applications:request_facility", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def request_step(request, pk, step):
    """Answer the questions of one step; a stale page is told of newer answers."""
    participation_request = _own_to_answer(request, pk)
    step = _step_or_404(step)
    if closed := _why_closed(participation_request, request.user):
        messages.info(request, closed)
        return redirect("applications:request_detail", pk=pk)
    if request.method != "POST" and step not in _unlocked(participation_request):
        messages.info(request, f"“{step.title}” opens once you have gone through this step.")
        return redirect("applications:request_edit", pk=pk)
    form = AnswersForm(posted(request), instance=copy(participation_request), names=step.names)
    newer = None
    if form.arrived:
        try:
            taken = step.slug if _goes_on(request) and not form.errors else ""
            saved = _save(request, participation_request, form, taken)
        except NewerAnswers:
            form, newer = _beside_newer(request, form)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("applications:request_detail", pk=pk)
        else:
            if not (_goes_on(request) and form.errors):
                return _onward(request, saved, step)
        participation_request = own_request(request, pk)  # as it was saved, by her or meanwhile
    form.mark_what_submission_needs()
    form.lay_out(step.sections, *step_buttons())
    return _step_page(request, participation_request, step, form, newer)


@require_POST
@firm_page
def request_autosave(request, pk, step):
    """Keep what is typed so far; the words of the answer are for the page's status line."""
    participation_request = _own_to_answer(request, pk)
    step = _step_or_404(step)
    form = AnswersForm(request.POST, instance=copy(participation_request), names=step.names)
    closed = _why_closed(participation_request, request.user)
    if closed or not form.arrived:
        return _told(closed or NOT_WHOLE)
    try:
        saved = _save(request, participation_request, form)
    except NewerAnswers:
        return _told(NEWER)
    except Refusal as refusal:
        return _told(str(refusal))
    when = clock_in_words(saved.saved_at, request.user.time_zone)
    words = f"Saved at {when}. FDA cannot see this until you submit."
    return _told(words, saved=True, seen=mark_of_answers(saved, step.names))


def _told(words, *, saved=False, seen=""):
    return JsonResponse({"saved": saved, "words": words, "seen": seen})


def _save(request, participation_request, form, taken=""):
    """Keep what was typed, in shape or not; `taken` is the step that was gone through."""
    return operations.save_answers(
        participation_request,
        form.answers(),
        unfinished=form.unfinished(),
        taken=taken,
        shown=form.shown(),
        by=request.user,
        at=clock.now(),
    )


def _goes_on(request):
    return not {"back", "save", "to"} & set(request.POST)


def _onward(request, participation_request, step):
    """Lead on to where the pressed button points; without one, ahead."""
    order = [FIRST, *(each.slug for each in steps.STEPS), REVIEW]
    here = order.index(step.slug)
    if "save" in request.POST:
        messages.success(request, "Your draft is saved. FDA cannot see it until you submit.")
        return redirect("applications:request_detail", pk=participation_request.pk)
    if "back" in request.POST:
        return redirect(url_of_step(participation_request, order[here - 1]))
    if (to := request.POST.get("to")) == DECLARED:
        return redirect("applications:request_inspections", pk=participation_request.pk)
    if to in order:
        return redirect(url_of_step(participation_request, to))
    open_ones = [
        label
        for name, label in operations.missing_answers(participation_request)
        if name in step.names
    ]
    if open_ones:
        messages.info(
            request,
            f"Saved. Still to be answered in “{step.title}” before you submit: "
            f"{'; '.join(open_ones)}.",
        )
    return redirect(url_of_step(participation_request, order[here + 1]))


def _step_page(request, participation_request, step, form, newer):
    context = page_of_request(request, participation_request)
    context |= steps_of_request(participation_request, step.slug, is_form=True)
    return render(
        request,
        "applications/firm/request_step.html",
        {
            **context,
            "step": step,
            "form": form,
            "newer": newer,
            "criteria": criteria_behind(step, participation_request.program),
        },
    )


def _beside_newer(request, form):
    """The person's answers once more, and those saved meanwhile that differ from them."""
    saved = own_request(request, form.instance.pk)
    newer = [
        (form[name].label, in_words(form, saved, name))
        for name, value in {**form.answers(), **form.unfinished()}.items()
        if (saved.unfinished.get(name) or getattr(saved, name)) != value
    ]
    data = request.POST.copy()
    data["seen"] = mark_of_answers(saved, form.names)
    return AnswersForm(data, instance=saved, names=form.names), newer


def _own_to_answer(request, pk):
    participation_request = own_request(request, pk)
    if not access.may_prepare_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Preparers and officials of the firm answer its requests.")
    return participation_request


def _why_closed(participation_request, user) -> str:
    """Why the answers cannot be changed now, in words; empty where they can."""
    if participation_request.status != Status.DRAFT:
        return "This request is no draft any more, so its answers stand."
    handover = open_handover(participation_request)
    if handover and handover.to_id != user.pk:
        return f"This request waits for {handover.to}’s signature. Take it back to change it."
    return ""


def _step_or_404(slug):
    step = steps.step_named(slug)
    if step is None:
        raise Http404
    return step


def _gaps(participation_request):
    return {name for name, _ in operations.missing_answers(participation_request)}


def _unlocked(participation_request):
    return steps.unlocked(participation_request.steps_taken, _gaps(participation_request))
