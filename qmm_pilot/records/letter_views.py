"""A letter that could not be sent: read it, send it again, or note how the person was told."""

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
        "has_failed": found.status == Letter.Status.FAILED,
        "had_secret": letters.had_secret(found),
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
