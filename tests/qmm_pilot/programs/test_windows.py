"""When a program takes requests: to the microsecond, over clock changes, for one late firm."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qmm_pilot.accounts.roles import Role
from qmm_pilot.clock import EASTERN
from qmm_pilot.programs import windows
from qmm_pilot.programs.models import LateAdmission
from qmm_pilot.programs.windows import OpenWindows, closed_in_words, window_for
from qmm_pilot.uswds.moments import last_minute_before, moment_in_words
from tests import factories

pytestmark = pytest.mark.django_db
CLOSE = datetime(2020, 12, 1, 5, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ZONES = ["America/New_York", "Asia/Kolkata", "Europe/Berlin", "Pacific/Auckland", "UTC"]
# Last days before nights on which Eastern clocks change, a leap day, and the notices' own day.
NIGHTS = [
    date(2020, 11, 30),
    date(2020, 3, 7),
    date(2020, 3, 8),
    date(2020, 10, 31),
    date(2020, 11, 1),
    date(2024, 2, 28),
    date(2024, 2, 29),
]


def admission(program, firm, until, at=CLOSE):
    return LateAdmission.objects.create(
        program=program,
        organization=firm,
        reason="The mail server was down.",
        admitted_by=factories.fda(Role.FDA_COORDINATOR),
        admitted_at=at,
        closes_at=until,
    )


@pytest.mark.parametrize("pilot", ["fdf", "api"])
@pytest.mark.parametrize("zone", ZONES)
def test_both_windows_close_at_midnight_eastern_to_the_microsecond(pilot, zone):
    program, firm = factories.program(pilot), factories.organization()
    there = CLOSE.astimezone(ZoneInfo(zone))
    assert window_for(program, firm, there - MICROSECOND).closes_at == CLOSE
    assert window_for(program, firm, there) is None
    assert program.accepts_requests_at(there - MICROSECOND)
    assert not program.accepts_requests_at(there)
    assert moment_in_words(last_minute_before(CLOSE)) == "November 30, 2020, 11:59 p.m. ET"


@settings(max_examples=40, deadline=None)
@given(
    day=st.sampled_from(NIGHTS),
    off=st.integers(min_value=-7_200_000_000, max_value=7_200_000_000),
    zone=st.sampled_from(ZONES),
)
def test_a_last_day_is_whole_whatever_the_clocks_do(day, off, zone):
    """A window is open exactly while Eastern calendars show its last day or an earlier one."""
    program, firm = factories.program(), factories.organization()
    close = datetime.combine(day + timedelta(days=1), time(0), tzinfo=EASTERN).astimezone(UTC)
    program.openings.update(opens_at=close - timedelta(days=40), closes_at=close)
    moment = (close + timedelta(microseconds=off)).astimezone(ZoneInfo(zone))
    is_open = moment.astimezone(EASTERN).date() <= day
    assert (window_for(program, firm, moment) is not None) is is_open is (off < 0)


def test_a_late_admission_opens_the_window_for_its_firm_alone():
    program, late, other = factories.program(), *(factories.organization() for _ in "ab")
    until = CLOSE + timedelta(days=5)
    made = admission(program, late, until)
    for at, is_open in [
        (CLOSE, True),
        (until - MICROSECOND, True),
        (until, False),
        (CLOSE - MICROSECOND, True),  # the window of all
    ]:
        assert (window_for(program, late, at) is not None) is is_open, at
        assert window_for(program, late, at) == OpenWindows(at).of(program.pk, late.pk)
        assert (window_for(program, other, at) is not None) is (at < CLOSE)
        assert OpenWindows(at, [other.pk]).of(program.pk, late.pk) is None or at < CLOSE
    assert window_for(factories.program("api"), late, CLOSE) is None
    made.ended_at, made.end_reason = CLOSE + timedelta(days=1), "Admitted by mistake."
    made.save()
    assert window_for(program, late, CLOSE + timedelta(hours=1)).is_late_admission
    assert window_for(program, late, made.ended_at) is None
    assert "through December 1, 2020, 11:59 p.m. ET" in closed_in_words(program, late, until)
    assert "through November 30, 2020, 11:59 p.m. ET" in closed_in_words(program, other, until)


def test_a_window_that_forgets_whose_admission_it_reads_is_found(monkeypatch):
    program, late, other = factories.program(), *(factories.organization() for _ in "ab")
    admission(program, late, CLOSE + timedelta(days=5))
    assert window_for(program, other, CLOSE) is None
    monkeypatch.setattr(windows, "_id", lambda organization: late.pk)
    assert window_for(program, other, CLOSE) is not None


def test_where_two_windows_hold_the_later_close_counts():
    program, late = factories.program(), factories.organization()
    until = CLOSE + timedelta(days=5)
    admission(program, late, until, at=CLOSE - timedelta(days=1))
    program.openings.create(opens_at=CLOSE, closes_at=until - MICROSECOND, source="A notice")
    assert window_for(program, late, CLOSE).closes_at == until
    assert window_for(program, factories.organization(), CLOSE).closes_at == until - MICROSECOND


def test_a_refusal_tells_when_requests_are_taken_again():
    program, firm = factories.program(), factories.organization()
    after = CLOSE + timedelta(hours=1)
    program.openings.create(
        opens_at=CLOSE + timedelta(days=7), closes_at=CLOSE + timedelta(days=9), source="A notice"
    )
    assert closed_in_words(program, firm, after) == (
        f"{program.name} accepted requests through November 30, 2020, 11:59 p.m. ET. Nothing was "
        f"submitted; saved drafts stay readable. {program.name} accepts requests again from "
        "December 8, 2020, 12:00 a.m. ET."
    )


def test_an_opening_that_was_extended_is_one_window_from_its_first_day():
    program = factories.program()
    extended = CLOSE + timedelta(days=9)
    first = program.openings.get()
    program.openings.create(opens_at=CLOSE, closes_at=extended)
    apart = extended + timedelta(days=1)
    program.openings.create(opens_at=apart, closes_at=apart + timedelta(days=1))
    firm = factories.organization()
    for at, opens_at in ((CLOSE, first.opens_at), (apart, apart)):
        assert window_for(program, firm, at) == OpenWindows(at).of(program.pk, firm.pk)
        assert window_for(program, firm, at).opens_at == opens_at
    assert window_for(program, firm, extended) is None
