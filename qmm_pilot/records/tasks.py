"""What the worker is told: run a job, sweep the queue, purge, tick the demonstration's clock."""

from celery import shared_task
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from qmm_pilot import clock

from . import jobs, letters, trail_exports


@shared_task(name="records.run_job")
def run_job(job_id):
    """Do the job of this id; the message carries nothing else."""
    jobs.run_job(job_id)


@shared_task(name="records.sweep_jobs", ignore_result=True)
def sweep_jobs():
    """Offer again what waits too long or was left by a dead worker."""
    jobs.sweep()


@shared_task(name="records.purge_expired", ignore_result=True)
def purge_expired():
    """Remove expired sessions and cache rows."""
    call_command("clearsessions")
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(cache._table)
        cursor.execute(
            f"DELETE FROM {table} WHERE expires < %s",  # nosec B608 - the quoted name of our own table
            [connection.ops.adapt_datetimefield_value(clock.real_now())],
        )


@shared_task(name="records.tick_demonstration", ignore_result=True)
def tick_demonstration():
    """Let the demonstration's clock go on while the demonstration runs."""
    clock.tick()


def _give_up_letter(job):
    letters.give_up(job.subject_id, at=job.moment)


@jobs.handles("send_letter", give_up=_give_up_letter, most_errors=8)
def send_letter(job):
    letters.send(job.subject_id, at=job.moment)


@jobs.handles(trail_exports.EXPORT_JOB)
def export_trail(job):
    trail_exports.make_export(job)
