"""The deadline graph, with the offsets of the pilots and with graphs that cannot be computed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments import milestones
from assessments.milestones import Offset

PILOT = [
    Offset("orientation", "start", -42, "calendar"),
    Offset("questionnaire", "start", -14, "calendar"),
    Offset("metrics", "start", -21, "calendar"),
    Offset("pre_consultation", "start", -14, "calendar"),
    Offset("agenda", "start", -10, "calendar"),
    Offset("go_no_go", "start", -10, "calendar"),
    Offset("assessment_start", "start", 0, "calendar"),
    Offset("assessment_end", "end", 0, "calendar"),
    Offset("draft_findings", "end", 15, "working"),
    Offset("factual_review", "draft_findings", 10, "working"),
    Offset("final_report", "end", 45, "calendar"),
    Offset("post_consultation", "final_report", 30, "calendar"),
    Offset("survey", "post_consultation", 14, "calendar"),
]


def test_every_date_follows_from_the_agreed_days():
    dates = milestones.propose(PILOT, starts_on=date(2021, 3, 1), ends_on=date(2021, 3, 5))
    assert dates == {
        "orientation": date(2021, 1, 18),
        "questionnaire": date(2021, 2, 15),
        "metrics": date(2021, 2, 8),
        "pre_consultation": date(2021, 2, 15),
        "agenda": date(2021, 2, 19),
        "go_no_go": date(2021, 2, 19),
        "assessment_start": date(2021, 3, 1),
        "assessment_end": date(2021, 3, 5),
        "draft_findings": date(2021, 3, 26),
        "factual_review": date(2021, 4, 9),
        "final_report": date(2021, 4, 19),
        "post_consultation": date(2021, 5, 19),
        "survey": date(2021, 6, 2),
    }


@given(
    st.permutations(PILOT),
    st.dates(min_value=date(2020, 1, 1), max_value=date(2021, 12, 31)),
    st.integers(min_value=0, max_value=9),
)
def test_the_order_of_the_rows_does_not_change_the_dates(offsets, starts_on, length):
    ends_on = starts_on + timedelta(days=length)
    assert milestones.propose(offsets, starts_on=starts_on, ends_on=ends_on) == milestones.propose(
        PILOT, starts_on=starts_on, ends_on=ends_on
    )


def test_the_dates_come_in_the_order_of_the_rows():
    turned = list(reversed(PILOT))
    dates = milestones.propose(turned, starts_on=date(2021, 3, 1), ends_on=date(2021, 3, 5))
    assert list(dates) == [offset.key for offset in turned]


def test_a_circle_of_anchors_is_refused_by_name():
    circle = [Offset("a", "b", 1, "calendar"), Offset("b", "a", 1, "calendar")]
    with pytest.raises(ValueError, match=r"No date can be computed for: a, b\."):
        milestones.propose(circle, starts_on=date(2021, 3, 1), ends_on=date(2021, 3, 5))


def test_the_due_day_itself_is_in_time_and_the_next_day_is_overdue():
    due = date(2021, 3, 1)
    assert milestones.standing(due, None, due) == milestones.Standing.DUE
    assert milestones.standing(due, None, date(2021, 3, 2)) == milestones.Standing.OVERDUE
    assert milestones.standing(due, date(2021, 3, 9), date(2021, 3, 9)) == milestones.Standing.DONE


def test_dates_after_the_program_end_are_named_and_its_last_day_is_not():
    dates = milestones.propose(PILOT, starts_on=date(2021, 10, 11), ends_on=date(2021, 10, 15))
    assert dates["post_consultation"] == date(2021, 12, 29)
    assert milestones.breaches(dates, date(2021, 12, 31)) == ["survey"]
    assert milestones.breaches(dates, dates["survey"]) == []
