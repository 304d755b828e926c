"""How a page of FDA's opens its door and carries out one deed."""

from django.contrib import messages
from django.http import Http404

from applications.operations.barring import refuse_while_barred
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal


def open_only_if(allowed) -> None:
    """Answer "not found" to whoever may not come in here."""
    if not allowed:
        raise Http404


def closed_to(request, requests) -> bool:
    """Whether a site of these requests is closed to this person (C2); she is told who does this."""
    try:
        refuse_while_barred(requests, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return True
    return False


def carried_out(request, deed, *args, done, **kwargs):
    """Carry out one operation for the person; a refusal becomes a message to her.

    Returns what the operation returns, or None when it was refused. `done` is what the person is
    told; None where the page says it itself.
    """
    try:
        result = deed(*args, by=request.user, at=clock.now(), **kwargs)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return None
    if done:
        messages.success(request, done)
    return result
