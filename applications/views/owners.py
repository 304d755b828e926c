"""The firm's pages around a change of owner: commitments attested anew, copies that were kept."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from applications import access, operations
from applications.forms import CommitmentsForm
from applications.models import KeptCopy, ParticipationRequest
from applications.operations.ownership import awaits_attestation
from applications.operations.versions import ANEW
from qmm_pilot.programs.models import Criterion

from .deeds import carried_out
from .firm import firm_page, posted, rehearsal_of


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def request_attest_anew(request, pk):
    """The new owner's official attests the commitments of a request that came with the site."""
    rows = ParticipationRequest.objects.visible_to(request.user).select_related(
        "program", "facility"
    )
    participation_request = get_object_or_404(rows, pk=pk)
    if not access.may_sign_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Authorized officials of the firm attest its commitments.")
    if not awaits_attestation(participation_request):
        messages.info(request, "The commitments of this request are attested.")
        return redirect("applications:request_detail", pk=pk)
    criteria = participation_request.program.criteria.filter(check_kind=Criterion.Check.COMMITMENT)
    form = CommitmentsForm(posted(request), criteria=list(criteria), request=request)
    if request.method == "POST" and form.is_valid():
        done = "The commitments are attested. The request is no longer on hold for that."
        facts = {"attested": form.attested(), "proof": form.proof(), "done": done}
        if carried_out(request, operations.attest_anew, participation_request, **facts):
            return redirect("applications:request_detail", pk=pk)
    return render(
        request,
        "applications/firm/request_attest_anew.html",
        {
            "participation_request": participation_request,
            "rehearsal": rehearsal_of(participation_request.program),
            "form": form,
            "meaning": ANEW,
        },
    )


@require_safe
@firm_page
def kept_copy(request, pk):
    """What the person's firm submitted about a site that has another owner now."""
    copies = KeptCopy.objects.visible_to(request.user).select_related("change")
    return render(
        request, "applications/firm/kept_copy.html", {"copy": get_object_or_404(copies, pk=pk)}
    )
