"""Whatever a page changes has its entry in the trail, knock by knock over the access table (H1)."""

import logging

import pytest

from tests.ledger import CHANGE, NEEDS_NO_ENTRY, TRAIL

from .doors import Answer, Street, knocks
from .people import PEOPLE
from .table import TABLES, urlconf

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
# The pages of signing in belong to allauth; the deeds behind them are tried with their own tests.
OURS = {name: table for name, table in TABLES.items() if name != "allauth"}
# Seeing a statement of use and asking for a page leave a log of their own.
LOGS = {"records_statementseen", "records_recordaccess"}


@pytest.fixture(scope="module")
def street(world):
    logging.disable(logging.ERROR)
    yield Street(urlconf(debug=False), world, remembers=True)
    logging.disable(logging.NOTSET)


def test_no_page_changes_rows_of_a_case_without_an_entry(street, settings):
    settings.ROOT_URLCONF = street.urlconf
    untold, recorded = [], set()
    for table in OURS.values():
        for name, doors in table.items():
            for person in PEOPLE:
                for knock in knocks(name, doors, street.world.things, person, ["POST"]):
                    if knock.expected != {Answer.YES}:
                        continue
                    _, written = street.knock(knock)
                    tables = {change[2] for sql in written if (change := CHANGE.match(sql))}
                    if TRAIL in tables:
                        recorded.add(name)
                    elif changed := tables - set(NEEDS_NO_ENTRY) - LOGS:
                        untold.append(f"{knock}: {sorted(changed)}")
    assert untold == []
    assert len(recorded) >= 8  # deeds without a form; the others are refused for want of an answer
