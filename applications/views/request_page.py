"""What every page of one request shows, and its steps (B1)."""

from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404
from django.urls import reverse

from applications import access, operations, steps
from applications.eligibility import Outcome
from applications.models import Handover, ParticipationRequest, StatedInspection
from applications.models.hold import holds_beside, with_holds
from applications.operations.facilities import WITH_FDA
from applications.operations.questions import question_beside, with_open_question
from applications.question_help import notice_address
from qmm_pilot import clock
from qmm_pilot.programs.windows import window_for

from .answering import question_note
from .answers import step_url
from .firm import rehearsal_of
from .windows import location_opinion

Status = ParticipationRequest.Status
CLOSED_UNSUBMITTED = "closed_unsubmitted"
STEP_LABELS = ["Facility and pilot", *(step.title for step in steps.STEPS), "Review and submit"]
FIRST, REVIEW = "facility", "review"  # the slugs of the steps that ask no questions


def own_request(request, pk) -> ParticipationRequest:
    """The request at this address, if it is one of the person’s firm; else "not found"."""
    stated = StatedInspection.objects.filter(participation_request=OuterRef("pk"))
    rows = ParticipationRequest.objects.visible_to(request.user).annotate(
        has_stated=Exists(stated)  # what most have none of is not asked for again (P2)
    )
    rows = rows.select_related(
        "program",
        "facility",
        "organization",
        "submitted_by__organization",
        "mailed",
        "participation",
    )
    return get_object_or_404(with_open_question(with_holds(rows)), pk=pk)


def page_of_request(request, participation_request):
    """What every page of one request shows."""
    user, program = request.user, participation_request.program
    at = clock.now()
    is_draft = participation_request.status == Status.DRAFT
    # The window decides about drafts alone.
    opening = window_for(program, participation_request.organization_id, at) if is_draft else None
    may_prepare = access.may_prepare_request(user, participation_request.organization_id)
    last = _last_handover(participation_request) if is_draft else None
    handover = last if last and last.ended_at is None else None
    asked = participation_request.status == Status.INFORMATION_REQUESTED
    unconfirmed = participation_request.status == Status.AWAITING_CONFIRMATION
    return {
        **question_note(question_beside(participation_request) if asked else None),
        "may_answer": may_prepare and (asked or unconfirmed),
        "mailed": participation_request.mailed if unconfirmed else None,
        "participation_request": participation_request,
        "status": status_shown(participation_request, opening),
        "rehearsal": rehearsal_of(program),
        "notice_url": notice_address(program),
        "misfit": _misfit(participation_request) if is_draft else "",
        "opening": opening,
        "confidential": operations.marks_of_request(participation_request),
        "site": participation_request.site,
        "holds": holds_beside(participation_request),
        "handover": handover,
        "sent_back": last if last and last.outcome == Handover.Outcome.SENT_BACK else None,
        "may_edit": may_prepare and is_draft and (not handover or handover.to_id == user.pk),
        "may_review": is_draft and review_is_open(participation_request),
        "may_take_back": may_prepare and handover is not None,
        "is_agent_here": user.organization_id != participation_request.organization_id,
        "may_sign": access.may_sign_request(user, participation_request.organization_id),
        "may_designate": may_prepare and participation_request.submitted_by_id is not None,
        "may_change_contact": may_prepare and participation_request.status in WITH_FDA,
        "may_withdraw": may_prepare and is_withdrawable(participation_request),
    }


def status_in(windows, participation_request):
    """The state as the firm reads it, by the windows that hold now for its firms."""
    row = participation_request
    return status_shown(row, windows.of(row.program_id, row.organization_id))


def status_shown(participation_request, window):
    """The state as the firm reads it; a draft whose window has closed is closed unsubmitted.

    `window` is the one that holds now for its firm, or None (computed, never stored).
    """
    if participation_request.status == Status.DRAFT and window is None:
        return CLOSED_UNSUBMITTED
    return Status(participation_request.status_for_firm)


def is_withdrawable(participation_request) -> bool:
    """Whether the firm may still withdraw it: no outcome is released, or it is an alternate."""
    moves = ParticipationRequest.MOVES.get(participation_request.status, ())
    waits = participation_request.status == Status.ALTERNATE
    return Status.WITHDRAWN in moves and (participation_request.told_at is None or waits)


def _misfit(participation_request):
    """Why the facility cannot ask to join this pilot; empty where it may (B3)."""
    opinion = location_opinion(participation_request.program, participation_request.facility)
    return opinion.reason if opinion.outcome is Outcome.FAILS else ""


def steps_of_request(participation_request, current, *, is_form=False) -> dict:
    """What the tag `steps` shows of a draft on the page of the step with the slug `current`.

    Steps lead on once they are open: by address, or (`is_form`) by a button that saves first.
    """
    gaps = {name for name, _ in operations.missing_answers(participation_request)}
    taken = participation_request.steps_taken
    unlocked = [step.slug for step in steps.unlocked(taken, gaps)]
    slugs = [FIRST, *(step.slug for step in steps.STEPS), REVIEW]
    passed = {FIRST} | {
        step.slug for step in steps.STEPS if step.slug in taken and not steps.has_gaps(step, gaps)
    }
    open_ones = {FIRST, *unlocked} | ({REVIEW} if steps.may_review(taken, gaps) else set())
    return {
        "step_labels": STEP_LABELS,
        "step_number": slugs.index(current) + 1,
        "step_ways": [
            _way(participation_request, slug, is_form) if slug in open_ones else ""
            for slug in slugs
        ],
        "steps_done": [number for number, slug in enumerate(slugs, start=1) if slug in passed],
    }


def review_is_open(participation_request) -> bool:
    """Whether each step of this draft was gone through, or has nothing left open."""
    gaps = {name for name, _ in operations.missing_answers(participation_request)}
    return steps.may_review(participation_request.steps_taken, gaps)


def url_of_step(participation_request, slug) -> str:
    """The address of any step, those without questions too."""
    place = {"pk": participation_request.pk}
    if slug == FIRST:
        return reverse("applications:request_facility", kwargs=place)
    if slug == REVIEW:
        return reverse("applications:request_attest", kwargs=place)
    return step_url(participation_request, steps.step_named(slug))


def _way(participation_request, slug, is_form):
    return slug if is_form else url_of_step(participation_request, slug)


def _last_handover(participation_request):
    return participation_request.handovers.select_related("to", "by", "ended_by").last()
