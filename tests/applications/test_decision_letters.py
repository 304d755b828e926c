"""Letters of decisions: a program's words, one firm's own; signed, sent, kept (C5, C8)."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core import mail
from django.db import IntegrityError, transaction

from applications import operations, tasks
from applications.letter_paper import letter_pdf
from applications.letter_texts import JUDGMENT, default_words
from applications.models import (
    DecisionLetter,
    LetterOverride,
    LetterText,
    Participation,
    ParticipationRequest,
)
from applications.operations import selection
from assessments.operations.programs import clone_program
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import jobs, triggers
from qmm_pilot.records import tasks as outbox_tasks
from qmm_pilot.records.files import read
from qmm_pilot.records.models import ActionItem, Job, Letter, StoredFile, TrailEntry
from qmm_pilot.records.signatures import checked_signatures
from tests import factories
from tests.factories import AFTER_CLOSE, Status
from tests.pdf import pages_of

pytestmark = pytest.mark.django_db
assert tasks.print_decision_letter  # its import registers the handlers, as the worker does
assert outbox_tasks.send_letter
KIND = "decision_not_selected"
OWN = f"Dear {{recipient}},\n\nNot {{facility}} ({{receipt_number}}) this time. {JUDGMENT}"


@pytest.fixture
def selector(db):
    return factories.fda(Role.FDA_SELECTOR)


@pytest.fixture
def coordinator(db):
    return factories.fda(Role.FDA_COORDINATOR)


def pending(status=Status.NOT_SELECTED):
    row = factories.participation_request(Status.ELIGIBLE)
    factories.decide(row, status)
    return row


def write(coordinator, body=OWN, *, kind=KIND, seen=0, **more):
    given = {"subject": "FDA’s decision", "reason": "Plainer", "by": coordinator, "at": AFTER_CLOSE}
    return operations.write_letter_text(
        factories.program(), kind, body=body, seen=seen, **given | more
    )


def edit(row, by, body=OWN + " Warmly."):
    return operations.edit_letter(row, subject="To you", body=body, by=by, at=AFTER_CLOSE)


def release(selector, **more):
    return operations.release_decisions(
        factories.program(),
        proof=factories.proof_of(selector),
        by=selector,
        at=AFTER_CLOSE,
        **more,
    )


def next_letter(row):
    return operations.pending_release(factories.program(), at=AFTER_CLOSE).letters[row.pk]


def counts():
    return tuple(
        model.objects.count() for model in (LetterText, LetterOverride, DecisionLetter, TrailEntry)
    )


def refused(deed, words):
    before = counts()
    with pytest.raises(Refusal, match=words):
        deed()
    assert counts() == before


def test_a_program_without_own_words_sends_those_that_every_program_has(selector):
    row = pending()
    words = next_letter(row).words
    assert words.subject == f"FDA’s decision on your request {row.receipt_number}"
    assert words.body.startswith(f"Dear {{recipient}},\n\nFDA has not selected {row.facility.name}")
    release(selector)
    mailed = Letter.objects.get(kind=KIND)
    assert mailed.body == words.body.replace("{recipient}", row.started_by.name)


def test_each_change_of_the_words_is_a_version_with_who_when_and_why(coordinator):
    first = write(coordinator)
    second = write(coordinator, OWN + " Thank you.", seen=1)
    assert (first.version, second.version) == (1, 2)
    assert (second.written_by, second.written_at, second.reason) == (
        coordinator, AFTER_CLOSE, "Plainer")  # fmt: skip
    assert LetterText.objects.get(version=1).body == OWN
    with pytest.raises(IntegrityError), transaction.atomic():
        LetterText.objects.filter(version=1).update(body="Another")
    assert TrailEntry.objects.latest("position").deed == "write_letter_text"


def test_words_are_refused_as_a_whole_and_leave_nothing(coordinator, selector):
    row = pending()
    refused(lambda: write(factories.fda(Role.FDA_APPROVER)), "Only FDA coordinators")
    refused(lambda: write(coordinator, OWN + " {score}"), "knows no placeholder")
    refused(lambda: write(coordinator, OWN.replace(JUDGMENT, "")), "Every decision letter says")
    refused(lambda: write(coordinator, "{{ recipient.password }}"), "Placeholders are written")
    refused(lambda: write(coordinator, reason=" "), "Say why")
    refused(lambda: write(coordinator, seen=3), "meanwhile")
    refused(lambda: write(coordinator, kind="invitation"), "no letter of this kind")
    subject, body = default_words(KIND)
    refused(lambda: write(coordinator, body, subject=subject), "Nothing was changed")
    refused(lambda: edit(row, selector, OWN + " {rank}"), "knows no placeholder")


def test_a_new_round_brings_the_words_that_hold_along(coordinator):
    write(coordinator)
    write(coordinator, OWN + " Thank you.", seen=1)
    program = factories.program()
    opening = program.openings.first()
    clone = clone_program(
        program, slug="next", name="Next", opens_at=opening.opens_at, closes_at=opening.closes_at,
        ends_on=program.ends_on, by=coordinator, at=AFTER_CLOSE,
    )  # fmt: skip
    copy = LetterText.objects.get(program=clone)
    assert (copy.version, copy.body) == (1, OWN + " Thank you.")
    assert copy.reason == f"Copied from {program.short_name}, version 2."


def test_one_firms_words_go_to_that_firm_alone(selector, coordinator):
    row, other = pending(), pending()
    edit(row, coordinator)
    assert "Warmly." in next_letter(row).words.body
    release(selector)
    bodies = dict(Letter.objects.filter(kind=KIND).values_list("subject_id", "body"))
    assert "Warmly." in bodies[str(row.pk)]
    assert "Warmly." not in bodies[str(other.pk)]


def test_words_from_before_a_change_of_the_programs_are_kept_or_taken_back(selector, coordinator):
    row = pending()
    edit(row, coordinator)
    assert not next_letter(row).is_stale
    write(coordinator)
    assert next_letter(row).is_stale
    operations.keep_edited_letter(row, by=coordinator, at=AFTER_CLOSE)
    letter = next_letter(row)
    assert (letter.is_stale, "Warmly." in letter.words.body) == (False, True)
    operations.regenerate_letter(row, by=coordinator, at=AFTER_CLOSE)
    assert "Warmly." not in next_letter(row).words.body
    for deed in (operations.keep_edited_letter, operations.regenerate_letter):
        refused(lambda deed=deed: deed(row, by=coordinator, at=AFTER_CLOSE), "no words of its own")


def test_words_for_a_decision_that_was_taken_back_do_not_count_for_the_next(selector):
    row = factories.participation_request(Status.ELIGIBLE)
    refused(lambda: edit(row, selector), "waits for its release")
    decision = factories.decide(row, Status.NOT_SELECTED)
    edit(row, selector)
    operations.undo_decision(decision, by=selector, at=AFTER_CLOSE)
    factories.decide(row, Status.NOT_SELECTED)
    assert not next_letter(row).is_edited
    edit(row, selector)
    release(selector)
    refused(lambda: edit(row, selector, OWN), "waits for its release")


def test_only_coordinators_and_selectors_write_for_one_firm(selector):
    row, stranger = pending(), factories.fda(Role.FDA_APPROVER)
    by = {"by": stranger, "at": AFTER_CLOSE}
    refused(lambda: edit(row, stranger), "Only FDA coordinators")
    refused(lambda: operations.keep_edited_letter(row, **by), "Only FDA coordinators")
    refused(lambda: operations.regenerate_letter(row, **by), "Only FDA coordinators")


@pytest.mark.parametrize("change", [write, edit])
def test_a_letter_that_changed_after_the_signer_read_it_is_not_released(
    selector, coordinator, change
):
    row = pending()
    seen = operations.pending_release(factories.program(), at=AFTER_CLOSE).sha256
    change(coordinator) if change is write else change(row, coordinator)
    refused(lambda: release(selector, seen=seen), "changed after this page")
    assert Letter.objects.filter(kind=KIND).count() == 0


def test_the_signature_covers_the_words_and_a_changed_word_breaks_it(selector):
    pending()
    release(selector)
    program = factories.program()
    assert [entry.fault for entry in checked_signatures(program)] == [""]
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionLetter.objects.update(body="You are selected.")
    triggers.drop()  # comes back when the test's transaction is rolled back
    DecisionLetter.objects.update(body="You are selected.")
    [entry] = checked_signatures(program)
    assert entry.fault == "what was signed was changed afterwards"


def test_a_release_signed_before_letters_were_part_of_it_still_verifies(selector):
    row = pending(Status.ALTERNATE)

    class AsItWas(selection.PendingRelease):
        @property
        def listed(self):
            return [line.rsplit(" ", 1)[0] for line in super().listed]

    now = selection.PendingRelease
    selection.PendingRelease = AsItWas
    try:
        release(selector)
    finally:
        selection.PendingRelease = now
    entry = TrailEntry.objects.filter(deed="release_decisions").get()
    assert entry.after["released"] == [f"{row.pk} alternate 1"]
    assert [checked.fault for checked in checked_signatures(factories.program())] == [""]


def test_the_letter_to_an_alternate_does_not_tell_its_rank(selector):
    for _ in range(3):
        pending(Status.ALTERNATE)
    release(selector)
    bodies = set()
    for letter in DecisionLetter.objects.select_related("participation_request__facility"):
        row = letter.participation_request
        bodies.add(letter.body.replace(row.facility.name, "").replace(row.receipt_number, ""))
    assert len(bodies) == 1


# --- the mail server, the printer ---------------------------------------------------------------
def run(kind):
    for job in Job.objects.filter(kind=kind, status=Job.Status.QUEUED):
        Job.objects.filter(pk=job.pk).update(not_before=AFTER_CLOSE)
        jobs.run_job(job.pk)


def test_a_release_stands_while_the_mail_server_is_away_and_letters_follow(
    selector, coordinator, settings
):
    rows = [pending(Status.SELECTED), pending()]
    settings.EMAIL_BACKEND = "tests.mail_servers.MayBeAway"
    settings.MAIL_SERVER_IS_AWAY = True
    release(selector)
    decided = Letter.objects.filter(kind__startswith="decision")
    for _ in range(3):
        run("send_letter")
    assert Participation.objects.count() == 1
    assert set(decided.values_list("status", flat=True)) == {"queued"}
    assert mail.outbox == []
    settings.MAIL_SERVER_IS_AWAY = False
    run("send_letter")
    assert set(decided.values_list("status", flat=True)) == {"sent"}
    subjects = {f"FDA’s decision on your request {row.receipt_number}" for row in rows}
    assert subjects <= {message.subject for message in mail.outbox}
    assert len(mail.outbox) == len({m.extra_headers["Message-ID"] for m in mail.outbox})


def test_a_letter_of_a_decision_that_dies_is_a_task_and_the_decision_stands(
    selector, coordinator, settings
):
    row = pending()
    settings.EMAIL_BACKEND = "tests.mail_servers.MayBeAway"
    settings.MAIL_SERVER_IS_AWAY = True
    release(selector)
    for _ in range(8):
        run("send_letter")
    letter = Letter.objects.get(kind=KIND)
    assert letter.status == "failed"
    keys = [item.key for item in ActionItem.objects.open().held_by(coordinator)]
    assert f"letter:{letter.pk}" in keys
    row.refresh_from_db()
    assert row.status == Status.NOT_SELECTED
    settings.MAIL_SERVER_IS_AWAY = False
    operations.send_letter_again(DecisionLetter.objects.get(), by=coordinator, at=AFTER_CLOSE)
    run("send_letter")
    letter.refresh_from_db()
    assert letter.status == "sent"


def test_each_firm_gets_one_tagged_pdf_under_its_programs_letterhead(selector):
    row = pending()
    factories.person(row.organization, Role.FIRM_OFFICIAL)
    release(selector)
    run("print_decision_letter")
    letter = DecisionLetter.objects.select_related("stored_file").get()
    assert len(letter.recipients) == 2
    stored = StoredFile.objects.get(pk=letter.stored_file_id)
    assert stored.name == f"fda-letter-{row.receipt_number}.pdf"
    text = " ".join("\n".join(pages_of(read(stored))).split())
    for words in (*letter.letterhead, *letter.recipients, JUDGMENT, row.facility.name):
        assert words in text
    assert TrailEntry.objects.latest("position").deed == "keep_letter_copy"
    run("print_decision_letter")
    assert StoredFile.objects.filter(name=stored.name).count() == 1


def test_a_copy_that_cannot_be_printed_is_a_task_and_the_mail_goes_out(selector, coordinator):
    row = pending()
    type(row.facility).objects.filter(pk=row.facility_id).update(name="製薬 works")
    release(selector)
    for _ in range(3):
        run("print_decision_letter")
    run("send_letter")
    letter = DecisionLetter.objects.get()
    assert (letter.stored_file, letter.job.status) == (None, "failed")
    assert Letter.objects.get(kind=KIND).status == "sent"
    task = ActionItem.objects.open().held_by(coordinator).filter(key=f"letter_copy:{letter.pk}")
    assert [item.title for item in task] == [
        "Say how a name is written in Latin letters for the PDF of FDA’s letter: 製薬 works"
    ]

    def retry(by=coordinator, **spelling):
        return operations.retry_letter_copy(letter, **spelling, by=by, at=AFTER_CLOSE)

    refused(lambda: retry(selector), "coordinators")
    refused(retry, "no letters for 製薬 works. Say how the firm writes it")
    refused(lambda: retry(spelling={"製薬 works": "薬"}), "no letters for 薬 either")
    assert task.all().exists()
    retry(spelling={"製薬 works": "Seiyaku works"})
    refused(retry, "on its way")
    assert not task.all().exists()
    run("print_decision_letter")
    letter.refresh_from_db()
    text = " ".join("\n".join(pages_of(read(letter.stored_file))).split())
    assert "Seiyaku works" in text
    assert "In this copy Seiyaku works is written in letters that can be printed" in text
    entry = TrailEntry.objects.filter(deed="retry_letter_copy").get()
    assert entry.after["spelling"] == {"製薬 works": "Seiyaku works"}


def test_words_for_a_determination_that_was_reopened_do_not_count_for_the_next(
    selector, coordinator
):
    row = factories.participation_request(Status.NOT_ELIGIBLE)
    edit(row, selector, OWN + " You answered too late.")
    assert next_letter(row).is_edited
    by = {"by": coordinator, "at": AFTER_CLOSE}
    reopening = operations.propose_reopening(row, reason="A letter came", source="Mail", **by)
    second = factories.person(coordinator.organization, Role.FDA_COORDINATOR)
    operations.confirm_reopening(reopening, by=second, at=AFTER_CLOSE)
    ParticipationRequest.objects.filter(pk=row.pk).update(status=Status.NOT_ELIGIBLE)
    assert not next_letter(row).is_edited


def test_words_for_a_request_that_was_withdrawn_do_not_count_once_it_is_reinstated(
    selector, coordinator
):
    row = factories.participation_request(Status.NOT_ELIGIBLE)
    edit(row, selector, OWN + " You answered too late.")
    operations.withdraw_request(row, by=row.started_by, at=factories.AT)
    operations.reinstate_request(row, reason="By mistake", by=coordinator, at=factories.AT)
    ParticipationRequest.objects.filter(pk=row.pk).update(status=Status.NOT_ELIGIBLE)
    assert not next_letter(row).is_edited


def test_words_that_the_fonts_lack_are_asked_for_too_where_they_are_no_name(selector, coordinator):
    row = pending()
    edit(row, selector, OWN + " 薬 局 and 薬.")
    release(selector)
    assert operations.unspelled(DecisionLetter.objects.get()) == ["薬 局", "薬"]


def test_a_letter_prints_the_names_of_its_day_whatever_they_became(selector):
    row = pending()
    release(selector)
    letter = DecisionLetter.objects.get()
    site = row.facility
    assert letter.addressee == [row.organization.name, site.name, site.address]
    before = letter_pdf(letter)
    type(site).objects.filter(pk=site.pk).update(name="Renamed works", city="Elsewhere")
    type(row.organization).objects.filter(pk=row.organization_id).update(name="Renamed firm")
    assert letter_pdf(DecisionLetter.objects.get()) == before
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionLetter.objects.update(addressee=["A", "B", "C"])


# --- letters from before they were kept (migrations 0027 and 0031) -----------------------------
def as_migrated(row):
    """The letter of this request as 0027 made it, and 0031 over it."""
    triggers.drop()  # comes back when the test's transaction is rolled back
    DecisionLetter.objects.update(job=None, addressee=[])
    Job.objects.filter(kind="print_decision_letter").delete()
    told = import_module("applications.migrations.0031_addressees_of_letters_told")
    told.know_addressees(apps, None)
    return DecisionLetter.objects.get(participation_request=row)


def test_an_old_letter_has_the_name_that_its_facility_had_then(selector):
    row = pending()
    release(selector)
    name, address = row.facility.name, row.facility.address
    operations.change_facility(
        row.facility, fei=row.facility.fei, duns=row.facility.duns, name="Renamed works",
        city="Elsewhere", by=row.started_by, at=AFTER_CLOSE + timedelta(days=1),
    )  # fmt: skip
    letter = as_migrated(row)
    assert letter.addressee == [row.organization.name, name, address]


def test_an_old_letter_is_the_former_owners_where_the_site_was_sold_since(selector, coordinator):
    row = pending(Status.ALTERNATE)
    release(selector)
    seller, buyer = row.organization, factories.registrant().organization
    operations.record_new_owner(
        row.facility, successor=buyer, since=AFTER_CLOSE.date(), reason="Sold", source="Mail",
        by=coordinator, at=AFTER_CLOSE + timedelta(days=1),
    )  # fmt: skip
    triggers.drop()
    DecisionLetter.objects.update(organization=buyer)  # as 0027 filed it
    letter = as_migrated(row)
    assert (letter.organization, letter.addressee[0]) == (seller, seller.name)


def test_a_letter_from_before_gets_its_pdf_on_request_and_is_not_asked_after(selector, coordinator):
    row = pending()
    release(selector)
    letter = as_migrated(row)
    operations.retry_letter_copy(letter, by=coordinator, at=AFTER_CLOSE)
    run("print_decision_letter")
    letter.refresh_from_db()
    assert letter.stored_file
    assert operations.find_unopened_letters(at=AFTER_CLOSE + timedelta(days=99)) == 0
