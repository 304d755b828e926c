"""The firm's pages of a finished draft: hand it over for signature, take it back, send it back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from applications import access, operations
from applications.models import AuthorityLetter, ParticipationRequest
from applications.operations.handovers import open_handover
from applications.operations.letters import signers
from applications.signing_forms import HandOverForm, SendBackForm
from qmm_pilot import clock

from .answers import gaps
from .deeds import carried_out
from .firm import firm_page, posted, rehearsal_of

Status = ParticipationRequest.Status


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def request_hand_over(request, pk):
    """Choose who reads, attests and submits, and hand the draft to her."""
    participation_request = _prepared(request, pk)
    handover = open_handover(participation_request)
    if participation_request.status != Status.DRAFT or handover:
        messages.info(request, "This request is not a draft of yours to hand over now.")
        return redirect("applications:request_detail", pk=pk)
    people = signers(participation_request, at=clock.now()).exclude(pk=request.user.pk)
    form = HandOverForm(
        posted(request),
        request.FILES or None,
        people=people,
        without_letter=_without_letter(request.user, participation_request, people),
    )
    if request.method == "POST" and form.is_valid():
        done = f"The request waits for {form.cleaned_data['to']}’s signature. A mail says so."
        facts = {**form.cleaned_data, "done": done}
        if carried_out(request, operations.hand_over, participation_request, **facts):
            return redirect("applications:request_detail", pk=pk)
    return render(
        request,
        "applications/firm/request_hand_over.html",
        {
            "participation_request": participation_request,
            "rehearsal": rehearsal_of(participation_request.program),
            "form": form,
            "people": people,
            "gaps": gaps(participation_request),
        },
    )


@require_POST
@firm_page
def request_take_back(request, pk):
    """Take the draft back from its signer."""
    participation_request = _prepared(request, pk)
    done = "The request is a draft again, so its answers can be changed."
    carried_out(request, operations.take_back, participation_request, done=done)
    return redirect("applications:request_detail", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@firm_page
def request_send_back(request, pk):
    """The signer sends the draft back to whoever handed it over, with a note."""
    participation_request = _own(request, pk)
    if not access.may_sign_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Only the person who signs sends a request back.")
    handover = open_handover(participation_request)
    if participation_request.status != Status.DRAFT or handover is None:
        messages.info(request, "This request does not wait for a signature.")
        return redirect("applications:request_detail", pk=pk)
    form = SendBackForm(posted(request))
    if request.method == "POST" and form.is_valid():
        done = f"The request went back to {handover.by}, who is told by mail."
        facts = {**form.cleaned_data, "done": done}
        if carried_out(request, operations.send_back, participation_request, **facts):
            return redirect("applications:request_detail", pk=pk)
    return render(
        request,
        "applications/firm/request_send_back.html",
        {
            "participation_request": participation_request,
            "rehearsal": rehearsal_of(participation_request.program),
            "handover": handover,
            "form": form,
        },
    )


def _without_letter(user, participation_request, people):
    """Those officials among them for whom this person may file a letter, and none is on file."""
    firm = participation_request.organization_id
    if not access.may_file_authority(user, firm):
        return []
    on_file = AuthorityLetter.objects.visible_to(user).standing().values("official")
    return list(people.filter(organization=firm).exclude(pk__in=on_file))


def _own(request, pk):
    rows = ParticipationRequest.objects.visible_to(request.user).select_related(
        "program", "facility", "organization"
    )
    return get_object_or_404(rows, pk=pk)


def _prepared(request, pk):
    participation_request = _own(request, pk)
    if not access.may_prepare_request(request.user, participation_request.organization_id):
        raise PermissionDenied("Preparers and officials of the firm hand its requests over.")
    return participation_request
