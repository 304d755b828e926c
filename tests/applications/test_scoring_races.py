"""Reviewers who press at one moment: led to different requests, scored once (C1)."""

from threading import Barrier

import pytest
from django.conf import settings
from django.db.models.query import QuerySet

from applications import operations, scoring
from applications.models import Review
from qmm_pilot.programs.models import Program
from tests.applications.reviewing import AT, assign, declare, eligible, reviewer, score, scores_of
from tests.applications.test_selection_races import at_once


@pytest.fixture
def three(committing, set_clock):
    """Three reviewers of the same three requests: the program, the people."""
    rows, people = [eligible() for _ in range(3)], [reviewer() for _ in range(3)]
    for person in people:
        for row in rows:
            declare(assign(person, row))
    return rows[0].program, people


def serving(program, person):
    return lambda: operations.serve_next(program, by=person, at=AT).participation_request_id


def test_three_who_press_next_at_once_are_led_to_three_requests(three):
    program, people = three
    assert len(set(at_once(*[serving(program, person) for person in people]))) == 3


def test_without_the_lock_all_of_them_are_led_to_the_same(three, monkeypatch):
    """The planted fault: nobody holds the program, and each has read before one has written.

    SQLite lets one transaction write at a time, so that there the lock is not missed.
    """
    program, people = three
    lock, choose = QuerySet.select_for_update, scoring.next_to_review
    everybody_has_read = Barrier(len(people))

    def next_to_review(waiting):
        chosen = choose(waiting)
        everybody_has_read.wait(timeout=20)
        return chosen

    def select_for_update(self, **kwargs):
        return self.all() if self.model is Program else lock(self, **kwargs)

    if not settings.USES_SQLITE:
        monkeypatch.setattr(scoring, "next_to_review", next_to_review)
    monkeypatch.setattr(QuerySet, "select_for_update", select_for_update)
    led_to = set(at_once(*[serving(program, person) for person in people]))
    assert len(led_to) == (3 if settings.USES_SQLITE else 1)


def test_a_score_that_is_sent_twice_at_once_is_one_version(committing, set_clock):
    assignment = declare(assign(reviewer(), eligible()))
    numbers = scores_of(assignment, 4)
    outcomes = at_once(
        *[
            lambda: (
                operations.submit_review(
                    assignment, scores=numbers, comment="Twice.", by=assignment.reviewer, at=AT
                ).number
            )
        ]
        * 2
    )
    assert sorted(map(str, outcomes)) == [
        "1",
        "Say why you correct your scores. Both versions are kept.",
    ]
    assert Review.objects.count() == 1
    assert score(assignment, 5, correction_reason="Read again.").number == 2
