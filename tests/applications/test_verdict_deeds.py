"""Taking up, ruling, confirming, determining: contradicting *fails* takes two people."""

import io

import pytest

from applications import operations
from applications.inspections import import_inspections
from applications.models import CriterionResult
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import TrailEntry
from tests import factories
from tests.applications.exports import NAI, OAI, VAI, export, row
from tests.factories import AFTER_CLOSE, Status

pytestmark = pytest.mark.django_db


def second_coordinator():
    return factories.person(Organization.objects.get(kind="fda"), Role.FDA_COORDINATOR)


def result(participation_request, code="b"):
    return CriterionResult.objects.get(
        participation_request=participation_request, criterion__code=code
    )


def rule(one, ruling, by, reason="Seen", source="Inspection file"):
    return operations.rule_on_criterion(
        one, ruling=ruling, reason=reason, source=source, by=by, at=AFTER_CLOSE
    )


@pytest.fixture
def coordinator(db):
    return factories.fda(Role.FDA_COORDINATOR)


@pytest.fixture
def under_review(coordinator):
    return factories.participation_request(Status.UNDER_REVIEW)


@pytest.fixture
def with_official_action(coordinator):
    official = factories.registrant()
    site = factories.facility(official, fei="3004444")
    submitted = factories.participation_request(Status.SUBMITTED, official, site=site)
    text = export(
        row(fei="0003004444", ended="09/30/2020", classification=OAI, year="2020", id="1"),
        row(fei="3004444", ended="10/01/2020", classification=NAI, year="2021", id="2"),
    )
    import_inspections(io.BytesIO(text), file_name="x.csv", by=coordinator, at=AFTER_CLOSE)
    return operations.take_up_request(submitted, by=coordinator, at=AFTER_CLOSE)


def test_taking_up_examines_every_criterion_of_the_program(under_review):
    found = {r.criterion.code: r.outcome for r in under_review.criterion_results.all()}
    assert found == {
        "a": "meets",
        "b": "undetermined",
        "c": "meets",
        "d": "meets",
        "e": "meets",
    }


def test_official_action_inside_the_window_fails_with_its_evidence(with_official_action):
    found = result(with_official_action)
    assert found.outcome == "fails"
    shown = {i["ended_on"]: i["in_window"] for i in found.evidence["inspections"]}
    assert shown == {"2020-09-30": True, "2020-10-01": False}
    assert found.snapshot.file_name == "x.csv"


def test_undetermined_is_settled_by_one_person_with_reason_and_source(under_review, coordinator):
    ruled = rule(result(under_review), "meets", coordinator)
    assert (ruled.outcome, ruled.status, ruled.is_overridden) == ("meets", "meets", False)
    row = operations.determine_eligibility(under_review, by=coordinator, at=AFTER_CLOSE)
    assert row.status == Status.ELIGIBLE


@pytest.mark.parametrize(("reason", "source"), [("", "File"), ("Seen", "  ")])
def test_a_ruling_without_reason_or_source_is_refused(under_review, coordinator, reason, source):
    with pytest.raises(Refusal, match="reason"):
        rule(result(under_review), "meets", coordinator, reason, source)
    assert result(under_review).ruling == ""


def test_contradicting_fails_needs_a_second_person_and_keeps_its_badge(
    with_official_action, coordinator
):
    ruled = rule(result(with_official_action), "meets", coordinator)
    assert (ruled.outcome, ruled.awaits_second_person) == ("fails", True)
    with pytest.raises(Refusal, match="second person"):
        operations.determine_eligibility(with_official_action, by=coordinator, at=AFTER_CLOSE)
    with pytest.raises(Refusal, match="second person"):
        operations.confirm_ruling(ruled, by=coordinator, at=AFTER_CLOSE)
    confirmed = operations.confirm_ruling(ruled, by=second_coordinator(), at=AFTER_CLOSE)
    assert (confirmed.outcome, confirmed.status) == ("meets", "overridden")
    row = operations.determine_eligibility(with_official_action, by=coordinator, at=AFTER_CLOSE)
    assert row.status == Status.ELIGIBLE


def test_a_new_ruling_falls_back_to_waiting_for_its_second_person(
    with_official_action, coordinator
):
    ruled = rule(result(with_official_action), "meets", coordinator)
    operations.confirm_ruling(ruled, by=second_coordinator(), at=AFTER_CLOSE)
    again = rule(result(with_official_action), "meets", coordinator, reason="Other")
    assert again.awaits_second_person


def test_a_ruling_that_needs_nobody_cannot_be_confirmed(under_review, coordinator):
    rule(result(under_review), "meets", coordinator)
    with pytest.raises(IllegalMove):
        operations.confirm_ruling(result(under_review), by=second_coordinator(), at=AFTER_CLOSE)


def test_a_request_is_not_determined_while_a_criterion_is_undetermined(under_review, coordinator):
    entries = TrailEntry.objects.count()
    with pytest.raises(Refusal, match="Still undetermined: criterion b"):
        operations.determine_eligibility(under_review, by=coordinator, at=AFTER_CLOSE)
    under_review.refresh_from_db()
    assert under_review.status == Status.UNDER_REVIEW
    assert TrailEntry.objects.count() == entries


def test_a_failed_criterion_makes_the_request_not_eligible(with_official_action, coordinator):
    row = operations.determine_eligibility(with_official_action, by=coordinator, at=AFTER_CLOSE)
    assert row.status == Status.NOT_ELIGIBLE
    assert row.status_for_firm == Status.UNDER_REVIEW


def test_examining_again_takes_newer_data_and_keeps_rulings(under_review, coordinator):
    rule(result(under_review), "meets", coordinator)
    text = export(
        row(fei=under_review.fei_key, ended="05/06/2019", classification=VAI, year="2019")
    )
    import_inspections(io.BytesIO(text), file_name="y.csv", by=coordinator, at=AFTER_CLOSE)
    operations.examine_again(under_review, by=coordinator, at=AFTER_CLOSE)
    found = result(under_review)
    assert (found.opinion, found.ruling) == ("meets", "meets")


@pytest.mark.parametrize("role", [Role.FDA_REVIEWER, Role.FDA_SELECTOR, Role.FDA_ADMINISTRATOR])
def test_only_coordinators_determine_eligibility(under_review, role):
    stranger = factories.fda(role)
    entries = TrailEntry.objects.count()
    one = result(under_review)
    deeds = [
        lambda: operations.examine_again(under_review, by=stranger, at=AFTER_CLOSE),
        lambda: rule(one, "meets", stranger),
        lambda: operations.confirm_ruling(one, by=stranger, at=AFTER_CLOSE),
        lambda: operations.determine_eligibility(under_review, by=stranger, at=AFTER_CLOSE),
    ]
    for deed in deeds:
        with pytest.raises(Refusal, match="coordinators"):
            deed()
    assert TrailEntry.objects.count() == entries


@pytest.mark.parametrize("status", [Status.UNDER_REVIEW, Status.ELIGIBLE, Status.WITHDRAWN])
def test_only_a_submitted_request_is_taken_up(coordinator, status):
    row = factories.participation_request(status)
    with pytest.raises(IllegalMove):
        operations.take_up_request(row, by=coordinator, at=AFTER_CLOSE)


def test_a_determined_request_is_ruled_on_no_more(coordinator):
    row = factories.participation_request(Status.ELIGIBLE)
    with pytest.raises(IllegalMove):
        rule(result(row), "fails", coordinator)
    with pytest.raises(IllegalMove):
        operations.determine_eligibility(row, by=coordinator, at=AFTER_CLOSE)
