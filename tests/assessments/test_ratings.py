"""Coverage, mean and count of topic ratings; absence of a level is never a zero."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from assessments import ratings
from assessments.ratings import Coverage, TopicRating


def rated(level):
    return TopicRating("Planning", Coverage.RATED, level, "Seen in the weekly review.")


def unrated(coverage, rationale="The site has no warehouse."):
    return TopicRating("Inventory management", coverage, None, rationale)


def test_the_mean_ignores_topics_without_a_level():
    topics = [
        rated(4),
        rated(3),
        unrated(Coverage.NOT_RATED),
        unrated(Coverage.NOT_APPLICABLE),
    ]
    profile = ratings.profile(topics)
    assert (profile.mean, profile.count, profile.applicable) == (Decimal("3.5"), 2, 3)


def test_two_thirds_rated_are_sufficient_and_fewer_are_not():
    enough = [rated(2), rated(2), unrated(Coverage.NOT_ASSESSED)]
    assert ratings.profile(enough).insufficient is False
    assert ratings.profile([*enough, unrated(Coverage.NOT_RATED)]).insufficient is True


def test_a_topic_that_does_not_apply_does_not_lower_the_coverage():
    topics = [rated(2), rated(3), unrated(Coverage.NOT_ASSESSED), unrated(Coverage.NOT_APPLICABLE)]
    assert ratings.profile(topics).insufficient is False


def test_nothing_rated_has_no_mean_and_is_insufficient():
    profile = ratings.profile([unrated(Coverage.NOT_RATED)])
    assert (profile.mean, profile.count, profile.insufficient) == (None, 0, True)


def test_the_distribution_names_every_level_once():
    assert ratings.profile([rated(2), rated(2), rated(5)]).distribution == {
        1: 0,
        2: 2,
        3: 0,
        4: 0,
        5: 1,
    }


@given(
    st.lists(st.integers(min_value=1, max_value=5), min_size=1),
    st.lists(st.sampled_from([c for c in Coverage if c is not Coverage.RATED])),
)
def test_topics_without_a_level_never_move_the_mean(levels, others):
    alone = ratings.profile([rated(level) for level in levels])
    among = ratings.profile([rated(level) for level in levels] + [unrated(c) for c in others])
    assert (among.mean, among.count) == (alone.mean, alone.count)
    assert min(levels) <= among.mean <= max(levels)


def test_blank_topics_are_those_neither_rated_nor_explained():
    topics = [rated(1), unrated(Coverage.NOT_RATED, rationale="  "), unrated(Coverage.NOT_ASSESSED)]
    assert ratings.blank_topics(topics) == ["Inventory management"]


def test_a_level_without_a_rationale_is_blank_too():
    assert ratings.blank_topics([TopicRating("Planning", Coverage.RATED, 3, "")]) == ["Planning"]


def test_levels_outside_the_scale_are_refused():
    for level in (0, 6, None):
        assert ratings.problem_with_rating("rated", level, "Seen.") == (
            "Choose a level from 1 to 5 for a rated topic."
        )


def test_a_topic_that_is_not_rated_takes_no_level():
    assert ratings.problem_with_rating("not_applicable", 3, "No warehouse.") == (
        "A topic that is not rated has no level."
    )
