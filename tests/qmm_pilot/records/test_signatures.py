"""A signature needs the signer's own proof, is bound to the bytes signed, and betrays a change."""

import hashlib
import time
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from applications.models import Decision, ParticipationRequest
from applications.operations import submit_request
from qmm_pilot import clock, storage
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records import proofs, triggers
from qmm_pilot.records.models import Signature, TrailEntry
from qmm_pilot.records.proofs import Proof, WrongProof, check
from qmm_pilot.records.signatures import (
    broken_signatures,
    checked_signatures,
    sign,
    signatures_of,
)
from qmm_pilot.uswds.moments import moment_in_words
from tests import factories
from tests.assessments.visits import Visit

pytestmark = pytest.mark.django_db

AT = datetime(2021, 5, 28, 16, 30, tzinfo=UTC)
OWN = factories.PROOF
WRONG = Proof(password="wrong")


@pytest.fixture
def signer():
    return factories.registrant("Olga Official")


@pytest.fixture
def secret(signer):
    """The secret of the authenticator app that the signer has enrolled."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(signer, secret)
    return secret


def code_of(secret, *, steps_on=0):
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps_on))


@proofs.limited
def put_name_under(person, *, proof, by, at):
    return sign(person, by=by, at=at, meaning="Author", proof=proof, content=b"bytes")


# --- the bytes --------------------------------------------------------------------------------


def test_a_signature_holds_name_moment_meaning_and_the_hash_of_the_bytes(signer):
    signature = sign(signer, by=signer, at=AT, meaning="Author", proof=OWN, content=b"bytes")
    signature.refresh_from_db()
    assert (signature.signer, signature.printed_name) == (signer, "Olga Official")
    assert (signature.meaning, signature.at) == ("Author", AT)
    assert signature.sha256 == hashlib.sha256(b"bytes").hexdigest()
    assert clock.real_now() - signature.signed_at < timedelta(minutes=1)
    assert list(signatures_of(signer)) == [signature]


# --- who signs --------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["", "wrong", factories.PASSWORD.upper()])
def test_another_password_signs_nothing(signer, password):
    with pytest.raises(Refusal, match="password is not yours"):
        put_name_under(signer, proof=Proof(password=password), by=signer, at=AT)
    assert not Signature.objects.exists()


@pytest.mark.parametrize("code", ["", "abcdef", "000"])
def test_who_has_an_authenticator_app_cannot_sign_with_the_password_alone(signer, secret, code):
    proof = Proof(password=factories.PASSWORD, code=code)
    with pytest.raises(WrongProof, match="code is not right"):
        put_name_under(signer, proof=proof, by=signer, at=AT)
    assert not Signature.objects.exists()


def test_password_and_code_sign_together_and_a_code_signs_once(signer, secret):
    proof = Proof(password=factories.PASSWORD, code=code_of(secret))
    put_name_under(signer, proof=proof, by=signer, at=AT)
    with pytest.raises(WrongProof, match="used before"):
        put_name_under(signer, proof=proof, by=signer, at=AT)
    assert Signature.objects.count() == 1


def test_the_code_alone_does_not_sign(signer, secret):
    with pytest.raises(WrongProof, match="password"):
        check(Proof(code=code_of(secret)), signer)


def test_a_recovery_code_stands_in_for_the_app_once(signer, secret):
    codes = RecoveryCodes.activate(signer).get_unused_codes()
    proof = Proof(password=factories.PASSWORD, code=codes[0])
    put_name_under(signer, proof=proof, by=signer, at=AT)
    with pytest.raises(WrongProof):
        put_name_under(signer, proof=proof, by=signer, at=AT)


def test_a_code_of_another_person_does_not_sign(signer, secret):
    other = factories.registrant()
    others = totp.generate_totp_secret()
    totp.TOTP.activate(other, others)
    with pytest.raises(WrongProof):
        check(Proof(password=factories.PASSWORD, code=code_of(others)), signer)


# --- how often --------------------------------------------------------------------------------


def refused_after(tries, signer):
    for _ in range(tries):
        with pytest.raises(WrongProof):
            put_name_under(signer, proof=WRONG, by=signer, at=AT)


def test_after_five_wrong_entries_even_the_right_one_waits_a_quarter_of_an_hour(signer):
    refused_after(5, signer)
    with pytest.raises(Refusal, match="You can sign again in 15 minutes"):
        put_name_under(signer, proof=OWN, by=signer, at=AT)
    assert not Signature.objects.exists()
    [entry] = TrailEntry.objects.filter(deed="block_signing")
    assert (entry.actor, entry.subject_id) == (signer, str(signer.pk))


def test_the_wait_ends_by_the_real_clock(signer, monkeypatch):
    refused_after(5, signer)
    later = clock.real_now() + timedelta(minutes=15, seconds=1)
    monkeypatch.setattr(clock, "real_now", lambda: later)
    monkeypatch.setattr("django.core.cache.backends.db.tz_now", lambda: later)
    put_name_under(signer, proof=OWN, by=signer, at=AT)


def test_a_right_entry_begins_the_count_anew(signer):
    refused_after(4, signer)
    put_name_under(signer, proof=OWN, by=signer, at=AT)
    refused_after(5, signer)
    with pytest.raises(Refusal, match="wrong entries in a row"):
        put_name_under(signer, proof=OWN, by=signer, at=AT)


def test_wrong_entries_of_one_person_stop_nobody_else(signer):
    refused_after(5, signer)
    other = factories.registrant()
    put_name_under(other, proof=OWN, by=other, at=AT)


def test_wrong_entries_at_signing_leave_the_sign_in_open(signer, client):
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=signer, email=signer.email, verified=True, primary=True)
    refused_after(5, signer)
    entered = {"login": signer.email, "password": factories.PASSWORD}
    client.post("/accounts/login/", entered)
    assert client.session["_auth_user_id"] == str(signer.pk)


def test_what_is_refused_for_another_reason_does_not_count(signer):
    draft = factories.draft(signer)
    for _ in range(6):
        with pytest.raises(Refusal, match="attested separately"):
            submit_request(draft, attested=[], proof=WRONG, by=signer, at=factories.AT)
    assert not cache.get(f"signing-tries:{signer.pk}")[0]


def test_repeating_a_signed_submission_does_not_reset_the_count(signer):
    row = factories.participation_request(Status.SUBMITTED, signer)
    refused_after(4, signer)
    submit_request(row, attested=[], proof=WRONG, by=signer, at=factories.AT)
    refused_after(1, signer)
    with pytest.raises(Refusal, match="wrong entries in a row"):
        put_name_under(signer, proof=OWN, by=signer, at=AT)


def test_counted_inside_the_deed_wrong_entries_would_be_forgotten(signer, monkeypatch):
    """The planted fault: the count is undone together with the refused deed."""
    from django.db import transaction

    taken = proofs._take_try

    @transaction.atomic
    def inside(person, *, proof, by, at):
        taken(by)
        return put_name_under.__wrapped__(person, proof=proof, by=by, at=at)

    for _ in range(6):
        with pytest.raises(WrongProof):
            inside(signer, proof=WRONG, by=signer, at=AT)


# --- whether it holds -------------------------------------------------------------------------

Status = ParticipationRequest.Status


def by_hand(sql, values):
    """Change a row behind the product's back, past its triggers."""
    triggers.drop()
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
    finally:
        triggers.install()


