"""Letters of decisions after they went out: opened, or followed up by FDA's people (C8)."""

from datetime import timedelta

import pytest

from applications import operations
from applications.models import DecisionLetter
from applications.operations.decision_letters import tell_later_decision
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.letters import (
    give_up,
    note_opened,
    queue_letter,
    record_bounce,
    resend_letter,
)
from qmm_pilot.records.models import ActionItem, Letter, LetterCall, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE, Status

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATE = AFTER_CLOSE + 8 * DAY


@pytest.fixture
def coordinator(db):
    return factories.fda(Role.FDA_COORDINATOR)


@pytest.fixture
def letter(coordinator):
    row = factories.participation_request(Status.NOT_SELECTED)
    Letter.objects.update(status="sent")
    return DecisionLetter.objects.get(participation_request=row)


def tasks(person):
    held = ActionItem.objects.open().held_by(person)
    return [item.key for item in held if item.key.startswith("unopened:")]


def call(letter, by, **more):
    told = {"spoke_to": "Ines Novak", "called_on": LATE.date(), "by": by, "at": LATE}
    return operations.tell_by_telephone(letter, **told | more)


def refused(deed, words):
    before = (TrailEntry.objects.count(), LetterCall.objects.count(), Letter.objects.count())
    with pytest.raises(Refusal, match=words):
        deed()
    after = (TrailEntry.objects.count(), LetterCall.objects.count(), Letter.objects.count())
    assert before == after


def test_a_letter_that_nobody_opened_in_seven_days_is_a_task(letter, coordinator):
    assert operations.find_unopened_letters(at=AFTER_CLOSE + 7 * DAY) == 0
    for _ in range(2):  # beat asks again and again
        assert operations.find_unopened_letters(at=LATE) == 1
    assert tasks(coordinator) == [f"unopened:{letter.pk}"]
    [item] = ActionItem.objects.open().filter(key__startswith="unopened:")
    assert item.get_absolute_url() == f"/decision-letters/{letter.pk}/"
    # Due on the day after the seven: so it says by itself for how long, and the oldest is first.
    sent = AFTER_CLOSE.date()
    assert (item.due_on, LATE.date()) == (sent + 8 * DAY, sent + 8 * DAY)
    site = letter.participation_request.facility
    assert item.title == f"Nobody opened FDA’s letter of Dec 10, 2020: {site}"


def test_how_many_days_is_the_programs_setting(letter, coordinator):
    Program.objects.update(letter_unopened_days=20)
    assert operations.find_unopened_letters(at=LATE) == 0
    assert operations.find_unopened_letters(at=AFTER_CLOSE + 21 * DAY) == 1


def test_a_letter_that_one_of_its_people_opened_is_no_task_any_more(letter, coordinator):
    operations.find_unopened_letters(at=LATE)
    mail = operations.mails_of(letter).get()
    note_opened(Letter.objects.filter(pk=mail.pk), by=coordinator, at=LATE)
    assert operations.find_unopened_letters(at=LATE) == 1
    note_opened(Letter.objects.filter(pk=mail.pk), by=mail.person, at=LATE)
    assert operations.find_unopened_letters(at=LATE) == 0
    assert tasks(coordinator) == []


def test_sending_again_closes_the_task_until_the_days_have_passed_anew(letter, coordinator):
    operations.find_unopened_letters(at=LATE)
    assert operations.send_letter_again(letter, by=coordinator, at=LATE) == 1
    assert tasks(coordinator) == []
    assert operations.mails_of(letter).get().status == "queued"
    assert operations.find_unopened_letters(at=LATE + 7 * DAY) == 0
    assert operations.find_unopened_letters(at=LATE + 8 * DAY) == 1
    assert tasks(coordinator) == [f"unopened:{letter.pk}"]
    refused(lambda: operations.send_letter_again(letter, by=coordinator, at=LATE), "on their way")


def test_a_call_names_whom_when_and_by_whom_and_ends_the_task_for_good(letter, coordinator):
    operations.find_unopened_letters(at=LATE)
    refused(lambda: call(letter, coordinator, spoke_to=" "), "whom you spoke to")
    refused(lambda: call(letter, coordinator, called_on=LATE.date() + DAY), "still to come")
    call(letter, coordinator, note="She reads it tonight.")
    noted = LetterCall.objects.get()
    assert (noted.spoke_to, noted.called_on, noted.noted_by) == (
        "Ines Novak", LATE.date(), coordinator)  # fmt: skip
    assert operations.find_unopened_letters(at=LATE + 99 * DAY) == 0
    assert tasks(coordinator) == []
    assert TrailEntry.objects.latest("position").deed == "tell_by_telephone"


def test_only_coordinators_follow_up_and_only_the_letter_that_stands(letter, coordinator):
    selector = factories.fda(Role.FDA_SELECTOR)
    refused(lambda: call(letter, selector), "Only FDA coordinators")
    refused(lambda: operations.send_letter_again(letter, by=selector, at=LATE), "Only FDA coord")
    row = letter.participation_request
    tell_later_decision(row, "decision_alternate", at=LATE)
    refused(lambda: call(letter, coordinator), "later letter")
    refused(lambda: operations.send_letter_again(letter, by=coordinator, at=LATE), "later letter")


