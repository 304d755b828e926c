"""Deeds on printed eligibility sheets: ask for one, keep what the worker printed."""

from django.db import transaction

from applications.access import may_read_requests
from applications.models import Attestation, CriterionResult, ParticipationRequest, VerdictSheet
from applications.sheet_content import content_of
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.files import keep_document, storing
from qmm_pilot.records.jobs import queue_job
from qmm_pilot.records.models import Job
from qmm_pilot.records.trail import record

PRINT_SHEET = "print_sheet"


@transaction.atomic
def print_sheet(participation_request, *, by, at) -> VerdictSheet:
    """Freeze what the eligibility sheet of an examined request says now, and have it printed.

    Raises Refusal for anyone but FDA's case staff, and before the first examination.
    """
    if not may_read_requests(by):
        raise Refusal("Only FDA’s case staff print eligibility sheets.")
    results = list(
        CriterionResult.objects.filter(participation_request=participation_request)
        .select_related(
            "criterion", "snapshot", "ruled_by__organization", "confirmed_by__organization"
        )
        .order_by("criterion__order")
    )
    if not results:
        raise Refusal("Nothing was examined yet, so there is no sheet to print. Take it up first.")
    standing = Attestation.objects.filter(
        participation_request=participation_request, ended_at=None
    ).select_related("attested_by__organization")
    attestations = {row.criterion_id: row for row in standing}
    participation_request = ParticipationRequest.objects.select_related(
        "program", "facility", "organization"
    ).get(pk=participation_request.pk)
    sheet = VerdictSheet(
        participation_request=participation_request,
        content=content_of(participation_request, results, attestations, by=by, at=at),
        asked_by=by,
        asked_at=at,
    )
    sheet.job = queue_job(PRINT_SHEET, sheet, at=at, by=by)
    sheet.save(force_insert=True)
    record("print_sheet", participation_request, by=by, at=at, after={"sheet": sheet.pk})
    return sheet


@transaction.atomic
def retry_sheet(sheet, *, by, at) -> VerdictSheet:
    """Have a sheet printed again whose printing failed."""
    sheet = (
        VerdictSheet.objects.select_for_update(of=("self",), no_key=True)
        .select_related("participation_request")
        .get(pk=sheet.pk)
    )
    if not may_read_requests(by):
        raise Refusal("Only FDA’s case staff print eligibility sheets.")
    if sheet.stored_file_id or sheet.job.status != Job.Status.FAILED:
        raise IllegalMove("This sheet is printed, or on its way. Reload the page.")
    sheet.job = queue_job(PRINT_SHEET, sheet, at=at, by=by)
    sheet.save(update_fields=["job"])
    record("retry_sheet", sheet.participation_request, by=by, at=at, after={"sheet": sheet.pk})
    return sheet


def keep_sheet(sheet_id, pdf: bytes, *, job) -> VerdictSheet | None:
    """Keep the PDF that this job printed; None when one is kept already."""
    with storing() as keys:
        sheet = (
            VerdictSheet.objects.select_for_update(of=("self",), no_key=True)
            .select_related("participation_request")
            .get(pk=sheet_id)
        )
        if sheet.stored_file_id or sheet.job_id != job.pk:
            return None
        sheet.stored_file = keep_document(
            pdf,
            name=f"eligibility-sheet-{sheet.participation_request.receipt_number}.pdf",
            media_type="application/pdf",
            by=None,
            at=job.moment,
            about=sheet,
            keys=keys,
        )
        sheet.save(update_fields=["stored_file"])
        record(
            "keep_sheet",
            sheet.participation_request,
            by=None,
            at=job.moment,
            after={"sheet": sheet.pk, "sha256": sheet.stored_file.sha256},
        )
    return sheet
