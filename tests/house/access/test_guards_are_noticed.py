"""A sample of the guards is taken away and noticed; the drill takes away every one (R1)."""

import pytest

from tests.faults.access_mutants import Drill, run
from tests.faults.guards import all_guards
from tests.faults.redundant_guards import REASONS

from . import applications, metrics, programs
from .table import urlconf

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
KINDS = {
    "predicate", "condition", "closing", "rows", "call of visible_to", "belonging", "refusal",
    "decorator", "gate"
}  # fmt: skip
SAMPLE = [
    "predicate: metrics.access.may_review_metrics",
    "condition: metrics.access.may_enter_metrics: user.has_role",
    "closing: applications.access.agent_letters_read_by: if not user.reads_cases",
    "belonging: metrics.designation_views.designate: submission=pk",
    "rows: metrics.models.SubmissionQuerySet.visible_to",
    "call of visible_to: qmm_pilot.programs.views.program_detail: Program",
    "refusal: qmm_pilot.programs.agreement_views.agreement_new",
    "decorator: metrics:accept, layer 1: require_http_methods",
    "gate: qmm_pilot.accounts.middleware.SignInMiddleware",
]


@pytest.fixture(scope="module")
def drill(world):
    closed_at_once = "applications:authority_agent_file"
    doors = {closed_at_once: applications.DOORS[closed_at_once]}
    return Drill(world, {**programs.DOORS, **metrics.DOORS, **doors}, urlconf(debug=False))


@pytest.fixture
def guards(drill, settings):
    settings.ROOT_URLCONF = drill.urlconf
    return all_guards(drill.urlconf)


def test_a_guard_that_is_gone_is_noticed_whatever_its_kind(drill, guards):
    assert drill.mistakes_without_fault == []
    sample = [next(g for g in guards if str(g).startswith(name)) for name in SAMPLE]
    assert {guard.kind for guard in guards} == {guard.kind for guard in sample} == KINDS
    assert [str(guard) for guard, mistake in run(drill, sample).items() if not mistake] == []


def test_every_guard_that_is_called_redundant_stands_somewhere(guards):
    names = [str(guard) for guard in guards]
    stale = [begins for begins in REASONS if not any(n.startswith(begins) for n in names)]
    assert stale == []
