"""The selection board as a selector uses it: tried, compared, drafted, promoted (C3 to C10)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from lxml import html

from applications import operations
from applications.models import Barring, Decision, Hold, Participation, ParticipationRequest, Seat
from qmm_pilot.accounts.roles import Role
from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import ActionItem, Letter, RecordAccess, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE, Status, fda

pytestmark = pytest.mark.django_db
LATER = AFTER_CLOSE + timedelta(days=3)


def address(name, *args):
    return reverse(f"applications:{name}", args=args)


@pytest.fixture
def browser(client, set_clock):
    set_clock(LATER)
    client.force_login(fda(Role.FDA_SELECTOR))
    return client


def words(response):
    page = html.fromstring(response.content)
    for hidden in page.xpath("//script|//style"):
        hidden.drop_tree()
    return " ".join(page.text_content().split())


def board(browser, *chosen):
    where = address("selection_board", factories.program().pk)
    return browser.get(where, {"chosen": [str(row.pk) for row in chosen]})


def counts(response, title):
    """The table beside the chart of this title: label to its counts."""
    page = html.fromstring(response.content)
    [table] = page.xpath(f"//table[caption='{title}: the same as a table']")
    return {
        row.xpath("string(th)"): [int(cell.text) for cell in row.xpath("td")]
        for row in table.xpath(".//tbody/tr")
    }


def signed(**more):
    return {**factories.typed_by(fda(Role.FDA_SELECTOR)), **more}


def kept():
    return (
        Decision.objects.count(),
        Seat.objects.count(),
        Letter.objects.count(),
        TrailEntry.objects.count(),
    )


# --- tried ----------------------------------------------------------------------------------


def test_a_tried_choice_changes_places_and_counts_and_keeps_nothing(browser):
    one = factories.participation_request(Status.ELIGIBLE, sector="generic", makes_sterile=True)
    two = factories.participation_request(Status.ELIGIBLE, sector="innovator")
    placed = factories.participation_request(Status.ELIGIBLE, sector="generic")
    factories.decide(placed, Status.SELECTED)
    factories.participation_request(Status.NOT_ELIGIBLE, sector="biotech")
    before = kept()
    plain = board(browser)
    assert counts(plain, "Sector") == {"Generic": [2, 1], "Innovator": [1, 0]}
    assert counts(plain, "Product type") == {
        "Over-the-counter drug products": [3, 1],
        "Prescription drug products": [3, 1],
    }
    tried = board(browser, one, two)
    assert "With this choice 3 of 9 places would be used, 6 would be free." in words(tried)
    assert counts(tried, "Sector") == {"Generic": [2, 1, 2], "Innovator": [1, 0, 1]}
    assert counts(tried, "Sterile products") == {"No": [2, 1, 2], "Yes": [1, 0, 1]}
    ticked = html.fromstring(tried.content).xpath("//input[@name='chosen'][@checked]/@value")
    assert sorted(ticked) == sorted([str(one.pk), str(two.pk)])
    assert kept() == before


def test_a_choice_of_more_than_the_free_places_says_so(browser):
    rows = [factories.participation_request(Status.ELIGIBLE) for _ in range(3)]
    Program.objects.filter(slug="fdf-2020").update(cap=2)
    factories.decide(rows[0], Status.SELECTED)
    page = words(board(browser, *rows[1:]))
    assert "More than the free places. You ticked 2, but only 1 place is free" in page
    assert "3 would be used of at most 2" in page


def test_only_eligible_facilities_without_a_place_can_be_tried(browser):
    barred = factories.participation_request(Status.NOT_ELIGIBLE)
    placed = factories.participation_request(Status.ELIGIBLE)
    factories.decide(placed, Status.SELECTED)
    response = browser.get(
        address("selection_board", placed.program_id),
        {"chosen": [str(barred.pk), str(placed.pk), "nonsense"]},
    )
    assert "would be used" not in words(response)
    page = html.fromstring(response.content)
    assert page.xpath("//input[@name='chosen']") == []
    assert (
        address("selection_decide", barred.program_id, barred.pk) not in response.content.decode()
    )


def test_domestic_sites_count_by_their_state_as_submitted_and_others_by_country(browser):
    official = factories.registrant()
    site = factories.facility(official, state="Ohio")
    factories.participation_request(Status.ELIGIBLE, official, site=site)
    assert counts(board(browser), "Country or state") == {"Ohio": [1, 0]}
    factories.participation_request(Status.ELIGIBLE, pilot="api")
    page = browser.get(address("selection_board", factories.program("api").pk))
    assert counts(page, "Country or state") == {"India": [1, 0]}


# --- compared -------------------------------------------------------------------------------


def compare(browser, *rows):
    where = address("selection_compare", factories.program().pk)
    return browser.get(where, {"chosen": [str(row.pk) for row in rows]}, follow=True)


def test_up_to_four_facilities_stand_side_by_side_with_their_marks(browser):
    rows = [
        factories.participation_request(Status.ELIGIBLE, product_description=f"Tablets {number}")
        for number in range(4)
    ]
    page = compare(browser, *rows)
    assert page.status_code == 200
    columns = html.fromstring(page.content).xpath("//thead//th")
    assert len(columns) == 4
    for number in range(4):
        assert f"Tablets {number}" in words(page)
    assert words(page).count("Confidential (CCI)") >= 4
    assert "21 CFR 20.61" in words(page)
    noted = RecordAccess.objects.filter(how="opened").values_list("subject_id", flat=True)
    assert set(noted) == {str(row.pk) for row in rows}


def test_five_facilities_are_too_many_and_one_too_few(browser):
    rows = [factories.participation_request(Status.ELIGIBLE) for _ in range(5)]
    page = compare(browser, *rows)
    assert "At most four side by side You ticked 5. Take 1 out of the choice." in words(page)
    assert len(html.fromstring(page.content).xpath("//input[@name='chosen'][@checked]")) == 5
    assert "Tick 2 to 4 facilities" in words(compare(browser, rows[0]))
    addresses = [
        ",".join(str(row.pk) for row in rows[1:]), str(rows[0].pk), "x", "",
    ]  # fmt: skip
    for others in filter(None, addresses):
        where = address("selection_beside", rows[0].program_id, rows[0].pk, others)
        assert browser.get(where).status_code == 404, others


# --- drafted --------------------------------------------------------------------------------


def test_a_draft_is_changed_in_one_step_on_the_page_that_drafted_it(browser):
    row = factories.participation_request(Status.ELIGIBLE)
    factories.decide(row, Status.ALTERNATE)
    where = address("selection_decide", row.program_id, row.pk)
    page = browser.get(where)
    assert "A draft stands Alternate, rank 1" in words(page)
    response = browser.post(where, {"kind": "selected", "reason": "A sterile site."}, follow=True)
    assert "The draft is changed" in words(response)
    assert "1 of 9 places are used" in words(response)
    [decision] = Decision.objects.standing()
    assert (decision.kind, decision.reason) == ("selected", "A sterile site.")


def test_alternates_are_moved_with_plain_buttons(browser):
    rows = [factories.participation_request(Status.ELIGIBLE) for _ in range(2)]
    _, second = (factories.decide(row, Status.ALTERNATE) for row in rows)
    program = rows[0].program_id
    response = browser.post(
        address("selection_move", program, second.pk), {"to": "up"}, follow=True
    )
    assert f"{rows[1].facility} is moved up." in words(response)
    second.refresh_from_db()
    assert second.rank == 1
    browser.post(address("selection_move", program, second.pk), {"to": "down"})
    second.refresh_from_db()
    assert second.rank == 2


def test_a_second_press_of_a_release_says_that_it_is_done(browser):
    row = factories.participation_request(Status.ELIGIBLE)
    factories.decide(row, Status.SELECTED)
    where = address("selection_release", row.program_id)
    seen = browser.get(where).context["form"].initial["seen"]
    browser.post(where, signed(seen=seen))
    before = kept()
    assert "released already by" in words(browser.post(where, signed(seen=seen), follow=True))
    assert kept() == before


# --- alternates -----------------------------------------------------------------------------


@pytest.fixture
def freed(browser):
    """A place that was declined, and two alternates who wait for it."""
    official = factories.registrant()
    offered = factories.participation(official, accepted=False)
    rows = [factories.participation_request(Status.ELIGIBLE) for _ in range(2)]
    for row in rows:
        factories.decide(row, Status.ALTERNATE)
    factories.release(offered.program)
    operations.decline_place(offered, by=official, at=LATER)
    return rows


def test_a_free_place_leads_from_the_task_over_the_recheck_to_one_signature(browser, freed):
    first, second = freed
    task = ActionItem.objects.open().get(key__startswith="free-place:")
    page = browser.get(reverse(task.url_name, kwargs=task.url_kwargs))
    assert f"By rank, {first.facility}, alternate 1, is next" in words(page)
    look = address("selection_alternate", first.program_id, first.pk)
    assert look in page.content.decode()
    page = browser.get(look)
    assert "It can be promoted" in words(page)
    assert "The notice is silent" in words(page)
    promote = address("selection_promote", first.program_id, first.pk)
    assert promote in page.content.decode()
    page = browser.get(promote)
    assert f"FDA has selected {first.facility}" in words(page)
    assert ": 1 recipient." in words(page)
    wrong = browser.post(promote, {**signed(reason="Free."), "password": "guess"})
    assert "The password is not yours" in words(wrong)
    assert not Participation.objects.filter(participation_request=first).exists()
    response = browser.post(promote, signed(reason="Free."), follow=True)
    assert f"{first.facility} has the place" in words(response)
    assert "Promoted an alternate to a place of this program" in words(response)
    assert "Alternate, rank 1, from Dec 10, 2020" in words(response)
    assert Participation.objects.get(participation_request=first).seat.number == 1
    again = browser.post(promote, signed(reason="Free."), follow=True)
    assert "has its place already. Nothing was done twice." in words(again)
    second.refresh_from_db()
    assert second.status == Status.ALTERNATE


def test_an_alternate_that_cannot_be_promoted_leads_to_the_next(browser, freed):
    first, second = freed
    Hold.objects.create(
        participation_request=first, cause=Hold.Cause.NEW_OWNER, why="A new owner.",
        placed_at=AFTER_CLOSE, review_on=AFTER_CLOSE.date(),
    )  # fmt: skip
    page = browser.get(address("selection_alternate", first.program_id, first.pk))
    assert "It cannot be promoted now" in words(page)
    assert address("selection_promote", first.program_id, first.pk) not in page.content.decode()
    look = address("selection_alternate", second.program_id, second.pk)
    assert look in page.content.decode()
    assert f"By rank, {second.facility}, alternate 2, is next" in words(
        browser.get(address("selection_board", first.program_id))
    )
    promote = address("selection_promote", second.program_id, second.pk)
    lacking = browser.post(promote, signed(reason="Free."))
    assert lacking.context["form"].errors == {"skip_reason": ["This field is required."]}
    browser.post(promote, signed(reason="Free.", skip_reason="On hold."))
    assert Decision.objects.get(kind="selected", skip_reason="On hold.")


def test_the_tenth_person_is_asked_for_a_reference_on_the_page(browser, freed):
    first = freed[0]
    others = [factories.registrant() for _ in range(8)]
    for official in others:
        row = factories.participation_request(Status.ELIGIBLE, official)
        factories.decide(row, Status.SELECTED)
    factories.release(first.program)
    assert "9 sites of 9 firms were asked" in words(
        browser.get(address("selection_board", first.program_id))
    )
    promote = address("selection_promote", first.program_id, first.pk)
    page = browser.get(promote)
    assert "It would be person number 10 asked" in words(page)
    lacking = browser.post(promote, signed(reason="Free."))
    assert "clearance" in lacking.context["form"].errors
    response = browser.post(promote, signed(reason="Free.", clearance="0910-0999"), follow=True)
    assert "Clearance: 0910-0999" in words(response)


def test_the_alternates_are_told_together_on_one_page(browser, freed):
    where = address("selection_close_list", freed[0].program_id)
    page = browser.get(where)
    assert "2 alternates, 2 recipients" in words(page)
    assert "could still be promoted" in words(page)
    seen = page.context["form"].initial["seen"]
    changed = browser.post(where, signed(reason="Too late.", seen="0" * 64))
    assert "changed after this page was opened" in words(changed)
    response = browser.post(where, signed(reason="Too late.", seen=seen), follow=True)
    assert "The alternates are told" in words(response)
    states = {ParticipationRequest.objects.get(pk=row.pk).status for row in freed}
    assert states == {Status.NOT_SELECTED}
    assert "Nobody is to be told" in words(browser.get(where))


def test_a_selector_with_a_conflict_of_interest_neither_sees_nor_names_the_site(browser, freed):
    first, second = freed
    draft = factories.decide(factories.participation_request(Status.ELIGIBLE), Status.ALTERNATE)
    drafted, program = draft.participation_request, first.program_id
    for row in (first, drafted):
        Barring.objects.create(person=fda(Role.FDA_SELECTOR), fei_key=row.fei_key, since=LATER)
    hers = address("selection_promote", program, second.pk)
    pages = [
        address("selection_board", program),
        address("selection_compare", program),
        address("selection_alternate", program, second.pk),
        address("selection_close_list", program),
        hers,
    ]
    for page in pages:
        shown = words(browser.get(page))
        assert first.facility.name not in shown, page
        assert drafted.facility.name not in shown, page
    assert "a site that is closed to you, alternate 1" in words(browser.get(hers))
    assert "A colleague does this" in words(browser.get(address("selection_close_list", program)))
    for name in ("selection_alternate", "selection_promote", "selection_decide"):
        for row in (first, drafted):
            assert browser.get(address(name, program, row.pk)).status_code == 404
    for name in ("selection_move", "selection_undo"):
        assert browser.post(address(name, program, draft.pk)).status_code == 404
    lacking = browser.post(hers, signed(reason="Free.", skip_reason=" "))
    assert first.facility.name not in words(lacking)
    promoted = browser.post(hers, signed(reason="Free.", skip_reason="A colleague knows."))
    assert promoted.status_code == 302
    shown = words(browser.get(pages[0]))
    assert "A colleague knows." not in shown
    assert "the reason may speak of a site that is closed to you" in shown
    Barring.objects.update(ended_at=LATER)
    assert "A colleague knows." in words(browser.get(pages[0]))


def test_a_firm_says_on_its_own_page_that_it_waits_no_longer(client, set_clock):
    set_clock(LATER)
    row = factories.participation_request(Status.ALTERNATE)
    client.force_login(row.started_by)
    where = address("request_withdraw", row.pk)
    assert where in client.get(address("request_detail", row.pk)).content.decode()
    assert "waits for a place no longer" in words(client.get(where))
    response = client.post(where, {"reason": "Sold."}, follow=True)
    assert "The request is withdrawn." in words(response)
    assert response.status_code == 200


def test_the_pages_of_alternates_ask_the_database_as_often_for_many_as_for_one(
    browser, freed, django_assert_num_queries, django_assert_max_num_queries
):
    first, program = freed[0], freed[0].program_id
    pages = [
        address("selection_board", program),
        address("selection_alternate", program, first.pk),
        address("selection_promote", program, first.pk),
        address("selection_close_list", program),
        address("selection_compare", program),
    ]
    counted = []
    for page in pages:
        browser.get(page)  # the first opening in an hour also writes the register's line
        with django_assert_max_num_queries(13) as few:  # and one for the demonstration's moment
            browser.get(page)
        counted.append(len(few))
    for _ in range(2):
        factories.participation_request(Status.ALTERNATE)
        factories.decide(factories.participation_request(Status.ELIGIBLE), Status.SELECTED)
    for page, count in zip(pages, counted, strict=True):
        with django_assert_num_queries(count):
            browser.get(page)
