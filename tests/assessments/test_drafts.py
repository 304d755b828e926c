"""What a firm has not submitted exists for nobody at FDA, whatever her role (A13)."""

import pytest

from applications.models import ParticipationRequest
from metrics.models import MetricsVersion
from metrics.operations import save_metrics_draft, submit_metrics
from qmm_pilot.accounts.roles import Role
from tests import factories
from tests.assessments.visits import person
from tests.metrics.people import good_cells

FDA_ROLES = [role for role in Role if role.side == "fda"]


@pytest.mark.parametrize("role", FDA_ROLES)
def test_a_draft_request_is_invisible_to_every_role_of_fda(db, role):
    draft = factories.draft(factories.registrant())
    withdrawn = factories.participation_request(factories.Status.WITHDRAWN)
    visible = ParticipationRequest.objects.visible_to(factories.fda(role))
    assert not visible.filter(pk__in=[draft.pk, withdrawn.pk]).exists()


@pytest.mark.parametrize("role", FDA_ROLES)
def test_draft_counts_are_invisible_to_every_role_of_fda(visit, role):
    visit.to("dates_agreed")
    user = person(visit.fda, role)
    cells = good_cells(visit.submission)
    draft = save_metrics_draft(visit.submission, cells, by=visit.official, at=visit.at)
    assert not MetricsVersion.objects.visible_to(user).filter(pk=draft.pk).exists()
    submit_metrics(visit.submission, by=visit.official, at=visit.at)
    assert MetricsVersion.objects.visible_to(user).filter(pk=draft.pk).exists() == user.reads_cases
