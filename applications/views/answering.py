"""The firm's pages of its answer to FDA's questions: the reopened answers, then the signature."""

from copy import copy

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from applications import access, operations
from applications.answer_forms import AnswersForm
from applications.information_forms import ReopenedForm, SignAnswersForm
from applications.models import ParticipationRequest
from applications.operations.answers import ANSWERS, NewerAnswers, missing_answers
from applications.operations.confirming import missing_of_site
from applications.operations.letters import signers
from applications.operations.questions import (
    mark_of_draft,
    open_draft,
    open_fields,
    open_question,
)
from applications.operations.requests import ATTESTATION
from applications.operations.resubmission import RESUBMISSION
from applications.reasons import REASONS
from applications.steps import SECTIONS
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Criterion
from qmm_pilot.records.statement import version_in

from .answers import answer_sections, in_words
from .firm import firm_page, posted, rehearsal_of

Status = ParticipationRequest.Status
ANSWERED = "FDA has received the answers and goes on with the request."
CONFIRMED = "The request is submitted. It counts from the moment at which your message arrived."
READ_OR_POST = ["GET", "HEAD", "POST"]
NOTHING_ASKED = "FDA asks nothing about this request now, so its answers stand."


@require_http_methods(READ_OR_POST)
@firm_page
def request_answer(request, pk):
    """The reopened answers, and only those; what else was submitted stands beside them to read."""
    participation_request = _own(request, pk)
    if not access.may_prepare_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Preparers and officials of the firm answer for it.")
    fields = open_fields(participation_request)
    if fields is None:
        messages.info(request, NOTHING_ASKED)
        return redirect("applications:request_detail", pk=pk)
    draft = open_draft(participation_request)
    form = _form(request, participation_request, draft, fields)
    context = _page(participation_request, draft)
    if request.method == "POST" and form.is_valid():
        try:
            operations.save_answer_draft(
                participation_request,
                form.answers(),
                note=form.cleaned_data["note"],
                seen=form.cleaned_data["seen"],
                is_ready="review" in request.POST and not _may_sign(request, participation_request),
                by=request.user,
                at=clock.now(),
            )
        except NewerAnswers as refusal:
            messages.error(request, f"{refusal} Below are the answers as saved meanwhile.")
            return redirect("applications:request_answer", pk=pk)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("applications:request_detail", pk=pk)
        if "review" in request.POST:
            return redirect("applications:request_answer_sign", pk=pk)
        messages.success(request, "Saved. FDA cannot see it until an official signs and sends it.")
        return redirect("applications:request_answer", pk=pk)
    form.mark_what_submission_needs()
    every = AnswersForm(instance=participation_request)
    context["others"] = [
        (every[name].label, in_words(every, participation_request, name))
        for section in SECTIONS  # in the order in which they were asked
        for name in section.names
        if name not in {*fields, "confidential_answers"}
    ]
    return render(request, "applications/firm/answer.html", {**context, "form": form})


@require_http_methods(READ_OR_POST)
@firm_page
def request_answer_sign(request, pk):
    """What the answers change, and the official's signature that sends them to FDA."""
    participation_request = _own(request, pk)
    if open_fields(participation_request) is None:
        messages.info(request, NOTHING_ASKED)
        return redirect("applications:request_detail", pk=pk)
    may_sign = _may_sign(request, participation_request)
    if request.method == "POST" and not may_sign:
        raise PermissionDenied("Authorized officials of the firm sign its answers.")
    draft = open_draft(participation_request)
    confirms = participation_request.status == Status.AWAITING_CONFIRMATION
    form = SignAnswersForm(
        posted(request),
        request=request,
        criteria=_commitments(participation_request) if confirms else [],
        initial={"seen": mark_of_draft(draft)},
    )
    if request.method == "POST" and form.is_valid():
        deed = operations.confirm_mailed_request if confirms else operations.answer_information
        try:
            deed(
                participation_request,
                **({"attested": form.attested()} if confirms else {}),
                seen=form.cleaned_data["seen"],
                proof=form.proof(),
                statement=version_in(request.POST),
                by=request.user,
                at=clock.now(),
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
            # A second click finds FDA's question answered: she is led to where it says so.
            return redirect("applications:request_answer_sign", pk=pk)
        messages.success(request, CONFIRMED if confirms else ANSWERED)
        return redirect("applications:request_detail", pk=pk)
    return render(
        request,
        "applications/firm/answer_sign.html",
        {
            **_page(participation_request, draft),
            "form": form,
            "changes": _changes(participation_request, draft),
            "may_sign": may_sign,
            "meaning": ATTESTATION if confirms else RESUBMISSION,
            "site": participation_request.facility,
            "sections": answer_sections(with_draft(participation_request, draft), ())
            if confirms
            else [],
            "lacking": missing_of_site(participation_request.facility) if confirms else [],
            "gaps": missing_answers(with_draft(participation_request, draft)),
            "officials": signers(participation_request, at=clock.now()),
            "is_agent_here": request.user.organization_id != participation_request.organization_id,
        },
    )


def question_note(question) -> dict:
    """FDA's question as the firm's pages show it."""
    return {
        "question": question,
        "question_reasons": [REASONS[code].label for code in question.reasons] if question else [],
    }


def with_draft(participation_request, draft):
    """The request, unsaved, as the draft would make it."""
    row = copy(participation_request)
    for name, value in (draft.answers if draft else {}).items():
        setattr(row, name, value)
    return row


def _form(request, participation_request, draft, fields):
    return ReopenedForm(
        posted(request),
        instance=with_draft(participation_request, draft),
        reopened=fields,
        note=draft.note if draft else "",
        seen=mark_of_draft(draft),
    )


def _changes(participation_request, draft):
    """Each reopened answer that the draft changes: question, as FDA has it, as it would be."""
    form = AnswersForm(instance=participation_request)
    row = with_draft(participation_request, draft)
    return [
        (
            form[name].label,
            in_words(form, participation_request, name),
            in_words(form, row, name),
        )
        for name in ANSWERS
        if draft and name in draft.answers
    ]


def _page(participation_request, draft):
    is_unconfirmed = participation_request.status == Status.AWAITING_CONFIRMATION
    return {
        **question_note(open_question(participation_request)),
        "mailed": participation_request.mailed if is_unconfirmed else None,
        "participation_request": participation_request,
        "rehearsal": rehearsal_of(participation_request.program),
        "draft": draft,
    }


def _commitments(participation_request):
    criteria = participation_request.program.criteria
    return list(criteria.filter(check_kind=Criterion.Check.COMMITMENT))


def _may_sign(request, participation_request):
    return access.may_sign_request(request.user, participation_request.organization_id)


def _own(request, pk):
    rows = ParticipationRequest.objects.visible_to(request.user).select_related(
        "program", "facility", "organization", "mailed"
    )
    return get_object_or_404(rows, pk=pk)
