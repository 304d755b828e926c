"""Deeds on FDA's questions about a request under review: ask, extend; and the firm's draft (B8)."""

from django.db import transaction

from applications.access import may_prepare_request, may_review_requests
from applications.models import AnswerDraft, InformationRequest, ParticipationRequest
from applications.reasons import REASONS, lines_of, reopened
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.working_days import add_working_days
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.disclosure import withhold
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import day_in_words

from .answers import MAY_BE_CONFIDENTIAL, NewerAnswers
from .holds import refuse_while_on_hold
from .letters import firm_people, write_letter
from .questions import (
    answer_key,
    mark_of_draft,
    open_draft,
    open_fields,
    open_question,
    overdue_key,
    sign_key,
)

Status = ParticipationRequest.Status
LONGEST_NOTE = 4000  # characters


def first_answer_day(program, at):
    """The day proposed for an answer: the program's number of working days from today (D5)."""
    return add_working_days(program.today(at), program.information_working_days)


def proposed_mail(participation_request, reasons) -> tuple[str, str]:
    """Subject and text of the mail as these reasons make it; FDA edits both before it goes."""
    named = "".join(f"\n- {line}" for line in lines_of(reasons))
    return (
        f"FDA asks about your request {participation_request.receipt_number}",
        f"FDA has looked at your request {participation_request.receipt_number} to participate in "
        f"the {participation_request.program.name} and asks for information about:\n{named}\n\n"
        "The page of the request says what is asked. The answers concerned are open to change "
        "there; an authorized official of your firm signs them and sends them to FDA.",
    )


@transaction.atomic
def ask_for_information(
    participation_request, *, reasons, extra=(), note="", subject, body, answer_by, by, at
) -> InformationRequest:
    """Return a request under review to its firm with questions; the mail goes out as edited.

    `reasons` are codes of REASONS; `extra` names further answers to reopen; `note` is read on the
    firm's page alone; `answer_by` is a day to come, inclusive. Raises Refusal for anyone but a
    coordinator, without a reason or a mail, where nothing is asked, and while it is on hold.
    """
    participation_request = locked(participation_request)
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators ask a firm for information.")
    if participation_request.status != Status.UNDER_REVIEW:
        raise IllegalMove(
            f"This request is “{participation_request.get_status_display()}”. Only one that is "
            "under review is returned for information."
        )
    refuse_while_on_hold(participation_request)
    unknown = set(reasons) - set(REASONS) | set(extra) - set(MAY_BE_CONFIDENTIAL)
    if unknown:
        raise ValueError(f"Neither reasons nor answers: {sorted(unknown)}")
    fields = reopened(reasons, extra)
    _refuse_empty(reasons, fields, note, subject, body)
    _refuse_day_past(participation_request.program, answer_by, at)
    question = InformationRequest.objects.create(
        participation_request=participation_request,
        reasons=list(reasons),
        fields=fields,
        note=note.strip(),
        mail_subject=subject.strip(),
        mail_body=body.strip(),
        answer_by=answer_by,
        asked_by=by,
        asked_at=at,
    )
    participation_request.become(Status.INFORMATION_REQUESTED)
    participation_request.save(update_fields=["status"])
    close_item(f"determine:{participation_request.pk}", by=by, at=at)
    _raise_for_firm(question, participation_request, at=at)
    write_letter(
        "information_requested",
        to=firm_people(participation_request),
        subject=question.mail_subject,
        about=participation_request,
        at=at,
        participation_request=participation_request,
        body=question.mail_body,
        answer_by=day_in_words(answer_by),
    )
    record(
        "ask_for_information",
        participation_request,
        by=by,
        at=at,
        before={"status": Status.UNDER_REVIEW},
        after={
            "status": Status.INFORMATION_REQUESTED,
            "reasons": question.reasons,
            "reopened": fields,
            "answer_by": answer_by,
        },
    )
    return question


