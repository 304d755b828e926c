"""A determined request is examined again by two people, before its outcome is released."""

import pytest

from applications import operations
from applications.models import Reopening
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator(db):
    return factories.fda(Role.FDA_COORDINATOR)


@pytest.fixture
def second(coordinator):
    return factories.person(Organization.objects.get(kind="fda"), Role.FDA_COORDINATOR)


def propose(row, by, reason="A close-out letter arrived", source="Letter of December 1"):
    return operations.propose_reopening(row, reason=reason, source=source, by=by, at=AFTER_CLOSE)


@pytest.mark.parametrize("status", [Status.NOT_ELIGIBLE, Status.ELIGIBLE])
def test_two_people_take_a_determined_request_under_review_again(coordinator, second, status):
    row = factories.participation_request(status)
    reopening = propose(row, coordinator)
    row.refresh_from_db()
    assert row.status == status
    with pytest.raises(Refusal, match="second person"):
        operations.confirm_reopening(reopening, by=coordinator, at=AFTER_CLOSE)
    again = operations.confirm_reopening(reopening, by=second, at=AFTER_CLOSE)
    assert (again.status, again.determined_at) == (Status.UNDER_REVIEW, None)
    assert ActionItem.objects.open().filter(key=f"determine:{row.pk}").exists()
    assert not ActionItem.objects.open().filter(key=f"reopen:{row.pk}").exists()
    entry = TrailEntry.objects.get(deed="confirm_reopening")
    assert (entry.before["status"], entry.after["status"]) == (status, "under_review")
    operations.rule_on_criterion(
        row.criterion_results.get(criterion__code="b"),
        ruling="meets",
        reason="Closed out",
        source="Letter",
        by=coordinator,
        at=AFTER_CLOSE,
    )
    determined = operations.determine_eligibility(row, by=coordinator, at=AFTER_CLOSE)
    assert determined.status == Status.ELIGIBLE


def test_a_proposal_can_be_taken_back_and_leaves_the_determination(coordinator, second):
    row = factories.participation_request(Status.NOT_ELIGIBLE)
    reopening = propose(row, coordinator)
    with pytest.raises(Refusal, match="proposed already"):
        propose(row, second)
    operations.take_back_reopening(reopening, by=second, at=AFTER_CLOSE)
    with pytest.raises(IllegalMove, match="settled"):
        operations.confirm_reopening(reopening, by=second, at=AFTER_CLOSE)
    row.refresh_from_db()
    assert row.status == Status.NOT_ELIGIBLE


@pytest.mark.parametrize("status", [Status.UNDER_REVIEW, Status.SUBMITTED, Status.NOT_SELECTED])
def test_only_a_determined_request_is_examined_again(coordinator, status):
    row = factories.participation_request(status)
    with pytest.raises(IllegalMove, match="only a determined one"):
        propose(row, coordinator)


def test_a_released_outcome_and_a_drafted_decision_stand(coordinator):
    row = factories.participation_request(Status.NOT_ELIGIBLE)
    drafted = factories.participation_request(Status.ELIGIBLE)
    factories.decide(drafted, Status.SELECTED)
    with pytest.raises(IllegalMove, match="selector takes it back first"):
        propose(drafted, coordinator)
    factories.release(row.program)
    row.refresh_from_db()
    with pytest.raises(IllegalMove, match="released"):
        propose(row, coordinator)


def test_a_request_that_the_firm_made_anew_meanwhile_stands_in_the_way(coordinator, second):
    official = factories.registrant()
    row = factories.participation_request(Status.NOT_ELIGIBLE, official)
    factories.draft(official, site=row.facility)
    reopening = propose(row, coordinator)
    with pytest.raises(Refusal, match="another live request"):
        operations.confirm_reopening(reopening, by=second, at=AFTER_CLOSE)
    reopening.refresh_from_db()
    assert reopening.confirmed_at is None


def test_reason_source_and_role_are_asked_for(coordinator):
    row = factories.participation_request(Status.NOT_ELIGIBLE)
    for facts in ({"reason": " "}, {"source": " "}):
        with pytest.raises(Refusal, match="source"):
            propose(row, coordinator, **facts)
    with pytest.raises(Refusal, match="coordinators"):
        propose(row, factories.fda(Role.FDA_SELECTOR))
    assert not Reopening.objects.exists()
