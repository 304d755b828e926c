"""Tasks reach whom they are for, and close when there is nothing left to do (A11)."""

from datetime import timedelta

import pytest

from applications import operations as intake
from assessments import operations, overview
from assessments.models import Milestone
from metrics.models import MetricStanding
from metrics.operations import promise_metric, submit_metrics, waive_metric
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.actions import raise_item
from tests import factories
from tests.assessments.visits import FIRST_ON, person
from tests.metrics.people import good_cells

pytestmark = pytest.mark.django_db
AFTER_DUE = FIRST_ON + timedelta(days=1)


def titles(user, at):
    return [task.item.title for task in overview.tasks_of(user, at=at)]


def test_an_approver_who_was_ever_on_the_team_is_not_asked_to_approve(visit):
    joined = person(visit.fda, Role.FDA_APPROVER, Role.FDA_COORDINATOR, name="Both")
    visit.to("submitted")
    operations.join_team(visit.assessment, person=joined, by=visit.coordinator, at=visit.at)
    operations.leave_team(
        visit.assessment, person=joined, reason="Busy.", by=visit.coordinator, at=visit.at
    )
    asked = f"Accept or return the report on {visit.assessment.facility.name}"
    assert asked in titles(visit.approver, visit.at)
    assert asked not in titles(joined, visit.at)


def test_she_still_has_the_tasks_of_her_other_roles_and_of_other_visits(visit):
    joined = person(visit.fda, Role.FDA_APPROVER, Role.FDA_COORDINATOR, name="Both")
    visit.to("dates_agreed")
    operations.join_team(visit.assessment, person=joined, by=visit.coordinator, at=visit.at)
    assert titles(joined, visit.at) == titles(visit.coordinator, visit.at)


def test_of_very_many_tasks_her_own_are_listed_before_those_she_shares(visit):
    shared, own = (
        raise_item(
            f"{title}:1", title=title, about=visit.program, url_name="home", url_kwargs={},
            at=visit.at, due_on=due_on, role=Role.FDA_COORDINATOR, user=user,
        )
        for title, due_on, user in (
            ("Shared", FIRST_ON, None), ("Own", AFTER_DUE, visit.coordinator),
        )
    )  # fmt: skip
    first = overview.tasks_of(visit.coordinator, at=visit.at, most=1)
    assert [task.item for task in first] == [own]
    both = overview.tasks_of(visit.coordinator, at=visit.at, most=2)
    assert [task.item for task in both] == [shared, own]


def test_a_draft_whose_window_has_closed_is_no_task_until_fda_reopens_the_program():
    official = factories.registrant()
    preparer = factories.person(official.organization, Role.FIRM_PREPARER)
    left, handed = (
        intake.start_request(
            factories.program(), factories.facility(official), by=preparer, at=factories.AT
        )
        for _ in range(2)
    )
    intake.save_answers(handed, factories.answers(handed.program), by=preparer, at=factories.AT)
    intake.hand_over(handed, to=official, by=preparer, at=factories.AT)
    both = [
        f"Finish and submit the request of {left.facility}",
        f"Read, attest and submit the request of {handed.facility}",
    ]
    assert sorted(titles(official, factories.AT)) == both
    assert titles(official, factories.AFTER_CLOSE) == []
    for at, are_closed in ((factories.AT, [False] * 2), (factories.AFTER_CLOSE, [True] * 2)):
        assert [site.is_closed for site in overview.sites_of(official, at=at)] == are_closed
    closes_at = factories.AFTER_CLOSE + timedelta(days=9)
    intake.open_window(
        left.program,
        closes_at=closes_at,
        source="85 FR 99999",
        reason="The mailbox was full.",
        by=factories.fda(Role.FDA_COORDINATOR),
        at=factories.AFTER_CLOSE,
    )
    assert sorted(titles(official, factories.AFTER_CLOSE)) == both
    assert titles(official, closes_at + timedelta(days=1)) == []


# --- the metrics milestone ---------------------------------------------------------------------


def metrics_milestone(visit):
    rows = Milestone.objects.with_metrics_day().filter(assessment=visit.assessment, key="metrics")
    return rows.get()


def standings(visit):
    return list(MetricStanding.objects.filter(submission=visit.submission))


def test_metrics_that_are_all_waived_or_promised_are_not_overdue(visit):
    visit.to("dates_agreed")
    first, *others = standings(visit)
    waive_metric(first, "Not made here.", by=visit.coordinator, at=visit.at)
    assert metrics_milestone(visit).standing(AFTER_DUE) == "overdue"
    for standing in others[:-1]:
        waive_metric(standing, "Not made here.", by=visit.coordinator, at=visit.at)
    later = visit.at + timedelta(days=1)
    promise_metric(others[-1], FIRST_ON, "Late data.", by=visit.coordinator, at=later)
    milestone = metrics_milestone(visit)
    assert milestone.standing(AFTER_DUE) == "done"
    assert milestone.day_done == later.date()


def test_metrics_of_which_one_is_owed_stay_overdue(visit):
    visit.to("dates_agreed")
    for standing in standings(visit)[1:]:
        waive_metric(standing, "Not made here.", by=visit.coordinator, at=visit.at)
    assert metrics_milestone(visit).standing(AFTER_DUE) == "overdue"


def test_submitted_metrics_are_done_on_the_day_of_their_submission(visit):
    visit.to("dates_agreed")
    cells = good_cells(visit.submission)
    submit_metrics(visit.submission, cells=cells, by=visit.official, at=visit.at)
    assert metrics_milestone(visit).day_done == visit.at.date()
