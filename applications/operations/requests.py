"""Deeds on requests to participate: start, submit, withdraw."""

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction

from applications.access import may_prepare_request, may_sign_request
from applications.eligibility import Outcome, located_for_the_pilot
from applications.models import (
    Attestation,
    Decision,
    Handover,
    InformationRequest,
    ParticipationRequest,
    Seat,
)
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Criterion
from qmm_pilot.programs.windows import closed_in_words, window_for
from qmm_pilot.records.actions import close_item, close_items_about, raise_item
from qmm_pilot.records.confidentiality import designate
from qmm_pilot.records.disclosure import disclose, withhold
from qmm_pilot.records.proofs import Proof, limited
from qmm_pilot.records.signatures import named_in_trail, sign
from qmm_pilot.records.statement import note_seen
from qmm_pilot.records.trail import record

from .answers import answers_for, missing_answers
from .claims import lock_program_of, settle_contest
from .decision_letters import overtake_decision_letters
from .handovers import (
    end_handover,
    open_handover,
    raise_sign_item,
    refuse_while_handed_over,
)
from .letters import coordinators, firm_people, write_letter
from .places import close_free_place, tell_of_free_place
from .questions import end_question
from .receiving import receive
from .review_tasks import refresh_tasks_about
from .selection import close_selection_without_work
from .versions import next_version, signed_bytes

Status = ParticipationRequest.Status
RECEIPT_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
ATTESTATION = "Attested each commitment and submitted this request"


@transaction.atomic
def start_request(program, facility, *, by, at) -> ParticipationRequest:
    """Start the draft of a facility's request to join a program.

    Raises Refusal outside the window, for a facility in the wrong country for the pilot, and
    where the firm has a live request for this program and FEI already.
    """
    if not may_prepare_request(by, facility.organization_id):
        raise Refusal("Only preparers and officials of the firm may start its requests.")
    _refuse_outside_window(program, facility.organization_id, at)
    refuse_wrong_country(program, facility)
    try:
        with transaction.atomic():
            participation_request = ParticipationRequest.objects.create(
                program=program,
                organization=facility.organization,
                facility=facility,
                fei_key=facility.fei_key,
                started_by=by,
                started_at=at,
                saved_at=at,
                contact_time_zone=facility.time_zone,
            )
    except IntegrityError as fault:
        raise Refusal(
            f"Your firm already has a request for {facility} in {program.short_name}. "
            "Open that one from the list of your requests."
        ) from fault
    withhold(participation_request, at=at)  # FDA knows of no draft (A13)
    raise_finish_item(participation_request, at=at)
    record(
        "start_request",
        participation_request,
        by=by,
        at=at,
        after={"status": Status.DRAFT, "program": program.slug, "facility": facility.pk},
    )
    return participation_request


@transaction.atomic
def move_draft(participation_request, program, *, by, at) -> ParticipationRequest:
    """Move a draft to the pilot that its facility fits; its answers go along (B3).

    What the facility makes and does is kept as far as the other pilot asks for it. Raises Refusal
    as start_request does, and for what is no draft. A repeat changes nothing.
    """
    participation_request = _locked(participation_request)
    if not may_prepare_request(by, participation_request.organization_id):
        raise Refusal("Only preparers and officials of the firm may move its requests.")
    if participation_request.status != Status.DRAFT:
        raise IllegalMove("This request is no draft any more, so it stays in its pilot.")
    refuse_while_handed_over(participation_request, by)
    before = participation_request.program
    if before == program:
        return participation_request
    if before.is_rehearsal or program.is_rehearsal:
        raise Refusal("A draft of a rehearsal stays in it.")
    _refuse_outside_window(program, participation_request.organization_id, at)
    refuse_wrong_country(program, participation_request.facility)
    fitting = answers_for(program, participation_request)
    changed = [name for name in fitting if getattr(participation_request, name) != fitting[name]]
    for name in changed:
        setattr(participation_request, name, fitting[name])
    participation_request.program = program
    participation_request.saved_at = at
    try:
        with transaction.atomic():
            participation_request.save(update_fields=["program", "saved_at", *fitting])
    except IntegrityError as fault:
        raise Refusal(
            f"Your firm already has a request for {participation_request.facility} in "
            f"{program.short_name}. Open that one from the list of your requests."
        ) from fault
    raise_finish_item(participation_request, at=at)
    record(
        "move_draft",
        participation_request,
        by=by,
        at=at,
        before={"program": before.slug},
        after={"program": program.slug, "changed": changed},
    )
    return participation_request


