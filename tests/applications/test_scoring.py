"""Scores as pure functions: weighted, averaged, shown, and which request is next."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from applications import scoring
from applications.scoring import Waiting, Weighted

A, B = Weighted("a", 3, 1, 5), Weighted("b", 1, 1, 5)


def test_a_heavier_criterion_counts_more():
    assert scoring.weighted_mean({"a": 5, "b": 1}, [A, B]) == Decimal(4)
    assert scoring.weighted_mean({"a": 1, "b": 5}, [A, B]) == Decimal(2)


def test_while_a_score_is_missing_there_is_no_mean():
    assert scoring.weighted_mean({"a": 5}, [A, B]) is None
    assert scoring.weighted_mean({}, []) is None
    assert scoring.missing({"a": 5}, [A, B]) == ["b"]


def test_a_score_is_within_its_range_at_both_ends():
    assert scoring.out_of_range({"a": 1, "b": 5}, [A, B]) == []
    assert scoring.out_of_range({"a": 0, "b": 6}, [A, B]) == ["a", "b"]


def test_every_reviewer_counts_the_same():
    assert scoring.mean([Decimal(2), Decimal(5)]) == Decimal("3.5")
    assert scoring.mean([]) is None


@pytest.mark.parametrize(
    ("number", "words"),
    [(Decimal("3.75"), "3.8"), (Decimal("3.74"), "3.7"), (Decimal(4), "4.0"), (None, "")],
)
def test_means_are_read_with_one_decimal(number, words):
    assert scoring.shown(number) == words


def test_the_least_reviewed_is_next_and_of_equals_the_one_received_first():
    days = [datetime(2020, 11, day, tzinfo=UTC) for day in (1, 2, 3)]
    rows = [
        Waiting("x", 1, (days[0], "R-1")),
        Waiting("y", 0, (days[2], "R-2")),
        Waiting("z", 0, (days[1], "R-3")),
    ]
    assert scoring.next_to_review(rows).key == "z"
    assert scoring.next_to_review([]) is None
