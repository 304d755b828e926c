"""The trail as a page: newest first, filtered, side by side, verified."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse

from applications import operations
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records import triggers
from qmm_pilot.records.models import TrailEntry, TrailHead
from qmm_pilot.records.trail import first_fault, record
from tests import factories
from tests.factories import AT, fda

pytestmark = pytest.mark.django_db
TRAIL = "/trail/"


@pytest.fixture
def officer(client):
    client.force_login(fda(Role.FDA_RECORDS_OFFICER))
    return client


def entries(count, *, by=None, subject=None):
    """So many deeds in the trail, a minute apart."""
    subject = subject or factories.organization("firm")
    for number in range(count):
        record(
            "count_lots",
            subject,
            by=by,
            at=AT + timedelta(minutes=number),
            before={"lots": number},
            after={"lots": number + 1},
        )
    return subject


def positions(response):
    return [row["entry"].position for row in response.context["rows"]]


def test_entries_come_newest_first_with_before_and_after_side_by_side(officer):
    entries(2)
    response = officer.get(TRAIL)
    assert positions(response) == [2, 1]
    first = response.context["rows"][0]
    assert (first["before"], first["after"]) == ([("Lots", "1", "")], [("Lots", "2", "")])
    assert first["deed"] == "Count lots"
    assert first["kind"] == "Organization"


@pytest.mark.parametrize("name", ["kind", "record"])
def test_a_filter_that_no_database_can_hold_finds_nothing_and_breaks_nothing(officer, name):
    entries(1)
    assert positions(officer.get(TRAIL, {name: "nothing\0of this"})) == []


def test_lists_maps_and_long_values_are_readable(officer):
    words = "A long rationale. " * 30
    record(
        "describe",
        factories.organization("firm"),
        by=None,
        at=AT,
        after={"codes": ["c", "d"], "levels": {"a": 1, "b": None}, "text": words, "none": []},
    )
    after = {name: (value, first) for name, value, first in rows_of(officer)[0]["after"]}
    assert after["Codes"] == ("c, d", "")
    assert after["Levels"] == ("a: 1; b: (none)", "")
    assert after["None"] == ("(none)", "")
    assert after["Text"] == (words, f"{words[:80]}…")


def rows_of(client):
    return client.get(TRAIL).context["rows"]


def test_both_moments_of_an_entry_are_shown(officer):
    entries(1)
    page = officer.get(TRAIL).content.decode()
    assert "Nov 16, 2020, 9:00 a.m. ET" in page
    written = TrailEntry.objects.get().recorded_at
    assert f'datetime="{written.isoformat(timespec="seconds")}"' in page
    assert "(real time)" in page


def test_pages_lead_to_every_entry_and_back(officer):
    entries(120)
    seen, page = [], officer.get(TRAIL)
    assert page.context["newer_address"] == ""
    while True:
        seen += positions(page)
        if not page.context["older_address"]:
            break
        page = officer.get(page.context["older_address"])
    assert seen == list(range(120, 0, -1))
    back = officer.get(page.context["newer_address"])
    assert positions(back) == list(range(70, 20, -1))
    newest = officer.get(back.context["newer_address"])
    assert positions(newest) == list(range(120, 70, -1))
    assert newest.context["newer_address"] == ""


def test_the_trail_is_filtered_by_record_and_by_person(officer):
    person = fda(Role.FDA_COORDINATOR)
    subject = entries(2, by=person)
    entries(1)
    site_entry = record("look_at", person, by=person, at=AT)
    by_person = officer.get(TRAIL, {"person": str(person.pk)})
    assert positions(by_person) == [site_entry.position, 2, 1]
    assert positions(officer.get(TRAIL, {"person": "system"})) == [3]
    assert positions(officer.get(TRAIL, {"record": str(subject.pk)})) == [2, 1]
    assert positions(officer.get(TRAIL, {"kind": "accounts.user"})) == [site_entry.position]
    followed = officer.get(by_person.context["rows"][1]["record_address"])
    assert positions(followed) == [2, 1]


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({"person": "x"}, "Choose a person from the list."),
        ({"since": "30.11.2020"}, "“30.11.2020” is not a day. Write it as 2020-11-30."),
        ({"until": "2020-02-30"}, "“2020-02-30” is not a day. Write it as 2020-11-30."),
        ({"until": "9999-12-31"}, "“9999-12-31” is not a day. Write it as 2020-11-30."),
    ],
)
def test_a_filter_that_cannot_be_read_says_so_and_shows_nothing(officer, chosen, problem):
    entries(1)
    response = officer.get(TRAIL, chosen)
    assert response.status_code == 200
    assert response.context["problem"] == problem
    assert positions(response) == []


def test_the_trail_is_filtered_by_deed(officer):
    entries(2)
    record("look_at", factories.organization("firm"), by=None, at=AT)
    assert positions(officer.get(TRAIL, {"deed": "look_at"})) == [3]
    assert officer.get(TRAIL).context["deeds"] == [
        ("count_lots", "Count lots"),
        ("look_at", "Look at"),
    ]


def test_the_period_counts_eastern_days_with_both_ends(officer):
    subject = factories.organization("firm")
    for moment in (
        datetime(2020, 11, 30, 4, 59, 59, 999999, tzinfo=UTC),  # November 29 in the east
        datetime(2020, 11, 30, 5, 0, tzinfo=UTC),
        datetime(2020, 12, 1, 4, 59, 59, 999999, tzinfo=UTC),
        datetime(2020, 12, 1, 5, 0, tzinfo=UTC),
    ):
        record("note", subject, by=None, at=moment)
    day = "2020-11-30"
    assert positions(officer.get(TRAIL, {"since": day, "until": day})) == [3, 2]
    assert positions(officer.get(TRAIL, {"since": day})) == [4, 3, 2]
    assert positions(officer.get(TRAIL, {"until": day})) == [3, 2, 1]


def test_what_a_deed_left_equal_is_not_shown_as_a_change(officer):
    subject = factories.organization("firm")
    before, after = {"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5, "d": 4}
    entry = record("turn", subject, by=None, at=AT, before=before, after=after)
    row = rows_of(officer)[0]
    assert row["before"] == [("B", "2", ""), ("C", "3", "")]
    assert row["after"] == [("B", "5", ""), ("D", "4", "")]
    page = officer.get(reverse("records:trail_entry", args=[entry.hash]))
    assert [(*change, change.kind) for change in page.context["changes"]] == [
        ("B", "2", "5", "Changed"),
        ("C", "3", None, "Removed"),
        ("D", None, "4", "Added"),
    ]


# --- one entry ---------------------------------------------------------------------------------


def test_an_entry_shows_its_hashes_and_leads_to_its_neighbors(officer):
    entries(3)
    one, two, three = TrailEntry.objects.order_by("position")
    response = officer.get(reverse("records:trail_entry", args=[two.hash]))
    page = response.content.decode()
    assert (response.context["is_whole"], response.context["follows"]) == (True, True)
    for shown in (two.hash, two.previous_hash, f"entries/{one.hash}/", f"entries/{three.hash}/"):
        assert shown in page
    first = officer.get(reverse("records:trail_entry", args=[one.hash]))
    assert first.context["follows"] is True
    assert "This is the first entry." in first.content.decode()


def test_an_altered_entry_says_so_on_its_page(officer):
    entries(3)
    _one, two, three = TrailEntry.objects.order_by("position")
    without_triggers("UPDATE records_trailentry SET reason = 'forged' WHERE position = 2")
    assert officer.get(reverse("records:trail_entry", args=[two.hash])).context["is_whole"] is False
    without_triggers("UPDATE records_trailentry SET previous_hash = 'x' WHERE position = 3")
    page = officer.get(reverse("records:trail_entry", args=[three.hash]))
    assert page.context["follows"] is False
    assert "does not follow from the one before it" in page.content.decode()


# --- what FDA does not know of yet -------------------------------------------------------------


def test_records_officers_see_nothing_of_a_draft_until_it_is_submitted(officer):
    preparer = factories.registrant(name="Rosa Preparer")
    draft = factories.draft(preparer)
    page = officer.get(TRAIL)
    assert positions(page) == []
    assert page.context["withheld"] == 3
    assert "3 entries about drafts that no firm has submitted are not shown" in words_of(page)
    assert [one["name"] for one in page.context["people"]] == []
    for entry in TrailEntry.objects.all():
        assert officer.get(reverse("records:trail_entry", args=[entry.hash])).status_code == 404
        assert positions(officer.get(TRAIL, {"record": entry.subject_id})) == []
    assert first_fault() is None
    commitments = factories.commitments(draft.program)
    operations.submit_request(
        draft, attested=commitments, proof=factories.PROOF, by=preparer, at=AT
    )
    page = officer.get(TRAIL)
    assert positions(page) == [4, 3, 2, 1]
    assert page.context["withheld"] == 0
    assert "are not shown" not in words_of(page)


def test_a_draft_that_was_withdrawn_stays_unknown_to_fda(officer):
    factories.participation_request("withdrawn")
    page = officer.get(TRAIL)
    assert (positions(page), page.context["withheld"]) == ([], 4)


def test_verification_finds_what_was_altered_in_an_entry_that_is_not_shown(officer):
    factories.draft()
    without_triggers("UPDATE records_trailentry SET reason = 'forged' WHERE position = 2")
    page = officer.post(reverse("records:verify")).content.decode()
    assert "<strong>2</strong>: the entry was altered" in page


def test_a_neighbor_that_is_about_a_draft_is_named_without_a_link(officer):
    entries(1)
    factories.draft()
    first = TrailEntry.objects.get(position=1)
    page = officer.get(reverse("records:trail_entry", args=[first.hash])).content.decode()
    assert "Entry 2 is about a draft and is not shown." in page
    assert TrailEntry.objects.get(position=2).hash not in page


def words_of(response):
    return " ".join(response.content.decode().split())


def test_the_chain_is_verified_on_demand(officer):
    entries(3)
    asked = officer.get(reverse("records:verify"))
    assert "Verify every entry" in asked.content.decode()
    assert "The trail holds" not in asked.content.decode()
    holds = officer.post(reverse("records:verify"))
    assert "The trail holds" in holds.content.decode()
    assert "3 entries verified" in holds.content.decode()


def test_verification_names_the_first_tampered_entry(officer):
    entries(3)
    without_triggers("UPDATE records_trailentry SET reason = 'forged' WHERE position = 2")
    page = officer.post(reverse("records:verify")).content.decode()
    assert "The trail is not what was written" in page
    assert "<strong>2</strong>: the entry was altered" in page


def test_verification_notices_a_cut_tail(officer):
    entries(3)
    TrailHead.objects.update(position=4)
    page = officer.post(reverse("records:verify")).content.decode()
    assert "<strong>4</strong>: the trail’s end is not where its head says" in page.replace(
        "&#x27;", "’"
    )


def without_triggers(sql):
    """Tamper with the trail as somebody would who owns the database."""
    triggers.drop()  # comes back when the test's transaction is rolled back
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "who",
    ["firm", "contractor", *(role for role in Role if role.side == "fda")],
)
def test_only_records_officers_find_the_trail(client, who):
    people = {
        "firm": factories.registrant,
        "contractor": lambda: factories.person(
            factories.organization("contractor"), Role.CONTRACTOR_LEAD
        ),
    }
    client.force_login(people[who]() if who in people else fda(who))
    is_open = who == Role.FDA_RECORDS_OFFICER
    for where in (TRAIL, reverse("records:verify")):
        assert client.get(where).status_code == (200 if is_open else 404)
    assert client.post(reverse("records:verify")).status_code == (200 if is_open else 404)
    assert client.post(TRAIL).status_code == 405


def test_the_trail_asks_the_database_as_often_for_many_entries_as_for_one(
    officer, django_assert_num_queries, django_assert_max_num_queries
):
    entries(1, by=fda(Role.FDA_COORDINATOR))
    officer.get(TRAIL)  # the first opening in an hour also writes the register's line
    with django_assert_max_num_queries(12) as few:
        officer.get(TRAIL)
    entries(40, by=fda(Role.FDA_SELECTOR))
    with django_assert_num_queries(len(few)):
        officer.get(TRAIL)
