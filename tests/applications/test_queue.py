"""FDA's queue: listed, counted, found, assigned and worked through, as a person clicks (B16)."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.urls import reverse

from applications import operations
from applications.models import (
    Barring,
    CriterionResult,
    Facility,
    Hold,
    ParticipationRequest,
    SearchWord,
)
from applications.operations.holds import place_hold
from applications.triage import pages
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import ActionItem, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE, AT, fda

Status = ParticipationRequest.Status
pytestmark = pytest.mark.django_db
MOST_QUERIES = 12  # P2
NOBODY = "00000000-0000-4000-8000-000000000000"  # an id that no row has


@pytest.fixture(autouse=True)
def _moment(set_clock):
    set_clock(AFTER_CLOSE)


@pytest.fixture
def queue(client):
    """Opens the queue as this person of FDA; its context."""

    def opened(query="", *, by=None):
        client.force_login(by or fda(Role.FDA_COORDINATOR))
        return client.get(query if query.startswith("/") else address("queue") + query)

    return opened


@pytest.fixture
def post(client):
    def posted(name, *args, by=None, query="", follow=True, **data):
        client.force_login(by or fda(Role.FDA_COORDINATOR))
        return client.post(address(name, *args) + query, data, follow=follow)

    return posted


def address(name, *args):
    return reverse(f"applications:{name}", args=args)


def listed(response):
    return [row["pk"] for row in response.context["rows"]]


def text_of(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(unescape(words).split())


def counts(response, group):
    entries = dict(response.context["counts"])[group]
    return {entry.label: entry.number for entry in entries}


def where(response, group, label):
    entries = dict(response.context["counts"])[group]
    return next(entry.address for entry in entries if entry.label == label)


def submitted(name="", *, at=AT, pilot="fdf", firm="", **site):
    by = factories.registrant()
    if firm:
        by.organization.name = firm
        by.organization.save()
    country = "US" if pilot == "fdf" else "IN"
    named = {"name": name} if name else {}
    facility = factories.facility(by, country=country, **named, **site)
    return factories.participation_request(Status.SUBMITTED, by, site=facility, at=at, pilot=pilot)


def copies_of(first, count):
    """Submitted requests as rows: copies of one that was made by its deeds."""
    copies = []
    for number in range(count):
        copy = ParticipationRequest.objects.get(pk=first.pk)
        copy.pk, copy.receipt_number = uuid4(), f"COPY-{uuid4().hex[:12]}"
        copy.fei_key = str(int(uuid4()) % 10**10)
        copy.submitted_at = AT + timedelta(minutes=number // 3)  # some at the same moment
        copies.append(copy)
    ParticipationRequest.objects.bulk_create(copies)


# --- what is listed ----------------------------------------------------------------------------


def test_the_queue_shows_what_was_submitted_and_neither_drafts_nor_rehearsals(queue):
    shown = submitted()
    factories.participation_request(Status.DRAFT)
    factories.participation_request(Status.WITHDRAWN)  # withdrawn as a draft: never FDA's
    rehearsed = submitted()
    ParticipationRequest.objects.filter(pk=rehearsed.pk).update(program=rehearsal())
    response = queue()
    assert listed(response) == [shown.pk]
    assert shown.receipt_number in text_of(response)
    assert "Take up" in text_of(response)
    assert counts(response, "State") == {"All": "1", "Submitted": "1"}


def rehearsal():
    program = factories.program()
    return Program.objects.create(
        slug="rehearsal",
        name="Rehearsal",
        short_name="Rehearsal",
        pilot="fdf",
        facilities_are="domestic",
        inspections_since=program.inspections_since,
        inspections_before=program.inspections_before,
        metrics_visible_to_contractor=False,
        ends_on=program.ends_on,
        rehearsal_of=program,
    )


def test_each_count_opens_its_list(queue):
    coordinator = fda(Role.FDA_COORDINATOR)
    mine = submitted(at=AT)
    under_review = factories.participation_request(Status.UNDER_REVIEW, at=AT + timedelta(days=10))
    submitted(pilot="api")
    operations.assign_request(mine, coordinator, seen=None, by=coordinator, at=AFTER_CLOSE)
    page = queue("?program=fdf-2020")
    assert counts(page, "State") == {"All": "2", "Submitted": "1", "Under review": "1"}
    assert counts(page, "Owner") == {"Unassigned": "1", "Mine": "1"}
    assert counts(page, "Age") == {"8 to 14 days": "1", "15 to 30 days": "1"}
    assert listed(queue(address("queue") + where(page, "State", "Under review"))) == [
        under_review.pk
    ]
    assert listed(queue(address("queue") + where(page, "Owner", "Mine"))) == [mine.pk]
    assert listed(queue(address("queue") + where(page, "Age", "8 to 14 days"))) == [under_review.pk]


def test_whose_officer_is_no_coordinator_any_more_is_counted_and_found(queue, post):
    left, held, free = submitted(), submitted(), submitted()
    coordinator = fda(Role.FDA_COORDINATOR)
    gone = factories.person(coordinator.organization, Role.FDA_COORDINATOR)
    for row, officer in ((left, gone), (held, coordinator)):
        operations.assign_request(row, officer, seen=None, by=coordinator, at=AFTER_CLOSE)
    gone.grants.update(revoked_at=AFTER_CLOSE, revoked_by=coordinator)
    response = queue()
    assert counts(response, "Owner") == {
        "Unassigned": "1",
        "Mine": "1",
        "No coordinator any more": "1",
    }
    assert listed(queue(where(response, "Owner", "No coordinator any more"))) == [left.pk]
    assert free.pk in listed(queue("?owner=none"))


@pytest.mark.parametrize("number", range(1, 6))
def test_of_many_coordinators_only_requests_of_those_who_left_count_as_left(queue, number):
    coordinator = fda(Role.FDA_COORDINATOR)
    people = [
        factories.person(coordinator.organization, Role.FDA_COORDINATOR) for _ in range(number)
    ]
    for person in (coordinator, *people):
        row = submitted()
        operations.assign_request(row, person, seen=None, by=coordinator, at=AFTER_CLOSE)
    left = people[::2]
    for person in left:
        person.grants.update(revoked_at=AFTER_CLOSE, revoked_by=coordinator)
    response = queue()
    assert counts(response, "Owner")["No coordinator any more"] == str(len(left))
    assert len(listed(queue(where(response, "Owner", "No coordinator any more")))) == len(left)


def test_the_way_back_leads_to_the_first_page_when_nothing_is_left_before(queue, monkeypatch):
    monkeypatch.setattr(pages, "ON_ONE_PAGE", 2)
    for _ in range(4):
        submitted()
    first = queue("?state=submitted")
    second = queue(first.context["next_address"])
    ParticipationRequest.objects.filter(pk__in=listed(first)).update(status=Status.UNDER_REVIEW)
    assert listed(queue(second.context["previous_address"])) == listed(second)


def test_a_count_stops_at_a_thousand(queue, monkeypatch):
    from applications.triage import counts as counting

    monkeypatch.setattr(counting, "MOST_COUNTED", 3)
    copies_of(submitted(), 3)
    assert counts(queue(), "State")["All"] == "3+"
    assert counting.in_words(3) == "3"


def test_held_and_undetermined_requests_and_rulings_that_wait_are_picked_out(queue):
    held, open_one = submitted(), factories.participation_request(Status.UNDER_REVIEW)
    waiting = factories.participation_request(Status.UNDER_REVIEW)
    CriterionResult.objects.filter(participation_request=waiting).update(opinion="meets")
    CriterionResult.objects.filter(participation_request=waiting, criterion__code="b").update(
        opinion="fails", ruling="meets", ruled_by=fda(Role.FDA_COORDINATOR), ruled_at=AFTER_CLOSE
    )
    place_hold(held, cause=Hold.Cause.CONTESTED, why="Rivals.", by=None, at=AFTER_CLOSE)
    assert listed(queue("?mark=held")) == [held.pk]
    assert listed(queue("?mark=undetermined")) == [open_one.pk]
    assert listed(queue("?mark=second_person")) == [waiting.pk]
    row = queue("?mark=second_person").context["rows"][0]
    assert next(words for _, words in row["verdicts"]) == "Fails: b"


@pytest.mark.parametrize("sort", ["", "oldest", "receipt", "name"])
def test_every_order_leads_through_pages_and_back_without_losing_or_repeating_one(queue, sort):
    copies_of(submitted(), 204)
    page, forth = queue(f"?sort={sort}"), []
    while True:
        forth.append(listed(page))
        if not page.context["next_address"]:
            break
        page = queue(address("queue") + page.context["next_address"])
    assert [len(rows) for rows in forth] == [100, 100, 5]
    assert len({pk for rows in forth for pk in rows}) == 205
    back = [listed(page)]
    while page.context["previous_address"]:
        page = queue(address("queue") + page.context["previous_address"])
        back.append(listed(page))
    assert back[::-1] == forth


@pytest.mark.parametrize(
    "query",
    ["?after=yesterday", f"?after={NOBODY}", "?program=none", "?program=fdf-2020%00",
     "?state=draft", "?owner=x%00", f"?owner={NOBODY}", "?age=x&mark=x&sort=x", "?before=%00"],
)  # fmt: skip
def test_what_nobody_offered_filters_nothing(queue, query):
    copies_of(submitted(), 1)
    assert len(listed(queue(query))) == 2


def test_the_queue_asks_the_database_as_often_for_many_rows_as_for_one(
    queue, django_assert_num_queries, django_assert_max_num_queries
):
    first = submitted()
    queue()  # the first opening in an hour also writes the register's line
    with django_assert_max_num_queries(MOST_QUERIES + 9) as few:
        queue()
    asked = [q for q in few.captured_queries if '"records_demonstrationmoment"' not in q["sql"]]
    signing_in = [q for q in asked if '"django_session"' in q["sql"] or "SAVEPOINT" in q["sql"]]
    assert len(asked) - len(signing_in) <= MOST_QUERIES
    copies_of(first, 60)
    with django_assert_num_queries(len(few)):
        queue()


def test_an_empty_queue_says_when_something_comes(queue):
    assert "A request appears here as soon as a firm has submitted it." in text_of(queue())
    submitted()
    assert "No request fits these filters." in text_of(queue("?state=eligible"))


# --- search ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["lodz", "ŁÓDŹ syn", "biolog", "0003009876543", "300-987-6543", "12-345-6789"]
)
def test_a_request_is_found_by_name_fei_and_duns_that_no_address_holds(queue, post, words):
    found = submitted(
        "Łódź Synthesis", firm="North Biologics, Inc.", fei="0003009876543"[3:], duns="123456789"
    )
    submitted()
    page = post("queue_search", words=words, query="?state=submitted")
    assert listed(page) == [found.pk]
    assert page.redirect_chain == [(address("queue") + "?state=submitted", 302)]
    assert f'value="{words}"' in page.content.decode()
    assert listed(queue("?state=submitted")) == [found.pk]
    cleared = post("queue_search", clear="yes", words=words)
    assert len(listed(cleared)) == 2


def test_a_search_without_a_match_says_so_and_is_cleared_by_one_button(post):
    submitted()
    page = post("queue_search", words="nowhere", query="?state=submitted")
    assert "Nothing here is called “nowhere” in this state" in text_of(page)
    assert "Clear the search" in text_of(page)


def test_a_request_is_found_under_the_name_and_fei_that_it_bore_before(post):
    by = factories.registrant()
    site = factories.facility(by, name="Old Name Works")
    found = factories.participation_request(Status.SUBMITTED, by, site=site)
    facts = {name: value for name, value in site.facts().items() if name != "fei_key"}
    operations.change_facility(site, by=by, at=AFTER_CLOSE, **facts | {"name": "Newly Called"})
    operations.add_identifier(
        site, fei="0001234567", kind="former", source="Letter", by=by, at=AFTER_CLOSE
    )
    for words in ("old name", "newly", "1234567"):
        assert listed(post("queue_search", words=words)) == [found.pk]


def test_a_search_that_finds_very_many_still_finds_the_right_ones(post, monkeypatch):
    from applications.models import finding

    monkeypatch.setattr(finding, "MOST_LISTED", 1)
    alike = {submitted(f"Blue Ridge {n}").pk for n in range(3)}
    submitted("Blue Lake")
    assert set(listed(post("queue_search", words="ridge blue"))) == alike


@pytest.mark.parametrize("most", [2, 3, 500])
def test_a_request_with_two_words_of_one_beginning_takes_no_others_place(post, monkeypatch, most):
    from applications.models import finding

    monkeypatch.setattr(finding, "MOST_LISTED", most)
    names = ("Bluebay Blueash", "Bluecat Bluedot", "Bluefir Blueelm")
    first, *others = [submitted(name).pk for name in names]
    assert set(listed(post("queue_search", words="blue"))) == {first, *others}
    assert set(listed(post("queue_search", words="blu blue"))) == {first, *others}
    assert listed(post("queue_search", words="blue bluebay")) == [first]
    assert listed(post("queue_search", words="bluebay bluecat")) == []


def test_every_request_that_reached_fda_has_its_words(db):
    request = submitted("Stone Bridge")
    words = SearchWord.objects.filter(participation_request=request)
    assert {"stone", "bridge", request.fei_key} <= set(words.values_list("word", flat=True))
    assert Facility.objects.get(pk=request.facility_id).name == "Stone Bridge"


# --- who is in charge --------------------------------------------------------------------------


def test_a_coordinator_takes_passes_on_and_gives_back_and_the_tasks_follow(post, queue):
    me, colleague = fda(Role.FDA_COORDINATOR), fda(Role.FDA_COORDINATOR, Role.FDA_REVIEWER)
    request = submitted()
    task = ActionItem.objects.get(key=f"take-up:{request.pk}")
    page = queue(address("request_review", request.pk))
    assert "Nobody is in charge of this request yet." in text_of(page)
    page = post("request_assign", request.pk, officer=me.pk, seen="")
    assert "You are in charge of this request." in text_of(page)
    task.refresh_from_db()
    assert (task.user, task.role) == (me, Role.FDA_COORDINATOR)
    assert not ActionItem.objects.open().held_by(colleague).filter(pk=task.pk).exists()
    operations.take_up_request(request, by=me, at=AFTER_CLOSE)
    determine = ActionItem.objects.get(key=f"determine:{request.pk}")
    assert determine.user == me
    post("request_assign", request.pk, officer=colleague.pk, seen=me.pk)
    determine.refresh_from_db()
    assert determine.user == colleague
    post("request_assign", request.pk, officer="", seen=colleague.pk)
    determine.refresh_from_db()
    assert (determine.user, determine.role) == (None, Role.FDA_COORDINATOR)
    entries = TrailEntry.objects.filter(deed="assign_request", subject_id=str(request.pk))
    assert entries.count() == 3


def test_what_changed_hands_meanwhile_is_not_taken_unseen(post):
    me, colleague = fda(Role.FDA_COORDINATOR), fda(Role.FDA_COORDINATOR, Role.FDA_REVIEWER)
    request = submitted()
    operations.assign_request(request, colleague, seen=None, by=colleague, at=AFTER_CLOSE)
    page = post("request_assign", request.pk, officer=me.pk, seen="")
    assert f"Meanwhile {colleague} is in charge of this request." in text_of(page)
    request.refresh_from_db()
    assert request.officer == colleague


def test_the_ticked_are_assigned_at_once_and_what_is_not_ticked_stays(post):
    me = fda(Role.FDA_COORDINATOR)
    ticked, taken, left = submitted(), submitted(), submitted()
    operations.assign_request(
        taken, fda(Role.FDA_COORDINATOR, Role.FDA_REVIEWER), seen=None, by=me, at=AFTER_CLOSE
    )
    draft = factories.participation_request(Status.DRAFT)
    page = post(
        "queue_assign",
        query="?state=submitted",
        officer=me.pk,
        ticked=[f"{ticked.pk}_", f"{taken.pk}_", f"{draft.pk}_", "nonsense"],
    )
    words = text_of(page)
    assert f"{me} is in charge of 1 request." in words
    assert "1 request was assigned otherwise meanwhile and left so." in words
    owners = dict(ParticipationRequest.objects.values_list("pk", "officer"))
    assert owners[ticked.pk] == me.pk
    assert [owners[pk] for pk in (left.pk, draft.pk)] == [None, None]
    assert page.redirect_chain == [(address("queue") + "?state=submitted", 302)]
    back = post("queue_assign", officer="", ticked=[f"{ticked.pk}_{me.pk}"])
    assert "Given back: 1 request." in text_of(back)


def test_assigning_nothing_or_to_nobody_known_says_how_to_mend_it(post):
    request = submitted()
    assert "Nothing was ticked." in text_of(post("queue_assign", officer=""))
    page = post("queue_assign", officer="other", colleague=uuid4(), ticked=f"{request.pk}_")
    assert "Choose who is to be in charge" in text_of(page)


def test_only_coordinators_assign_and_are_assigned():
    request, reviewer = submitted(), fda(Role.FDA_REVIEWER)
    with pytest.raises(Refusal, match="Only FDA coordinators assign"):
        operations.assign_request(request, reviewer, seen=None, by=reviewer, at=AFTER_CLOSE)
    with pytest.raises(Refusal, match="Only an FDA coordinator can be in charge"):
        operations.assign_request(
            request, reviewer, seen=None, by=fda(Role.FDA_COORDINATOR), at=AFTER_CLOSE
        )
    request.refresh_from_db()
    assert request.officer is None


def test_whom_a_conflict_closes_the_site_to_is_neither_offered_nor_put_in_charge(post, queue):
    barred = fda(Role.FDA_COORDINATOR, Role.FDA_REVIEWER)
    one, two = submitted(), submitted()
    Barring.objects.create(person=barred, fei_key=one.fei_key, since=AFTER_CLOSE)
    ticked = {"ticked": [f"{one.pk}_", f"{two.pk}_"], "officer": "other", "colleague": barred.pk}
    page = post("queue_assign", **ticked)
    assert f"{one.facility} is closed to {barred} by a conflict of interest" in text_of(page)
    assert not ParticipationRequest.objects.exclude(officer=None).exists()
    for row, is_offered in ((one, False), (two, True)):
        form = queue(address("request_assign", row.pk)).context["form"]
        assert (str(barred.pk) in dict(form.fields["officer"].choices)) == is_offered


def test_a_reviewer_reads_the_queue_without_the_means_to_assign(queue):
    submitted()
    page = queue(by=fda(Role.FDA_REVIEWER)).content.decode()
    assert 'name="ticked"' not in page
    assert address("queue_assign") not in page


# --- through the list --------------------------------------------------------------------------


def test_a_ruling_leads_on_to_the_next_of_the_list_that_was_opened(queue, post):
    first, second, other = (
        factories.participation_request(
            Status.UNDER_REVIEW, at=AT + timedelta(hours=n), pilot=pilot
        )
        for n, pilot in enumerate(("fdf", "fdf", "api"))
    )
    query = "?program=fdf-2020&state=under_review&sort=oldest"
    page = queue(query)
    assert listed(page) == [first.pk, second.pk]
    opened = page.context["rows"][0]["address"]
    assert opened == address("request_review", first.pk) + query
    sheet = queue(opened).content.decode()
    result = first.criterion_results.get(criterion__code="b")
    rule = address("request_rule", first.pk, result.pk) + query
    assert rule.replace("&", "&amp;") in sheet
    ruled = {"ruling": "meets", "reason": "Seen.", "source": "File", "next": "yes"}
    page = post("request_rule", first.pk, result.pk, query=query, **ruled)
    assert page.redirect_chain[-1] == (address("request_review", second.pk) + query, 302)
    page = post("request_determine", first.pk, query=query, next="yes")
    assert page.redirect_chain[-1] == (address("request_review", second.pk) + query, 302)
    page = queue(address("request_next", second.pk) + query)
    assert page["Location"] == address("queue") + query + "&ended=yes"
    assert "That was the last request of this list." in text_of(queue(page["Location"]))
    assert listed(queue(query)) == [second.pk]
    assert other.pk not in listed(queue(query))
