"""What the worker does for this floor: read inspection files, look for firms, remind owners."""

from datetime import timedelta

from celery import shared_task

from qmm_pilot import clock
from qmm_pilot.records.jobs import handles

from .models import DataUpload
from .operations import find_unreachable, remind_of_close
from .operations.imports import IMPORT_JOB, read_upload

# FDA's whole export (about 330,000 rows) takes under a minute; the lease allows a slow machine.
LONGEST_IMPORT = timedelta(minutes=10)


@handles(IMPORT_JOB, lease=LONGEST_IMPORT)
def import_uploaded_inspections(job):
    """Import the file that this job is about."""
    read_upload(
        DataUpload.objects.select_related("stored_file", "uploaded_by").get(pk=job.subject_id)
    )


@shared_task(name="applications.find_unreachable", ignore_result=True)
def look_for_unreachable_firms():
    """Ask once a day which firms nobody can be reached at."""
    find_unreachable(at=clock.now())


@shared_task(name="applications.remind_of_close", ignore_result=True)
def remind_owners_of_drafts():
    """Ask every hour whose draft is to be reminded of the close."""
    remind_of_close(at=clock.now())