@limited
def submit_request(
    participation_request, *, attested, proof: Proof, statement=None, by, at
) -> ParticipationRequest:
    """Attest each commitment, sign and submit inside the window; gives the receipt number.

    `attested` holds the ids of the criteria that the official attested, each separately; `at` is
    the moment at which the submission reached FDA; `statement` is the version of FDA's statement of
    use that the official's page showed. A repeat of a submission that has succeeded
    changes nothing. Raises Refusal for anyone but an authorized official of the firm, outside the
    window, while an answer or a commitment is missing, and when the proof is not the official's.
    """
    lock_program_of(participation_request)
    participation_request = _locked(participation_request)
    program = participation_request.program
    if not may_sign_request(by, participation_request.organization_id):
        raise Refusal("Only an authorized official of the firm may attest and submit its request.")
    if participation_request.submitted_by_id == by.pk and participation_request.receipt_number:
        return participation_request
    if participation_request.status != Status.DRAFT:
        # Not become(): it names the state, and the firm must not learn an unreleased outcome.
        raise IllegalMove("This request is no draft any more, so it cannot be submitted.")
    _refuse_outside_window(program, participation_request.organization_id, at)
    refuse_wrong_country(program, participation_request.facility)
    commitments = checked_commitments(participation_request, attested)
    read = note_seen("submit_request", participation_request, seen=statement, by=by, at=at)
    participation_request.become(Status.SUBMITTED)
    participation_request.receipt_number = new_receipt_number(program)
    participation_request.submitted_at = participation_request.saved_at = at
    participation_request.submitted_by = by
    participation_request.facility_as_submitted = participation_request.facility.facts()
    participation_request.save()
    attest(participation_request, commitments, by=by, at=at)
    designate(participation_request, participation_request.confidential_answers, by=by, at=at)
    disclose(participation_request, participation_request.facility, at=at)
    end_handover(participation_request, Handover.Outcome.SUBMITTED, by=by, at=at)
    version = next_version(participation_request, by=by, at=at)
    signature = sign(
        participation_request,
        by=by,
        at=at,
        meaning=ATTESTATION,
        proof=proof,
        content=signed_bytes(participation_request, version),
    )
    version.keep(signature)
    is_held = receive(participation_request, at=at)
    record(
        "submit_request",
        participation_request,
        by=by,
        at=at,
        before={"status": Status.DRAFT},
        after={
            "status": Status.SUBMITTED,
            "receipt_number": participation_request.receipt_number,
            "attested": [criterion.code for criterion in commitments],
            "confidential": sorted(participation_request.confidential_answers),
            "statement_of_use": read.version,
            "on_hold": is_held,
            **named_in_trail(signature),
        },
    )
    return participation_request


def checked_commitments(participation_request, attested) -> list[Criterion]:
    """The commitments of a request that is complete. Raises Refusal for each gap, named."""
    missing = missing_answers(participation_request)
    if missing:
        raise Refusal(
            "The request is not complete. Please answer: "
            + "; ".join(label for _, label in missing)
            + "."
        )
    criteria = participation_request.program.criteria
    commitments = list(criteria.filter(check_kind=Criterion.Check.COMMITMENT))
    open_ones = [criterion for criterion in commitments if criterion.pk not in set(attested)]
    if open_ones:
        raise Refusal(
            "Each commitment is attested separately. Not yet attested: "
            + "; ".join(f"{criterion.code}, {criterion.title}" for criterion in open_ones)
            + "."
        )
    return commitments


def attest(participation_request, commitments, *, by, at) -> None:
    """Keep each commitment in the words that the official attested, inside the caller's deed."""
    Attestation.objects.bulk_create(
        Attestation(
            participation_request=participation_request,
            criterion=criterion,
            text=criterion.commitment_text,
            attested_by=by,
            attested_at=at,
        )
        for criterion in commitments
    )


@transaction.atomic
def as_it_ends(participation_request) -> ParticipationRequest:
    """The request once the deed that is under way with it has ended."""
    return _locked(participation_request)


def standing_attestations(participation_request) -> list[Attestation]:
    """The attestations in force, from what was prefetched as ATTESTATIONS."""
    return [row for row in participation_request.attestations.all() if row.ended_at is None]


