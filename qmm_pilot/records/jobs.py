"""Background work: the Job row is the queue of record, Celery's message only a hint.

A job is claimed by a conditional update with a lease; when its worker dies, the sweeper offers it
again. Handlers are safe to run twice: they end in one operation that does nothing the second time.
"""

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from celery import current_app
from django.db import transaction
from django.db.models import F
from kombu.exceptions import OperationalError

from qmm_pilot import clock

from .models import AboutSubject, Job

logger = logging.getLogger(__name__)

MOST_ERRORS = 3
MOST_CRASHES = 8
HINT_AGAIN_AFTER = timedelta(seconds=15)


class Handler(NamedTuple):
    run: Callable[[Job], None]
    give_up: Callable[[Job], None] | None
    lease: timedelta
    most_errors: int


class LostClaim(Exception):  # noqa: N818 - a fact about the queue, not a fault of the work
    """Another worker has taken this job over; whoever had it stops and keeps nothing."""


HANDLERS: dict[str, Handler] = {}


def handles(kind, *, lease=timedelta(seconds=45), give_up=None, most_errors=MOST_ERRORS):
    """Register the function that does the work of this kind of job.

    `lease` is real time after which the worker is taken for dead; `give_up(job)` is called in the
    transaction that marks the job failed for good.
    """

    def register(function):
        HANDLERS[kind] = Handler(function, give_up, lease, most_errors)
        return function

    return register


def queue_job(kind, about, *, at, by=None) -> Job:
    """Queue a job in the present transaction; its hint is published after commit."""
    asked_at = clock.real_now()
    job = Job.objects.create(
        **AboutSubject.naming(about),
        kind=kind,
        moment=at,
        asked_by=by,
        asked_at=asked_at,
        not_before=asked_at,
    )
    transaction.on_commit(lambda: publish_hint(job.pk))
    return job


def latest_job(about, kind) -> Job | None:
    """The newest job of this kind about this record."""
    return Job.objects.filter(**AboutSubject.naming(about), kind=kind).order_by("-asked_at").first()


def publish_hint(job_id) -> None:
    """Tell a worker that the job waits; a broker that is away leaves it to the sweeper."""
    try:
        current_app.send_task("records.run_job", [str(job_id)], retry=False, ignore_result=True)
    except (OperationalError, OSError) as fault:
        logger.warning("job %s waits for the sweeper: %s", job_id, type(fault).__name__)


def run_job(job_id) -> bool:
    """Claim and do one job; False when another worker has it or it is finished."""
    job = _claim(job_id)
    if job is None:
        return False
    handler = HANDLERS[job.kind]
    try:
        handler.run(job)
    except LostClaim:
        logger.warning("job %s (%s) was taken over by another worker", job.pk, job.kind)
    except Exception as fault:
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        _count_error(job, handler, fault)
    else:
        _mine(job).update(
            status=Job.Status.DONE, finished_at=clock.real_now(), lease_until=None, claim=None
        )
    return True


def note_progress(job, done, total) -> None:
    """Note how far long work is, in steps, and keep its claim for another lease.

    Raises LostClaim when the job was taken over meanwhile.
    """
    kept = _mine(job).update(
        steps_done=done,
        steps_total=total,
        lease_until=clock.real_now() + HANDLERS[job.kind].lease,
    )
    if not kept:
        raise LostClaim


def sweep() -> list:
    """Offer again what a dead worker left and what no worker heard of; returns those job ids."""
    moment = clock.real_now()
    stranded = Job.objects.filter(status=Job.Status.RUNNING, lease_until__lt=moment)
    for job in stranded:
        _count_crash(job)
    waiting = list(
        Job.objects.filter(
            status=Job.Status.QUEUED,
            not_before__lte=moment,
            asked_at__lte=moment - HINT_AGAIN_AFTER,
        )
        .order_by("asked_at")
        .values_list("pk", flat=True)[:500]
    )
    for job_id in waiting:
        publish_hint(job_id)
    return waiting


def _claim(job_id) -> Job | None:
    moment = clock.real_now()
    kind = Job.objects.filter(pk=job_id).values_list("kind", flat=True).first()
    if kind is None or kind not in HANDLERS:
        return None
    claim = uuid.uuid4()
    taken = Job.objects.filter(pk=job_id, status=Job.Status.QUEUED, not_before__lte=moment).update(
        status=Job.Status.RUNNING,
        claim=claim,
        lease_until=moment + HANDLERS[kind].lease,
        attempts=F("attempts") + 1,
    )
    return Job.objects.get(pk=job_id) if taken else None


def _mine(job):
    return Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING, claim=job.claim)


@transaction.atomic
def _count_error(job, handler, fault):
    errors = job.errors + 1
    ends = errors >= handler.most_errors
    # The class alone: a message may quote what the person wrote.
    changed = _mine(job).update(
        status=Job.Status.FAILED if ends else Job.Status.QUEUED,
        errors=errors,
        last_error=type(fault).__name__,
        not_before=clock.real_now() + timedelta(seconds=5 * 4 ** (errors - 1)),
        lease_until=None,
        claim=None,
    )
    if changed and ends and handler.give_up:
        handler.give_up(job)


@transaction.atomic
def _count_crash(job):
    crashes = job.crashes + 1
    ends = crashes >= MOST_CRASHES
    changed = _mine(job).update(
        status=Job.Status.FAILED if ends else Job.Status.QUEUED,
        crashes=crashes,
        last_error="the worker died" if ends else job.last_error,
        lease_until=None,
        claim=None,
    )
    handler = HANDLERS.get(job.kind)
    if changed and ends and handler and handler.give_up:
        handler.give_up(job)
