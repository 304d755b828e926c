"""Signing: the password in the same POST, and a hash of the very bytes that were signed."""

import hashlib

from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

from .models import AboutSubject, Signature


def sign(subject, *, by, at, meaning, password, content: bytes) -> Signature:
    """Bind a person's signature to `content` (21 CFR 11.50, 11.70, 11.200).

    Raises Refusal when the password is not the signer's; then nothing is written.
    """
    if not by.check_password(password):
        raise Refusal("The password is not yours. Nothing was signed; enter your own password.")
    return Signature.objects.create(
        **AboutSubject.naming(subject),
        signer=by,
        printed_name=by.name,
        meaning=meaning,
        at=at,
        signed_at=clock.real_now(),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def signatures_of(subject):
    """The signatures of this record, first first."""
    return Signature.objects.filter(**AboutSubject.naming(subject)).order_by("at", "signed_at")