def test_who_answered_the_offer_was_reached(coordinator):
    offered = factories.participation(accepted=False)
    assert operations.find_unopened_letters(at=LATE) == 1
    operations.accept_place(offered, by=offered.participation_request.started_by, at=LATE)
    assert operations.find_unopened_letters(at=LATE) == 0


def test_a_rehearsals_letters_are_no_task(letter):
    Program.objects.filter(pk=letter.participation_request.program_id).update(
        rehearsal_of=Program.objects.exclude(pk=letter.participation_request.program_id).first()
    )
    assert operations.find_unopened_letters(at=LATE) == 0


def test_the_task_of_a_letter_that_a_later_one_has_overtaken_is_closed(coordinator):
    row = factories.participation_request(Status.ALTERNATE)
    Letter.objects.update(status="sent")
    letter = DecisionLetter.objects.get(participation_request=row)
    operations.find_unopened_letters(at=LATE)
    assert tasks(coordinator) == [f"unopened:{letter.pk}"]
    tell_later_decision(row, "alternate_not_selected", at=LATE)
    assert tasks(coordinator) == []
    assert operations.find_unopened_letters(at=LATE) == 0
    assert tasks(coordinator) == []


def test_the_task_of_a_letter_is_closed_once_the_firm_has_answered_its_offer(coordinator):
    offered = factories.participation(accepted=False)
    operations.find_unopened_letters(at=LATE)
    assert len(tasks(coordinator)) == 1
    official = offered.participation_request.started_by
    operations.accept_place(offered, by=official, at=LATE)
    assert operations.find_unopened_letters(at=LATE) == 0
    assert tasks(coordinator) == []


def test_a_mail_that_came_back_is_no_task_and_not_sent_again_once_a_later_one_stands(coordinator):
    row = factories.participation_request(Status.ALTERNATE)
    Letter.objects.update(status="sent")
    mail = operations.mails_of(DecisionLetter.objects.get(participation_request=row)).get()
    record_bounce(mail, reason="Mailbox unknown", by=coordinator, at=LATE)
    asked = ActionItem.objects.open().filter(key=f"letter:{mail.pk}")
    assert asked.exists()
    tell_later_decision(row, "alternate_not_selected", at=LATE)
    assert not asked.exists()
    refused(lambda: resend_letter(mail, by=coordinator, at=LATE), "A later letter took")
    mail.refresh_from_db()
    assert mail.status == "sent"


def test_an_alternate_who_withdrew_is_not_asked_after(coordinator):
    row = factories.participation_request(Status.ALTERNATE)
    Letter.objects.update(status="sent")
    operations.withdraw_request(row, by=row.started_by, at=AFTER_CLOSE + DAY)
    assert operations.find_unopened_letters(at=LATE) == 0
    assert tasks(coordinator) == []


def test_the_letter_of_an_alternate_who_withdrew_stands_no_longer_and_is_not_sent(coordinator):
    row, other = (factories.participation_request(Status.ALTERNATE) for _ in range(2))
    letter = DecisionLetter.objects.get(participation_request=row)
    mail = operations.mails_of(letter).get()
    Letter.objects.filter(pk=mail.pk).update(status="failed")
    Letter.objects.exclude(pk=mail.pk).update(status="sent")
    operations.find_unopened_letters(at=LATE)
    operations.withdraw_request(row, by=row.started_by, at=LATE)
    letter.refresh_from_db()
    mail.refresh_from_db()
    assert (letter.superseded_at, mail.status) == (LATE, "overtaken")
    assert tasks(coordinator) == [
        f"unopened:{DecisionLetter.objects.get(participation_request=other).pk}"
    ]
    refused(lambda: operations.send_letter_again(letter, by=coordinator, at=LATE), "later letter")
    selector = factories.fda(Role.FDA_SELECTOR)
    operations.close_waiting_list(
        other.program, reason="Late", proof=factories.proof_of(selector), by=selector, at=LATE
    )
    told = Letter.objects.filter(kind="alternate_not_selected")
    assert [each.subject_id for each in told] == [str(other.pk)]


def test_the_task_of_a_mail_that_came_back_names_the_site_unless_fda_knows_of_no_request(
    coordinator,
):
    row = factories.participation_request(Status.ALTERNATE)
    Letter.objects.update(status="sent")
    mail = operations.mails_of(DecisionLetter.objects.get(participation_request=row)).get()
    record_bounce(mail, reason="Mailbox unknown", by=coordinator, at=LATE)
    item = ActionItem.objects.open().get(key=f"letter:{mail.pk}")
    assert item.title == (
        f"A letter came back about {row.facility}: send it again, or tell the person"
    )
    assert item.due_on == LATE.date()
    draft = factories.draft()
    for subject in (draft, draft.facility):
        queue_letter(kind="x", to=draft.started_by, subject="S", body="B", about=subject, at=LATE)
        give_up(Letter.objects.get(subject_id=str(subject.pk), kind="x").pk, at=LATE)
    titles = ActionItem.objects.open().filter(title__startswith="A letter could not be sent")
    assert {item.title for item in titles} == {
        "A letter could not be sent: send it again, or tell the person"
    }
