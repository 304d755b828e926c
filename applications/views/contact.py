"""The firm's page of another contact for a request that FDA has."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from applications import access, operations
from applications.contact_forms import ContactForm
from applications.models import ParticipationRequest
from applications.operations.facilities import WITH_FDA

from .deeds import carried_out
from .firm import firm_page, posted, rehearsal_of


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def request_contact(request, pk):
    """Name another contact, or correct the one that was submitted."""
    rows = ParticipationRequest.objects.visible_to(request.user).select_related(
        "program", "facility"
    )
    participation_request = get_object_or_404(rows, pk=pk)
    if not access.may_prepare_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Preparers and officials of the firm change the contact.")
    if participation_request.status not in WITH_FDA:
        messages.info(request, "The contact of this request is not changed here.")
        return redirect("applications:request_detail", pk=pk)
    form = ContactForm(posted(request), instance=get_object_or_404(rows, pk=pk))
    if request.method == "POST" and form.is_valid():
        done = "The contact is changed. FDA’s coordinators are told."
        facts = {"done": done}
        answers = form.cleaned_data
        if carried_out(request, operations.change_contact, participation_request, answers, **facts):
            return redirect("applications:request_detail", pk=pk)
    return render(
        request,
        "applications/firm/request_contact.html",
        {
            "participation_request": participation_request,
            "rehearsal": rehearsal_of(participation_request.program),
            "form": form,
        },
    )
