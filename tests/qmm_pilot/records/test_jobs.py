"""The job queue of record: claimed once, tried again, swept when a worker dies."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from qmm_pilot import clock
from qmm_pilot.records import jobs
from qmm_pilot.records.models import Job
from tests import factories

AT = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)


@pytest.fixture
def handled():
    """A kind of job whose handler notes its runs and fails as often as it is told."""
    runs, given_up, failures = [], [], []

    def run(job):
        runs.append(job.pk)
        if failures:
            raise failures.pop()

    jobs.handles("test_kind", lease=timedelta(seconds=30), give_up=lambda job: given_up.append(1))(
        run
    )
    yield runs, given_up, failures
    del jobs.HANDLERS["test_kind"]


@pytest.fixture
def job(db, handled):
    with transaction.atomic():
        return jobs.queue_job("test_kind", factories.organization(), at=AT)


def test_a_job_runs_once_with_the_moment_that_it_was_asked_with(job, handled):
    assert jobs.run_job(job.pk) is True
    assert jobs.run_job(job.pk) is False
    job.refresh_from_db()
    assert (job.status, job.attempts, job.moment) == (Job.Status.DONE, 1, AT)
    assert handled[0] == [job.pk]


def test_a_job_that_another_worker_has_is_left_alone(job, handled):
    assert jobs._claim(job.pk) is not None
    assert jobs.run_job(job.pk) is False
    assert handled[0] == []


def test_an_error_is_tried_again_later_and_at_last_given_up(job, handled):
    runs, given_up, failures = handled
    failures.extend([OSError("secret"), OSError("secret"), OSError("secret")])
    for attempt in range(1, 4):
        assert jobs.run_job(job.pk) is True
        job.refresh_from_db()
        assert job.errors == attempt
        assert job.last_error == "OSError"
        if attempt < 3:
            assert job.status == Job.Status.QUEUED
            assert job.not_before > clock.real_now()
            assert jobs.run_job(job.pk) is False
            Job.objects.update(not_before=clock.real_now())
    assert job.status == Job.Status.FAILED
    assert given_up == [1]
    assert len(runs) == 3


def test_the_sweeper_offers_what_a_dead_worker_left(job, handled):
    jobs._claim(job.pk)
    past = clock.real_now() - timedelta(minutes=5)
    assert jobs.sweep() == []
    Job.objects.update(lease_until=past, asked_at=past)
    assert jobs.sweep() == [job.pk]
    job.refresh_from_db()
    assert (job.status, job.crashes, job.errors) == (Job.Status.QUEUED, 1, 0)
    assert jobs.run_job(job.pk) is True


def test_the_sweeper_leaves_a_worker_that_lives(job, handled):
    jobs._claim(job.pk)
    Job.objects.update(asked_at=clock.real_now() - timedelta(minutes=5))
    assert jobs.sweep() == []
    job.refresh_from_db()
    assert job.status == Job.Status.RUNNING


def test_the_sweeper_offers_a_job_whose_hint_was_lost(job):
    assert jobs.sweep() == []
    Job.objects.update(asked_at=clock.real_now() - timedelta(minutes=5))
    assert jobs.sweep() == [job.pk]


def test_a_worker_that_comes_back_after_its_lease_cannot_finish_anothers_job(job, handled):
    late = jobs._claim(job.pk)
    Job.objects.update(lease_until=clock.real_now() - timedelta(seconds=1))
    jobs.sweep()
    current = jobs._claim(job.pk)
    assert jobs._mine(late).update(status=Job.Status.DONE) == 0
    assert jobs._mine(current).exists()


def test_a_job_whose_worker_dies_again_and_again_is_given_up(job, handled):
    for _ in range(jobs.MOST_CRASHES):
        jobs._claim(job.pk)
        Job.objects.update(lease_until=clock.real_now() - timedelta(seconds=1))
        jobs.sweep()
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert job.crashes == jobs.MOST_CRASHES
    assert handled[1] == [1]


def test_a_broker_that_is_away_loses_no_job(committing, settings, handled, tmp_path):
    from celery import Celery, current_app

    usual = current_app._get_current_object()
    away = Celery("away", broker="redis://127.0.0.1:1/0")
    away.conf.broker_transport_options = {"socket_connect_timeout": 1}
    away.set_current()
    try:
        with transaction.atomic():
            job = jobs.queue_job("test_kind", factories.organization(), at=AT)
    finally:
        usual.set_current()
    assert Job.objects.get(pk=job.pk).status == Job.Status.QUEUED
