"""The firm's requests: list, start, answer, review, submit, follow, withdraw."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import access, eligibility, operations
from applications.forms import CommitmentsForm, ReasonForm, StartForm
from applications.models import Facility, ParticipationRequest
from applications.models.hold import is_held
from applications.operations.letters import signers
from applications.operations.requests import ATTESTATION, standing_attestations
from applications.operations.versions import ATTESTATIONS
from qmm_pilot import clock
from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.roles import Scope
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Criterion, Program
from qmm_pilot.records.arrival import arrived_at
from qmm_pilot.records.proofs import Proof
from qmm_pilot.records.signatures import checked_signatures
from qmm_pilot.records.statement import version_in

from .answers import answer_sections, declared_in, designations_in_words, gaps
from .firm import firm_page, posted
from .request_page import (
    REVIEW,
    STEP_LABELS,
    is_withdrawable,
    own_request,
    page_of_request,
    status_in,
    steps_of_request,
)
from .windows import fitting_programs, open_programs, open_windows

Status = ParticipationRequest.Status


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
    right_pilots, facility = [], None
    if request.method == "POST" and form.is_valid():
        facility, program = form.cleaned_data["facility"], form.cleaned_data["program"]
        try:
            started = operations.start_request(program, facility, by=request.user, at=at)
        except Refusal as refusal:
            if standing := _standing_request(request.user, program, facility):
                return _lead_to(standing, request, refusal)
            fitting = fitting_programs([other for other, _ in offered], facility)
            if program not in fitting:
                right_pilots = fitting
            form.add_error("program", f"{refusal}{_right_pilot(program, fitting)}")
        else:
            return redirect("applications:request_edit", pk=started.pk)
    return render(
        request,
        "applications/firm/request_new.html",
        {
            "form": form,
            "offered": offered,
            "right_pilots": right_pilots,
            "facility": facility,
            "has_facilities": facilities.exists(),
            "step_labels": STEP_LABELS,
        },
    )


@require_safe
@firm_page
def request_detail(request, pk):
    """One request: its state as the firm may know it, what happens next, what was answered."""
    participation_request = own_request(request, pk)
    told = participation_request.told_at is not None
    context = page_of_request(request, participation_request)
    if participation_request.status == Status.NOT_ELIGIBLE and told:
        context["failed_criteria"] = _failed_criteria(participation_request)
    if participation_request.status == Status.SELECTED:
        context["participation"] = participation_request.participation
    context["sections"] = answer_sections(participation_request, context["confidential"])
    context["designations"] = designations_in_words(participation_request, context["confidential"])
    context["signatures"] = checked_signatures(participation_request)
    context["declared"] = declared_in(participation_request)
    prefetch_related_objects([participation_request], ATTESTATIONS)
    context["attestations"] = standing_attestations(participation_request)
    return render(request, "applications/firm/request_detail.html", context)


@require_safe
@firm_page
def request_attest(request, pk):
    """The whole draft on one page: its gaps, the commitments, and who submits."""
    participation_request = own_request(request, pk)
    if participation_request.status != Status.DRAFT:
        return redirect("applications:request_detail", pk=pk)
    form = CommitmentsForm(criteria=_commitments(participation_request.program), request=request)
    context = page_of_request(request, participation_request)
    if context["may_edit"] and not context["may_review"]:
        # What is missing lies in steps that she has not seen, so no link could lead there.
        messages.info(request, "The review opens once you have gone through each step.")
        return redirect("applications:request_edit", pk=pk)
    return _review_page(request, context, form)


@require_POST
@firm_page
def request_submit(request, pk):
    """Attest and submit. The moment is that at which the click arrived (A2)."""
    at = arrived_at(request)
    participation_request = own_request(request, pk)
    if not access.may_sign_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Authorized officials of the firm attest and submit its requests.")
    criteria = _commitments(participation_request.program)
    form = CommitmentsForm(request.POST, criteria=criteria, request=request)
    if not form.is_valid() and participation_request.status == Status.DRAFT:
        return _review_page(request, page_of_request(request, participation_request), form)
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
        # One of several equal posts came first and this one was refused: nothing went wrong.
        submitted = operations.as_it_ends(participation_request)
        if submitted.submitted_by_id != request.user.pk:
            messages.error(request, str(refusal))
            if submitted.status != Status.DRAFT:
                return redirect("applications:request_detail", pk=pk)
            return _review_page(request, page_of_request(request, participation_request), form)
    messages.success(
        request, f"FDA has received the request. Its receipt number is {submitted.receipt_number}."
    )
    return redirect("applications:request_detail", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def request_withdraw(request, pk):
    """Ask before a request is withdrawn, and withdraw it."""
    participation_request = own_request(request, pk)
    if not access.may_prepare_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Preparers and officials of the firm withdraw its requests.")
    if not is_withdrawable(participation_request):
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
    context = page_of_request(request, participation_request)
    return render(request, "applications/firm/request_withdraw.html", {**context, "form": form})


def _review_page(request, context, form):
    participation_request = context["participation_request"]
    context |= steps_of_request(participation_request, REVIEW)
    if not context["may_edit"]:
        context["step_ways"] = []
    context["is_review"] = True
    context["gaps"] = gaps(participation_request)
    context["sections"] = answer_sections(participation_request, context["confidential"])
    context["meaning"] = ATTESTATION
    context["declared"] = declared_in(participation_request)
    context["officials"] = signers(participation_request, at=clock.now())
    return render(request, "applications/firm/request_attest.html", {**context, "form": form})


def _commitments(program):
    return list(program.criteria.filter(check_kind=Criterion.Check.COMMITMENT))


def _failed_criteria(participation_request):
    results = participation_request.criterion_results.select_related("criterion")
    return [r.criterion for r in results if r.outcome == eligibility.Outcome.FAILS]


def _standing_request(user, program, facility):
    """The facility's firm's own live request for this program and FEI, where one stands."""
    return (
        ParticipationRequest.objects.visible_to(user)
        .live()
        .filter(program=program, organization=facility.organization_id, fei_key=facility.fei_key)
        .first()
    )


def _lead_to(standing, request, refusal):
    """A draft is simply continued: a double click or a second tab is no mistake (B5, B6)."""
    if standing.status == Status.DRAFT:
        messages.info(request, "Your firm has this draft already; no second one was started.")
        return redirect("applications:request_edit", pk=standing.pk)
    messages.error(request, str(refusal))
    return redirect("applications:request_detail", pk=standing.pk)


def _right_pilot(program, fitting):
    """Name the open pilots that fit a facility, where the one chosen does not (B3)."""
    if program in fitting:
        return ""
    if not fitting:
        return " No pilot that is open now fits this facility."
    names = " or the ".join(other.name for other in fitting)
    return f" The right pilot for this facility is the {names}."
