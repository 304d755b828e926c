"""Signing needs the signer's own password and is bound to the bytes signed."""

import hashlib
from datetime import UTC, datetime

import pytest

from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import Signature
from qmm_pilot.records.signatures import sign, signatures_of
from tests import factories

AT = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)


@pytest.fixture
def signer(db):
    return factories.person(factories.organization(), name="Margaret Ellison")


def test_a_signature_shows_name_moment_meaning_and_the_hash_of_the_bytes(signer):
    signature = sign(
        signer, by=signer, at=AT, meaning="Author", password=factories.PASSWORD, content=b"bytes"
    )
    assert (signature.printed_name, signature.at, signature.meaning) == (
        "Margaret Ellison",
        AT,
        "Author",
    )
    assert signature.sha256 == hashlib.sha256(b"bytes").hexdigest()
    assert list(signatures_of(signer)) == [signature]


@pytest.mark.parametrize("password", ["", "wrong", factories.PASSWORD.upper()])
def test_another_password_signs_nothing(signer, password):
    with pytest.raises(Refusal, match="not yours"):
        sign(signer, by=signer, at=AT, meaning="Author", password=password, content=b"bytes")
    assert Signature.objects.count() == 0
