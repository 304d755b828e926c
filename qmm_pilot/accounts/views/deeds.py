"""How a page of accounts opens its door and carries out one deed."""

from django.contrib import messages
from django.http import Http404

from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

READ_OR_POST = ["GET", "HEAD", "POST"]


def posted(request):
    """What a form is bound to: the POST, even an empty one, or None where nothing was posted."""
    return request.POST if request.method == "POST" else None


def open_only_if(allowed) -> None:
    """Answer "not found" to whoever may not come in here."""
    if not allowed:
        raise Http404


def carried_out(request, deed, *args, done, form=None, **kwargs):
    """Carry out one operation for the person; a refusal becomes a message, or the form's error.

    Returns what the operation returns, or None when it was refused.
    """
    try:
        result = deed(*args, by=request.user, at=clock.now(), **kwargs)
    except Refusal as refusal:
        if form is None:
            messages.error(request, str(refusal))
        else:
            form.add_error(None, str(refusal))
        return None
    messages.success(request, done)
    return result
