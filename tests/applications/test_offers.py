"""Offers that wait: reminded, overdue as a task, given more time, lapsed by a person alone (C7)."""

from datetime import date, timedelta

import pytest

from applications import operations
from applications.models import AcceptanceReminder, Hold, Participation, Seat
from applications.operations.offers import _remind, acceptance_reminder_due
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, Letter, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LAST = date(2020, 12, 24)  # ten working days after the release on December 10
ON_LAST = AFTER_CLOSE + 14 * DAY
LATE = AFTER_CLOSE + 15 * DAY


@pytest.fixture
def coordinator(db):
    return factories.fda(Role.FDA_COORDINATOR)


@pytest.fixture
def offered(coordinator):
    offered = factories.participation(accepted=False)
    assert offered.accept_by == LAST
    return offered


def lapse(offered, by, *, at=LATE, reason="No answer by telephone either."):
    return operations.lapse_offer(offered, reason=reason, by=by, at=at)


def extend(offered, by, *, to=date(2021, 1, 8), at=LATE, reason="Holidays"):
    return operations.extend_acceptance(offered, accept_by=to, reason=reason, by=by, at=at)


def state():
    return (
        list(Participation.objects.values_list("status", "accept_by", "end_reason")),
        list(Seat.objects.values_list("freed_at")),
        Letter.objects.count(),
        ActionItem.objects.open().count(),
        TrailEntry.objects.count(),
    )


def refused(deed, words, kind=Refusal):
    before = state()
    with pytest.raises(kind, match=words):
        deed()
    assert state() == before


def tasks(person):
    return [item.key.split(":")[0] for item in ActionItem.objects.open().held_by(person)]


def test_a_firm_is_reminded_before_and_after_its_day_each_once(offered):
    told = []
    for days in range(40):
        for _ in range(2):  # beat asks again and again
            if operations.remind_of_acceptance(at=AFTER_CLOSE + days * DAY):
                told.append((AFTER_CLOSE + days * DAY).date())
    assert told == [LAST - 5 * DAY, LAST - DAY, LAST + DAY, LAST + 5 * DAY]
    letters = Letter.objects.filter(kind__startswith="acceptance").order_by("at", "kind")
    assert [letter.kind for letter in letters] == ["acceptance_nears"] * 2 + [
        "acceptance_overdue"
    ] * 2
    assert "by December 24, 2020" in letters[0].body


def test_of_reminders_that_were_missed_the_latest_alone_is_sent(offered):
    assert operations.remind_of_acceptance(at=AFTER_CLOSE + 60 * DAY) == 1
    assert AcceptanceReminder.objects.get().days_before == -5


def test_a_reminder_whose_day_had_passed_at_the_offer_is_never_due(offered):
    program = offered.program
    soon = program.today(AFTER_CLOSE) + 3 * DAY
    due = [
        acceptance_reminder_due(soon, AFTER_CLOSE, program, AFTER_CLOSE + n * DAY) for n in range(5)
    ]
    assert due == [None, None, 1, 1, -1]


def test_an_offer_past_its_day_is_a_task_and_is_never_dropped_by_itself(offered, coordinator):
    operations.remind_of_acceptance(at=ON_LAST)
    assert "accept-overdue" not in tasks(coordinator)
    operations.remind_of_acceptance(at=AFTER_CLOSE + 300 * DAY)
    assert "accept-overdue" in tasks(coordinator)
    offered.refresh_from_db()
    assert (offered.status, offered.seat.freed_at) == ("offered", None)
    official = offered.participation_request.started_by
    operations.accept_place(offered, by=official, at=AFTER_CLOSE + 301 * DAY)
    assert "accept-overdue" not in tasks(coordinator)


def test_while_it_is_on_hold_nobody_is_reminded(offered):
    Hold.objects.create(
        participation=offered, cause="standing", why="A new OAI", placed_at=AFTER_CLOSE,
        placed_by=factories.fda(Role.FDA_COORDINATOR), review_on=LAST,
    )  # fmt: skip
    assert operations.remind_of_acceptance(at=LATE) == 0
    refused(lambda: lapse(offered, factories.fda(Role.FDA_COORDINATOR)), "hold")


