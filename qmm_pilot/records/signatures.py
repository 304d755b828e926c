"""Signing: the signer's proof in the same POST, and a hash of the very bytes that were signed.

What a signature covers can be built again from the rows and files: SIGNED_CONTENT in the settings
names, for each kind of subject, the function of its own floor that does it. So a byte that was
changed afterwards is found, and the deed's trail entry tells when the signature itself was.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC
from itertools import groupby
from typing import NamedTuple

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.utils.module_loading import import_string

from qmm_pilot import clock

from . import proofs
from .models import AboutSubject, Signature, TrailEntry
from .proofs import Proof
from .trail import name_on

CHANGED = "what was signed was changed afterwards"
GONE = "what was signed cannot be found any more"
ALTERED = "the signature is not the one that the trail names"
REMOVED = "the signature that the trail names was removed"


class CheckedSignature(NamedTuple):
    """A signature with what is wrong with it, as the end of a sentence; "" where nothing is."""

    signature: Signature
    fault: str


class Broken(NamedTuple):
    """A signature that does not hold any more: its id, the record it stands under, the reason."""

    id: str
    subject_kind: str
    subject_id: str
    reason: str

    def __str__(self):
        return f"Signature {self.id} on {self.subject_kind} {self.subject_id}: {self.reason}"


def sign(subject, *, by, at, meaning, proof: Proof, content: bytes) -> Signature:
    """Bind a person's signature to `content` (21 CFR 11.50, 11.70, 11.200).

    Only inside an operation under `proofs.limited`, whose trail entry takes `named_in_trail()`.
    Raises WrongProof when the proof is not the signer's; then nothing is written.
    """
    proofs.check(proof, by)
    proofs.forget_wrong_entries(by)
    return Signature.objects.create(
        **AboutSubject.naming(subject),
        signer=by,
        printed_name=name_on(subject, by),
        meaning=meaning,
        at=at,
        signed_at=clock.real_now(),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def named_in_trail(signature: Signature) -> dict[str, str]:
    """What the trail entry of a signed deed says of its signature."""
    return {
        "signature": str(signature.pk),
        "signed_by": signature.printed_name,
        "signed_as": signature.meaning,
        "signed_at": signature.signed_at.astimezone(UTC).isoformat(),
        "signed_sha256": signature.sha256,
    }


def signatures_of(subject):
    """The signatures of this record, first first."""
    return Signature.objects.filter(**AboutSubject.naming(subject)).order_by("at", "signed_at")


def checked_signatures(subject) -> list[CheckedSignature]:
    """The signatures of this record, first first, each with what is wrong with it."""
    signatures = _beside_trail(signatures_of(subject).select_related("signer__organization"))
    return _checked(list(signatures), subject)


def broken_signatures() -> Iterator[Broken]:
    """Every signature that no longer holds: changed content, altered or removed signature.

    Reads every signed file again. Whether the trail itself holds is trail.first_fault()'s.
    """
    rows = _beside_trail(Signature.objects.order_by("subject_kind", "subject_id", "signed_at"))
    present = set()
    for (kind, pk), group in groupby(rows, lambda s: (s.subject_kind, s.subject_id)):
        for signature, fault in _checked(list(group)):
            present.add(str(signature.pk))
            if fault:
                yield Broken(str(signature.pk), kind, pk, fault)
    entries = TrailEntry.objects.filter(after_json__contains='"signed_sha256"')
    for entry in entries.order_by("position"):
        named = entry.after.get("signature")
        if named and named not in present:
            yield Broken(named, entry.subject_kind, entry.subject_id, REMOVED)


def named_with(signature) -> dict:
    """What the trail entry of a checked signature's deed says; empty where there is none."""
    return json.loads(signature.named_in or "{}")


def _beside_trail(signatures):
    """These signatures, each with what the entry of its deed says: same record, person, moment."""
    entries = TrailEntry.objects.filter(
        subject_kind=OuterRef("subject_kind"),
        subject_id=OuterRef("subject_id"),
        actor=OuterRef("signer"),
        at=OuterRef("at"),
        after_json__contains=OuterRef("sha256"),
    )
    return signatures.annotate(named_in=Subquery(entries.values("after_json")[:1]))


def _checked(signatures, subject=None) -> list[CheckedSignature]:
    """Signatures of one subject, compared with their content as it is now and with the trail."""
    if not signatures:
        return []
    build = import_string(settings.SIGNED_CONTENT[signatures[0].subject_kind])
    contents = build(signatures[0].subject_id, signatures, subject)
    return [
        CheckedSignature(signature, _fault(signature, contents.get(signature.pk)))
        for signature in signatures
    ]


def _fault(signature, content) -> str:
    if not named_in_trail(signature).items() <= named_with(signature).items():
        return ALTERED
    if content is None:
        return GONE
    return "" if hashlib.sha256(content).hexdigest() == signature.sha256 else CHANGED
