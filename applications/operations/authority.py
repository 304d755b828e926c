"""Deeds on a firm's own letters of authority: file one, withdraw it (B17)."""

import uuid
from datetime import date

from django.db import transaction

from applications.access import may_file_authority
from applications.models import AuthorityLetter
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Role
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.files import keep_upload, storing
from qmm_pilot.records.trail import record

REPLACED = "A newer letter was filed."


def file_authority_letter(
    firm, *, official, letter, since: date | None = None, until=None, is_confidential=False, by, at
) -> AuthorityLetter:
    """Keep the letter in which a firm says that this official signs for it; FDA can read it.

    `since` (today unless told) and `until` are Eastern days, both inclusive. An earlier letter of
    the same official is replaced and kept. Raises Refusal for anyone but the firm's preparers,
    officials and administrators, for somebody who does not sign for the firm, for days in the
    wrong order or past, and for what check_upload() refuses.
    """
    today = at.astimezone(EASTERN).date()
    since = since or today
    if not may_file_authority(by, firm.pk):
        raise Refusal("Only people of the firm file who signs for it.")
    if official.organization_id != firm.pk or not official.has_role(Role.FIRM_OFFICIAL):
        raise Refusal(f"{official} is not an authorized official of {firm}.")
    if until is not None and until < since:
        raise Refusal("The last day of the authority is before its first day.")
    if until is not None and until < today:
        raise Refusal("The last day of the authority has passed.")
    with storing() as keys:
        Organization.objects.select_for_update(no_key=True).get(pk=firm.pk)
        filed = AuthorityLetter(
            pk=uuid.uuid4(),
            firm=firm,
            official=official,
            since=since,
            until=until,
            filed_by=by,
            filed_at=at,
        )
        former = AuthorityLetter.objects.standing().filter(firm=firm, official=official).first()
        if former:
            _end(former, REPLACED, by=by, at=at)
        filed.letter = keep_upload(
            letter, by=by, at=at, about=filed, keys=keys, designated=is_confidential
        )
        filed.save(force_insert=True)
        if former:
            former.replaced_by = filed
            former.save(update_fields=["replaced_by"])
        record(
            "file_authority_letter",
            filed,
            by=by,
            at=at,
            before={"replaces": former.pk if former else None},
            after={
                "official": official.pk,
                "since": since,
                "until": until,
                "sha256": filed.letter.sha256,
                "confidential": is_confidential,
            },
        )
    return filed


@transaction.atomic
def withdraw_authority_letter(filed, *, reason, by, at) -> AuthorityLetter:
    """Say that a letter holds no longer; it stays on file, and FDA reads why.

    Raises Refusal for anyone but the firm's people, without a reason, and the second time.
    """
    filed = (
        AuthorityLetter.objects.select_for_update(of=("self",), no_key=True)
        .select_related("firm", "official")
        .get(pk=filed.pk)
    )
    if not may_file_authority(by, filed.firm_id):
        raise Refusal("Only people of the firm withdraw its letters of authority.")
    if filed.ended_at:
        raise Refusal("This letter was withdrawn or replaced already.")
    if not reason.strip():
        raise Refusal("Say why the letter holds no longer; FDA reads it.")
    _end(filed, reason.strip(), by=by, at=at)
    record(
        "withdraw_authority_letter",
        filed,
        by=by,
        at=at,
        before={"withdrawn": False},
        after={"withdrawn": True},
        reason=filed.end_reason,
    )
    return filed


def _end(filed, reason, *, by, at):
    filed.ended_by, filed.ended_at, filed.end_reason = by, at, reason
    filed.save(update_fields=["ended_by", "ended_at", "end_reason"])
