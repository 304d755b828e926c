"""Versions of a request, and the bytes that each signature on it covers (B9, 21 CFR 11.70)."""

import json
from copy import copy

from django.db.models import Prefetch, prefetch_related_objects

from applications.eligibility import Origin
from applications.models import (
    Attestation,
    ParticipationRequest,
    RequestVersion,
    StatedInspection,
)

from .answers import ANSWERS

ATTESTATIONS = Prefetch(
    "attestations",
    Attestation.objects.select_related("criterion", "attested_by__organization"),
)
VERSIONS = Prefetch(
    "versions",
    RequestVersion.objects.select_related("information_request").order_by("number"),
)
STATED = Prefetch("stated_inspections", StatedInspection.objects.with_letter())
ANEW = "Attested each commitment anew for the new owner of the facility"


def submitted_answers(participation_request) -> dict:
    """Every answer as it was last submitted: a contact changed afterwards is in it as signed."""
    answers = {name: getattr(participation_request, name) for name in ANSWERS}
    return answers | participation_request.contact_as_submitted


def next_version(
    participation_request, *, note="", changed=(), answering=None, by, at
) -> RequestVersion:
    """What is submitted now as the next version, unsaved: its deed signs and then keeps it.

    `note` is what the firm says beside its answers, `answering` FDA's question.
    """
    last = participation_request.versions.order_by("number").last()
    return RequestVersion(
        participation_request=participation_request,
        number=last.number + 1 if last else 1,
        answers=submitted_answers(participation_request),
        facility=participation_request.facility.facts(),
        note=note,
        changed=sorted(changed),
        information_request=answering,
        by=by,
        at=at,
    )


def signed_bytes(participation_request, version=None) -> bytes:
    """What the official signs: the answers and, word for word, each commitment as attested then.

    Of this version, or of the newest one with the answers as the row has them now.

    Answers that are empty are left out, so that a question added to the form in a later round
    leaves what was signed before it as it was.
    """
    version = version or _as_the_row_has_it(
        participation_request, participation_request.versions.order_by("number").last()
    )
    prefetch_related_objects([participation_request], ATTESTATIONS)
    answers = version.answers
    facts = {
        "request": str(participation_request.pk),
        "program": str(participation_request.program_id),
        "facility": str(participation_request.facility_id),
        "fei": participation_request.fei_key,
        "answers": {name: value for name, value in answers.items() if value not in ("", None, [])},
        "attested": [
            [row.criterion.code, row.text]
            for row in participation_request.attestations.all()
            if row.attested_at == version.at
        ],
    }
    if declared := _declared_facts(participation_request, version.at):
        facts["inspections"] = declared
    if version.number > 1:
        facts |= {"version": version.number, "note": version.note}
    return json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()


def stated_rows(participation_request) -> list[StatedInspection]:
    """Every inspection stated with a request, also those taken back; one query where there is one.

    A page that knows that there is none says so by `has_stated`.
    """
    if not getattr(participation_request, "has_stated", True):
        return []
    prefetch_related_objects([participation_request], STATED)
    return list(participation_request.stated_inspections.all())


def _declared_facts(participation_request, at) -> list[list[str]]:
    """The inspections that stood declared at this moment, with the hash of each letter."""
    declared = [
        row
        for row in stated_rows(participation_request)
        if row.origin == Origin.FIRM and row.added_at <= at
    ]
    return [
        [
            row.ended_on.isoformat(),
            row.classification,
            row.fei_key,
            row.number,
            row.note,
            row.letter.sha256 if row.letter else "",
        ]
        for row in sorted(declared, key=lambda row: (row.ended_on, str(row.pk)))
        if row.withdrawn_at is None or row.withdrawn_at > at
    ]


def anew_bytes(participation_request, attestations, *, at) -> bytes:
    """What a new owner’s official signs: those of these commitments attested at `at` (A15)."""
    facts = {
        "request": str(participation_request.pk),
        "attested": [
            [row.criterion.code, row.text] for row in attestations if row.attested_at == at
        ],
    }
    return json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()


def _as_the_row_has_it(participation_request, newest):
    version = copy(newest)
    version.answers = submitted_answers(participation_request)
    return version


def signed_requests(request_id, signatures, row=None) -> dict:
    """What each of these signatures on a request covers, as the rows have it now.

    The newest version stands twice, kept and in the request itself, and both must say the same.
    However many there are, versions and attestations are read once each, or taken from `row`.
    """
    row = row or ParticipationRequest.objects.filter(pk=request_id).first()
    if row is None:
        return {}
    versions = sorted(row.versions.all(), key=lambda version: version.number)
    prefetch_related_objects([row], ATTESTATIONS)
    contents = {version.signature_id: signed_bytes(row, version) for version in versions}
    if versions:
        newest = versions[-1]
        if signed_bytes(row, _as_the_row_has_it(row, newest)) != signed_bytes(row, newest):
            contents[newest.signature_id] = b""
    return {
        signature.pk: anew_bytes(row, row.attestations.all(), at=signature.at)
        if signature.meaning == ANEW
        else contents.get(signature.pk)
        for signature in signatures
    }
