"""The firm designates further answers of a submitted request as confidential (A10)."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from applications import access, operations
from applications.answer_forms import AnswersForm
from applications.forms import DesignationForm
from applications.models import ParticipationRequest
from qmm_pilot.records.confidentiality import RULE

from .deeds import carried_out
from .firm import firm_page, posted, rehearsal_of


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def request_designate(request, pk):
    """Choose answers that are not designated yet, and designate them with a reason."""
    participation_request = get_object_or_404(
        ParticipationRequest.objects.visible_to(request.user).select_related("program", "facility"),
        pk=pk,
    )
    if not access.may_prepare_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Preparers and officials of the firm designate its answers.")
    if participation_request.submitted_by_id is None:
        return redirect("applications:request_detail", pk=pk)
    marks = operations.marks_of_request(participation_request)
    questions = AnswersForm(instance=participation_request).choices_of_marks()
    open_ones = [(name, words) for name, words in questions if name not in marks]
    form = DesignationForm(posted(request), choices=open_ones)
    if form.is_valid() and carried_out(
        request,
        operations.designate_answers,
        participation_request,
        form.cleaned_data["fields_chosen"],
        reason=form.cleaned_data["reason"],
        done="The answers are designated. FDA sees the mark from now on.",
    ):
        return redirect("applications:request_detail", pk=pk)
    return render(
        request,
        "applications/firm/request_designate.html",
        {
            "participation_request": participation_request,
            "form": form,
            "open_ones": open_ones,
            "confidential": marks,
            "rule": RULE,
            "rehearsal": rehearsal_of(participation_request.program),
        },
    )
