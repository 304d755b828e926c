"""A letter that failed for good is a task: send it again, or tell the person otherwise (C8)."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.urls import reverse

from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import jobs, letters, tasks
from qmm_pilot.records.models import ActionItem, Job, Letter, TrailEntry
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


@pytest.mark.parametrize("status", [Status.QUEUED, Status.SENT])
def test_a_letter_that_did_not_fail_is_left_alone(coordinator, status):
    letter = written()
    Letter.objects.filter(pk=letter.pk).update(status=status)
    before = TrailEntry.objects.count()
    for deed, given in [(letters.resend_letter, {}), (letters.tell_otherwise, {"how": "Called."})]:
        with pytest.raises(Refusal, match="has not failed"):
            deed(letter, **given, by=coordinator, at=AT)
    assert TrailEntry.objects.count() == before


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