@transaction.atomic
def withdraw_request(participation_request, *, reason="", by, at) -> ParticipationRequest:
    """Withdraw a request before its outcome is released, or give up waiting as an alternate.

    A place drafted for it becomes free. Raises Refusal once another outcome is released: a place
    is then declined, not withdrawn.
    """
    lock_program_of(participation_request)
    participation_request = _locked(participation_request)
    if not may_prepare_request(by, participation_request.organization_id):
        raise Refusal("Only preparers and officials of the firm may withdraw its requests.")
    waits = participation_request.status == Status.ALTERNATE
    if participation_request.told_at and not waits:
        raise IllegalMove("The outcome of this request was released, so it cannot be withdrawn.")
    before = participation_request.status
    participation_request.become(Status.WITHDRAWN)
    participation_request.withdrawn_at = participation_request.saved_at = at
    participation_request.withdrawal_reason = reason
    participation_request.save()
    is_freed = Seat.objects.filter(
        participation_request=participation_request, freed_at=None
    ).update(freed_at=at, freed_reason="The request was withdrawn.")
    decisions = Decision.objects.standing().filter(participation_request=participation_request)
    decisions.filter(released_at=None).update(withdrawn_at=at)
    decisions.exclude(released_at=None).update(ended_at=at)
    waiting = open_handover(participation_request)
    end_handover(participation_request, Handover.Outcome.WITHDRAWN, by=by, at=at)
    end_question(participation_request, InformationRequest.Outcome.WITHDRAWN, by=by, at=at)
    refresh_tasks_about(participation_request, by=by, at=at)
    close_items_about(participation_request, by=by, at=at)
    if waits:
        overtake_decision_letters(participation_request, at=at)
    freed = []
    if before != Status.DRAFT:
        close_selection_without_work(participation_request.program, by=by, at=at)
        close_free_place(participation_request.program, by=by, at=at)
        if is_freed:
            tell_of_free_place(participation_request.program, at=at)
        freed = settle_contest(participation_request, by=by, at=at)
        write_letter(
            "request_withdrawn",
            to=[*firm_people(participation_request), *coordinators()],
            subject=f"Request withdrawn: {participation_request.receipt_number}",
            about=participation_request,
            at=at,
            participation_request=participation_request,
        )
    else:
        # FDA never knew of the draft; the firm's people do, and whoever was to sign it.
        concerned = [*firm_people(participation_request), *([waiting.to] if waiting else [])]
        write_letter(
            "draft_withdrawn",
            to=[person for person in concerned if person != by],
            subject=f"A draft of {participation_request.facility} was withdrawn",
            about=participation_request,
            at=at,
            participation_request=participation_request,
            withdrawn_by=by,
        )
    for claim in freed:
        record("end_hold", claim, by=None, at=at, before={"cause": "contested"})
    record(
        "withdraw_request",
        participation_request,
        by=by,
        at=at,
        before={"status": before},
        after={"status": Status.WITHDRAWN},
        reason=reason,
    )
    return participation_request


def raise_finish_item(participation_request, *, at) -> None:
    """Ask for what a draft needs before the window closes, while it is open.

    The firm's preparers finish it; once it is handed over, its signer alone has it to do.
    """
    program = participation_request.program
    window = window_for(program, participation_request.organization_id, at)
    if window is None:
        return
    due_on = program.today(window.closes_at - timedelta(microseconds=1))
    key = f"finish:{participation_request.pk}"
    if handover := open_handover(participation_request):
        close_item(key, by=handover.by, at=at)
        raise_sign_item(participation_request, handover.to, due_on=due_on, at=at)
        return
    raise_item(
        key,
        title=f"Finish and submit the request of {participation_request.facility}",
        about=participation_request,
        url_name="applications:request_detail",
        url_kwargs={"pk": participation_request.pk},
        at=at,
        due_on=due_on,
        organization=participation_request.organization,
        role=Role.FIRM_PREPARER,
    )


def _locked(participation_request):
    return (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization", "started_by")
        .get(pk=participation_request.pk)
    )


def _refuse_outside_window(program, organization, at):
    if window_for(program, organization, at) is None:
        raise Refusal(closed_in_words(program, organization, at))


def refuse_wrong_country(program, facility) -> None:
    """Raise Refusal for a facility in a country that the pilot is not for (B3)."""
    opinion = located_for_the_pilot(
        str(facility.country),
        facilities_are=program.facilities_are,
        territories_are_domestic=program.territories_are_domestic,
    )
    if opinion.outcome is Outcome.FAILS:
        raise Refusal(f"{facility} does not fit {program.short_name}. {opinion.reason}")


def new_receipt_number(program) -> str:
    """A receipt number that tells nothing: not how many asked, nor who."""
    while True:
        tail = "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(8))
        number = f"{program.pilot.upper()}-{tail[:4]}-{tail[4:]}"
        if not ParticipationRequest.objects.filter(receipt_number=number).exists():
            return number
