"""The firm's requests: list, start, answer, review, submit, follow, withdraw."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import access, eligibility, operations
from applications.forms import AnswersForm, CommitmentsForm, ReasonForm, StartForm
from applications.models import Facility, Handover, Hold, ParticipationRequest
from applications.models.hold import is_held
from applications.operations.facilities import WITH_FDA
from applications.operations.handovers import open_handover
from applications.operations.letters import signers
from applications.operations.requests import (
    ATTESTATION,
    ATTESTATIONS,
    NewerAnswers,
    mark_of_answers,
    standing_attestations,
)
from qmm_pilot import clock
from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.roles import Scope
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Criterion, Program
from qmm_pilot.programs.windows import window_for
from qmm_pilot.records.arrival import arrived_at
from qmm_pilot.records.proofs import Proof
from qmm_pilot.records.signatures import checked_signatures
from qmm_pilot.records.statement import version_in

from .answers import answer_sections, designations_in_words, gaps, in_words
from .firm import firm_page, posted, rehearsal_of
from .windows import open_programs, open_windows

Status = ParticipationRequest.Status
CLOSED_UNSUBMITTED = "closed_unsubmitted"
STEPS = ["Facility and pilot", "Answers", "Review and submit"]


@require_safe
@firm_page
def request_list(request):
    """The requests of the person's firm, as far as it may know their state."""
    windows = open_windows(request.user, clock.now())
    rows = (
        ParticipationRequest.objects.visible_to(request.user)
        .select_related("program", "facility")
        .annotate(is_held=is_held())
    )
    return render(
        request,
        "applications/firm/request_list.html",
        {
            "rows": [(row, status_in(windows, row)) for row in rows],
            "may_prepare": access.may_start_requests(request.user),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def request_new(request):
    """Choose a facility and a pilot, and start the draft."""
    if not access.may_start_requests(request.user):
        raise PermissionDenied("Preparers and officials of the firm start its requests.")
    at = clock.now()
    offered = open_programs(request.user, at)
    facilities = (
        Facility.objects.visible_to(request.user)
        .filter(organization__in=firms_of(request.user, Scope.PREPARE))
        .select_related("organization")
    )
    form = StartForm(
        posted(request),
        facilities=facilities,
        names_firm=request.user.is_agent,
        programs=Program.objects.filter(pk__in=[program.pk for program, _ in offered]),
        initial={"facility": request.GET.get("facility", "")},
    )
    if request.method == "POST" and form.is_valid():
        facility, program = form.cleaned_data["facility"], form.cleaned_data["program"]
        try:
            started = operations.start_request(program, facility, by=request.user, at=at)
        except Refusal as refusal:
            standing = _standing_request(request.user, program, facility)
            if standing:
                messages.error(request, str(refusal))
                return redirect("applications:request_detail", pk=standing.pk)
            form.add_error("program", f"{refusal}{_right_pilot(program, facility, offered)}")
        else:
            return redirect("applications:request_edit", pk=started.pk)
    return render(
        request,
        "applications/firm/request_new.html",
        {
            "form": form,
            "offered": offered,
            "has_facilities": facilities.exists(),
            "step_labels": STEPS,
        },
    )


@require_safe
@firm_page
def request_detail(request, pk):
    """One request: its state as the firm may know it, what happens next, what was answered."""
    participation_request = _own(request, pk)
    told = participation_request.told_at is not None
    context = _page(request, participation_request)
    if participation_request.status == Status.NOT_ELIGIBLE and told:
        context["failed_criteria"] = _failed_criteria(participation_request)
    if participation_request.status == Status.SELECTED:
        context["participation"] = participation_request.participation
    context["sections"] = answer_sections(participation_request, context["confidential"])
    context["designations"] = designations_in_words(participation_request, context["confidential"])
    context["signatures"] = checked_signatures(participation_request)
    prefetch_related_objects([participation_request], ATTESTATIONS)
    context["attestations"] = standing_attestations(participation_request)
    return render(request, "applications/firm/request_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def request_edit(request, pk):
    """Answer the questions of a draft; a stale page is told of newer answers."""
    participation_request = _own(request, pk)
    if not access.may_prepare_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Preparers and officials of the firm answer its requests.")
    if participation_request.status != Status.DRAFT:
        messages.info(request, "This request is no draft any more, so its answers stand.")
        return redirect("applications:request_detail", pk=pk)
    handover = open_handover(participation_request)
    if handover and handover.to_id != request.user.pk:
        messages.info(
            request, f"This request waits for {handover.to}’s signature. Take it back to change it."
        )
        return redirect("applications:request_detail", pk=pk)
    form = AnswersForm(posted(request), instance=_own(request, pk))
    context = _page(request, participation_request)
    if request.method == "POST" and form.is_valid():
        try:
            operations.save_answers(
                participation_request,
                form.answers(),
                seen=form.cleaned_data["seen"],
                by=request.user,
                at=clock.now(),
            )
        except NewerAnswers:
            form, context["newer"] = _beside_newer(request, form)
            context["participation_request"] = form.instance
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("applications:request_detail", pk=pk)
        else:
            if "review" in request.POST:
                return redirect("applications:request_attest", pk=pk)
            messages.success(request, "Your draft is saved. FDA cannot see it until you submit.")
            return redirect("applications:request_edit", pk=pk)
    form.mark_what_submission_needs()
    return render(request, "applications/firm/request_edit.html", {**context, "form": form})


@require_safe
@firm_page
def request_attest(request, pk):
    """The whole draft on one page: its gaps, the commitments, and who submits."""
    participation_request = _own(request, pk)
    if participation_request.status != Status.DRAFT:
        return redirect("applications:request_detail", pk=pk)
    form = CommitmentsForm(criteria=_commitments(participation_request.program), request=request)
    return _review_page(request, participation_request, form)


@require_POST
@firm_page
def request_submit(request, pk):
    """Attest and submit. The moment is that at which the click arrived (A2)."""
    at = arrived_at(request)
    participation_request = _own(request, pk)
    if not access.may_sign_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Authorized officials of the firm attest and submit its requests.")
    criteria = _commitments(participation_request.program)
    form = CommitmentsForm(request.POST, criteria=criteria, request=request)
    if not form.is_valid() and participation_request.status == Status.DRAFT:
        return _review_page(request, participation_request, form)
    try:
        submitted = operations.submit_request(
            participation_request,
            attested=form.attested(),
            proof=form.proof() if form.is_valid() else Proof(),
            statement=version_in(request.POST),
            by=request.user,
            at=at,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        if participation_request.status != Status.DRAFT:
            return redirect("applications:request_detail", pk=pk)
        return _review_page(request, participation_request, form)
    messages.success(
        request, f"FDA has received the request. Its receipt number is {submitted.receipt_number}."
    )
    return redirect("applications:request_detail", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def request_withdraw(request, pk):
    """Ask before a request is withdrawn, and withdraw it."""
    participation_request = _own(request, pk)
    if not access.may_prepare_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Preparers and officials of the firm withdraw its requests.")
    if not _is_withdrawable(participation_request):
        messages.info(request, "This request is closed, so there is nothing to withdraw.")
        return redirect("applications:request_detail", pk=pk)
    form = ReasonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            operations.withdraw_request(
                participation_request, **form.cleaned_data, by=request.user, at=clock.now()
            )
        except Refusal as refusal:
            # A second click that lost the race finds the request withdrawn: nothing went wrong.
            participation_request.refresh_from_db(fields=["status"])
            if participation_request.status != Status.WITHDRAWN:
                messages.error(request, str(refusal))
        else:
            messages.success(request, "The request is withdrawn.")
        return redirect("applications:request_detail", pk=pk)
    context = _page(request, participation_request)
    return render(request, "applications/firm/request_withdraw.html", {**context, "form": form})


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


def _own(request, pk):
    rows = ParticipationRequest.objects.visible_to(request.user).select_related(
        "program", "facility", "organization", "submitted_by__organization"
    )
    return get_object_or_404(rows, pk=pk)


def _page(request, participation_request):
    """What every page of one request shows."""
    user, program = request.user, participation_request.program
    at = clock.now()
    opening = window_for(program, participation_request.organization_id, at)
    may_prepare = access.may_prepare_request(user, participation_request.organization_id)
    is_draft = participation_request.status == Status.DRAFT
    last = _last_handover(participation_request) if is_draft else None
    handover = last if last and last.ended_at is None else None
    return {
        "participation_request": participation_request,
        "status": status_shown(participation_request, opening),
        "step_labels": STEPS,
        "rehearsal": rehearsal_of(program),
        "opening": opening,
        "confidential": operations.marks_of_request(participation_request),
        "site": participation_request.site,
        "holds": Hold.objects.standing().on(participation_request),
        "handover": handover,
        "sent_back": last if last and last.outcome == Handover.Outcome.SENT_BACK else None,
        "may_edit": may_prepare and is_draft and (not handover or handover.to_id == user.pk),
        "may_take_back": may_prepare and handover is not None,
        "is_agent_here": user.organization_id != participation_request.organization_id,
        "may_sign": access.may_sign_request(user, participation_request.organization_id),
        "may_designate": may_prepare and participation_request.submitted_at is not None,
        "may_change_contact": may_prepare and participation_request.status in WITH_FDA,
        "may_withdraw": may_prepare and _is_withdrawable(participation_request),
    }


def _last_handover(participation_request):
    return participation_request.handovers.select_related("to", "by", "ended_by").last()


def _review_page(request, participation_request, form):
    context = _page(request, participation_request)
    context["gaps"] = gaps(participation_request)
    context["sections"] = answer_sections(participation_request, context["confidential"])
    context["meaning"] = ATTESTATION
    context["officials"] = signers(participation_request, at=clock.now())
    return render(request, "applications/firm/request_attest.html", {**context, "form": form})


def _beside_newer(request, form):
    """The person's answers once more, and those saved meanwhile that differ from them."""
    saved = _own(request, form.instance.pk)
    newer = [
        (form[name].label, in_words(form, saved, name))
        for name, value in form.answers().items()
        if getattr(saved, name) != value
    ]
    data = request.POST.copy()
    data["seen"] = mark_of_answers(saved)
    return AnswersForm(data, instance=saved), newer


def _commitments(program):
    return list(program.criteria.filter(check_kind=Criterion.Check.COMMITMENT))


def _failed_criteria(participation_request):
    results = participation_request.criterion_results.select_related("criterion")
    return [r.criterion for r in results if r.outcome == eligibility.Outcome.FAILS]


def _is_withdrawable(participation_request):
    moves = ParticipationRequest.MOVES.get(participation_request.status, ())
    return Status.WITHDRAWN in moves and participation_request.told_at is None


def _standing_request(user, program, facility):
    """The facility's firm's own live request for this program and FEI, where one stands."""
    return (
        ParticipationRequest.objects.visible_to(user)
        .live()
        .filter(program=program, organization=facility.organization_id, fei_key=facility.fei_key)
        .first()
    )


def _right_pilot(program, facility, offered):
    """Name the open pilot that the facility fits, where the one chosen does not (B3)."""
    if _fits(program, facility):
        return ""
    fitting = [other.name for other, _ in offered if _fits(other, facility)]
    if not fitting:
        return " No pilot that is open now fits this facility."
    return f" The right pilot for this facility is the {' or the '.join(fitting)}."


def _fits(program, facility):
    opinion = eligibility.located_for_the_pilot(
        str(facility.country),
        facilities_are=program.facilities_are,
        territories_are_domestic=program.territories_are_domestic,
    )
    return opinion.outcome is not eligibility.Outcome.FAILS
