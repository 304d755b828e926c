"""Deeds on programs: a contractor's agreement, its end, the subcontractors approved under it."""

from django.db import transaction

from qmm_pilot.accounts.roles import Side
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.files import keep_upload, storing
from qmm_pilot.records.trail import record

from .access import may_file_agreement
from .models import Agreement, Program, Subcontractor

COORDINATORS_ONLY = "Only FDA coordinators file, end or change agreements."


def file_agreement(
    program, organization, *, reference, since, until, document, supersedes=None, by, at
) -> Agreement:
    """Put a contractor's written agreement for a program on file (21 CFR 20.90).

    `since` and `until` are Eastern dates, `until` inclusive; `document` is the upload of the
    signed agreement. An agreement that it supersedes ends when this one begins. `by` is an FDA
    coordinator, or None where the system prepares a demonstration or rehearsal.
    """
    with storing() as keys:
        program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
        if by is not None and not may_file_agreement(by):
            raise Refusal("Only FDA coordinators file agreements.")
        if organization.kind != Side.CONTRACTOR:
            raise Refusal(f"{organization} is not a contractor.")
        if until < since:
            raise Refusal("The agreement ends before it begins.")
        agreement = Agreement(
            program=program,
            organization=organization,
            reference=reference,
            since=since,
            until=until,
        )
        agreement.document = keep_upload(document, by=by, at=at, about=agreement, keys=keys)
        agreement.save()
        if supersedes is not None:
            _supersede(supersedes, agreement)
        record(
            "file_agreement",
            agreement,
            by=by,
            at=at,
            after={
                "program": program.slug,
                "organization": organization.name,
                "reference": reference,
                "since": since,
                "until": until,
                "document_sha256": agreement.document.sha256,
                "supersedes": supersedes.reference if supersedes else "",
            },
        )
    return agreement


def file_document(agreement, document, *, by, at) -> Agreement:
    """Add the signed document to an agreement that was noted without it; before, it opens nothing.

    Raises Refusal where the document is on file: another one is another agreement.
    """
    with storing() as keys:
        agreement = _locked(agreement, by=by)
        if agreement.document_id:
            raise Refusal("The document is on file. A changed agreement is filed as a new one.")
        agreement.document = keep_upload(document, by=by, at=at, about=agreement, keys=keys)
        agreement.save(update_fields=["document"])
        record(
            "file_document",
            agreement,
            by=by,
            at=at,
            after={"document_sha256": agreement.document.sha256},
        )
    return agreement


@transaction.atomic
def end_agreement(agreement, *, reason, by, at) -> Agreement:
    """End an agreement before its date; from this moment it opens nothing."""
    agreement = _locked(agreement, by=by)
    if agreement.ended_at:
        raise Refusal("This agreement was ended already.")
    if not reason.strip():
        raise Refusal("Give the reason for ending the agreement early.")
    agreement.ended_at, agreement.ended_by, agreement.end_reason = at, by, reason.strip()
    agreement.save(update_fields=["ended_at", "ended_by", "end_reason"])
    record(
        "end_agreement",
        agreement,
        by=by,
        at=at,
        before={"until": agreement.until},
        after={"ended_at": at},
        reason=reason,
    )
    return agreement


@transaction.atomic
def move_agreement_end(agreement, *, until, reason, by, at) -> Agreement:
    """Move the last day of an agreement, inclusive; the floor above shows what that touches.

    Raises Refusal for a day before its first, without a reason, and once it was ended.
    """
    agreement = _locked(agreement, by=by)
    if agreement.ended_at or agreement.superseded_by_id:
        raise Refusal("This agreement was ended or superseded. File a new one.")
    if until < agreement.since:
        raise Refusal("The last day is before the first day.")
    if until == agreement.until:
        raise Refusal("This is its last day already.")
    if not reason.strip():
        raise Refusal("Give the reason for moving the end of the agreement.")
    before = agreement.until
    agreement.until = until
    agreement.save(update_fields=["until"])
    record(
        "move_agreement_end",
        agreement,
        by=by,
        at=at,
        before={"until": before},
        after={"until": until},
        reason=reason,
    )
    return agreement


@transaction.atomic
def approve_subcontractor(agreement, *, kind, name, since, until, by, at) -> Subcontractor:
    """Note FDA's prior approval of a subcontractor under an agreement, with its dates (20.90).

    Raises Refusal for dates that the agreement does not cover.
    """
    agreement = _locked(agreement, by=by)
    if until < since:
        raise Refusal("The approval ends before it begins.")
    if since < agreement.since or until > agreement.until:
        raise Refusal("A subcontractor is approved within the dates of the agreement.")
    subcontractor = Subcontractor.objects.create(
        agreement=agreement,
        kind=kind,
        name=" ".join(name.split()),
        since=since,
        until=until,
        approved_by=by,
        approved_at=at,
    )
    record(
        "approve_subcontractor",
        agreement,
        by=by,
        at=at,
        after={"name": subcontractor.name, "kind": kind, "since": since, "until": until},
    )
    return subcontractor


@transaction.atomic
def revoke_subcontractor(subcontractor, *, reason, by, at) -> Subcontractor:
    """Take FDA's approval back; from this moment the subcontractor's people read nothing."""
    _locked(subcontractor.agreement, by=by)
    subcontractor = Subcontractor.objects.select_for_update(no_key=True).get(pk=subcontractor.pk)
    if subcontractor.revoked_at:
        raise Refusal("This approval was taken back already.")
    if not reason.strip():
        raise Refusal("Give the reason for taking the approval back.")
    subcontractor.revoked_at, subcontractor.revoke_reason = at, reason.strip()
    subcontractor.save(update_fields=["revoked_at", "revoke_reason"])
    record(
        "revoke_subcontractor",
        subcontractor.agreement,
        by=by,
        at=at,
        after={"name": subcontractor.name, "revoked_at": at},
        reason=reason,
    )
    return subcontractor


def _locked(agreement, *, by):
    if not may_file_agreement(by):
        raise Refusal(COORDINATORS_ONLY)
    Program.objects.select_for_update(no_key=True).get(pk=agreement.program_id)
    return Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)


def _supersede(earlier, agreement):
    earlier = Agreement.objects.select_for_update(no_key=True).get(pk=earlier.pk)
    same = ("program_id", "organization_id")
    if any(getattr(earlier, name) != getattr(agreement, name) for name in same):
        raise Refusal("An agreement supersedes one of the same contractor for the same program.")
    if earlier.superseded_by_id:
        raise Refusal("That agreement is superseded already.")
    if agreement.since < earlier.since:
        raise Refusal("The new agreement begins before the one that it supersedes.")
    earlier.superseded_by = agreement
    earlier.save(update_fields=["superseded_by"])
