"""What holds for every page of a signed-in person: what comes first, and kept by no cache."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import is_valid_path, reverse
from django.views.defaults import page_not_found

from .access import lacks_second_factor
from .roles import Role
from .sessions import prolong
from .views.session import page_of_form

# Where a person may be before she belongs to an organization or has the second factor that she
# needs: allauth's pages, which enrol it, and what every page needs or the demonstration offers.
# By a cache, whoever reads them.
NEVER_KEPT = ("/accounts/", "/join/", "/confirm-address/", "/confirm-request/")
OPEN_PREFIXES = (*NEVER_KEPT, "/static/", "/local/")
# The same for whoever it befalls: it tells nobody that an account was changed or ended.
ENDED = (
    "You were signed out. That happens after a time without activity, and when an account or its "
    "roles change. Sign in again to go on."
)


def _way_back(request):
    """The page above an address that only takes forms, where there is one."""
    above = request.path.rstrip("/").rpartition("/")[0] + "/"
    return {"page_above": above if is_valid_path(above) and above != "/" else ""}


class SignInMiddleware(LoginRequiredMiddleware):
    """Leads strangers to the sign-in, and afterwards to where they were.

    A form that arrives after the session ended changed nothing. Its address may answer no GET, so
    its sender comes back to the page on which she filled it in.
    """

    def handle_no_permission(self, request, view_func):
        if request.method in ("GET", "HEAD"):
            if self._was_signed_in(request):
                messages.info(request, ENDED)
            return super().handle_no_permission(request, view_func)
        messages.warning(
            request,
            "You were signed out before this could be sent, so nothing was changed. Sign in to "
            "return to the page.",
        )
        return redirect_to_login(page_of_form(request) or reverse("home"))

    @staticmethod
    def _was_signed_in(request):
        """Whether the browser still holds the cookie of a session that is over."""
        came_with_one = settings.SESSION_COOKIE_NAME in request.COOKIES
        return came_with_one and (request.session.is_empty() or SESSION_KEY in request.session)


class PersonMiddleware:
    """Leads people to what they lack, organization or second factor; keeps answers uncached."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        asks_for_time = request.path == reverse("accounts:session")
        if request.user.is_authenticated and not asks_for_time:
            prolong(request)
        first = None if asks_for_time else self._comes_first(request)
        response = redirect(first) if first else self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            response.content = render_to_string("405.html", _way_back(request), request)
        if request.user.is_authenticated or request.path.startswith(NEVER_KEPT):
            response["Cache-Control"] = "no-store"
        return response

    def process_exception(self, request, exception):
        """What a person may not see answers with our page in development as in deployment."""
        if settings.DEBUG and isinstance(exception, Http404):
            return page_not_found(request, exception)
        return None

    @staticmethod
    def _comes_first(request):
        """The address of the page that comes before all others, or None when nothing is lacking."""
        if not request.user.is_authenticated or request.path.startswith(OPEN_PREFIXES):
            return None
        # An agent acts for firms of others and needs no organization of her own (A14).
        if not request.user.organization_id and not request.user.has_role(Role.FIRM_AGENT):
            registering = reverse("accounts:register_organization")
            return None if request.path == registering else registering
        return reverse("mfa_index") if lacks_second_factor(request.user) else None
