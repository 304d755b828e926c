"""The moment at which pages are opened; models are imported late, once Django has its registry."""

import pytest


@pytest.fixture
def set_clock(settings, db):
    """Set the moment that pages read; at first it lies inside the window of both pilots of 2020."""
    from qmm_pilot import clock
    from tests.factories import AT

    settings.DEBUG = True
    clock.set_demonstration_moment(AT)
    return clock.set_demonstration_moment
