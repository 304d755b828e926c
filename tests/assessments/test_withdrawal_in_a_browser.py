"""A firm withdraws in the week of its assessment, as each side sees it in the browser (C12)."""

import pytest

from applications.models import Participation, Seat
from assessments.models import Assessment
from qmm_pilot import clock
from qmm_pilot.records.models import Letter
from qmm_pilot.records.trail import first_fault
from tests.assessments.visits import PASSWORD, Visit
from tests.at_a_desk import Desk

pytestmark = pytest.mark.browser


@pytest.fixture
def visit(committing, settings):
    settings.DEBUG = True
    visit = Visit()
    visit.to("in_progress")
    clock.set_demonstration_moment(visit.at)
    return visit


def test_a_firm_withdraws_in_the_assessment_week_and_fda_closes_it(desk, visit):
    participation, assessment = visit.participation, visit.assessment
    lead = Desk(desk, visit.lead, PASSWORD)
    lead.opens("assessments:assessment_detail", assessment.pk)
    lead.reads("In progress")

    official = Desk(desk, visit.official, PASSWORD)
    official.opens("applications:participation_detail", participation.pk)
    official.follows("Withdraw from the pilot")
    official.reads("Place 1 becomes free")
    official.chooses("wants_partial_report", "yes")
    official.chooses("may_compare_data", "no")
    official.fills("Reason", "A merger is coming.")
    official.presses("Withdraw from the pilot")
    official.reads("Your firm has withdrawn")
    assert Seat.objects.get(pk=participation.seat_id).freed_at is None

    coordinator = Desk(desk, visit.coordinator, PASSWORD)
    coordinator.opens("home")
    coordinator.follows("withdr")
    coordinator.reads("A merger is coming.")
    coordinator.reads("Wanted")
    coordinator.reads("Not allowed")
    coordinator.presses("Close the withdrawal")
    coordinator.reads("The withdrawal is closed, and the place is free")
    participation.refresh_from_db()
    assessment.refresh_from_db()
    assert participation.status == Participation.Status.WITHDRAWN
    assert assessment.status == Assessment.Status.ENDED_EARLY
    assert Seat.objects.get(pk=participation.seat_id).freed_at is not None

    address = lead.page.url
    assert lead.page.request.get(address).status == 404
    lead.opens("home")
    lead.does_not_read("In progress")
    official.opens("applications:participation_detail", participation.pk)
    official.reads("Withdrawn")
    told = set(Letter.objects.filter(at__gt=visit.at).values_list("person__name", flat=True))
    assert {"Olga", "Leah", "Arno", "Otto", "Cora"} <= told
    assert first_fault() is None
