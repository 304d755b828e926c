"""Deeds on a finished draft: hand it over to its signer, take it back, send it back (B17)."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from applications.access import may_prepare_request, may_sign_request
from applications.models import Handover, ParticipationRequest
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.windows import window_for
from qmm_pilot.records.trail import record

from .answers import missing_answers
from .authority import file_authority_letter
from .handovers import end_handover, open_handover
from .letters import write_letter
from .requests import raise_finish_item

Status = ParticipationRequest.Status


@transaction.atomic
def hand_over(
    participation_request, *, to, note="", letter=None, is_confidential=False, by, at
) -> Handover:
    """Hand a complete draft to the person who reads, attests and submits it; she is told.

    `letter` is the upload of her letter of authority, where it comes along (authority.py).

    Raises Refusal for anyone who may not prepare it, for a signer without authority, outside the
    window, while an answer is missing, and while the draft waits for a signature already.
    """
    participation_request = _locked(participation_request)
    program = participation_request.program
    if not may_prepare_request(by, participation_request.organization_id):
        raise Refusal("Only people who prepare the firm’s requests hand them over for signature.")
    _refuse_unless_draft(participation_request)
    if not may_sign_request(to, participation_request.organization_id):
        raise Refusal(f"{to} may not sign for {participation_request.organization}.")
    if window_for(program, participation_request.organization_id, at) is None:
        raise Refusal(f"{program.name} does not accept requests now, so nothing can be signed.")
    missing = missing_answers(participation_request)
    if missing:
        raise Refusal(
            "Complete the request before you hand it over. Please answer: "
            + "; ".join(label for _, label in missing)
            + "."
        )
    if waiting := open_handover(participation_request):
        raise IllegalMove(f"This request waits for {waiting.to}’s signature already.")
    handover = Handover.objects.create(
        participation_request=participation_request, to=to, note=note, by=by, at=at
    )
    raise_finish_item(participation_request, at=at)  # the same task, now the signer's
    write_letter(
        "request_awaits_signature",
        to=[to],
        subject=f"A request of {participation_request.facility} waits for your signature",
        about=participation_request,
        at=at,
        participation_request=participation_request,
        handover=handover,
        page_address=settings.SITE_ADDRESS
        + reverse("applications:request_attest", kwargs={"pk": participation_request.pk}),
    )
    if letter is not None:
        file_authority_letter(
            participation_request.organization,
            official=to,
            letter=letter,
            is_confidential=is_confidential,
            by=by,
            at=at,
        )
    record("hand_over", participation_request, by=by, at=at, after={"to": to.pk})
    return handover


@transaction.atomic
def take_back(participation_request, *, by, at) -> ParticipationRequest:
    """Take a draft back from its signer, so that its answers can be changed again."""
    participation_request = _locked(participation_request)
    if not may_prepare_request(by, participation_request.organization_id):
        raise Refusal("Only people who prepare the firm’s requests take them back.")
    _refuse_unless_draft(participation_request)
    if not end_handover(participation_request, Handover.Outcome.TAKEN_BACK, by=by, at=at):
        raise IllegalMove("This request does not wait for a signature any more.")
    raise_finish_item(participation_request, at=at)
    record("take_back", participation_request, by=by, at=at)
    return participation_request


@transaction.atomic
def send_back(participation_request, *, answer, by, at) -> ParticipationRequest:
    """The signer sends the draft back with a note; who handed it over is told."""
    participation_request = _locked(participation_request)
    if not may_sign_request(by, participation_request.organization_id):
        raise Refusal("Only the person who signs sends a request back.")
    _refuse_unless_draft(participation_request)
    if not answer.strip():
        raise Refusal("Say what should be changed before you sign.")
    waiting = open_handover(participation_request)
    if waiting is None:
        raise IllegalMove("This request does not wait for a signature any more.")
    end_handover(participation_request, Handover.Outcome.SENT_BACK, by=by, at=at, answer=answer)
    raise_finish_item(participation_request, at=at)
    write_letter(
        "request_sent_back",
        to=[waiting.by],
        subject=f"The request of {participation_request.facility} was sent back to you",
        about=participation_request,
        at=at,
        participation_request=participation_request,
        signer=by,
    )
    record("send_back", participation_request, by=by, at=at)
    return participation_request


def _refuse_unless_draft(participation_request):
    if participation_request.status != Status.DRAFT:
        raise IllegalMove("This request is no draft any more.")


def _locked(participation_request):
    return (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization")
        .get(pk=participation_request.pk)
    )
