"""Answers are saved while they are typed, said so in both zones, and never overwritten (B2)."""

import pytest
from django.test import Client
from django.urls import reverse

from applications import operations
from applications.answer_forms import AnswersForm
from applications.steps import step_named
from qmm_pilot.records.models import TrailEntry
from tests import factories
from tests.factories import AT, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client, set_clock):
    person = factories.registrant(time_zone="Asia/Kolkata")
    client.force_login(person)
    return person


def page_of(draft, step="contact"):
    """What a page of this step sends, as it was opened now."""
    draft.refresh_from_db()
    form = AnswersForm(instance=draft, names=step_named(step).names)
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in values.items()}


def autosaved(client, draft, page, *, turn=1, step="contact", **typed):
    address = reverse("applications:request_autosave", args=[draft.pk, step])
    return client.post(address, {**page, "page": f"{page['page']}.{turn}", **typed}).json()


def test_what_is_typed_is_saved_and_said_in_both_zones(client, owner):
    draft = factories.draft(owner, complete=False)
    page = page_of(draft)
    told = autosaved(client, draft, page, contact_name="Qui", contact_email="quinn@")
    assert told["words"] == (
        "Saved at 9:00 a.m. ET (7:30 p.m. Kolkata time). FDA cannot see this until you submit."
    )
    assert told["saved"] is True
    draft.refresh_from_db()
    assert (draft.contact_name, draft.unfinished) == ("Qui", {"contact_email": "quinn@"})
    assert draft.steps_taken == []
    assert told["seen"] == page_of(draft)["seen"]


def test_each_change_has_one_entry_and_a_repeat_none(client, owner):
    draft = factories.draft(owner, complete=False)
    page = page_of(draft)
    before = TrailEntry.objects.count()
    for turn, typed in enumerate(["Q", "Quinn", "Quinn"], start=1):
        autosaved(client, draft, page, turn=turn, contact_name=typed)
    entries = TrailEntry.objects.filter(position__gt=before)
    assert [(entry.deed, entry.after) for entry in entries] == [
        ("save_answers", {"changed": ["contact_name"]})
    ] * 2


def test_a_stale_tab_is_told_and_neither_overwrites_nor_is_overwritten(client, owner):
    draft = factories.draft(owner, complete=False)
    first, second = page_of(draft), page_of(draft)
    autosaved(client, draft, second, contact_name="Second")
    told = autosaved(client, draft, first, contact_name="First")
    assert (told["saved"], told["seen"]) == (False, "")
    assert told["words"].startswith("Not saved: newer answers were saved in another tab")
    draft.refresh_from_db()
    assert draft.contact_name == "Second"
    assert autosaved(client, draft, second, turn=2, contact_name="Second on")["saved"] is True


def test_what_a_page_sent_earlier_and_arrives_later_changes_nothing(client, owner):
    draft = factories.draft(owner, complete=False)
    page = page_of(draft)
    autosaved(client, draft, page, turn=2, contact_name="Quinn Quality")
    assert autosaved(client, draft, page, turn=1, contact_name="Quinn")["saved"] is False
    draft.refresh_from_db()
    assert draft.contact_name == "Quinn Quality"


def test_a_page_that_never_sent_is_stale_whatever_it_claims(client, owner):
    draft = factories.draft(owner, complete=False)
    old = page_of(draft)
    operations.save_answers(draft, {"contact_name": "Newer"}, by=owner, at=AT)
    told = autosaved(client, draft, {**old, "page": "0"}, turn=9, contact_name="Old")
    assert told["saved"] is False


def test_a_draft_that_is_closed_meanwhile_says_why(client, owner):
    draft = factories.draft(owner)
    page = page_of(draft)
    operations.submit_request(
        draft, attested=factories.commitments(draft.program), proof=factories.PROOF, by=owner, at=AT
    )
    told = autosaved(client, draft, page, contact_name="Late")
    assert told == {
        "saved": False,
        "words": "This request is no draft any more, so its answers stand.",
        "seen": "",
    }
    draft.refresh_from_db()
    assert draft.contact_name == "Quinn Quality"


def test_who_is_signed_out_is_led_to_sign_in_and_nothing_is_saved(owner):
    draft = factories.draft(owner)
    address = reverse("applications:request_autosave", args=[draft.pk, "contact"])
    answer = Client().post(address, {**page_of(draft), "contact_name": "Nobody"})
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")
    draft.refresh_from_db()
    assert draft.contact_name == "Quinn Quality"


def test_nul_signs_and_endless_words_are_no_fault(client, owner):
    draft = factories.draft(owner, complete=False)
    page = page_of(draft)
    told = autosaved(client, draft, page, contact_email="a\0b", contact_name="x" * 30_000)
    assert told["saved"] is True
    draft.refresh_from_db()
    assert draft.unfinished == {"contact_email": "ab", "contact_name": "x" * 30_000}


def test_another_firms_draft_is_not_found(client, owner):
    foreign = factories.participation_request(Status.DRAFT, factories.registrant())
    address = reverse("applications:request_autosave", args=[foreign.pk, "contact"])
    assert client.post(address, page_of(foreign)).status_code == 404
