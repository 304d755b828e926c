"""What every page of a firm shares: it opens to people of firms, who see their own records."""

from functools import wraps

from django.http import Http404

from qmm_pilot.accounts.roles import Side


def firm_page(view):
    """Open the page to people of firms only; it does not exist for FDA and contractors."""

    @wraps(view)
    def opened(request, *args, **kwargs):
        if request.user.side != Side.FIRM:
            raise Http404
        return view(request, *args, **kwargs)

    return opened


def posted(request):
    """What a form is bound to: the POST, even an empty one, or None where nothing was posted."""
    return request.POST if request.method == "POST" else None


def rehearsal_of(program) -> str:
    """The name that marks every page of a rehearsal; empty for a real program."""
    return program.name if program.is_rehearsal else ""