def test_a_lapsed_offer_frees_its_place_and_the_firm_is_told(offered, coordinator):
    operations.remind_of_acceptance(at=LATE)
    lapsed = lapse(offered, coordinator)
    assert (lapsed.status, lapsed.end_reason) == ("lapsed", "No answer by telephone either.")
    assert Seat.objects.get(pk=offered.seat_id).freed_at == LATE
    letter = Letter.objects.get(kind="offer_lapsed")
    assert "Selection is no judgment of quality." in letter.body
    assert "telephone" not in letter.body
    assert set(tasks(coordinator)) & {"accept", "accept-overdue"} == set()
    assert TrailEntry.objects.latest("position").deed == "lapse_offer"
    official = offered.participation_request.started_by
    late = {"by": official, "at": LATE}
    refused(lambda: operations.accept_place(offered, **late), "Offer lapsed", IllegalMove)
    refused(lambda: lapse(offered, coordinator), "ended already", IllegalMove)
    assert operations.remind_of_acceptance(at=LATE + 9 * DAY) == 0


def test_a_place_that_lapses_is_the_selectors_task_while_alternates_wait(coordinator):
    offered = factories.participation(accepted=False)
    factories.participation_request("alternate")
    selector = factories.fda(Role.FDA_SELECTOR)
    lapse(offered, coordinator, at=AFTER_CLOSE + 30 * DAY)
    assert "free-place" in tasks(selector)


def test_an_offer_does_not_lapse_through_its_last_day_nor_without_reason_or_right(
    offered, coordinator
):
    refused(lambda: lapse(offered, coordinator, at=ON_LAST), "through December 24, 2020")
    refused(lambda: lapse(offered, coordinator, reason=" "), "Say why")
    for role in (Role.FDA_SELECTOR, Role.FDA_APPROVER):
        refused(lambda role=role: lapse(offered, factories.fda(role)), "Only FDA coordinators")


def test_more_time_moves_the_day_closes_the_task_and_is_reminded_anew(offered, coordinator):
    operations.remind_of_acceptance(at=LATE)
    extend(offered, coordinator)
    offered.refresh_from_db()
    assert offered.accept_by == date(2021, 1, 8)
    assert "accept-overdue" not in tasks(coordinator)
    item = ActionItem.objects.open().get(key=f"accept:{offered.pk}")
    assert item.due_on == date(2021, 1, 8)
    assert "by January 8, 2021" in Letter.objects.get(kind="acceptance_extended").body
    assert operations.remind_of_acceptance(at=AFTER_CLOSE + 28 * DAY) == 1
    refused(lambda: lapse(offered, coordinator), "through January 8, 2021")


def test_more_time_needs_a_later_day_within_the_program_a_reason_and_the_right(
    offered, coordinator
):
    for day in (LAST, LAST + DAY):
        refused(lambda day=day: extend(offered, coordinator, to=day), "Choose a later day")
    ends = offered.program.ends_on
    refused(lambda: extend(offered, coordinator, to=ends + DAY), "Choose an earlier day")
    refused(lambda: extend(offered, coordinator, reason=" "), "Say why")
    refused(lambda: extend(offered, factories.fda(Role.FDA_SELECTOR)), "Only FDA coordinators")
    operations.decline_place(offered, by=offered.participation_request.started_by, at=LATE)
    refused(lambda: extend(offered, coordinator), "answered", IllegalMove)


def test_a_day_that_was_moved_while_the_worker_looked_is_not_reminded_of(offered, coordinator):
    read = Participation.objects.get(pk=offered.pk)
    extend(offered, coordinator, at=ON_LAST)
    before = state()
    assert _remind(read, -1, at=LATE) is False
    assert state() == before
    assert AcceptanceReminder.objects.count() == 0


def test_the_firm_reads_that_its_offer_lapsed_and_not_what_fda_noted_about_it(
    offered, coordinator, client
):
    lapse(offered, coordinator, reason="Rumor has it that the site is for sale.")
    client.force_login(offered.participation_request.started_by)
    page = client.get(f"/participations/{offered.pk}/").content.decode()
    assert "FDA let the offer lapse" in page
    assert "Rumor" not in page
