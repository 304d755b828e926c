"""Another contact after submission, and firms at which nobody can be reached (A15)."""

import pytest
from django.urls import reverse

from applications import operations
from applications.models import ParticipationRequest
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, Letter, TrailEntry
from qmm_pilot.records.signatures import checked_signatures
from tests import factories
from tests.factories import AFTER_CLOSE

pytestmark = pytest.mark.django_db
Status = ParticipationRequest.Status
OTHER = {
    "contact_name": "Nia New",
    "contact_title": "Plant manager",
    "contact_email": "nia@example.test",
    "contact_phone": "+1 217 555 0111",
    "contact_time_zone": "America/Chicago",
    "deputy_name": "",
    "deputy_email": "",
}


@pytest.fixture
def official():
    return factories.registrant()


@pytest.fixture
def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


def change(row, by, **replaced):
    return operations.change_contact(row, {**OTHER, **replaced}, by=by, at=AFTER_CLOSE)


def test_a_firm_changes_its_contact_after_submission_and_fda_is_told(official, coordinator):
    row = factories.participation_request(Status.SUBMITTED, official)
    change(row, official)
    row.refresh_from_db()
    assert row.contact_name == "Nia New"
    letter = Letter.objects.get(kind="contact_changed")
    assert letter.person == coordinator
    assert "Nia" not in letter.body
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.before["contact_name"]) == ("change_contact", "Quinn Quality")
    assert [fault for _, fault in checked_signatures(row)] == [""]
    entries = TrailEntry.objects.count()
    change(row, official)
    assert TrailEntry.objects.count() == entries


def test_only_the_firm_changes_the_contact_of_a_live_request(official, coordinator):
    row = factories.participation_request(Status.SUBMITTED, official)
    for stranger in (coordinator, factories.registrant()):
        with pytest.raises(Refusal, match="Only people who prepare"):
            change(row, stranger)
    with pytest.raises(Refusal, match="A contact needs"):
        change(row, official, contact_phone=" ")
    operations.withdraw_request(row, by=official, at=AFTER_CLOSE)
    with pytest.raises(IllegalMove):
        change(row, official)


def tasks():
    return ActionItem.objects.open().filter(key__startswith="unreachable:")


def test_a_firm_whose_people_are_all_deactivated_becomes_a_task_once(official):
    row = factories.participation_request(Status.SUBMITTED, official)
    assert operations.find_unreachable(at=AFTER_CLOSE) == []
    User.objects.filter(pk=official.pk).update(is_active=False)
    assert operations.find_unreachable(at=AFTER_CLOSE) == [row]
    assert operations.find_unreachable(at=AFTER_CLOSE) == []
    assert tasks().get().role == Role.FDA_COORDINATOR
    factories.person(official.organization, Role.FIRM_PREPARER)
    operations.find_unreachable(at=AFTER_CLOSE)
    assert not tasks().exists()


def test_letters_that_failed_make_a_firm_unreachable(official):
    factories.participation_request(Status.SUBMITTED, official)
    Letter.objects.filter(person=official).update(status=Letter.Status.FAILED)
    assert len(operations.find_unreachable(at=AFTER_CLOSE)) == 1


def test_a_request_that_ended_needs_nobody(official):
    row = factories.participation_request(Status.SUBMITTED, official)
    User.objects.filter(pk=official.pk).update(is_active=False)
    operations.find_unreachable(at=AFTER_CLOSE)
    ParticipationRequest.objects.filter(pk=row.pk).update(status=Status.WITHDRAWN)
    operations.find_unreachable(at=AFTER_CLOSE)
    assert not tasks().exists()


def test_the_contact_is_changed_on_its_page(client, set_clock, official):
    row = factories.participation_request(Status.SUBMITTED, official)
    client.force_login(official)
    page = reverse("applications:request_contact", args=[row.pk])
    assert "Quinn Quality" in client.get(page).content.decode()
    client.post(page, {**OTHER, "status": "selected"})
    row.refresh_from_db()
    assert (row.contact_name, row.status) == ("Nia New", Status.SUBMITTED)