def key(row):
    """An id as this database keeps it."""
    return row.pk.hex if connection.vendor == "sqlite" else row.pk


@pytest.fixture
def submitted(signer):
    return factories.participation_request(Status.SUBMITTED, signer)


@pytest.fixture
def told():
    """A program whose decisions are released: a place, an alternate, one who is not eligible."""
    for status in (Status.SELECTED, Status.ALTERNATE):
        row = factories.participation_request(Status.ELIGIBLE)
        factories.decide(row, status)
    factories.participation_request(Status.NOT_ELIGIBLE)
    program = factories.program()
    factories.release(program)
    return program


@pytest.fixture
def visit():
    visit = Visit()
    visit.to("released")
    return visit


def faults(subject):
    as_it_is = type(subject).objects.get(pk=subject.pk)
    return [entry.fault for entry in checked_signatures(as_it_is)]


def test_every_signature_of_a_pilot_holds(submitted, told, visit):
    assert (faults(submitted), faults(told), faults(visit.report)) == ([""], [""], [""] * 3)
    assert list(broken_signatures()) == []


def test_later_deeds_on_a_signed_request_leave_its_signature_whole(signer):
    row = factories.participation_request(Status.SELECTED, signer)
    assert faults(row) == [""]


def test_a_question_added_later_leaves_old_signatures_whole(submitted, monkeypatch):
    from applications.operations import versions

    monkeypatch.setattr(versions, "ANSWERS", [*versions.ANSWERS, "withdrawal_reason"])
    assert faults(submitted) == [""]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("applications_participationrequest", "contact_name", "Quinn Qualitz"),
        ("applications_participationrequest", "product_description", "Something else."),
        ("applications_participationrequest", "fei_key", "3999999999"),
        ("applications_attestation", "text", "I promise less."),
    ],
)
def test_a_changed_answer_or_commitment_is_named(submitted, table, column, value):
    owner = "id" if column != "text" else "participation_request_id"
    by_hand(f"UPDATE {table} SET {column} = %s WHERE {owner} = %s", [value, key(submitted)])
    assert faults(submitted) == ["what was signed was changed afterwards"]
    [broken] = broken_signatures()
    assert (broken.subject_kind, broken.subject_id) == (
        "applications.participationrequest",
        str(submitted.pk),
    )


