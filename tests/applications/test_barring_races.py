"""A conflict that is declared while something else of the site is written (C2)."""

from threading import Barrier

import pytest
from django.conf import settings
from django.db.models.query import QuerySet

from applications import operations
from applications.models import Barring, ParticipationRequest, ReviewAssignment
from applications.operations import officers, reviews
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.roles import Role
from tests.applications.reviewing import (
    AT,
    assign,
    coordinator,
    declare,
    of_one_site,
    reviewer,
    score,
)
from tests.applications.test_selection_races import at_once

# What is done for the other program at the moment at which the conflict is declared for this one.
MEANWHILE = ["declares none", "is assigned", "is put in charge"]


@pytest.fixture
def site(committing, set_clock):
    """A reviewer who coordinates too, has declared none here, and the site's two requests."""
    anna = reviewer(Role.FDA_COORDINATOR)
    here, there = of_one_site()
    coordinator()
    return anna, declare(assign(anna, here)), there


def meanwhile(what, anna, there):
    if what == "declares none":
        other = assign(anna, there)
        return lambda: declare(other)
    if what == "is assigned":
        return lambda: assign(anna, there)
    return lambda: operations.assign_request(there, anna, seen=None, by=coordinator(), at=AT)


def is_open_to_her(anna, there):
    """Whether anything of the site is left to her who has declared a conflict for it."""
    return (
        not Barring.objects.standing().filter(person=anna, fei_key=there.fei_key).exists()
        or ReviewAssignment.objects.standing().filter(reviewer=anna).exists()
        or ParticipationRequest.objects.filter(officer=anna).exists()
    )


@pytest.mark.parametrize("what", MEANWHILE)
def test_a_conflict_closes_the_site_whatever_is_written_at_the_same_moment(site, what):
    anna, assignment, there = site
    at_once(lambda: declare(assignment, conflict="A relative."), meanwhile(what, anna, there))
    assert not is_open_to_her(anna, there)


@pytest.mark.parametrize("what", MEANWHILE)
def test_without_the_lock_on_the_person_the_site_stays_open_to_her(site, what, monkeypatch):
    """The planted fault: nobody holds the person, and each has read before the other has written.

    SQLite lets one transaction write at a time, so that there the lock is not missed.
    """
    anna, assignment, there = site
    if what == "is assigned":  # the site is closed as it is, so that both find it so
        Barring.objects.create(person=anna, fei_key=there.fei_key, since=AT)
    second = meanwhile(what, anna, there)
    lock = QuerySet.select_for_update

    def select_for_update(self, **kwargs):
        return self.all() if self.model is User else lock(self, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", select_for_update)
    if not settings.USES_SQLITE:
        both = Barrier(2)
        steps = [(reviews, "settle_barring")]  # of both
        if what == "is put in charge":
            steps = [(reviews, "give_back"), (officers, "_pass_tasks")]
        for module, name in steps:
            monkeypatch.setattr(module, name, _met(getattr(module, name), both))
    at_once(lambda: declare(assignment, conflict="A relative."), second)
    assert is_open_to_her(anna, there) != settings.USES_SQLITE


def _met(deed, both):
    """This step, begun and ended by two transactions together."""

    def step(*args, **kwargs):
        both.wait(timeout=20)
        result = deed(*args, **kwargs)
        both.wait(timeout=20)
        return result

    return step


def test_a_score_of_the_site_counts_no_more_whichever_comes_first(site):
    anna, assignment, there = site
    scored = declare(assign(anna, there))
    at_once(lambda: declare(assignment, conflict="A relative."), lambda: score(scored, 5))
    assert not is_open_to_her(anna, there)
    assert not ReviewAssignment.objects.standing().exists()
