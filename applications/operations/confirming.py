"""The firm confirms what FDA entered from its mail: it takes it up, corrects and signs (B19)."""

from django.db import IntegrityError, transaction

from applications.access import may_prepare_request, may_sign_request
from applications.models import Facility, InformationRequest, MailedRequest, ParticipationRequest
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.operations.links import hash_of
from qmm_pilot.accounts.operations.people import grant
from qmm_pilot.accounts.roles import REGISTRANT_ROLES, Side
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.actions import close_item
from qmm_pilot.records.confidentiality import designate
from qmm_pilot.records.disclosure import disclose
from qmm_pilot.records.proofs import Proof, limited
from qmm_pilot.records.signatures import named_in_trail, sign
from qmm_pilot.records.statement import note_seen
from qmm_pilot.records.trail import record

from .claims import lock_program_of
from .information import locked
from .mailed import raise_confirm_item
from .questions import answer_key, end_question, mark_of_draft, open_draft, overdue_key, sign_key
from .receiving import receive
from .requests import (
    ATTESTATION,
    attest,
    checked_commitments,
    refuse_wrong_country,
)
from .versions import next_version, signed_bytes

Status = ParticipationRequest.Status
DEAD = (
    "This link can no longer be used: it has expired, was used, or was taken back. Ask FDA’s "
    "contact for the pilot for a new one."
)
# What describes a site and must be there before its request counts.
NEEDED = {"duns": "DUNS number", "address_line_1": "street address", "city": "city"}


def mailed_by(token) -> MailedRequest | None:
    """The mailed request to which this token leads, whatever its state; None for an unknown one."""
    rows = MailedRequest.objects.select_related(
        "participation_request__program", "participation_request__facility"
    )
    return rows.filter(token_sha256=hash_of(token)).first()


@transaction.atomic
def take_mailed_request(row, *, by, at) -> ParticipationRequest:
    """Take the request up as the person to whom the link was mailed.

    A person without a firm becomes the first of the firm that FDA entered, with all its roles; one
    of a registered firm takes the request there. Raises Refusal for a dead link, another address,
    and people who prepare no requests of their firm; nothing is changed then.
    """
    row = (
        MailedRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("participation_request")
        .get(pk=row.pk)
    )
    participation_request = locked(row.participation_request)
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if not row.is_open_at(at) or participation_request.status != Status.AWAITING_CONFIRMATION:
        raise Refusal(DEAD)
    if person.email.lower() != row.contact_email.lower():
        raise Refusal(
            f"You are signed in as {person.email}, and this link was sent to another address. "
            "Sign out and use the account of that address."
        )
    entered = participation_request.organization
    if person.organization_id is None:
        if entered.people.exists():
            raise Refusal("The firm of this request has an account. Ask a colleague to invite you.")
        person.organization = entered
        person.save(update_fields=["organization"])
        grant(person, REGISTRANT_ROLES, by=person, at=at)
    elif person.organization_id != entered.pk:
        _move_to(person.organization, participation_request, person)
    row.taken_by, row.taken_at = person, at
    row.save(update_fields=["taken_by", "taken_at"])
    raise_confirm_item(row, participation_request, at=at)
    record(
        "take_mailed_request",
        participation_request,
        by=person,
        at=at,
        before={"organization": entered.pk},
        after={"organization": participation_request.organization_id},
    )
    return participation_request


@limited
def confirm_mailed_request(
    participation_request, *, attested, seen, proof: Proof, statement=None, by, at
) -> ParticipationRequest:
    """Attest, sign and submit what FDA entered and the firm corrected; the message's time counts.

    The trail keeps both moments. Raises Refusal for anyone but an authorized official, where the
    draft changed since her page was made, while an answer, a commitment or a fact of the site is
    missing, where her firm has another live request for the site, and when the proof is not hers.
    """
    lock_program_of(participation_request)
    participation_request = locked(participation_request)
    program, site = participation_request.program, participation_request.facility
    if not may_sign_request(by, participation_request.organization_id):
        raise Refusal("Only an authorized official of the firm confirms its request.")
    if participation_request.status != Status.AWAITING_CONFIRMATION:
        raise IllegalMove("This request does not wait for confirmation any more.")
    draft = open_draft(participation_request)
    if seen != mark_of_draft(draft):
        raise Refusal("The answers changed since you opened this page. Read them again, then sign.")
    for name, value in (draft.answers if draft else {}).items():
        setattr(participation_request, name, value)
    commitments = checked_commitments(participation_request, attested)
    if lacking := missing_of_site(site):
        raise Refusal(f"Complete the facility first. Missing: {', '.join(lacking)}.")
    refuse_wrong_country(program, site)
    read = note_seen("confirm_mailed_request", participation_request, seen=statement, by=by, at=at)
    participation_request.become(Status.SUBMITTED)
    participation_request.submitted_by, participation_request.saved_at = by, at
    participation_request.started_by = by
    participation_request.fei_key = site.fei_key
    participation_request.facility_as_submitted = site.facts()
    _save_unless_second(participation_request)
    attest(participation_request, commitments, by=by, at=at)
    designate(participation_request, participation_request.confidential_answers, by=by, at=at)
    disclose(participation_request, site, *([draft] if draft else []), at=at)
    version = next_version(
        participation_request, note=draft.note.strip() if draft else "", by=by, at=at
    )
    signature = sign(
        participation_request,
        by=by,
        at=at,
        meaning=ATTESTATION,
        proof=proof,
        content=signed_bytes(participation_request, version),
    )
    version.keep(signature)
    end_question(participation_request, InformationRequest.Outcome.ANSWERED, by=by, at=at)
    for key in (answer_key, sign_key, overdue_key):
        close_item(key(participation_request), by=by, at=at)
    is_held = receive(participation_request, at=at)
    record(
        "confirm_mailed_request",
        participation_request,
        by=by,
        at=at,
        before={"status": Status.AWAITING_CONFIRMATION},
        after={
            "status": Status.SUBMITTED,
            "receipt_number": participation_request.receipt_number,
            "received_at": participation_request.submitted_at,
            "confirmed_at": at,
            "attested": [criterion.code for criterion in commitments],
            "confidential": sorted(participation_request.confidential_answers),
            "statement_of_use": read.version,
            "on_hold": is_held,
            **named_in_trail(signature),
        },
    )
    return participation_request


def missing_of_site(facility) -> list[str]:
    """What a facility lacks before its request can be confirmed, in words."""
    return [words for name, words in NEEDED.items() if not getattr(facility, name)]


def _move_to(firm, participation_request, person):
    """The request, and its site where the firm has none of this FEI, go to the person's firm."""
    if firm.kind != Side.FIRM or not may_prepare_request(person, firm.pk):
        raise Refusal(
            "Your account does not prepare requests of a firm. Ask a preparer or an official of "
            "your firm; FDA can mail the link to that person."
        )
    if participation_request.organization.people.exists():
        raise Refusal("This request belongs to another firm’s account. Nothing was changed.")
    own = Facility.objects.filter(organization=firm, fei_key=participation_request.fei_key).first()
    if own is None:
        participation_request.facility.organization = firm
        participation_request.facility.save(update_fields=["organization"])
    else:
        participation_request.facility = own
    participation_request.organization = firm
    participation_request.save(update_fields=["organization", "facility"])


def _save_unless_second(participation_request):
    try:
        with transaction.atomic():
            participation_request.save()
    except IntegrityError as fault:
        raise Refusal(
            "Your firm has another request or draft for this facility and pilot. Withdraw that "
            "one first, or let this one lapse."
        ) from fault
