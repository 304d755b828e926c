"""Fixtures of the metrics tests; models are imported late, once Django has its registry."""

import pytest


@pytest.fixture
def world(db):
    """Two firms, FDA, two contractors; one FDF and one API participation of the first firm."""
    from tests.metrics.people import make_world

    return make_world()


@pytest.fixture
def submission(world):
    """Metrics of the FDF participation, asked for and not begun."""
    from tests.metrics.people import ask

    return ask(world, world.participation)


@pytest.fixture
def api_submission(world):
    """Metrics of the API participation, asked for and not begun."""
    from tests.metrics.people import ask

    return ask(world, world.api_participation)
