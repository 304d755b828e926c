"""A letter that failed for good is a task: send it again, or tell the person otherwise (C8)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.urls import reverse

from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import jobs, letters, tasks
from qmm_pilot.records.models import ActionItem, Job, Letter, LetterCall, TrailEntry
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)
Status = Letter.Status
assert tasks.send_letter  # its import registers the handler, as the worker does


def written(body="Body", **more):
    official = factories.registrant()
    with transaction.atomic():
        return letters.queue_letter(
            kind="test", to=official, subject="Subject", body=body, about=official, at=AT, **more
        )


def failed(**more):
    letter = written(**more)
    letters.give_up(letter.pk, at=AT)
    letter.refresh_from_db()
    return letter


@pytest.fixture
def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


def open_items(person):
    return [item.key for item in ActionItem.objects.open().held_by(person)]


def test_the_last_failed_try_raises_a_task_for_the_coordinator(coordinator, settings):
    settings.EMAIL_BACKEND = "tests.no_such_backend.Backend"
    letter = written()
    job = Job.objects.get(kind="send_letter")
    for _ in range(8):
        Job.objects.filter(pk=job.pk).update(not_before=AT)
        jobs.run_job(job.pk)
    letter.refresh_from_db()
    assert letter.status == Status.FAILED
    assert open_items(coordinator) == [f"letter:{letter.pk}"]
    assert TrailEntry.objects.latest("position").deed == "fail_letter"


def test_a_failed_letter_of_a_rehearsal_is_no_task_of_real_people(coordinator):
    letter = written()
    Organization.objects.filter(pk=letter.person.organization_id).update(is_rehearsal=True)
    letters.give_up(letter.pk, at=AT)
    assert open_items(coordinator) == []
    assert TrailEntry.objects.latest("position").deed == "fail_letter"


def test_sending_again_goes_to_the_present_address_and_closes_the_task(coordinator):
    letter = failed()
    letter.person.email = "moved@example.test"
    letter.person.save(update_fields=["email"])
    letters.resend_letter(Letter.objects.get(pk=letter.pk), by=coordinator, at=AT)
    letter.refresh_from_db()
    assert (letter.status, letter.address) == (Status.QUEUED, "moved@example.test")
    assert open_items(coordinator) == []
    job = Job.objects.latest("asked_at")
    jobs.run_job(job.pk)
    letter.refresh_from_db()
    assert letter.status == Status.SENT


def test_telling_otherwise_closes_the_task_and_keeps_how(coordinator):
    letter = failed()
    with pytest.raises(Refusal, match="how and when"):
        letters.tell_otherwise(letter, how=" ", by=coordinator, at=AT)
    letters.tell_otherwise(letter, how="By telephone, to the official.", by=coordinator, at=AT)
    assert open_items(coordinator) == []
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.reason) == ("tell_otherwise", "By telephone, to the official.")


def test_a_letter_whose_key_is_erased_is_the_administrators_and_is_not_sent_again(coordinator):
    administrator = factories.fda(Role.FDA_ADMINISTRATOR)
    letter = failed(body=f"Open {letters.SECRET}", secret="key")
    assert (open_items(coordinator), open_items(administrator)) == ([], [f"letter:{letter.pk}"])
    with pytest.raises(Refusal, match="erased"):
        letters.resend_letter(letter, by=administrator, at=AT)
    letter.refresh_from_db()
    assert letter.status == Status.FAILED


def refused(deed, letter, words, **given):
    before = (TrailEntry.objects.count(), Job.objects.count(), ActionItem.objects.count())
    with pytest.raises(Refusal, match=words):
        deed(letter, **given, at=AT)
    assert before == (TrailEntry.objects.count(), Job.objects.count(), ActionItem.objects.count())


def test_a_letter_that_did_not_fail_needs_no_telling_otherwise(coordinator):
    for status in (Status.QUEUED, Status.SENT):
        letter = written()
        Letter.objects.filter(pk=letter.pk).update(status=status)
        refused(letters.tell_otherwise, letter, "has not failed", how="Called.", by=coordinator)


def test_a_letter_on_its_way_or_overtaken_is_not_sent_again(coordinator):
    letter = written()
    refused(letters.resend_letter, letter, "on its way", by=coordinator)
    letters.overtake_letters(letter.person, "test", at=AT)
    refused(letters.resend_letter, letter, "later letter", by=coordinator)
    jobs.run_job(Job.objects.get(kind="send_letter").pk)
    letter.refresh_from_db()
    assert (letter.status, mail.outbox) == (Status.OVERTAKEN, [])


def test_what_a_person_has_sent_again_is_another_mail_and_a_retry_the_same(coordinator):
    letter = written()
    first = letter.message_id
    letters.send(letter.pk, at=AT)
    letters.resend_letter(letter, by=coordinator, at=AT)
    letters.send(letter.pk, at=AT)
    sent = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert sent[0] == first
    assert len(set(sent)) == 2
    again = failed()
    before = again.message_id
    letters.resend_letter(again, by=coordinator, at=AT)
    assert Letter.objects.get(pk=again.pk).message_id == before


def test_a_bounce_that_staff_record_is_the_task_of_a_letter_that_failed(coordinator):
    letter = written()
    refused(letters.record_bounce, letter, "was sent", reason="Unknown", by=coordinator)
    letters.send(letter.pk, at=AT)
    refused(letters.record_bounce, letter, "what came back", reason=" ", by=coordinator)
    selector = factories.fda(Role.FDA_SELECTOR)
    refused(letters.record_bounce, letter, "Only FDA coord", reason="Unknown", by=selector)
    letters.record_bounce(letter, reason="Mailbox unknown", by=coordinator, at=AT)
    refused(letters.record_bounce, letter, "was sent", reason="Unknown", by=coordinator)
    assert open_items(coordinator) == [f"letter:{letter.pk}"]
    letter.refresh_from_db()
    assert (letter.bounced_at, letter.bounce_reason) == (AT, "Mailbox unknown")
    letters.resend_letter(letter, by=coordinator, at=AT)
    letter.refresh_from_db()
    assert (letter.status, letter.bounced_at, open_items(coordinator)) == (Status.QUEUED, None, [])


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (550, Status.FAILED, "The mail server refused the address (550)."),
        (450, Status.QUEUED, ""),
    ],
)
def test_an_address_that_the_server_refuses_for_good_bounces_at_once(
    coordinator, settings, code, status, reason
):
    settings.EMAIL_BACKEND = "tests.mail_servers.RefusesRecipients"
    settings.REFUSED_WITH = code
    letter = written()
    jobs.run_job(Job.objects.get(kind="send_letter").pk)
    letter.refresh_from_db()
    assert (letter.status, letter.bounce_reason) == (status, reason)
    assert open_items(coordinator) == ([f"letter:{letter.pk}"] if reason else [])


def test_a_call_is_noted_with_whom_and_when_and_closes_the_task(coordinator):
    letter, day = failed(), AT.date()
    told = {"spoke_to": "Ines Novak", "called_on": day, "by": coordinator}
    refused(letters.note_call, letter, "whom", **told | {"spoke_to": " "})
    refused(letters.note_call, letter, "still to come", **told | {"called_on": date(2021, 1, 1)})
    refused(letters.note_call, letter, "Only FDA", **told | {"by": letter.person})
    letters.note_call(letter, **told, note="She will read it.", at=AT)
    call = LetterCall.objects.get()
    assert (call.spoke_to, call.called_on, call.noted_by) == ("Ines Novak", day, coordinator)
    assert open_items(coordinator) == []
    assert TrailEntry.objects.latest("position").deed == "note_call"


def test_only_who_was_written_to_opens_a_letter_and_the_first_time_stands(coordinator):
    letter = written()
    rows, later = Letter.objects.filter(pk=letter.pk), AT + timedelta(days=1)
    letters.note_opened(rows, by=coordinator, at=AT)
    assert rows.get().opened_at is None
    for moment in (AT, later):
        letters.note_opened(rows, by=letter.person, at=moment)
    assert rows.get().opened_at == AT


@pytest.mark.parametrize("role", [Role.FDA_SELECTOR, Role.FDA_RECORDS_OFFICER])
def test_others_of_fda_do_not_deal_with_letters(role):
    letter = failed()
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        letters.resend_letter(letter, by=factories.fda(role), at=AT)


def test_the_task_leads_to_a_page_where_both_are_done_by_clicking(client, coordinator):
    letter = failed()
    client.force_login(coordinator)
    [item] = ActionItem.objects.open().held_by(coordinator)
    page = client.get(item.get_absolute_url()).content.decode()
    assert "Send it again" in page
    assert "How the person was told otherwise" in page
    client.post(reverse("records:letter_tell", args=[letter.pk]), {"how": "By telephone."})
    assert open_items(coordinator) == []
    client.post(reverse("records:letter_resend", args=[letter.pk]))
    letter.refresh_from_db()
    assert letter.status == Status.QUEUED
