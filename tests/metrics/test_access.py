"""Who sees which metrics, as one table; who may enter and who may rule."""

import pytest

from metrics import operations
from metrics.access import may_enter_metrics, may_review_metrics
from metrics.models import MetricsSubmission, MetricStanding, MetricsVersion
from tests.metrics.people import AT, good_cells

# person: (sees the FDF submission, its draft, the API submission, its draft)
SEES = {
    "metrics_person": (True, True, True, True),
    "official": (True, True, True, True),
    "preparer": (True, True, True, True),
    "stranger": (False, False, False, False),
    "coordinator": (True, False, True, False),
    "reviewer": (True, False, True, False),
    "selector": (True, False, True, False),
    "observer": (True, False, True, False),
    "approver": (True, False, True, False),
    "records_officer": (True, False, True, False),
    "analyst": (False, False, False, False),
    "fda_administrator": (False, False, False, False),
    "lead": (False, False, True, False),
    "colleague": (False, False, False, False),
    "other_lead": (False, False, False, False),
}


@pytest.mark.parametrize("who", SEES)
def test_each_person_sees_exactly_what_the_table_says(world, submission, api_submission, who):
    user = getattr(world, who)
    for asked in (submission, api_submission):
        cells = good_cells(asked)
        operations.save_metrics_draft(asked, cells, by=world.official, at=AT)
    submissions = MetricsSubmission.objects.visible_to(user)
    drafts = MetricsVersion.objects.visible_to(user)
    assert SEES[who] == (
        submissions.filter(pk=submission.pk).exists(),
        drafts.filter(submission=submission).exists(),
        submissions.filter(pk=api_submission.pk).exists(),
        drafts.filter(submission=api_submission).exists(),
    )
    standings = MetricStanding.objects.visible_to(user)
    assert standings.count() == 3 * (SEES[who][0] + SEES[who][2])


@pytest.mark.parametrize("who", SEES)
def test_a_submitted_version_is_seen_by_whoever_sees_the_submission(
    world, submission, api_submission, who
):
    for asked in (submission, api_submission):
        operations.submit_metrics(asked, by=world.official, at=AT, cells=good_cells(asked))
    versions = MetricsVersion.objects.visible_to(getattr(world, who))
    seen = tuple(versions.filter(submission=s).exists() for s in (submission, api_submission))
    assert seen == (SEES[who][0], SEES[who][2])


def test_the_setting_of_the_program_alone_opens_metrics_to_its_contractor(world, submission):
    visible = MetricsSubmission.objects.visible_to(world.lead)
    assert not visible.exists()
    world.fdf.metrics_visible_to_contractor = True
    world.fdf.save()
    assert list(visible.all()) == [submission]


def test_a_contractor_stops_seeing_metrics_when_its_engagement_ends(world, api_submission):
    visible = MetricsSubmission.objects.visible_to(world.lead)
    assert list(visible) == [api_submission]
    world.api_participation.engagements.update(ended_at=AT)
    assert list(visible.all()) == []


def test_a_contractor_stops_seeing_metrics_when_its_agreement_lapses(world, api_submission):
    world.api.agreements.update(until="2020-06-30")
    assert list(MetricsSubmission.objects.visible_to(world.lead)) == []


def test_someone_without_an_organization_sees_nothing(world, submission):
    world.metrics_person.organization = None
    assert not MetricsSubmission.objects.visible_to(world.metrics_person).exists()


def test_two_roles_of_the_own_firm_enter_and_only_the_coordinator_rules(world, submission):
    enters = {who for who in SEES if may_enter_metrics(getattr(world, who), submission)}
    rules = {who for who in SEES if may_review_metrics(getattr(world, who))}
    assert enters == {"metrics_person", "official"}
    assert rules == {"coordinator"}


def test_someone_whose_account_is_closed_enters_nothing(world, submission):
    world.official.is_active = False
    assert not may_enter_metrics(world.official, submission)
