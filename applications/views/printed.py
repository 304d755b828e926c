"""FDA's pages of printed eligibility sheets: ask for one, follow it, download it."""

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from applications import operations
from applications.access import may_read_requests
from applications.models import ParticipationRequest, VerdictSheet
from qmm_pilot import clock
from qmm_pilot.records.files import download_response
from qmm_pilot.records.models import Job

from .deeds import carried_out, open_only_if
from .firm import rehearsal_of

MOST_LISTED = 20


@require_POST
def sheet_print(request, pk):
    """Freeze the sheet of a request and have it printed."""
    open_only_if(may_read_requests(request.user))
    participation_request = get_object_or_404(
        ParticipationRequest.objects.visible_to(request.user), pk=pk
    )
    done = "The sheet is frozen as it stands and is being printed."
    sheet = carried_out(request, operations.print_sheet, participation_request, done=done)
    if sheet is None:
        return redirect("applications:request_review", pk=pk)
    return redirect("applications:sheet_detail", pk=pk, sheet_pk=sheet.pk)


@require_safe
def sheet_detail(request, pk, sheet_pk):
    """Show how far a printed sheet is, then its file, with the editions before it."""
    sheet = _sheet_or_404(request, pk, sheet_pk)
    row = sheet.participation_request
    is_on_its_way = sheet.stored_file_id is None and sheet.job.status != Job.Status.FAILED
    editions = VerdictSheet.objects.visible_to(request.user).filter(participation_request=row)
    return render(
        request,
        "applications/fda/sheet.html",
        {
            "participation_request": row,
            "sheet": sheet,
            "is_on_its_way": is_on_its_way,
            "state": ("ready", "Ready")
            if sheet.stored_file_id
            else (sheet.job.status, sheet.job.get_status_display()),
            "others": editions.exclude(pk=sheet.pk).select_related("asked_by__organization")[
                :MOST_LISTED
            ],
            "kicker": f"{row.program.short_name} · {row.receipt_number}",
            "rehearsal": rehearsal_of(row.program),
        },
    )


@require_POST
def sheet_retry(request, pk, sheet_pk):
    """Have a sheet printed again whose printing failed."""
    sheet = _sheet_or_404(request, pk, sheet_pk)
    carried_out(request, operations.retry_sheet, sheet, done="The sheet is being printed again.")
    return redirect("applications:sheet_detail", pk=pk, sheet_pk=sheet_pk)


@require_safe
def sheet_download(request, pk, sheet_pk):
    """The PDF of a printed sheet; logged."""
    sheet = _sheet_or_404(request, pk, sheet_pk, stored_file__isnull=False)
    return download_response(sheet.stored_file, by=request.user, at=clock.now())


def _sheet_or_404(request, pk, sheet_pk, **facts):
    open_only_if(may_read_requests(request.user))
    sheets = VerdictSheet.objects.visible_to(request.user).select_related(
        "participation_request__program", "stored_file", "job", "asked_by__organization"
    )
    return get_object_or_404(sheets, pk=sheet_pk, participation_request=pk, **facts)
