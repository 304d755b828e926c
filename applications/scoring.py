"""Scores as pure functions: the weighted mean of one reviewer, and of all of them (C1).

Imports no Django. Scores are whole numbers on the program's range; means are shown with one
decimal, half rounded up, and decide nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

ONE_DECIMAL = Decimal("0.1")


class Weighted(NamedTuple):
    """A criterion as scoring sees it: its id, its weight (1 to 10), and its range."""

    key: str
    weight: int
    lowest: int
    highest: int


def missing(scores: Mapping[str, int], criteria: Iterable[Weighted]) -> list[str]:
    """The keys of the criteria without a score."""
    return [criterion.key for criterion in criteria if criterion.key not in scores]


def out_of_range(scores: Mapping[str, int], criteria: Iterable[Weighted]) -> list[str]:
    """The keys of the criteria whose score is not lowest <= score <= highest."""
    return [
        criterion.key
        for criterion in criteria
        if criterion.key in scores
        and not criterion.lowest <= scores[criterion.key] <= criterion.highest
    ]


def weighted_mean(scores: Mapping[str, int], criteria: Iterable[Weighted]) -> Decimal | None:
    """One reviewer's scores as one number on the range; None while one of them is missing."""
    criteria = list(criteria)
    if not criteria or missing(scores, criteria):
        return None
    weights = sum(criterion.weight for criterion in criteria)
    total = sum(scores[criterion.key] * criterion.weight for criterion in criteria)
    return Decimal(total) / weights


def mean(numbers: Iterable[Decimal | int]) -> Decimal | None:
    """The plain mean; every reviewer counts the same. None of nothing."""
    numbers = list(numbers)
    return sum(map(Decimal, numbers), Decimal(0)) / len(numbers) if numbers else None


def shown(number: Decimal | None) -> str:
    """A mean as people read it, with one decimal; empty for none."""
    return "" if number is None else str(number.quantize(ONE_DECIMAL, ROUND_HALF_UP))


class Waiting(NamedTuple):
    """One request that a reviewer has to score: how many scored it or were just led to it."""

    key: str
    reviewed: int
    received: tuple[datetime, str]  # when, and of equals the receipt number, which tells no order


def next_to_review(waiting: Iterable[Waiting]) -> Waiting | None:
    """The least reviewed one; of equals the one received first. None of nothing."""
    return min(waiting, key=lambda one: (one.reviewed, one.received), default=None)