def test_a_changed_decision_is_named(told):
    decision = Decision.objects.get(kind=Decision.Kind.ALTERNATE)
    by_hand("UPDATE applications_decision SET rank = 7 WHERE id = %s", [key(decision)])
    assert faults(told) == ["what was signed was changed afterwards"]


def test_one_changed_byte_of_a_signed_file_is_named(visit):
    path = storage._path(visit.report.stored_file.key)
    content = bytearray(path.read_bytes())
    content[9] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    changed = "what was signed was changed afterwards"
    assert faults(visit.report) == [changed, changed, ""]
    assert len(list(broken_signatures())) == 2


def test_a_signed_file_that_is_gone_is_named(visit):
    storage._path(visit.report.released_file.key).unlink()
    assert faults(visit.report) == ["", "", "what was signed cannot be found any more"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("printed_name", "Somebody Else"),
        ("meaning", "Witness"),
        ("sha256", "0" * 64),
        ("at", "2020-11-17 00:00:00+00:00"),
        ("signed_at", "2020-11-17 00:00:00+00:00"),
    ],
)
def test_an_altered_signature_is_named(submitted, column, value):
    by_hand(f"UPDATE records_signature SET {column} = %s", [value])
    assert faults(submitted) == ["the signature is not the one that the trail names"]


def test_changing_the_content_and_its_hash_together_is_still_named(submitted):
    from applications.operations.versions import signed_bytes

    by_hand("UPDATE applications_participationrequest SET contact_name = 'Nobody'", [])
    submitted.refresh_from_db()
    digest = hashlib.sha256(signed_bytes(submitted)).hexdigest()
    by_hand("UPDATE records_signature SET sha256 = %s", [digest])
    assert faults(submitted) == ["the signature is not the one that the trail names"]


def test_a_removed_signature_is_named(submitted):
    by_hand("DELETE FROM records_signature", [])
    assert [broken.reason for broken in broken_signatures()] == [
        "the signature that the trail names was removed"
    ]


def test_the_verification_page_and_command_name_a_broken_signature(submitted, client, capsys):
    client.force_login(factories.fda(Role.FDA_RECORDS_OFFICER))
    assert "Every signature holds" in client.post("/trail/verify/").content.decode()
    call_command("verify_trail")
    assert "1 signature" in capsys.readouterr().out
    by_hand("UPDATE applications_attestation SET text = 'Less.'", [])
    page = client.post("/trail/verify/").content.decode()
    assert "what was signed was changed afterwards" in page
    assert str(Signature.objects.get().pk) in page
    with pytest.raises(SystemExit):
        call_command("verify_trail")
    assert "what was signed was changed afterwards" in capsys.readouterr().err


# --- on the page ------------------------------------------------------------------------------


def test_the_firm_reads_its_signature_with_both_moments_and_that_it_holds(submitted, client):
    client.force_login(submitted.submitted_by)
    page = client.get(f"/requests/{submitted.pk}/").content.decode()
    signature = Signature.objects.get()
    for shown in (
        "Olga Official",
        "Attested each commitment and submitted this request",
        signature.sha256,
        moment_in_words(signature.at),
        moment_in_words(signature.signed_at),
        "What was signed is unchanged.",
    ):
        assert shown in page, shown
    by_hand("UPDATE applications_attestation SET text = 'Less.'", [])
    page = client.get(f"/requests/{submitted.pk}/").content.decode()
    assert "This signature no longer holds" in page
    assert "What was signed is unchanged." not in page


def test_the_board_shows_the_signed_release(told, client):
    client.force_login(factories.fda(Role.FDA_SELECTOR))
    board = client.get(f"/selection/{Program.objects.get(pk=told.pk).pk}/").content.decode()
    assert "Released the decisions of this program" in board
    assert "What was signed is unchanged." in board


# --- which operations sign --------------------------------------------------------------------


def test_every_operation_that_signs_counts_wrong_entries():
    """By its source: who calls sign() stands under proofs.limited."""
    import ast
    from pathlib import Path

    signing, unlimited = set(), set()
    for app in ("applications", "metrics", "assessments", "qmm_pilot"):
        for path in Path(app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.FunctionDef) or node.name == "sign":
                    continue
                calls = {
                    getattr(call.func, "id", "")
                    for call in ast.walk(node)
                    if isinstance(call, ast.Call)
                }
                if "sign" in calls:
                    signing.add(node.name)
                    decorators = {
                        getattr(d, "id", getattr(d, "attr", "")) for d in node.decorator_list
                    }
                    if "limited" not in decorators:
                        unlimited.add(node.name)
    assert unlimited == set()
    assert signing == {
        "submit_request",
        "answer_information",
        "confirm_mailed_request",
        "release_decisions",
        "promote_alternate",
        "close_waiting_list",
        "sign_report",
        "accept_report",
        "release_report",
        "attest_anew",
        "certify_destruction",
    }
