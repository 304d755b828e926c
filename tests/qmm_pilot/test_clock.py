"""One clock: the demonstration's moment ticks while it is saved, stands still while it is not."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from qmm_pilot import clock
from qmm_pilot.records.models import DemonstrationMoment

REAL = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SET = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)


@pytest.fixture
def real(db, settings):
    settings.DEBUG = True
    with time_machine.travel(REAL, tick=False) as traveller:
        yield traveller


def test_without_a_demonstration_the_moment_is_real(real):
    assert clock.now() == REAL


def test_the_demonstration_ticks_with_real_time(real):
    clock.set_demonstration_moment(SET)
    real.shift(timedelta(seconds=8))
    assert clock.now() == SET + timedelta(seconds=8)


def test_the_demonstration_stands_still_while_nothing_saves_it(real):
    clock.set_demonstration_moment(SET)
    real.shift(timedelta(days=3))
    assert clock.now() == SET + clock.REACH


def test_saving_goes_on_from_what_was_shown(real):
    clock.set_demonstration_moment(SET)
    real.shift(timedelta(days=3))
    shown = clock.now()
    clock.tick()
    assert clock.now() == shown
    real.shift(timedelta(seconds=5))
    clock.tick()
    assert clock.now() == shown + timedelta(seconds=5)


def test_a_computer_clock_set_back_does_not_turn_the_demonstration_back(real):
    clock.set_demonstration_moment(SET)
    real.shift(-timedelta(hours=1))
    assert clock.now() == SET


def test_in_operation_the_demonstrations_moment_is_ignored(real, settings):
    clock.set_demonstration_moment(SET)
    settings.DEBUG = False
    assert clock.now() == REAL


def test_ticking_without_a_demonstration_makes_none(real):
    clock.tick()
    assert DemonstrationMoment.objects.count() == 0
