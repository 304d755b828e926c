"""P4: a signed-in page over the product's middleware, against a bare page with session and user."""

import time
from statistics import median

from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.test.client import ClientHandler
from django.urls import include, path

from .figure import Figure, interleaved, spread

BARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
BODY = b"<p>A page of the size that pages here have.</p>\n" * 600  # about 29 kB


def page(request):
    """The same page under both: it asks who is signed in."""
    return HttpResponse(BODY, headers={"X-Person": str(request.user.pk)})


# The product's middleware looks up addresses of its own.
urlpatterns = [path("bench/", page), path("", include("qmm_pilot.urls"))]


def handler(middleware):
    with override_settings(MIDDLEWARE=middleware):
        made = ClientHandler()
        made.load_middleware()
    return made


def figures() -> list[Figure]:
    from django.test import Client

    from qmm_pilot.accounts.roles import Role
    from tests import factories

    person = factories.fda(Role.FDA_COORDINATOR)
    client = Client()
    client.force_login(person)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    ours, bare = handler(settings.MIDDLEWARE), handler(BARE)

    def knock(at):
        environ = RequestFactory().get("/bench/", HTTP_COOKIE=cookie).environ
        response = at(environ)
        assert response.status_code == 200, response.status_code
        assert response["X-Person"] == str(person.pk)

    with override_settings(ROOT_URLCONF=__name__):
        mine, theirs = interleaved(
            lambda: knock(ours), lambda: knock(bare), repetitions=400, clock=time.process_time
        )
    return [
        Figure(
            "P4",
            "signed-in page over our middleware, against a bare one with session and user",
            median(mine),
            median(theirs),
            1.3,
            "ms of CPU",
            f"ours: {spread(mine)}; bare: {spread(theirs)}",
        )
    ]
