"""Letters of authority: the firm files who signs for it, FDA reads them once it knows the firm."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications import operations
from applications.models import AuthorityLetter, ParticipationRequest
from applications.models.authority import AuthorityLetterQuerySet
from qmm_pilot.accounts.roles import Role, Scope
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import Designation, Download, RecordAccess, StoredFile, TrailEntry
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
Status = ParticipationRequest.Status
LIST = reverse("applications:authority_list")
NEW = reverse("applications:authority_new")


@pytest.fixture
def official():
    return factories.registrant(name="Opal")


@pytest.fixture(autouse=True)
def moment(set_clock):
    """Pages are opened inside the window of both pilots."""


@pytest.fixture
def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


def letter(name="letter.txt"):
    return SimpleUploadedFile(name, b"Opal signs for us.")


def filed_by(person, **more):
    facts = {"official": person, "letter": letter(), "by": person, "at": AT, **more}
    return operations.file_authority_letter(person.organization, **facts)


def words(response):
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return " ".join(unescape(text).split())


def read(client, who, url):
    client.force_login(who)
    return client.get(url)


def address(name, row):
    return reverse(f"applications:authority_{name}", args=[row.pk])


# --- filing ------------------------------------------------------------------------------------


def test_a_letter_is_filed_with_its_dates_and_its_hash_in_the_trail(official):
    row = filed_by(official, until=date(2021, 12, 31))
    assert (row.firm, row.official, row.since) == (
        official.organization,
        official,
        date(2020, 11, 16),
    )
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.after["sha256"]) == ("file_authority_letter", row.letter.sha256)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2020, 11, 15), "Not in force yet"),
        (date(2020, 11, 16), "In force"),
        (date(2021, 12, 31), "In force"),
        (date(2022, 1, 1), "Expired"),
    ],
)
def test_both_ends_of_a_letter_are_inclusive(official, day, state):
    assert filed_by(official, until=date(2021, 12, 31)).state_on(day)[1] == state


def test_a_newer_letter_replaces_the_one_before_and_keeps_it(official):
    first, second = filed_by(official), filed_by(official)
    first.refresh_from_db()
    assert (first.replaced_by, first.state_on(date(2020, 11, 16))[1]) == (second, "Replaced")
    assert list(AuthorityLetter.objects.standing()) == [second]


def test_what_is_filed_wrongly_is_refused_and_leaves_nothing(official):
    firm = official.organization
    preparer = factories.person(firm, Role.FIRM_PREPARER)
    metrics_person = factories.person(firm, Role.FIRM_METRICS)
    for said, more in [
        ("Only people of the firm", {"by": metrics_person}),
        ("Only people of the firm", {"by": factories.registrant()}),
        ("is not an authorized official", {"official": preparer}),
        ("is not an authorized official", {"official": factories.registrant()}),
        ("before its first day", {"until": date(2020, 11, 1)}),
        ("has passed", {"since": date(2019, 1, 1), "until": date(2020, 11, 15)}),
        ("not of an accepted kind", {"letter": letter("letter.exe")}),
    ]:
        with pytest.raises(Refusal, match=said):
            filed_by(official, **more)
    assert not AuthorityLetter.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_letter_is_withdrawn_once_with_a_reason_that_fda_reads(official):
    row = filed_by(official)
    for said, reason, by in [
        ("Say why", " ", official),
        ("Only people of the firm", "Left", factories.registrant()),
    ]:
        with pytest.raises(Refusal, match=said):
            operations.withdraw_authority_letter(row, reason=reason, by=by, at=AT)
    row = operations.withdraw_authority_letter(row, reason="Left the firm", by=official, at=AT)
    assert row.state_on(date(2020, 11, 16)) == ("revoked", "Withdrawn")
    with pytest.raises(Refusal, match="already"):
        operations.withdraw_authority_letter(row, reason="Again", by=official, at=AT)


# --- the firm's mark (A10) -----------------------------------------------------------------------


def test_the_firms_mark_stands_beside_the_file_for_ten_years(official, client, coordinator):
    factories.participation_request(Status.SUBMITTED, official)
    row = filed_by(official, is_confidential=True, at=datetime(2024, 2, 29, 15, tzinfo=UTC))
    designation = Designation.objects.get(subject_id=str(row.letter.pk))
    assert (designation.fields, designation.expires_on) == (["file"], date(2034, 3, 1))
    assert row.letter.designation == designation
    for who in (official, coordinator):
        text = words(read(client, who, LIST))
        assert "Confidential (CCI) until Mar 1, 2034" in text
    assert filed_by(official).letter.designation is None


# --- who reads it --------------------------------------------------------------------------------


def test_fda_reads_the_letters_of_a_firm_once_it_has_submitted_a_request(
    official, client, coordinator, monkeypatch
):
    row = filed_by(official)
    agent = factories.person(None)
    given = factories.representation(agent, official.organization, Scope.SUBMIT)

    def fda_finds():
        return [
            read(client, coordinator, address(name, one)).status_code
            for name, one in [("file", row), ("agent_file", given)]
        ]

    draft = factories.participation_request(Status.DRAFT, official)
    assert fda_finds() == [404, 404]
    assert "Opal" not in words(read(client, coordinator, LIST))
    # Planted: letters of firms that have only a draft must be noticed.
    with monkeypatch.context() as planted:
        planted.setattr(AuthorityLetterQuerySet, "visible_to", lambda rows, user: rows)
        assert fda_finds() == [200, 404]
    factories.submit(draft, official)
    assert fda_finds() == [200, 200]
    assert "Opal" in words(read(client, coordinator, LIST))


def test_a_download_by_fda_is_logged_and_stands_in_the_firms_register(
    official, client, coordinator
):
    factories.participation_request(Status.SUBMITTED, official)
    row = filed_by(official)
    assert read(client, coordinator, address("file", row)).status_code == 200
    assert Download.objects.get().user == coordinator
    line = RecordAccess.objects.get(organization_id=official.organization_id)
    assert (line.how, line.what) == ("downloaded", "Letter of authority")


def test_fdas_page_of_a_request_shows_the_signers_letter_or_that_none_is_on_file(
    official, client, coordinator
):
    request = factories.participation_request(Status.SUBMITTED, official)
    page = reverse("applications:request_review", args=[request.pk])
    assert "No letter of authority is on file for Opal" in words(read(client, coordinator, page))
    row = filed_by(official)
    response = read(client, coordinator, page)
    assert address("file", row) in response.content.decode()
    assert "No letter of authority" not in words(response)


# --- the firm's pages ----------------------------------------------------------------------------


def test_the_firm_files_and_withdraws_a_letter_on_its_pages(official, client):
    assert "File the letter of Opal" in words(read(client, official, LIST))
    posted = {"official": official.pk, "letter": letter(), "since": "2020-11-16"}
    assert client.post(NEW, {**posted, "letter": letter("no.exe")}).status_code == 200
    assert client.post(NEW, posted).url == LIST
    row = AuthorityLetter.objects.get()
    text = words(client.get(LIST))
    assert "Opal" in text
    assert "No letter is on file" not in text
    assert client.post(address("withdraw", row), {"reason": ""}).status_code == 200
    assert client.post(address("withdraw", row), {"reason": "Left"}).url == LIST
    assert "Withdrawn Left" in words(client.get(LIST))


def test_a_letter_comes_along_when_a_draft_is_handed_over(official, client):
    preparer = factories.person(official.organization, Role.FIRM_PREPARER)
    draft = factories.participation_request(Status.DRAFT, official, complete=True)
    page = reverse("applications:request_hand_over", args=[draft.pk])
    assert "None is on file for Opal" in words(read(client, preparer, page))
    client.post(page, {"to": official.pk, "letter": letter(), "is_confidential": "on"})
    row = AuthorityLetter.objects.get()
    assert (row.official, row.filed_by, row.until) == (official, preparer, None)
    assert row.letter.designation is not None
    assert draft.handovers.get().to == official


def test_the_lists_ask_the_same_number_of_times_however_many_letters_there_are(
    official, client, coordinator, django_assert_max_num_queries, django_assert_num_queries
):
    factories.participation_request(Status.SUBMITTED, official)
    filed_by(official, is_confidential=True)
    read(client, coordinator, LIST)
    with django_assert_max_num_queries(12) as few:
        client.get(LIST)
    count = len(few)
    for days in (1, 2):
        filed_by(official, is_confidential=True, at=AT + timedelta(days=days))
    client.get(LIST)
    with django_assert_num_queries(count):
        client.get(LIST)
