"""Who sees a colleague's scores, when and where: one table, tried on every page and export (C1)."""

import json
import re
from itertools import product

import pytest
from django.urls import reverse

from applications import scores
from applications.dossier_content import record_of
from applications.models import SelectionDossier
from applications.scores import Standing, standings
from assessments.models import ProgramArchive
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.models import TrailEntry
from tests import factories
from tests.applications.reviewing import AT, assign, declare, eligible, reviewer, score

pytestmark = pytest.mark.django_db
WORDS = "Words beside a score"
# A colleague's numbers and words: who may read them while one of two scores is in, and with both.
WHO = {
    "reviewer who has scored": {"one is in": True, "all are in": True},
    "reviewer who has not scored": {"one is in": False, "all are in": None},
    "reviewer of another request": {"one is in": False, "all are in": False},
    "coordinator": {"one is in": False, "all are in": False},
    "selector": {"one is in": False, "all are in": True},
    "coordinator and selector": {"one is in": False, "all are in": True},
    "approver": {"one is in": False, "all are in": True},
    "observer": {"one is in": False, "all are in": False},
    "records officer": {"one is in": False, "all are in": False},
    "selector who has to score": {"one is in": False, "all are in": None},
}  # None: with all in, she has scored


@pytest.fixture(autouse=True)
def _moment(set_clock):
    set_clock(AT)


@pytest.fixture
def stage():
    """A request of two reviewers, and a function that makes the person and the moment."""
    row, other = eligible(), eligible()

    def made(who, when):
        both = [reviewer(), reviewer()]
        if who == "selector who has to score":
            both[1] = reviewer(Role.FDA_SELECTOR)
        one, two = (declare(assign(person, row)) for person in both)
        elsewhere = reviewer()
        declare(assign(elsewhere, other))
        score(one, 5, comment=WORDS)
        if when == "all are in":
            score(two, 4, comment="Others")
        people = {
            "reviewer who has scored": both[0],
            "reviewer who has not scored": both[1],
            "selector who has to score": both[1],
            "reviewer of another request": elsewhere,
        }
        roles = {
            "coordinator": [Role.FDA_COORDINATOR],
            "selector": [Role.FDA_SELECTOR],
            "coordinator and selector": [Role.FDA_COORDINATOR, Role.FDA_SELECTOR],
            "approver": [Role.FDA_APPROVER],
            "observer": [Role.FDA_OBSERVER],
            "records officer": [Role.FDA_RECORDS_OFFICER],
        }
        return row, people[who] if who in people else factories.fda(*roles[who])

    return made


def cases():
    return [
        (who, when, WHO[who][when])
        for who, when in product(WHO, ["one is in", "all are in"])
        if WHO[who][when] is not None
    ]


@pytest.mark.parametrize(("who", "when", "sees"), cases())
def test_numbers_and_words_of_colleagues_are_shown_to_whom_the_table_says(stage, who, when, sees):
    row, person = stage(who, when)
    standing = standings(person, program=row.program)[row.pk]
    assert bool(standing.mean) is sees
    assert any(one.comment == WORDS for one in standing.shown_reviews) is sees
    assert standing.progress == ("1 of 2 in" if when == "one is in" else "2 of 2 in")


@pytest.mark.parametrize(("who", "when", "sees"), cases())
def test_no_page_shows_more_than_the_table_says(client, stage, who, when, sees):
    row, person = stage(who, when)
    client.force_login(person)
    pages = [
        reverse("home"),
        reverse("applications:queue"),
        reverse("applications:request_review", args=[row.pk]),
        reverse("applications:review_versions", args=[row.pk]),
        reverse("applications:selection"),
        reverse("applications:selection_board", args=[row.program.pk]),
        reverse("applications:selection_decide", args=[row.program.pk, row.pk]),
        reverse("applications:selection_release", args=[row.program.pk]),
        reverse("applications:review_list"),
        reverse("applications:review_assignments", args=[row.program.pk]),
        reverse("records:trail"),
        *(
            reverse("applications:review_score", args=[one.pk])
            for one in row.review_assignments.all()
        ),
    ]
    shown = b"".join(client.get(page).getvalue() for page in pages)
    if not sees:
        assert WORDS.encode() not in shown
        assert not re.search(rb"(?<!\d)(5\.0|4\.5)(?!\d)", shown)  # seconds may be 04.5123
    else:
        means = {"one is in": b"5.0 by 1 reviewer", "all are in": b"4.5 by 2 reviewers"}
        assert means[when] in shown


@pytest.mark.parametrize("when", ["one is in", "all are in"])
def test_a_search_for_words_of_a_score_finds_nothing(client, stage, when):
    row, person = stage("coordinator", when)
    client.force_login(person)
    client.post(reverse("applications:queue_search"), {"words": "beside"})
    assert str(row.pk) not in client.get(reverse("applications:queue")).content.decode()


def test_the_trail_holds_a_hash_and_neither_numbers_nor_words(stage):
    stage("coordinator", "all are in")
    for entry in TrailEntry.objects.filter(deed="submit_review"):
        assert set(entry.after) == {"version", "sha256"}
        assert WORDS not in json.dumps([entry.before, entry.after, entry.reason])


@pytest.mark.parametrize("noun", [SelectionDossier, ProgramArchive])
def test_exports_are_closed_to_whom_her_own_scores_are_missing(noun):
    row = eligible()
    roles = (Role.FDA_SELECTOR, Role.FDA_RECORDS_OFFICER)
    person = reviewer(*roles)
    extra = {"content": {}} if noun is SelectionDossier else {}
    noun.objects.create(program=row.program, asked_by=person, asked_at=AT, **extra)
    assert noun.objects.visible_to(person).exists()
    assignment = declare(assign(person, row))
    assert not noun.objects.visible_to(person).exists()
    score(assignment)
    assert noun.objects.visible_to(person).exists()


def test_a_dossier_shows_no_scores_of_a_request_while_one_is_missing(stage):
    row, _ = stage("selector", "one is in")
    assert WORDS not in json.dumps(record_of(row.program))


# --- the planted faults that these tests must notice --------------------------------------------


@pytest.mark.parametrize(
    ("fault", "who", "when"),
    [
        ("everything is shown", "coordinator", "one is in"),
        ("own scores are not asked for", "reviewer who has not scored", "one is in"),
        ("means before all are in", "selector", "one is in"),
        ("coordinators read means", "coordinator", "all are in"),
    ],
)
def test_a_filter_that_is_taken_away_is_noticed(monkeypatch, stage, fault, who, when):
    faults = {
        "everything is shown": property(lambda self: True),
        "own scores are not asked for": property(lambda self: self.is_own or self.reads_means),
        "means before all are in": property(
            lambda self: self.own_is_in if self.is_own else self.reads_means
        ),
    }
    if fault in faults:
        monkeypatch.setattr(Standing, "is_shown", faults[fault])
    else:
        monkeypatch.setattr(scores, "may_read_means", lambda user: True)
    with pytest.raises(AssertionError):
        test_numbers_and_words_of_colleagues_are_shown_to_whom_the_table_says(
            stage, who, when, WHO[who][when]
        )
