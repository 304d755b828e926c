"""What the worker does for this floor: read an uploaded inspection file."""

from datetime import timedelta

from qmm_pilot.records.jobs import handles

from .models import InspectionUpload
from .operations.imports import IMPORT_JOB, read_upload

# FDA's whole export (about 330,000 rows) takes under a minute; the lease allows a slow machine.
LONGEST_IMPORT = timedelta(minutes=10)


@handles(IMPORT_JOB, lease=LONGEST_IMPORT)
def import_uploaded_inspections(job):
    """Import the file that this job is about."""
    read_upload(
        InspectionUpload.objects.select_related("stored_file", "uploaded_by").get(pk=job.subject_id)
    )
