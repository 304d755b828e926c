"""Deeds on invitations: a colleague is asked by mail, and joins by the link in it (A6)."""

from django.conf import settings
from django.db import transaction

from qmm_pilot.accounts.models import Invitation, Organization, Representation, User
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import moment_in_words

from .links import hash_of, mail, new_token
from .people import check_roles, grant, refuse_unless_administering

DEAD = (
    "This invitation can no longer be used: it has expired, was used, or was taken back. Ask the "
    "person who invited you for a new one."
)


@transaction.atomic
def invite(organization, *, email, name, roles, by, at) -> Invitation:
    """Invite a person to an organization with roles of its side; the letter goes out at once.

    Whether the address has an account elsewhere is not looked at: an answer to that would tell one
    organization about another. Whoever belongs elsewhere is refused when she wants to join. Raises
    Refusal for anyone but an administrator, without a role, for a role of another side, for a
    colleague, and for an address with a standing invitation.
    """
    refuse_unless_administering(by, organization)
    if not roles:
        raise Refusal("Choose at least one role.")
    check_roles(organization, roles)
    invitation = standing_invitation(organization, email=email, name=name, by=by, at=at)
    invitation.roles = sorted(str(role) for role in roles)
    send(invitation, at=at)
    record("invite", invitation, by=by, at=at, after=facts_of(invitation))
    return invitation


@transaction.atomic
def resend_invitation(invitation, *, by, at) -> Invitation:
    """Send an invitation again, with a new link and a new end; the old link is dead.

    Raises Refusal for anyone who may not invite, and for one that was accepted or revoked.
    """
    invitation = _locked_standing(invitation, by=by)
    before = {"expires_at": invitation.expires_at}
    send(invitation, at=at)
    record(
        "resend_invitation",
        invitation,
        by=by,
        at=at,
        before=before,
        after={"expires_at": invitation.expires_at},
    )
    return invitation


@transaction.atomic
def revoke_invitation(invitation, *, by, at) -> Invitation:
    """Take an invitation back; its link is dead at once.

    Raises Refusal for anyone who may not invite, and for one that was accepted or revoked.
    """
    invitation = _locked_standing(invitation, by=by)
    invitation.revoked_by, invitation.revoked_at = by, at
    invitation.save(update_fields=["revoked_by", "revoked_at"])
    Representation.objects.filter(invitation=invitation).update(revoked_by=by, revoked_at=at)
    record("revoke_invitation", invitation, by=by, at=at, after={"revoked": True})
    return invitation


@transaction.atomic
def accept_invitation(invitation, *, by, at) -> Invitation:
    """Join as the invitation says: a colleague with its roles, an agent with her authority.

    Raises Refusal for a link that no longer works, for a person with another address than the
    invited one, and for one who belongs elsewhere; nothing is changed then.
    """
    invitation = _locked(invitation)
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if not invitation.is_open_at(at):
        raise Refusal(DEAD)
    if person.email.lower() != invitation.email.lower():
        raise Refusal(
            f"You are signed in as {person.email}, and this invitation was sent to another "
            "address. Sign out and use the account of that address, or ask for an invitation to "
            "this one."
        )
    if invitation.representation:
        _become_agent(invitation.representation, person, at=at)
    else:
        _join(invitation, person, at=at)
    invitation.accepted_by, invitation.accepted_at = person, at
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    record(
        "accept_invitation",
        invitation,
        by=person,
        at=at,
        before={"organization": None},
        after=facts_of(invitation),
    )
    return invitation


@transaction.atomic
def note_refused_invitation(invitation, *, reason, by, at) -> None:
    """Record that a person tried to join by an invitation and was refused."""
    record("refuse_invitation", invitation, by=by, at=at, reason=reason)


def invited_by(token) -> Invitation | None:
    """The invitation to which this token leads, whatever its state; None for an unknown one."""
    return (
        Invitation.objects.select_related("organization", "representation", "invited_by")
        .filter(token_sha256=hash_of(token))
        .first()
    )


