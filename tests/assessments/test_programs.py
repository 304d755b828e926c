"""A cloned program: what comes along, and what does not."""

from datetime import UTC, date, datetime

import pytest

from assessments.operations import clone_program
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Program

OPENS_AT = datetime(2019, 10, 1, 4, 0, tzinfo=UTC)
CLOSES_AT = datetime(2019, 12, 1, 5, 0, tzinfo=UTC)


def clone(visit, **facts):
    return clone_program(
        visit.program,
        slug="fdf-demo-2019",
        name="Demonstration round of the FDF pilot, 2019",
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        ends_on=date(2020, 12, 31),
        by=visit.coordinator,
        at=visit.at,
        **facts,
    )


def rows(program, relation, *names):
    return list(getattr(program, relation).values_list(*names))


def test_a_clone_has_the_rules_of_its_program(visit):
    made = clone(visit, is_demonstration=True)
    for relation, names in {
        "criteria": ("code", "quotation", "citation", "check_kind", "commitment_text", "order"),
        "topics": ("name", "order", "citation"),
        "milestone_offsets": ("key", "title", "anchor", "days", "unit", "owner", "source"),
        "metric_definitions": ("code", "name", "definition", "source", "is_assumption"),
    }.items():
        assert rows(made, relation, *names) == rows(visit.program, relation, *names), relation
    assert (made.pilot, made.cap, made.metrics_visible_to_contractor) == ("fdf", 9, False)
    assert (made.inspections_since, made.inspections_before) == (
        visit.program.inspections_since,
        visit.program.inspections_before,
    )
    assert made.is_demonstration


def test_a_clone_has_its_own_window_and_nothing_of_what_happened(visit):
    made = clone(visit)
    assert rows(made, "openings", "opens_at", "closes_at") == [(OPENS_AT, CLOSES_AT)]
    assert not made.agreements.exists()
    assert not made.participation_requests.exists()
    assert not made.participations.exists()


def test_a_rehearsal_names_its_program_and_is_not_among_the_real_ones(visit):
    made = clone(visit, rehearsal=True)
    assert made.rehearsal_of == visit.program
    assert made not in Program.objects.real()
    assert not plain_clone(visit).is_rehearsal


def plain_clone(visit):
    return clone_program(
        visit.program,
        slug="another",
        name="Another",
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        ends_on=date(2020, 12, 31),
        by=visit.coordinator,
        at=visit.at,
    )


def test_a_slug_is_taken_once(visit):
    clone(visit)
    with pytest.raises(Refusal, match="exists already"):
        clone(visit)
