"""FDA's pages of requests that came by mail: file, read, enter, care for the link (B19)."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import operations
from applications.access import may_review_requests
from applications.mailed_forms import EnterForm, FileForm, SetAsideForm
from applications.models import Facility, MailedRequest, ParticipationRequest
from applications.triage.choice import Choice
from qmm_pilot import clock
from qmm_pilot.accounts.models import Organization
from qmm_pilot.clock import EASTERN
from qmm_pilot.programs.models import Program
from qmm_pilot.records.files import download_response

from .deeds import carried_out, open_only_if

Status = ParticipationRequest.Status
READ_OR_POST = ["GET", "HEAD", "POST"]
ON_ONE_PAGE = 100


@require_http_methods(READ_OR_POST)
def mailed_list(request):
    """The messages to enter and the requests that wait for their firms; file another message."""
    open_only_if(may_review_requests(request.user))
    programs = Program.objects.visible_to(request.user).real()
    is_posted = request.method == "POST"
    form = FileForm(
        request.POST if is_posted else None, request.FILES if is_posted else None, programs=programs
    )
    if is_posted and form.is_valid():
        filed = carried_out(
            request,
            operations.file_message,
            form.cleaned_data["message"],
            program=form.cleaned_data["program"],
            done="The mail is filed as it came. Enter below what it says.",
        )
        if filed:
            return redirect("applications:mailed_enter", pk=filed.pk)
    rows = MailedRequest.objects.visible_to(request.user).select_related("program")
    waiting = list(rows.waiting().order_by("filed_at", "pk")[: ON_ONE_PAGE + 1])
    unconfirmed = list(
        rows.filter(participation_request__status=Status.AWAITING_CONFIRMATION)
        .select_related("participation_request")
        .order_by("confirm_by", "pk")[: ON_ONE_PAGE + 1]
    )
    return render(
        request,
        "applications/fda/mailed_list.html",
        {
            "form": form,
            "waiting": waiting[:ON_ONE_PAGE],
            "more_wait": len(waiting) > ON_ONE_PAGE,
            "unconfirmed": unconfirmed[:ON_ONE_PAGE],
            "more_unconfirmed": len(unconfirmed) > ON_ONE_PAGE,
            "queue_query": Choice(state=Status.AWAITING_CONFIRMATION).query(),
        },
    )


@require_http_methods(READ_OR_POST)
def mailed_enter(request, pk):
    """The message as filed, and the form that takes what it says."""
    row = _open(request, pk)
    if row.participation_request_id:
        return redirect("applications:request_review", pk=row.participation_request_id)
    if row.set_aside_at:
        messages.info(request, "This message was set aside: it is no request.")
        return redirect("applications:mailed_list")
    user = request.user
    empty = ParticipationRequest(program=row.program)
    form = EnterForm(
        request.POST if request.method == "POST" else None,
        instance=empty,
        initial=_proposed(row),
        facilities=Facility.objects.visible_to(user).select_related("organization"),
        firms=Organization.objects.filter(
            participation_requests__in=ParticipationRequest.objects.visible_to(user).real()
        ).distinct(),
    )
    if request.method == "POST" and form.is_valid():
        done = "The request awaits the firm’s confirmation. The firm is asked by mail."
        facts = {**form.facts(), "done": done}
        entered = carried_out(request, operations.enter_mailed_request, row, **facts)
        if entered:
            return redirect("applications:request_review", pk=entered.pk)
    return render(request, "applications/fda/mailed_enter.html", {"row": row, "form": form})


@require_safe
def mailed_message(request, pk):
    """Hand out the message as filed, before it is entered; each download is logged."""
    row = _open(request, pk)
    open_only_if(row.participation_request_id is None)
    return download_response(row.stored_file, by=request.user, at=clock.now())


@require_safe
def request_message(request, pk):
    """Hand out the message of a mailed request; each download is logged."""
    row = _of_request(request, pk)
    return download_response(row.stored_file, by=request.user, at=clock.now())


@require_http_methods(READ_OR_POST)
def mailed_set_aside(request, pk):
    """Ask before a message is set aside, and set it aside."""
    row = _open(request, pk)
    open_only_if(row.participation_request_id is None and row.set_aside_at is None)
    form = SetAsideForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        done = "The message is set aside and stays on record."
        reason = form.cleaned_data["reason"]
        if carried_out(request, operations.set_message_aside, row, reason=reason, done=done):
            return redirect("applications:mailed_list")
    return render(request, "applications/fda/mailed_set_aside.html", {"row": row, "form": form})


@require_POST
def request_link_resend(request, pk):
    """Mail the firm a new link."""
    row = _of_request(request, pk)
    done = f"A new link is on its way to {row.contact_email}. The earlier one is dead."
    carried_out(request, operations.resend_link, row, done=done)
    return redirect("applications:request_review", pk=pk)


@require_POST
def request_link_revoke(request, pk):
    """Take the firm's link back."""
    row = _of_request(request, pk)
    carried_out(request, operations.revoke_link, row, done="The link is dead.")
    return redirect("applications:request_review", pk=pk)


def _proposed(row):
    """What the message's headers propose; the mailbox's clock before the sender's."""
    arrived = row.received_at or row.written_at
    return {
        "arrival": arrived.astimezone(EASTERN).replace(tzinfo=None) if arrived else None,
        "contact_name": row.sender_name,
        "contact_email": row.sender_address,
    }


def _open(request, pk):
    open_only_if(may_review_requests(request.user))
    rows = MailedRequest.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("program", "stored_file", "filed_by"), pk=pk)


def _of_request(request, pk):
    open_only_if(may_review_requests(request.user))
    rows = MailedRequest.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("stored_file"), participation_request=pk)
