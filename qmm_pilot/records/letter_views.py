"""A letter that failed or came back: read it, send it again, or note how the person was told."""

from datetime import date

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

from . import letters
from .access import may_resend_letters
from .models import Letter


@require_safe
def letter(request, pk):
    """Show one letter: to whom, when, how it fared, what it says."""
    found = _letter_or_404(request, pk)
    context = {
        "letter": found,
        "has_failed": found.status == Letter.Status.FAILED or found.bounced_at is not None,
        "may_bounce": found.status == Letter.Status.SENT and found.bounced_at is None,
        "had_secret": letters.had_secret(found),
        "calls": found.calls.select_related("noted_by__organization"),
        "today": clock.now().astimezone(clock.EASTERN).date(),
    }
    return render(request, "records/letter.html", context)


@require_POST
def letter_resend(request, pk):
    """Send a failed letter again."""
    return _deed(request, pk, letters.resend_letter, "The letter is on its way again.")


@require_POST
def letter_tell(request, pk):
    """Note how the person was told otherwise."""
    done = "Noted. The task is closed."
    return _deed(request, pk, letters.tell_otherwise, done, how=request.POST.get("how", "")[:2000])


@require_POST
def letter_bounce(request, pk):
    """Note that a letter which was sent came back."""
    done = "Noted. Send it again, or tell the person otherwise."
    reason = request.POST.get("reason", "")[:2000]
    return _deed(request, pk, letters.record_bounce, done, reason=reason)


@require_POST
def letter_call(request, pk):
    """Note whom of its readers was told by telephone, and when."""
    try:
        called_on = date.fromisoformat(request.POST.get("called_on", ""))
    except ValueError:
        _letter_or_404(request, pk)
        messages.error(request, "Enter the day of the call.")
        return redirect("records:letter", pk=pk)
    spoke_to = request.POST.get("spoke_to", "")[:200]
    done = "The call is noted. The task is closed."
    return _deed(request, pk, letters.note_call, done, spoke_to=spoke_to, called_on=called_on)


def _deed(request, pk, operation, done, **given):
    found = _letter_or_404(request, pk)
    try:
        operation(found, **given, by=request.user, at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("records:letter", pk=pk)


def _letter_or_404(request, pk):
    if not may_resend_letters(request.user):
        raise Http404
    rows = Letter.objects.visible_to(request.user).select_related("person__organization")
    return get_object_or_404(rows, pk=pk)
