"""How long the session still lasts, staying signed in, and a form that came too late."""

from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from ..sessions import seconds_left


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def session(request):
    """Tell the time left, in seconds, 0 when signed out; a POST first begins it anew.

    Asking does not prolong the session (see PersonMiddleware), so that a script may ask.
    """
    if request.method == "POST" and request.user.is_authenticated:
        request.session.save()
    is_in = request.user.is_authenticated
    response = JsonResponse(
        {
            "seconds_left": seconds_left(request) if is_in else 0,
            "person": str(request.user.pk) if is_in else "",
            "may_last_longer": is_in and request.session.may_last_longer(),
        }
    )
    response["Cache-Control"] = "no-store"
    return response


def token_refused(request, reason=""):
    """Answer a form whose token does not fit: say what to do, and lead back to its page."""
    context = {"page_again": page_of_form(request)}
    return render(request, "403_csrf.html", context, status=403)


def page_of_form(request) -> str:
    """The path of our own page whose form was sent; "" where the browser does not say."""
    referrer = request.headers.get("Referer", "")
    hosts = {request.get_host()}
    if not url_has_allowed_host_and_scheme(referrer, hosts, require_https=request.is_secure()):
        return ""
    parts = urlsplit(referrer)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
