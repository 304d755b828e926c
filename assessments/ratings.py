"""Ratings of topics: which are covered, their mean and count; "not rated" is never zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

# The scale of 1 to 5 per area is public for the 2024 round; the 2020 pilots take it as an
# assumption. Levels read "Level 1" to "Level 5" until a program names them.
LOWEST_LEVEL = 1
HIGHEST_LEVEL = 5
LEVELS = range(LOWEST_LEVEL, HIGHEST_LEVEL + 1)


class Coverage(StrEnum):
    """Whether a topic carries a level, and if not, which of three different reasons holds."""

    RATED = "rated"
    NOT_RATED = "not_rated"
    NOT_APPLICABLE = "not_applicable"
    NOT_ASSESSED = "not_assessed"


@dataclass(frozen=True)
class TopicRating:
    """One topic as it stands: coverage, level (1 to 5, or None) and the words that explain it."""

    name: str
    coverage: str
    level: int | None
    rationale: str


@dataclass(frozen=True)
class Profile:
    """Levels of an assessment taken together.

    mean: one decimal place, None when nothing is rated; count: topics rated; applicable: topics
    except those not applicable; insufficient: fewer than two thirds of the applicable are rated,
    so the mean must not be shown as a result; distribution: how many topics stand at each level.
    """

    mean: Decimal | None
    count: int
    applicable: int
    insufficient: bool
    distribution: dict[int, int]


def problem_with_rating(coverage: str, level: int | None, rationale: str) -> str:
    """Why a rating cannot stand, as a sentence; empty when it can.

    A rated topic has a level from 1 to 5; any other has none; both need words of explanation
    (MAG 2023: sites asked for the reasoning behind each rating).
    """
    if Coverage(coverage) is Coverage.RATED and level not in LEVELS:
        return f"Choose a level from {LOWEST_LEVEL} to {HIGHEST_LEVEL} for a rated topic."
    if Coverage(coverage) is not Coverage.RATED and level is not None:
        return "A topic that is not rated has no level."
    if not rationale.strip():
        return "Give the rationale: every level, and every topic without one, is explained."
    return ""


def is_covered(rating: TopicRating) -> bool:
    """Rated or explained: the topic does not stop the report."""
    return problem_with_rating(rating.coverage, rating.level, rating.rationale) == ""


def blank_topics(ratings: Iterable[TopicRating]) -> list[str]:
    """Names of the topics that are neither rated nor explained, in their order."""
    return [rating.name for rating in ratings if not is_covered(rating)]


def profile(ratings: Iterable[TopicRating]) -> Profile:
    """Mean and count over the rated topics alone; the other three states never count as zero."""
    ratings = list(ratings)
    levels = [r.level for r in ratings if r.coverage == Coverage.RATED and r.level is not None]
    applicable = sum(1 for rating in ratings if rating.coverage != Coverage.NOT_APPLICABLE)
    mean = None
    if levels:
        exact = Decimal(sum(levels)) / Decimal(len(levels))
        mean = exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return Profile(
        mean=mean,
        count=len(levels),
        applicable=applicable,
        insufficient=not levels or 3 * len(levels) < 2 * applicable,
        distribution={level: levels.count(level) for level in LEVELS},
    )
