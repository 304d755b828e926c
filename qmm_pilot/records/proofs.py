"""How a signer proves to be herself in the very POST that signs, and how often she may try.

A password or a passkey that asked for PIN or fingerprint; where a second factor is enrolled, the
password needs its code, or a security key, beside it. Wrong entries are counted by person, apart
from those of signing in, so that nobody is locked out by them (21 CFR 11.200, 11.300).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from math import ceil
from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import transaction
from fido2.utils import websafe_decode
from fido2.webauthn import AuthenticationResponse, UserVerificationRequirement

from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

from .trail import record

ASKED = "signing.challenges"  # in the session: what its open pages asked passkeys to answer
MOST_ASKED = 5


class WrongProof(Refusal):
    """What was entered does not show that the signer is who she says."""


@dataclass(frozen=True)
class Proof:
    """What a signer entered; `asked` is the challenge of her session that the passkey answers."""

    password: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    passkey: Mapping[str, Any] | None = field(default=None, repr=False)
    asked: dict[str, Any] | None = field(default=None, repr=False)


def check(proof: Proof, by) -> None:
    """Raise WrongProof unless this proves to be `by`, with her second factor where she has one."""
    factors = list(Authenticator.objects.filter(user_id=by.pk))
    has_second = not factors
    if proof.passkey:
        if _passkey_asked_who_it_was(proof, by):
            return
        has_second = True
        if not proof.password:
            raise WrongProof(
                "Your key asked for no PIN or fingerprint. Nothing was signed; enter your "
                "password, then use the key again."
            )
    if not proof.password or not by.check_password(proof.password):
        raise WrongProof("The password is not yours. Nothing was signed; enter your own password.")
    if has_second or any(
        factor.wrap().validate_code(proof.code)
        for factor in factors
        if proof.code and factor.type != Authenticator.Type.WEBAUTHN
    ):
        return
    raise WrongProof(
        "The code is not right, or was used before. Nothing was signed; wait for the next code of "
        "your authenticator app and enter that."
    )


def passkey_options(request) -> dict[str, Any] | None:
    """What this person's passkeys are asked to answer by a new page; None where she has none.

    The session keeps the newest few, so that signing in one tab does not spoil another.
    """
    keys = webauthn.get_credentials(request.user)
    if not keys:
        return None
    options, state = webauthn.get_server().authenticate_begin(
        credentials=keys, user_verification=UserVerificationRequirement.PREFERRED
    )
    request.session[ASKED] = [*request.session.get(ASKED, []), state][-MOST_ASKED:]
    return dict(options)


def read_proof(request, *, password="", code="", passkey=None) -> Proof:
    """The proof in this POST; a challenge leaves the session with it, so it is answered once."""
    asked = None
    if passkey:
        challenge = _challenge_of(passkey)
        pending = request.session.get(ASKED, [])
        asked = next((state for state in pending if state["challenge"] == challenge), None)
        request.session[ASKED] = [state for state in pending if state is not asked]
    return Proof(password=password, code=code, passkey=passkey, asked=asked)


def limited(operation: Callable) -> Callable:
    """An operation that signs: one transaction, and every wrong proof counted outside of it.

    Inside, the count would be undone together with the refused deed. A try is taken before the
    deed and given back unless the proof was wrong, so that parallel guesses cannot exceed it.
    """
    in_one_transaction = transaction.atomic(operation)

    @wraps(operation)
    def signed(*args, by, at, **more):
        tries = _take_try(by)
        try:
            result = in_one_transaction(*args, by=by, at=at, **more)
        except WrongProof:
            if tries == settings.SIGNING_TRIES:
                with transaction.atomic():
                    record("block_signing", by, by=by, at=at, after={"wrong_entries": tries})
            raise
        except BaseException:
            _give_back(by)
            raise
        _give_back(by)
        return result

    signed.is_limited = True  # type: ignore[attr-defined]
    return signed


def forget_wrong_entries(by) -> None:
    """Begin to count anew: the signer has just proved who she is."""
    cache.delete(_key(by))


def _passkey_asked_who_it_was(proof, by) -> bool:
    """Whether the passkey checked PIN or fingerprint. Raises WrongProof where it is not hers."""
    try:
        answer = AuthenticationResponse.from_dict(cast(Any, proof.passkey))
        keys = webauthn.get_credentials(by)
        webauthn.get_server().authenticate_complete(proof.asked, keys, answer)
    except (ValueError, TypeError, KeyError) as fault:
        raise WrongProof(
            "The passkey’s answer does not fit this page. Nothing was signed; use the passkey "
            "again, or enter your password."
        ) from fault
    return answer.response.authenticator_data.is_user_verified()


def _challenge_of(passkey) -> str:
    """The challenge that a browser's answer claims to answer; empty where it names none."""
    try:
        client_data = websafe_decode(passkey["response"]["clientDataJSON"])
        return str(json.loads(client_data)["challenge"])
    except (ValueError, TypeError, KeyError):
        return ""


def _take_try(by) -> int:
    """Count one try, with the person's row locked. Raises Refusal when none is left."""
    with transaction.atomic():
        tries, until = _counted(by)
        if tries >= settings.SIGNING_TRIES:
            minutes = max(1, ceil((until - clock.real_now()).total_seconds() / 60))
            raise Refusal(
                f"There were {tries} wrong entries in a row. You can sign again in {minutes} "
                f"minute{'' if minutes == 1 else 's'}. Nothing was signed, and your sign-in works "
                "as before."
            )
        _keep(by, tries + 1, clock.real_now() + settings.SIGNING_WAIT)
    return tries + 1


def _give_back(by) -> None:
    with transaction.atomic():
        tries, until = _counted(by)
        if tries:
            _keep(by, tries - 1, until)


def _counted(by) -> tuple[int, datetime]:
    """The wrong entries so far and when they are forgotten; the person's row stays locked."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)
    return cache.get(_key(by)) or (0, clock.real_now())


def _keep(by, tries, until) -> None:
    seconds = (until - clock.real_now()).total_seconds()
    cache.set(_key(by), (tries, until), timeout=max(1, ceil(seconds)))


def _key(by) -> str:
    return f"signing-tries:{by.pk}"
