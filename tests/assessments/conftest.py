"""Gives every test its own visit around one participation of the FDF pilot."""

import pytest


@pytest.fixture
def visit(db):
    """People of all sides and a participation whose firm has accepted its place."""
    # Imported here: this file is read before Django is set up.
    from tests.assessments.visits import Visit

    return Visit()
