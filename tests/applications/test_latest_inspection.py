"""The rule of the rounds since 2024, as recalled: the latest inspection's class decides."""

from datetime import date

import pytest

from applications.eligibility import (
    Classification,
    Inspection,
    Outcome,
    latest_inspection_without_official_action,
    left_to_staff,
    located_for_the_pilot,
)

SINCE, BEFORE = date(2008, 10, 1), date(2024, 3, 25)
NAI, VAI, OAI = Classification
OLD, NEW, TOO_NEW = date(2015, 5, 5), date(2023, 1, 9), date(2024, 3, 25)


def opinion(*inspections):
    rows = [
        Inspection(str(number), ended_on, found)
        for number, (ended_on, found) in enumerate(inspections, 1)
    ]
    return latest_inspection_without_official_action(rows, since=SINCE, before=BEFORE).outcome


@pytest.mark.parametrize(
    ("inspections", "outcome"),
    [
        ([], Outcome.UNDETERMINED),
        ([(OLD, OAI), (NEW, VAI)], Outcome.MEETS),  # an earlier OAI is no current one
        ([(OLD, NAI), (NEW, OAI)], Outcome.FAILS),
        ([(NEW, NAI), (NEW, OAI)], Outcome.FAILS),  # of one day, the worst counts
        ([(OLD, NAI), (NEW, None)], Outcome.UNDETERMINED),
        ([(NEW, NAI), (TOO_NEW, OAI)], Outcome.MEETS),  # the reference day is outside
    ],
)
def test_the_latest_inspection_decides(inspections, outcome):
    assert opinion(*inspections) == outcome
    assert opinion(*reversed(inspections)) == outcome


@pytest.mark.parametrize("country", ["US", "PR", "IN"])
def test_facilities_of_any_country_fit_a_round_that_takes_them(country):
    found = located_for_the_pilot(
        country, facilities_are="anywhere", territories_are_domestic=False
    )
    assert found.outcome == Outcome.MEETS


def test_what_no_data_decide_is_left_to_a_person():
    assert left_to_staff().outcome == Outcome.UNDETERMINED
