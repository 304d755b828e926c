"""The firm's answer to FDA's questions: signed, handed in as the next version (B8, B9)."""

from applications.access import may_sign_request
from applications.models import InformationRequest, ParticipationRequest
from applications.reasons import concerned
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.disclosure import disclose
from qmm_pilot.records.proofs import Proof, limited
from qmm_pilot.records.signatures import named_in_trail, sign
from qmm_pilot.records.statement import note_seen
from qmm_pilot.records.trail import record

from .answers import missing_answers
from .information import locked
from .letters import coordinators, firm_people, write_letter
from .questions import (
    answer_key,
    end_question,
    mark_of_draft,
    open_draft,
    open_question,
    overdue_key,
    sign_key,
)
from .versions import next_version, signed_bytes, submitted_answers

Status = ParticipationRequest.Status
RESUBMISSION = "Signed and submitted these answers to FDA’s questions"


@limited
def answer_information(
    participation_request, *, seen, proof: Proof, statement=None, by, at
) -> ParticipationRequest:
    """Sign and hand in what the firm has prepared; the request is under review again.

    `seen` is the mark_of_draft() of what the official's page showed. An answer after its day still
    counts until FDA lets the request lapse. Raises Refusal for anyone but an authorized official,
    where nothing is asked, where the draft changed since she opened it, says nothing, or leaves a
    required answer empty, and when the proof is not hers.
    """
    participation_request = locked(participation_request)
    if not may_sign_request(by, participation_request.organization_id):
        raise Refusal("Only an authorized official of the firm signs its answers.")
    question = open_question(participation_request)
    if participation_request.status != Status.INFORMATION_REQUESTED or question is None:
        raise IllegalMove("FDA waits for no answer about this request now. Nothing was sent.")
    draft = open_draft(participation_request)
    if seen != mark_of_draft(draft):
        raise Refusal("The answers changed since you opened this page. Read them again, then sign.")
    note = draft.note.strip() if draft else ""
    kept = draft.answers if draft else {}
    for name in set(kept) & set(question.fields):
        setattr(participation_request, name, kept[name])
    missing = missing_answers(participation_request)
    if missing:
        raise Refusal(f"Please answer: {'; '.join(label for _, label in missing)}.")
    changed = _take_contact_and_compare(participation_request)
    if not changed and not note:
        raise Refusal(
            "Nothing is answered yet: change a reopened answer, or say in the note why they stand."
        )
    read = note_seen("answer_information", participation_request, seen=statement, by=by, at=at)
    participation_request.become(Status.UNDER_REVIEW)
    participation_request.saved_at = at
    participation_request.save()
    version = next_version(
        participation_request, note=note, changed=changed, answering=question, by=by, at=at
    )
    signature = sign(
        participation_request,
        by=by,
        at=at,
        meaning=RESUBMISSION,
        proof=proof,
        content=signed_bytes(participation_request, version),
    )
    version.keep(signature)
    kinds = set(participation_request.program.criteria.values_list("check_kind", flat=True))
    question.concerned = [kind for kind in concerned(changed) if kind in kinds]
    question.save(update_fields=["concerned"])
    if draft:
        disclose(draft, at=at)
    end_question(participation_request, InformationRequest.Outcome.ANSWERED, by=by, at=at)
    _tell(participation_request, by=by, at=at)
    record(
        "answer_information",
        participation_request,
        by=by,
        at=at,
        before={"status": Status.INFORMATION_REQUESTED},
        after={
            "status": Status.UNDER_REVIEW,
            "version": version.number,
            "changed": version.changed,
            "statement_of_use": read.version,
            **named_in_trail(signature),
        },
    )
    return participation_request


def _take_contact_and_compare(participation_request) -> list[str]:
    """The answers that differ from the last version; a contact changed since is submitted too."""
    participation_request.contact_as_submitted = {}
    last = participation_request.versions.order_by("number").last()
    now = submitted_answers(participation_request)
    return [name for name in now if now[name] != last.answers.get(name)]


def _tell(participation_request, *, by, at):
    for key in (answer_key, sign_key, overdue_key):
        close_item(key(participation_request), by=by, at=at)
    write_letter(
        "information_received",
        to=firm_people(participation_request),
        subject=f"FDA has received your answers: {participation_request.receipt_number}",
        about=participation_request,
        at=at,
        participation_request=participation_request,
    )
    if participation_request.program.is_rehearsal:
        return
    raise_item(
        f"determine:{participation_request.pk}",
        title=f"Read the answers and determine eligibility: {participation_request.receipt_number}",
        about=participation_request,
        url_name="applications:request_review",
        url_kwargs={"pk": participation_request.pk},
        at=at,
        role=Role.FDA_COORDINATOR,
        user=participation_request.officer,
    )
    write_letter(
        "information_answered",
        to=coordinators(),
        subject=f"A firm has answered: {participation_request.receipt_number}",
        about=participation_request,
        at=at,
        participation_request=participation_request,
    )
