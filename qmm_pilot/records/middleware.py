"""Writes the access register of firms for every page and file that leaves (see register.py)."""

from . import register

SHOWN = 200


class RegisterMiddleware:
    """Notes who was shown what; a redirect or a refusal shows nothing and is not noted."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        match = request.resolver_match
        if response.status_code == SHOWN and match and request.user.is_authenticated:
            is_download = response.get("Content-Disposition", "").startswith("attachment")
            register.note(match, request.user, is_download=is_download)
        return response
