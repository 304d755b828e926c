"""Copies (A9, 21 CFR 20.90): each download by a contractor's person stays listed until it ends."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments import operations as deeds
from assessments.models import CopyEnd, DestructionCertificate
from assessments.operations.copies import (
    MEANING,
    ask_for_copies_of_closed,
    copies_of,
    counts_of,
    outstanding,
)
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Agreement
from qmm_pilot.records.models import ActionItem, Download, Signature, StoredFile, TrailEntry
from qmm_pilot.records.proofs import Proof
from qmm_pilot.records.signatures import checked_signatures
from tests import factories
from tests.assessments.reading import Reader, words
from tests.assessments.visits import PASSWORD, person, proof_of

pytestmark = pytest.mark.django_db
ASKED = "Have the copies about Acme Springfield returned or destroyed"
WORDS = "Deleted from the laptop."


@pytest.fixture
def taken(visit, client, settings):
    """A visit of which the team has downloaded three files: of a topic, a finding, a report."""
    settings.DEBUG = True
    visit.to("rated")
    visit.administrator = person(visit.contractor, Role.CONTRACTOR_ADMINISTRATOR, name="Addie")
    visit.other_administrator = person(visit.other_contractor, Role.CONTRACTOR_ADMINISTRATOR)
    finding = visit.topic.findings.first()
    files = [attach(visit, visit.topic, "topic.txt"), attach(visit, finding, "finding.txt")]
    visit.reporting()
    visit.rendering()
    visit.draft_ready()
    files.append(visit.report.stored_file)
    for who, kept in zip(["lead", "assessor", "lead"], files, strict=True):
        download(client, visit, who, kept)
    return visit


def attach(visit, subject, name):
    upload = SimpleUploadedFile(name, b"Seen on the line.")
    return deeds.attach_file(subject, upload, by=visit.lead, at=visit.at)


def download(client, visit, who, kept):
    visit.at += timedelta(minutes=1)
    answer = Reader(client, visit).get(who, "file_download", kept.pk)
    assert answer.status_code == 200
    b"".join(answer.streaming_content)


def engagement_of(visit):
    return visit.assessment.engagement


def end_one(visit, by="administrator", how="returned", copy=None):
    copy = copy or outstanding(engagement_of(visit)).first()
    by = getattr(visit, by)
    return deeds.note_copy_end(copy, engagement_of(visit), how=how, words=WORDS, by=by, at=visit.at)


def lapse(visit):
    deeds.end_agreement(visit.agreement, reason="Terminated", by=visit.coordinator, at=visit.at)


def is_asked():
    return ActionItem.objects.open().filter(title=ASKED, role=Role.FDA_COORDINATOR).exists()


def state():
    return (
        list(CopyEnd.objects.values()),
        DestructionCertificate.objects.count(),
        Signature.objects.count(),
        StoredFile.objects.count(),
        list(ActionItem.objects.open().order_by("pk").values("key")),
        TrailEntry.objects.count(),
    )


# --- what a copy is ----------------------------------------------------------------------------


def test_each_download_by_the_contractors_people_is_a_copy_and_no_other_is(taken, client):
    engagement = engagement_of(taken)
    download(client, taken, "coordinator", StoredFile.objects.get(name="topic.txt"))
    download(client, taken, "assessor", StoredFile.objects.get(name="topic.txt"))
    listed = [(copy.stored_file.name, copy.user.name) for copy in copies_of(engagement)]
    assert Download.objects.count() == 5
    assert [who for _, who in listed] == ["Leah", "Arno", "Leah", "Arno"]
    assert [name for name, _ in listed][:2] == ["topic.txt", "finding.txt"]
    assert counts_of([engagement]) == {engagement.pk: [4, 4]}


def test_what_was_taken_of_a_file_set_aside_stays_a_copy(taken):
    StoredFile.objects.filter(name="topic.txt").update(withdrawn_at=taken.at)
    assert outstanding(engagement_of(taken)).count() == 3


# --- the end of one copy -----------------------------------------------------------------------


def test_copies_are_returned_or_destroyed_one_by_one_until_none_is_left(taken, client):
    lapse(taken)
    assert is_asked()
    engagement = engagement_of(taken)
    for by, how in [("administrator", "returned"), ("coordinator", "destroyed")]:
        copy = outstanding(engagement).first()
        address = reverse("assessments:copy_end", args=[engagement.pk, copy.pk])
        signed_in = Reader(client, taken).signed_in(by)
        assert signed_in.post(address, {"how": how, "words": WORDS}).status_code == 302
        end = CopyEnd.objects.get(download=copy)
        assert (end.how, end.words, end.noted_by) == (how, WORDS, getattr(taken, by))
    assert is_asked()
    page = words(Reader(client, taken).get("administrator", "copies", engagement.pk))
    assert "Outstanding 1 of 3" in page
    assert "Acme Springfield" not in page
    end_one(taken)
    assert not is_asked()
    assert counts_of([engagement]) == {engagement.pk: [3, 0]}


def test_a_copy_ends_once_and_with_its_own_engagement(taken):
    copy = outstanding(engagement_of(taken)).first()
    end_one(taken, copy=copy)
    before = state()
    with pytest.raises(Refusal, match="not outstanding any more"):
        end_one(taken, copy=copy, how="destroyed")
    kept = StoredFile.objects.get(name="topic.txt")
    foreign = Download.objects.create(
        stored_file=kept, user=taken.coordinator, at=taken.at, downloaded_at=taken.at
    )
    with pytest.raises(Refusal, match="not outstanding any more"):
        end_one(taken, copy=foreign)
    assert state() == before


@pytest.mark.parametrize(
    "who", ["lead", "assessor", "other_administrator", "official", "observer", "approver"]
)
def test_who_does_not_see_to_copies_is_refused(taken, client, who):
    engagement, before, by = engagement_of(taken), state(), getattr(taken, who)
    copy = outstanding(engagement).first()
    upload = SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed")
    given = {"statement": "All shredded.", "by": by, "at": taken.at}
    for deed in [
        lambda: end_one(taken, by=who),
        lambda: deeds.certify_destruction(engagement, proof=proof_of(by), **given),
        lambda: deeds.file_certificate(engagement, document=upload, **given),
    ]:
        with pytest.raises(Refusal, match="FDA’s coordinator or the contractor’s administrator"):
            deed()
    reader = Reader(client, taken)
    expected = 403 if by.reads_cases else 404
    assert reader.status(who, "copy_end", engagement.pk, copy.pk, method="post") == expected
    assert reader.status(who, "certify_destruction", engagement.pk, method="post") == expected
    if who == "other_administrator":
        listed = reader.get(who, "copy_list")
        assert listed.context["rows"] == []
    elif not by.reads_cases:
        assert reader.status(who, "copy_list") == 404
        assert reader.status(who, "copies", engagement.pk) == 404
    assert state() == before


# --- certificates ------------------------------------------------------------------------------


def test_the_administrators_signature_covers_every_copy_that_is_left(taken, client):
    lapse(taken)
    engagement = engagement_of(taken)
    end_one(taken)
    left = set(outstanding(engagement))
    address = reverse("assessments:certify_destruction", args=[engagement.pk])
    typed = {"statement": "All shredded.", **factories.typed_by(taken.administrator, PASSWORD)}
    assert Reader(client, taken).signed_in("administrator").post(address, typed).status_code == 302
    certificate = DestructionCertificate.objects.get()
    covered = CopyEnd.objects.filter(certificate=certificate)
    assert {end.download for end in covered} == left
    assert {end.how for end in covered} == {"destroyed"}
    assert not outstanding(engagement).exists()
    assert not is_asked()
    [checked] = checked_signatures(certificate)
    assert (checked.signature.signer, checked.fault) == (taken.administrator, "")
    assert checked.signature.meaning == MEANING
    # Planted: other words than those that were signed must be noticed.
    DestructionCertificate.objects.update(statement="Some shredded.")
    certificate.refresh_from_db()
    [checked] = checked_signatures(certificate)
    assert checked.fault


def test_a_wrong_password_signs_nothing_and_leaves_every_copy_outstanding(taken):
    lapse(taken)
    before = state()
    good = proof_of(taken.administrator)
    with pytest.raises(Refusal):
        deeds.certify_destruction(
            engagement_of(taken),
            statement="All shredded.",
            proof=Proof(password="not hers", code=good.code),
            by=taken.administrator,
            at=taken.at,
        )
    assert (CopyEnd.objects.count(), DestructionCertificate.objects.count()) == (0, 0)
    assert outstanding(engagement_of(taken)).count() == 3
    assert is_asked()
    assert state()[:5] == before[:5]


def test_fda_files_a_certificate_signed_on_paper_and_the_administrator_does_not(taken):
    lapse(taken)
    given = {"statement": "All shredded.", "at": taken.at}
    upload = SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed")
    before = state()
    with pytest.raises(Refusal, match="Only FDA’s coordinator files"):
        deeds.file_certificate(
            engagement_of(taken), document=upload, by=taken.administrator, **given
        )
    proof = proof_of(taken.coordinator)
    with pytest.raises(Refusal, match="administrator signs"):
        deeds.certify_destruction(engagement_of(taken), proof=proof, by=taken.coordinator, **given)
    empty = SimpleUploadedFile("signed.pdf", b"")
    with pytest.raises(Refusal, match="is empty"):
        deeds.file_certificate(engagement_of(taken), document=empty, by=taken.coordinator, **given)
    assert state() == before
    filed = deeds.file_certificate(
        engagement_of(taken), document=upload, by=taken.coordinator, **given
    )
    assert filed.stored_file.name == "signed.pdf"
    assert CopyEnd.objects.filter(certificate=filed).count() == 3
    assert not is_asked()


# --- when FDA is asked -------------------------------------------------------------------------


def test_a_last_day_that_passes_makes_the_copies_fdas_task_once(taken):
    deeds_at = taken.at
    ask_for_copies_of_closed(at=deeds_at)
    assert not is_asked()  # the file is open still
    Agreement.objects.update(until=taken.program.today(deeds_at))
    for _ in range(2):
        ask_for_copies_of_closed(at=deeds_at + timedelta(days=1))
    assert ActionItem.objects.open().filter(title=ASKED).count() == 1
    for _ in range(3):
        end_one(taken)
    assert not is_asked()
    ask_for_copies_of_closed(at=deeds_at + timedelta(days=2))
    assert not is_asked()


def test_without_copies_nothing_is_asked(visit):
    visit.to("in_progress")
    lapse(visit)
    assert not is_asked()
