"""What is done around every page: its one moment, and the access register of firms."""

from qmm_pilot import clock

from . import register

SHOWN = 200


class MomentMiddleware:
    """Lets one page read the demonstration's moment once; in operation nothing is read."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with clock.one_reading():
            return self.get_response(request)


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
