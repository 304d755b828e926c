"""Deeds on the address by which a person signs in: it changes when both have confirmed (A15)."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from qmm_pilot.accounts.models import AddressChange, User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.accounts.sessions import end_sessions_of
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import moment_in_words

from .links import hash_of, mail, new_token

TAKEN = "This address cannot be used for this account. Choose another one."


@transaction.atomic
def ask_for_address(user, new_email, *, by, at) -> AddressChange:
    """Ask to sign in with another address; a link goes to the old one and to the new one.

    An earlier wish is replaced, its links are dead. Whether the new address has an account is not
    said here, only to who has confirmed both. Raises Refusal for anyone but the person herself,
    and for the address that she has.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if by.pk != user.pk:
        raise Refusal("People ask for this themselves.")
    new_email = new_email.strip().lower()
    if new_email == user.email:
        raise Refusal("This is the address by which you sign in already.")
    AddressChange.objects.filter(user=user, ended_at=None).update(ended_at=at)
    tokens = {which: new_token() for which in ("old", "new")}
    change = AddressChange.objects.create(
        user=user,
        old_email=user.email,
        new_email=new_email,
        old_token_sha256=tokens["old"][1],
        new_token_sha256=tokens["new"][1],
        asked_at=at,
        expires_at=at + settings.ADDRESS_CHANGE_LASTS,
    )
    for which, address in (("old", user.email), ("new", new_email)):
        mail(
            f"confirm_{which}_address",
            to=address,
            subject="Confirm the change of your sign-in address",
            about=change,
            at=at,
            page="accounts:confirm_address",
            secret=tokens[which][0],
            person=user,
            until=moment_in_words(change.expires_at),
        )
    record("ask_for_address", user, by=by, at=at, after={"email": new_email})
    return change


@transaction.atomic
def confirm_address(change, token, *, at) -> AddressChange:
    """Confirm at the address to which this token was sent; the second confirmation changes it.

    The token proves who acts, so nobody needs to be signed in. Raises Refusal for a link that no
    longer works, and where another account has the new address by now.
    """
    change = AddressChange.objects.select_for_update(no_key=True).get(pk=change.pk)
    user = User.objects.select_for_update(no_key=True).get(pk=change.user_id)
    if not is_open_at(change, at) or not user.is_active:
        raise Refusal(
            "This link can no longer be used: it has expired, or another change was asked for. "
            "Nothing was changed."
        )
    which = "old" if change.old_token_sha256 == hash_of(token) else "new"
    if getattr(change, f"{which}_confirmed_at") is None:
        setattr(change, f"{which}_confirmed_at", at)
    if change.old_confirmed_at and change.new_confirmed_at:
        change.ended_at = at
        _set_address(user, change.new_email, is_verified=True, at=at)
    change.save()
    record(
        "change_address" if change.ended_at else "confirm_address",
        user,
        by=user,
        at=at,
        before={"email": change.old_email},
        after={"confirmed_at": f"{which} address", "email": user.email},
    )
    return change


@transaction.atomic
def change_address_by_call(user, new_email, *, reason, by, at) -> User:
    """Change a person's address after a call that an administrator of FDA logs here.

    The new address is confirmed by a mailed code at the next sign-in. Raises Refusal for anyone
    but FDA's administrators, without the note of the call, and for an address with an account.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not by.has_role(Role.FDA_ADMINISTRATOR) or by.pk == user.pk:
        raise Refusal("Only FDA administrators do this, and none for the own account.")
    if not reason.strip():
        raise Refusal("Note the call: who called whom, when, and how you knew the person.")
    before = user.email
    AddressChange.objects.filter(user=user, ended_at=None).update(ended_at=at)
    _set_address(user, new_email.strip().lower(), is_verified=False, at=at)
    record(
        "change_address",
        user,
        by=by,
        at=at,
        before={"email": before},
        after={"email": user.email},
        reason=reason,
    )
    return user


def address_change_of(token) -> AddressChange | None:
    """The wish to which this token belongs, whatever its state; None for an unknown one."""
    digest = hash_of(token)
    return (
        AddressChange.objects.select_related("user")
        .filter(Q(old_token_sha256=digest) | Q(new_token_sha256=digest))
        .first()
    )


def is_open_at(change, moment) -> bool:
    """Whether the links of this wish still work."""
    return change.ended_at is None and moment < change.expires_at


def _set_address(user, email, *, is_verified, at):
    """Sign in by this address from now on; sessions end, and both addresses are told."""
    if User.objects.filter(email__iexact=email).exists():
        raise Refusal(TAKEN)
    # An address that somebody else proved in allauth's rows counts as hers, account or not.
    if EmailAddress.objects.filter(email__iexact=email).exclude(user=user).exists():
        raise Refusal(TAKEN)
    old, user.email = user.email, email
    user.save(update_fields=["email"])
    EmailAddress.objects.update_or_create(
        user=user, primary=True, defaults={"email": email, "verified": is_verified}
    )
    end_sessions_of(user)
    for address in (old, email):
        mail(
            "address_changed",
            to=address,
            subject="Your sign-in address has changed",
            about=user,
            at=at,
            person=user,
        )