def standing_invitation(organization, *, email, name, by, at, representation=None) -> Invitation:
    """An unsaved invitation of this address. Raises Refusal where one stands, or too many do."""
    email = email.strip().lower()
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    colleague = User.objects.filter(organization=organization, email__iexact=email).first()
    if colleague:
        raise Refusal(
            f"{colleague} belongs to {organization} already."
            + ("" if colleague.is_active else " Reactivate the account instead.")
        )
    standing = Invitation.objects.standing().filter(organization=organization)
    earlier = standing.filter(email__iexact=email).first()
    if earlier:
        raise Refusal(
            f"{earlier.name} was invited already, {moment_in_words(earlier.sent_at)}, and has not "
            "joined yet. Send that invitation again, or revoke it first."
        )
    if standing.count() >= settings.MOST_STANDING_INVITATIONS:
        raise Refusal(
            f"{settings.MOST_STANDING_INVITATIONS} invitations of {organization} stand already. "
            "Revoke those that are no longer needed."
        )
    return Invitation(
        organization=organization,
        email=email,
        name=name.strip(),
        representation=representation,
        invited_by=by,
        invited_at=at,
    )


def send(invitation, *, at) -> None:
    """Give the invitation a new token and end, save it, and queue its letter."""
    token, invitation.token_sha256 = new_token()
    invitation.sent_at, invitation.expires_at = at, at + settings.INVITATION_LASTS
    invitation.save()
    is_agent = invitation.representation is not None
    mail(
        "invitation_agent" if is_agent else "invitation",
        to=invitation.email,
        subject=f"{invitation.organization} invites you to the QMM pilot programs",
        about=invitation,
        at=at,
        page="accounts:join",
        secret=token,
        invitation=invitation,
        until=moment_in_words(invitation.expires_at),
    )


def facts_of(invitation) -> dict:
    """What the trail holds of an invitation."""
    facts = {"organization": invitation.organization_id, "email": invitation.email}
    if invitation.representation:
        return {**facts, "scopes": [str(scope) for scope in invitation.representation.scopes]}
    return {**facts, "roles": invitation.roles}


def may_invite(user, invitation) -> bool:
    """Whether this person sends again and revokes the invitation."""
    return Invitation.objects.visible_to(user).filter(pk=invitation.pk).exists()


def _become_agent(representation, person, *, at):
    # Nobody stands on two sides.
    if person.side not in ("", Side.FIRM) or person.organization_id == representation.firm_id:
        raise Refusal(
            "This account belongs to another side of the pilots or to the firm itself, so it "
            "cannot act as its agent. Nothing was changed."
        )
    representation.agent, representation.accepted_at = person, at
    representation.save(update_fields=["agent", "accepted_at"])


def _join(invitation, person, *, at):
    if person.organization_id:
        raise Refusal(
            "Your account belongs to an organization already, and an account belongs to one "
            "only. Nothing was changed."
        )
    letters = Representation.objects.filter(agent=person, revoked_at=None)
    if invitation.organization.kind != Side.FIRM and letters.exists():
        raise Refusal(
            "Your account acts for a firm under a letter of authority, so it cannot join another "
            "side of the pilots. Nothing was changed."
        )
    person.organization = invitation.organization
    person.save(update_fields=["organization"])
    grant(person, map(Role, invitation.roles), by=invitation.invited_by, at=at)


def _locked(invitation):
    return (
        Invitation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization", "representation__firm", "invited_by")
        .get(pk=invitation.pk)
    )


def _locked_standing(invitation, *, by):
    invitation = _locked(invitation)
    if not may_invite(by, invitation):
        raise Refusal("Only who may invite takes care of this invitation.")
    if invitation.accepted_at or invitation.revoked_at:
        raise Refusal("This invitation was accepted or revoked already.")
    return invitation
