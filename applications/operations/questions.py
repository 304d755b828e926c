"""Where a request stands while FDA waits for its firm: the question, the draft, the tasks (B8)."""

import hashlib
import json

from django.db.models import FilteredRelation, Q

from applications.models import AnswerDraft, InformationRequest, ParticipationRequest

from .answers import ANSWERS

Status = ParticipationRequest.Status


def open_question(participation_request) -> InformationRequest | None:
    """FDA's question that waits for an answer, or None."""
    return participation_request.information_requests.filter(ended_at=None).first()


def with_open_question(rows):
    """These requests, each with FDA's question that waits for an answer, in the same query."""
    waiting = Q(information_requests__ended_at=None)
    joined = FilteredRelation("information_requests", condition=waiting)
    rows = rows.alias(waiting_question=joined)
    return rows.select_related("waiting_question__asked_by__organization")


def question_beside(participation_request) -> InformationRequest | None:
    """What with_open_question() found beside this request, or None."""
    return getattr(participation_request, "waiting_question", None)


def open_draft(participation_request) -> AnswerDraft | None:
    """What the firm has prepared and not handed in, or None."""
    return participation_request.answer_drafts.filter(ended_at=None).first()


def open_fields(participation_request) -> list[str] | None:
    """The answers that the firm may change now; None where it may change nothing."""
    if participation_request.status == Status.INFORMATION_REQUESTED:
        return open_question(participation_request).fields
    if participation_request.status == Status.AWAITING_CONFIRMATION:
        return list(ANSWERS)
    return None


def mark_of_draft(draft) -> str:
    """A short mark of a draft, which changes whenever its content does; needs no clock."""
    stored = [draft.answers, draft.note] if draft else [{}, ""]
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()[:32]


def end_question(participation_request, outcome, *, by, at) -> None:
    """End FDA's question and the firm's draft, where they stand, inside the caller's deed."""
    InformationRequest.objects.filter(
        participation_request=participation_request, ended_at=None
    ).update(outcome=outcome, ended_by=by, ended_at=at)
    AnswerDraft.objects.filter(participation_request=participation_request, ended_at=None).update(
        ended_at=at
    )


def overdue_key(participation_request) -> str:
    """The key of FDA's task about an answer that did not come in time."""
    return f"overdue-answer:{participation_request.pk}"


def answer_key(participation_request) -> str:
    """The key of the firm's task to answer."""
    return f"answer:{participation_request.pk}"


def sign_key(participation_request) -> str:
    """The key of the official's task to sign what was prepared."""
    return f"sign-answer:{participation_request.pk}"
