"""Deeds on agents: a firm authorizes one in writing, and takes it back at once (A14)."""

from uuid import uuid4

from django.db import transaction

from qmm_pilot.accounts.access import may_authorize_agents
from qmm_pilot.accounts.models import Invitation, Representation
from qmm_pilot.accounts.roles import Scope
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.files import keep_upload, storing
from qmm_pilot.records.trail import record

from .invitations import facts_of, send, standing_invitation
from .links import mail

MOST_YEARS = 5


def invite_agent(
    firm, *, email, name, scopes, since, until, letter, is_confidential=False, by, at
) -> Invitation:
    """Authorize an agent to act for a firm, and invite her by mail; she acts once she accepts.

    `letter` is the upload of the letter of authority, `is_confidential` where the firm designates
    it; `since` and `until` are Eastern days, both inclusive. Raises Refusal for anyone but the
    firm's administrators and officials, without a scope, for days in the wrong order or past, and
    for what check_upload() refuses.
    """
    if not may_authorize_agents(by, firm):
        raise Refusal("Only administrators and authorized officials of the firm authorize agents.")
    wanted = [Scope(scope) for scope in scopes]
    if not wanted:
        raise Refusal("Choose what the letter of authority lets the agent do.")
    _check_days(since, until, today=at.astimezone(EASTERN).date())
    with storing() as keys:
        representation = Representation(
            id=uuid4(),
            firm=firm,
            since=since,
            until=until,
            granted_by=by,
            granted_at=at,
            **{f"scope_{scope.value}": True for scope in wanted},
        )
        # First what refuses without a file: the invitation, unsaved.
        invitation = standing_invitation(firm, email=email, name=name, by=by, at=at)
        kept = keep_upload(
            letter, by=by, at=at, about=representation, keys=keys, designated=is_confidential
        )
        representation.letter = kept
        representation.save(force_insert=True)
        invitation.representation = representation
        send(invitation, at=at)
        record(
            "authorize_agent",
            representation,
            by=by,
            at=at,
            after={
                **facts_of(invitation),
                "since": since,
                "until": until,
                "letter_sha256": kept.sha256,
            },
        )
    return invitation


@transaction.atomic
def revoke_representation(representation, *, by, at) -> Representation:
    """Take the authority back; the agent sees and does nothing for the firm from now on.

    Raises Refusal for anyone but the firm's administrators and officials, and the second time.
    """
    representation = (
        Representation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("firm", "agent")
        .get(pk=representation.pk)
    )
    if not may_authorize_agents(by, representation.firm):
        raise Refusal("Only administrators and authorized officials of the firm do this.")
    if representation.revoked_at:
        raise Refusal("This authority was revoked already.")
    representation.revoked_by, representation.revoked_at = by, at
    representation.save(update_fields=["revoked_by", "revoked_at"])
    Invitation.objects.standing().filter(representation=representation).update(
        revoked_by=by, revoked_at=at
    )
    if representation.agent:
        mail(
            "authority_revoked",
            to=representation.agent,
            subject=f"Your authority to act for {representation.firm} has ended",
            about=representation,
            at=at,
            person=representation.agent,
            representation=representation,
        )
    record(
        "revoke_agent",
        representation,
        by=by,
        at=at,
        before={"revoked": False},
        after={"revoked": True, "agent": representation.agent_id},
    )
    return representation


def _check_days(since, until, *, today):
    if until < since:
        raise Refusal("The last day of the authority is before its first day.")
    if until < today:
        raise Refusal("The last day of the authority has passed.")
    if until.year - since.year > MOST_YEARS:
        raise Refusal(f"An authority of more than {MOST_YEARS} years is renewed by a new letter.")
