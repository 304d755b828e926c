"""What the schema itself refuses, and what each pilot asks for."""

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from metrics import operations
from metrics.catalogue import COPIED, copy_metric_definitions, seed_metric_definitions
from metrics.models import MetricDefinition, MetricEntry, MetricsSubmission, MetricStanding
from metrics.operations import Cell
from qmm_pilot.programs.models import Program
from tests.metrics.people import AT, good_cells

STATUS = MetricStanding.Status


@pytest.fixture
def submitted(world, submission):
    operations.submit_metrics(submission, by=world.official, at=AT, cells=good_cells(submission))
    return submission


def is_refused(queryset, **changes):
    """Whether the schema refuses this change, whatever wrote it."""
    try:
        with transaction.atomic():
            queryset.update(**changes)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "lost"},
        {"status": "frozen"},
        {"frozen_from": "accepted"},
        {"status": "frozen", "frozen_from": "draft"},
        {"status": "waived"},
        {"status": "queried"},
        {"status": "promised", "reason": "Later."},
    ],
)
def test_a_standing_that_contradicts_itself_is_refused(submitted, changes):
    assert is_refused(MetricStanding.objects.all(), **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"numerator": -1},
        {"denominator": 10**12},
        {"quarter": 5},
        {"not_measured": True},
    ],
)
def test_an_entry_that_is_no_count_of_a_quarter_is_refused(submitted, changes):
    assert is_refused(MetricEntry.objects.filter(quarter=1), **changes)


def test_two_entries_for_one_quarter_are_refused(submitted):
    entries = MetricEntry.objects.filter(definition__code="lot-acceptance")
    assert is_refused(entries.filter(quarter=2), quarter=1)


@pytest.mark.parametrize(
    "changes", [{"submitted_by": None}, {"submitted_at": None}, {"number": 0}, {"number": 2}]
)
def test_a_version_without_its_submitter_number_or_reason_is_refused(submitted, changes):
    assert is_refused(submitted.versions.all(), **changes)


def test_a_second_draft_of_one_submission_is_refused(world, submission):
    cell = Cell("lot-acceptance", submission.periods[0], 1, 2)
    operations.save_metrics_draft(submission, [cell], by=world.official, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        submission.versions.create(number=2, saved_at=AT)


@pytest.mark.parametrize(
    "changes",
    [{"closed_reason": "Why."}, {"closed_at": AT}, {"first_quarter": 0}, {"quarters": 0}],
)
def test_a_submission_closes_with_a_reason_and_asks_for_whole_quarters(submission, changes):
    assert is_refused(MetricsSubmission.objects.all(), **changes)


def test_a_version_in_force_belongs_to_a_frozen_submission(submitted):
    version = submitted.versions.get()
    assert is_refused(MetricsSubmission.objects.all(), frozen_version=version)


@pytest.mark.parametrize("changes", [{"unit": "per_cent"}, {"period": "month"}, {"order": 1}])
def test_a_definition_of_an_unknown_kind_is_refused(db, changes):
    assert is_refused(MetricDefinition.objects.filter(program__slug="fdf-2020"), **changes)


def test_a_rate_per_million_must_say_of_what(db):
    definitions = MetricDefinition.objects.filter(unit="per_million")
    assert is_refused(definitions, basis="")


def test_both_pilots_ask_for_three_metrics_and_every_one_is_marked_as_our_assumption(db):
    rows = MetricDefinition.objects.values_list(
        "program__slug", "code", "unit", "basis", "is_assumption"
    )
    assert sorted(rows) == [
        ("api-2020", "complaint-rate", "per_million", "kilograms distributed", True),
        ("api-2020", "invalidated-oos", "percent", "", True),
        ("api-2020", "lot-acceptance", "percent", "", True),
        ("fdf-2020", "complaint-rate", "per_million", "dosage units distributed", True),
        ("fdf-2020", "invalidated-oos", "percent", "", True),
        ("fdf-2020", "lot-acceptance", "percent", "", True),
    ]
    assert not MetricDefinition.objects.filter(source="").exists()


def test_seeding_again_adds_nothing_and_keeps_what_staff_changed(db):
    MetricDefinition.objects.filter(code="complaint-rate").update(basis="lots distributed")
    before = list(MetricDefinition.objects.values())
    seed_metric_definitions(apps)
    assert list(MetricDefinition.objects.values()) == before


def test_a_new_round_gets_its_own_copy_of_the_metrics(db):
    first = Program.objects.get(slug="api-2020")
    fields = [f.attname for f in Program._meta.concrete_fields if f.attname != "id"]
    values = {name: getattr(first, name) for name in fields}
    second = Program.objects.create(**{**values, "slug": "api-again"})
    copied = copy_metric_definitions(first, second)
    assert len(copied) == 3
    rows = [list(p.metric_definitions.values_list(*COPIED)) for p in (first, second)]
    assert rows[0] == rows[1]
    second.metric_definitions.update(name="Changed")
    assert not first.metric_definitions.filter(name="Changed").exists()


def test_every_status_can_be_reached_and_only_frozen_is_final():
    reached = set().union(*MetricStanding.MOVES.values())
    assert reached == set(STATUS) - {STATUS.NOT_STARTED}
    assert set(STATUS) - set(MetricStanding.MOVES) == {STATUS.FROZEN}


def test_progress_counts_metrics_by_status_once_each(world, submitted):
    standing = submitted.standings.get(definition__code="lot-acceptance")
    operations.query_metric(standing, "Why?", by=world.coordinator, at=AT)
    cell = Cell("lot-acceptance", submitted.periods[0], 96, 100)
    operations.submit_metrics(submitted, by=world.official, at=AT, cells=[cell], reason="Recount.")
    row = MetricsSubmission.objects.with_progress().get()
    assert (row.metrics_total, row.metrics_submitted, row.metrics_accepted) == (3, 3, 0)
    assert row.submitted_first_at == AT
