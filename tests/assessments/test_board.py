"""The deadline board (D7): all facilities against all milestones, as read on a day."""

from datetime import date

import pytest
from django.urls import reverse

from assessments import operations, overview
from assessments.models import Milestone
from qmm_pilot import clock
from qmm_pilot.programs.models import Program
from qmm_pilot.records import triggers
from tests.assessments.reading import words
from tests.assessments.visits import Visit, active_participation

MOST_QUERIES = 12


@pytest.fixture
def board(client, visit, monkeypatch):
    """Get the board as somebody of the visit, at its moment."""
    monkeypatch.setattr(clock, "now", lambda: visit.at)

    def get(who="coordinator", **asked):
        client.force_login(getattr(visit, who))
        return client.get(reverse("assessments:deadline_board"), asked)

    return get


def cells(response, facility="Acme Springfield"):
    """The row of one facility: (owner, label, words) of each milestone, by key."""
    rows = response.context["board"].rows
    row = next(row for row in rows if row.assessment.facility.name == facility)
    return {cell.milestone.key: (cell.owner, cell.label, cell.words) for cell in row.cells if cell}


def test_each_cell_says_whose_it_is_and_how_it_stands_on_the_day(board, visit):
    visit.to("settled")
    operations.complete_milestone(
        visit.assessment.milestones.get(key="orientation"),
        done_on=visit.at.date(),
        by=visit.coordinator,
        at=visit.at,
    )
    visit.at = visit.at.replace(month=4, day=3)
    row = cells(board())
    assert row["orientation"] == ("FDA", "Done", "")
    assert row["metrics"] == ("Firm", "Done", "")
    assert row["pre_consultation"] == ("Contractor", "Done", "")
    assert row["go_no_go"] == ("FDA", "Done", "")
    assert row["questionnaire"] == ("Firm", "Overdue", "by 5 days")
    assert row["agenda"] == ("Contractor", "Overdue", "by 1 day")
    assert row["assessment_start"] == ("Contractor", "Due", "in 9 days")
    text = words(board())
    assert "2 overdue (Firm 1, Contractor 1)." in text
    assert "Overdue Mar 29, 2021 Firm, by 5 days" in text
    assert "Pre-interview questionnaire returned Firm: overdue by 5 days" in text


def test_the_due_day_itself_is_in_time_and_the_next_is_not(board, visit):
    visit.to("dates_agreed")
    visit.at = visit.at.replace(month=3, day=23, hour=3, minute=59)  # 11:59 p.m. ET, March 22
    assert cells(board())["metrics"] == ("Firm", "Due", "today")
    visit.at = visit.at.replace(hour=4, minute=0)
    assert cells(board())["metrics"] == ("Firm", "Overdue", "by 1 day")


def test_what_was_done_late_says_so(board, visit):
    visit.to("dates_agreed")
    visit.at = visit.at.replace(month=4, day=3)
    operations.complete_milestone(
        visit.assessment.milestones.get(key="agenda"),
        done_on=date(2021, 4, 3),
        by=visit.lead,
        at=visit.at,
    )
    assert cells(board())["agenda"] == ("Contractor", "Done", "1 day late")


def test_after_a_no_go_nothing_is_due_until_new_dates_are_agreed(board, visit):
    visit.to("consulted")
    operations.decide_no_go(
        visit.assessment, reason="Travel is closed.", by=visit.coordinator, at=visit.at
    )
    visit.at = visit.at.replace(year=2022)
    page = board()
    row = cells(page)
    assert row["pre_consultation"] == ("Contractor", "Done", "")
    assert {label for _, label, _ in row.values()} == {"Done", "No date"}
    assert "Nothing is overdue." in words(page)
    assert "Dates not agreed" in words(page)


def test_one_program_is_chosen_in_the_address(board, visit):
    visit.to("dates_agreed")
    other = Visit("api-2020")
    other.participation.facility.name = "Beta Basel"
    other.participation.facility.save()
    other.to("dates_agreed")
    shown = {
        slug: [row.assessment.facility.name for row in board(program=slug).context["board"].rows]
        for slug in ("", "fdf-2020", "api-2020")
    }
    assert shown == {
        "": ["Beta Basel", "Acme Springfield"],
        "fdf-2020": ["Acme Springfield"],
        "api-2020": ["Beta Basel"],
    }
    assert '<option value="api-2020" selected>' in board(program="api-2020").content.decode()
    assert board(program="no-such-program").status_code == 404


def test_a_milestone_that_one_program_alone_has_leaves_the_others_cells_empty(board, visit):
    visit.to("dates_agreed")
    other = Visit("api-2020")
    other.to("dates_agreed")
    triggers.drop()  # comes back when the test's transaction is rolled back
    Milestone.objects.filter(assessment=other.assessment, key="survey").delete()
    columns = board().context["board"].columns
    assert columns[-1] == "Feedback survey answered"
    rows = board().context["board"].rows
    assert [row.cells[-1] is None for row in rows] == [True, False]


def test_places_without_a_team_are_listed_below(board, visit):
    visit.to("planning")
    waiting = active_participation(
        visit.program, visit.other_firm, visit.stranger, facility_name="Beta Boston"
    )
    page = board()
    assert page.context["board"].unassigned == [waiting]
    address = reverse("assessments:participation_assessment", args=[waiting.pk])
    assert f'href="{address}"' in page.content.decode()


def test_a_rehearsal_is_absent(board, visit):
    visit.to("dates_agreed")
    Program.objects.filter(pk=visit.program.pk).update(
        rehearsal_of=Program.objects.get(slug="api-2020")
    )
    page = board()
    assert page.context["board"].rows == []
    assert "No deadlines yet" in words(page)
    assert board(program="fdf-2020").status_code == 404


def test_the_board_is_fdas_alone(board, visit):
    visit.to("dates_agreed")
    people = ["coordinator", "observer", "approver", "analyst", "official", "lead", "other_lead"]
    assert {who: board(who).status_code for who in people} == {
        "coordinator": 200,
        "observer": 200,
        "approver": 200,
        "analyst": 404,
        "official": 404,
        "lead": 404,
        "other_lead": 404,
    }


def test_the_next_deadline_of_a_row_is_the_earliest_that_is_not_done(visit):
    visit.to("consulted")
    board = overview.board_for(visit.coordinator, at=visit.at)
    assert board.rows[0].next.milestone.key == "orientation"


def test_the_board_asks_the_database_the_same_number_of_times_however_many_rows(
    board, client, visit, django_assert_max_num_queries, django_assert_num_queries
):
    visit.to("dates_agreed")
    board()
    where = reverse("assessments:deadline_board")
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        client.get(where)
    Visit("api-2020").to("ready")
    active_participation(
        visit.program, visit.other_firm, visit.stranger, facility_name="Beta Boston"
    )
    with django_assert_num_queries(len(few)):
        client.get(where)
