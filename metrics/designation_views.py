"""The firm designates further parts of submitted metrics as confidential (A10)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.confidentiality import RULE, marks_of

from . import operations
from .access import may_enter_metrics
from .forms import DesignationForm
from .models import MetricsVersion


@require_http_methods(["GET", "HEAD", "POST"])
def designate(request, pk, version_pk):
    """Choose parts of a version that are not designated yet, and designate them with a reason."""
    version = get_object_or_404(
        MetricsVersion.objects.visible_to(request.user)
        .submitted()
        .select_related(
            "submission__participation__facility", "submission__participation__program"
        ),
        pk=version_pk,
        submission=pk,
    )
    submission = version.submission
    if not may_enter_metrics(request.user, submission):
        raise PermissionDenied("People who enter metrics for the firm designate them.")
    marks = marks_of(version)
    open_ones = [part for part in operations.parts_of(submission) if part[0] not in marks]
    form = DesignationForm(request.POST if request.method == "POST" else None, choices=open_ones)
    if form.is_valid():
        try:
            operations.designate_metrics(
                version,
                form.cleaned_data["confidential"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=clock.now(),
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Designated. FDA sees the mark from now on.")
            return redirect("metrics:version", pk=pk, version_pk=version_pk)
    program = submission.participation.program
    context = {
        "submission": submission,
        "participation": submission.participation,
        "version": version,
        "form": form,
        "open_ones": open_ones,
        "confidential": marks,
        "rule": RULE,
        "rehearsal": program.name if program.is_rehearsal else "",
    }
    return render(request, "metrics/designate.html", context)
