"""What the worker does for this floor: imports, rechecks, printing, looks, reminders."""

from datetime import timedelta

from celery import shared_task

from qmm_pilot import clock
from qmm_pilot.records.jobs import handles

from .dossier_files import dossier_pdf, dossier_zip
from .letter_paper import letter_pdf
from .models import DataUpload, DecisionLetter, SelectionDossier, VerdictSheet
from .operations import (
    find_overdue_answers,
    find_unopened_letters,
    find_unreachable,
    recheck_verdicts,
    remind_of_acceptance,
    remind_of_close,
)
from .operations.decision_letters import PRINT_LETTER
from .operations.dossiers import DOSSIER_JOB, keep_dossier
from .operations.imports import APPLY_JOB, READ_JOB, apply_upload, read_upload
from .operations.letter_copies import give_up_letter_copy, keep_letter_copy
from .operations.sheets import PRINT_SHEET, keep_sheet
from .rechecking import RECHECK_JOB
from .sheet_content import sheet_pdf

# FDA's whole export (about 330,000 rows) takes under a minute; the lease allows a slow machine.
LONGEST_IMPORT = timedelta(minutes=10)


@handles(READ_JOB, lease=LONGEST_IMPORT)
def read_public_data(job):
    """Read the file that this job is about and note what it would change."""
    read_upload(_uploaded(job), job=job)


@handles(APPLY_JOB, lease=LONGEST_IMPORT)
def apply_public_data(job):
    """Import the file that this job is about, which a person confirmed."""
    apply_upload(_uploaded(job), job=job)


def _uploaded(job):
    related = ("stored_file", "uploaded_by", "confirmed_by")
    return DataUpload.objects.select_related(*related).get(pk=job.subject_id)


@handles(RECHECK_JOB)
def recheck_live_verdicts(job):
    """Compare every live verdict with the data on record."""
    recheck_verdicts(job.subject_id, at=job.moment)


@handles(PRINT_SHEET)
def print_eligibility_sheet(job):
    """Print the frozen content; a second run finds the sheet kept and does nothing."""
    sheet = VerdictSheet.objects.get(pk=job.subject_id)
    if sheet.stored_file_id is None and sheet.job_id == job.pk:
        keep_sheet(sheet.pk, sheet_pdf(sheet.content), job=job)


@handles(DOSSIER_JOB)
def make_selection_dossier(job):
    """Make both files of the frozen content; a second run finds them kept and does nothing."""
    dossier = SelectionDossier.objects.get(pk=job.subject_id)
    if dossier.bundle_id is None and dossier.job_id == job.pk:
        pdf = dossier_pdf(dossier.content)
        keep_dossier(dossier.pk, pdf, dossier_zip(dossier.content, pdf), job=job)


@handles(PRINT_LETTER, give_up=give_up_letter_copy)
def print_decision_letter(job):
    """Print a firm's copy of a decision letter; a second run finds it kept and does nothing."""
    letters = DecisionLetter.objects.select_related("participation_request__program")
    letter = letters.get(pk=job.subject_id)
    if letter.stored_file_id is None and letter.job_id == job.pk:
        keep_letter_copy(letter.pk, letter_pdf(letter), job=job)


@shared_task(name="applications.find_unopened_letters", ignore_result=True)
def look_for_unopened_letters():
    """Ask every hour which decision letters nobody opened in time."""
    find_unopened_letters(at=clock.now())


@shared_task(name="applications.find_unreachable", ignore_result=True)
def look_for_unreachable_firms():
    """Ask once a day which firms nobody can be reached at."""
    find_unreachable(at=clock.now())


@shared_task(name="applications.remind_of_acceptance", ignore_result=True)
def remind_firms_of_offers():
    """Ask every hour whose offer of a place is to be answered soon, or should have been."""
    remind_of_acceptance(at=clock.now())


@shared_task(name="applications.remind_of_close", ignore_result=True)
def remind_owners_of_drafts():
    """Ask every hour whose draft is to be reminded of the close."""
    remind_of_close(at=clock.now())


@shared_task(name="applications.find_overdue_answers", ignore_result=True)
def look_for_overdue_answers():
    """Ask every hour whose firm did not answer FDA in time."""
    find_overdue_answers(at=clock.now())
