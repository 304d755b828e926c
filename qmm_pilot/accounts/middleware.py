"""What holds for every page of a signed-in person: registered first, and kept by no cache."""

from django.conf import settings
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.views.defaults import page_not_found

from .roles import Role

# Where a person may be before she belongs to an organization: allauth's pages, and what every
# page needs or the demonstration offers.
OPEN_PREFIXES = ("/accounts/", "/static/", "/local/")


class PersonMiddleware:
    """Leads people without an organization to its page; forbids storing what people are sent."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if self._must_register(request):
            response = redirect("accounts:register_organization")
        else:
            response = self.get_response(request)
        if request.user.is_authenticated or request.path.startswith("/accounts/"):
            response["Cache-Control"] = "no-store"
        return response

    def process_exception(self, request, exception):
        """What a person may not see answers with our page in development as in deployment."""
        if settings.DEBUG and isinstance(exception, Http404):
            return page_not_found(request, exception)
        return None

    @staticmethod
    def _must_register(request):
        if not request.user.is_authenticated or request.user.organization_id:
            return False
        is_open = request.path.startswith(OPEN_PREFIXES)
        if is_open or request.path == reverse("accounts:register_organization"):
            return False
        # An agent acts for firms of others and needs none of her own (A14).
        return not request.user.has_role(Role.FIRM_AGENT)