@transaction.atomic
def extend_answer(participation_request, *, answer_by, reason, by, at) -> InformationRequest:
    """Give the firm until a later day to answer; it is told. Raises Refusal without a reason."""
    participation_request = locked(participation_request)
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators extend the time for an answer.")
    question = open_question(participation_request)
    if question is None:
        raise IllegalMove("FDA waits for no answer about this request, so nothing is extended.")
    if not reason.strip():
        raise Refusal("Say why the firm is given more time.")
    if answer_by <= question.answer_by:
        raise Refusal(f"Choose a day after {day_in_words(question.answer_by)}, the present one.")
    _refuse_day_past(participation_request.program, answer_by, at)
    before, question.answer_by = question.answer_by, answer_by
    question.save(update_fields=["answer_by"])
    close_item(overdue_key(participation_request), by=by, at=at)
    _raise_for_firm(question, participation_request, at=at)
    write_letter(
        "information_extended",
        to=firm_people(participation_request),
        subject=f"More time to answer FDA: {participation_request.receipt_number}",
        about=participation_request,
        at=at,
        participation_request=participation_request,
        answer_by=day_in_words(answer_by),
    )
    record(
        "extend_answer",
        participation_request,
        by=by,
        at=at,
        before={"answer_by": before},
        after={"answer_by": answer_by},
        reason=reason.strip(),
    )
    return question


@transaction.atomic
def save_answer_draft(
    participation_request, answers, *, note="", seen="", is_ready=False, by, at
) -> AnswerDraft:
    """Keep what the firm prepares about a request that FDA has; FDA does not see it yet.

    `answers` holds the reopened answers alone; `seen` is the mark_of_draft() of the person's page;
    `is_ready` asks the firm's officials to sign. Raises NewerAnswers when somebody else saved
    since, Refusal where FDA asks nothing.
    """
    participation_request = locked(participation_request)
    if not may_prepare_request(by, participation_request.organization_id):
        raise Refusal("Only preparers and officials of the firm answer for it.")
    fields = open_fields(participation_request)
    if fields is None:
        raise IllegalMove("FDA waits for no answer about this request now. Nothing was changed.")
    if set(answers) - set(fields):
        raise ValueError(f"Not reopened: {sorted(set(answers) - set(fields))}")
    draft = open_draft(participation_request)
    if seen and seen != mark_of_draft(draft):
        raise NewerAnswers(
            "Somebody else saved newer answers since you opened this page. Nothing was overwritten."
        )
    if is_ready:
        _raise_for_signer(participation_request, at=at)
    changed = {n: v for n, v in answers.items() if v != getattr(participation_request, n)}
    if draft and (draft.answers, draft.note) == (changed, note):
        return draft
    if draft is None:
        draft = AnswerDraft(participation_request=participation_request)
        withhold(draft, at=at)  # FDA sees it once it is handed in (A13)
    draft.answers, draft.note, draft.saved_by, draft.saved_at = changed, note, by, at
    draft.save()
    record("save_answer_draft", draft, by=by, at=at, after={"changed": sorted(changed)})
    return draft


def _raise_for_firm(question, participation_request, *, at):
    raise_item(
        answer_key(participation_request),
        title=f"Answer FDA’s questions about {participation_request.facility}",
        about=participation_request,
        url_name="applications:request_answer",
        url_kwargs={"pk": participation_request.pk},
        at=at,
        due_on=question.answer_by,
        organization=participation_request.organization,
        role=Role.FIRM_PREPARER,
    )


def _raise_for_signer(participation_request, *, at):
    question = open_question(participation_request)
    raise_item(
        sign_key(participation_request),
        title=f"Sign the answers about {participation_request.facility}",
        about=participation_request,
        url_name="applications:request_answer_sign",
        url_kwargs={"pk": participation_request.pk},
        at=at,
        due_on=question.answer_by if question else None,
        organization=participation_request.organization,
        role=Role.FIRM_OFFICIAL,
    )


def _refuse_empty(reasons, fields, note, subject, body):
    if not reasons:
        raise Refusal("Choose at least one reason why the request is returned.")
    if not fields and not note.strip():
        raise Refusal(
            "These reasons reopen no answer. Reopen one, or write in the note what you ask."
        )
    if not subject.strip() or not body.strip():
        raise Refusal("The mail needs a subject and a text.")


def _refuse_day_past(program, answer_by, at):
    if answer_by <= program.today(at):
        raise Refusal("Choose a day to come, so that the firm has time to answer.")


def locked(participation_request) -> ParticipationRequest:
    """The request, locked for a deed, with what its letters name."""
    return (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization", "started_by")
        .get(pk=participation_request.pk)
    )
