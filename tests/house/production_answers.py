"""Run by test_headers.py in a process of its own: the product as deployed, asked for every page.

Prints one JSON object: the headers of each answer, and those of the same page under each mutant.
"""

import json
import sys

import django
from django.core.management import call_command

HOST = "qmm.example.gov"
# A header, and the change that must show in it.
MUTANTS = {
    "Content-Security-Policy": {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": {"default-src": ["*"]}}},
    "Strict-Transport-Security": {"SECURE_HSTS_SECONDS": 0},
    "Strict-Transport-Security, preloaded": {"SECURE_HSTS_PRELOAD": True},
    "X-Frame-Options": {"X_FRAME_OPTIONS": "SAMEORIGIN"},
    "Referrer-Policy": {"SECURE_REFERRER_POLICY": "unsafe-url"},
    "Cross-Origin-Opener-Policy": {"SECURE_CROSS_ORIGIN_OPENER_POLICY": "unsafe-none"},
    "cookie without Secure": {"SESSION_COOKIE_SECURE": False, "CSRF_COOKIE_SECURE": False},
    "cookie without HttpOnly": {"SESSION_COOKIE_HTTPONLY": False, "CSRF_COOKIE_HTTPONLY": False},
    "cookie without SameSite": {"SESSION_COOKIE_SAMESITE": None, "CSRF_COOKIE_SAMESITE": None},
    "cookie without prefix": {"SESSION_COOKIE_NAME": "sessionid", "CSRF_COOKIE_NAME": "csrftoken"},
}
PATCHED = ["Permissions-Policy", "Cross-Origin-Resource-Policy", "X-Content-Type-Options"]


def main():
    django.setup()
    from django.conf import settings

    # Named by their content as in deployment, but not packed, which takes a minute of work.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    from allauth.account.models import EmailAddress
    from django.test import Client, override_settings
    from django.urls import path, reverse

    import qmm_pilot.urls
    from qmm_pilot import headers
    from tests import factories

    def broken(request):
        raise ValueError("a secret fact")

    broken.login_required = False
    qmm_pilot.urls.urlpatterns.append(path("broken/", broken))
    settings.ALLOWED_HOSTS = [HOST]
    person = factories.registrant()
    submitted = factories.participation_request(factories.Status.SUBMITTED, person)

    def browser(*, signed_in=False, **options):
        client = Client(raise_request_exception=False, **options)
        client.defaults |= {"HTTP_HOST": HOST, "wsgi.url_scheme": "https"}
        client.defaults["HTTP_X_FORWARDED_PROTO"] = "https"
        if signed_in:
            client.force_login(person)
        return client

    def told(response):
        cookies = {name: morsel.OutputString() for name, morsel in response.cookies.items()}
        content = b"" if response.streaming else response.content
        shown = {
            "status": response.status_code,
            "headers": dict(response.headers),
            "cookies": cookies,
            "leaks": [
                word for word in ("evil.example", "a secret fact") if word.encode() in content
            ],
        }
        response.close()
        return shown

    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    entered = {"login": person.email, "password": factories.PASSWORD}

    def sign_in(client):
        return told(client.get("/accounts/login/"))

    inside, outside, entering = browser(signed_in=True), browser(), browser()
    forged = {"HTTP_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "https"}
    strict = browser(signed_in=True, enforce_csrf_checks=True)
    record = reverse("applications:request_detail", args=[submitted.pk])
    answers = {
        "anonymous page": sign_in(outside),
        "signing in": told(entering.post("/accounts/login/", entered)),
        "redirect to the sign-in": told(outside.get("/requests/")),
        "redirect to TLS": told(outside.get("/", headers={"X-Forwarded-Proto": "http"})),
        "signed-in page": told(inside.get("/requests/")),
        "signed-in record": told(inside.get(record)),
        "signed-in redirect": told(inside.get("/requests")),
        "signed-in JSON": told(inside.get("/session/")),
        "download": told(download_of(person, inside)),
        "static file": told(outside.get("/static/css/app.css")),
        "400 forged host": told(outside.get("/accounts/login/", **forged)),
        "403 refused token": told(strict.post("/profile/", {"name": "x"})),
        "404 signed in": told(inside.get("/nowhere/")),
        "404 anonymous": told(outside.get("/nowhere/")),
        "500 signed in": told(inside.get("/broken/")),
        "local page": told(outside.get("/local/mail/")),
    }
    mutants = {}
    for name, change in MUTANTS.items():
        with override_settings(**change):
            mutants[name] = sign_in(browser())
    for name in PATCHED:
        kept = headers.HEADERS.pop(name)
        with override_settings(SECURE_CONTENT_TYPE_NOSNIFF=False):
            mutants[name] = sign_in(browser())
        headers.HEADERS[name] = kept
    others = [name for name in settings.MIDDLEWARE if "HeadersMiddleware" not in name]
    with override_settings(MIDDLEWARE=others):
        mutants["no-store on a redirect"] = told(browser(signed_in=True).get("/requests"))
    json.dump({"answers": answers, "mutants": mutants}, sys.stdout)


def download_of(person, client):
    """A private file of the person's firm, as its own page gives it out."""
    from django.urls import reverse

    from qmm_pilot.accounts.roles import Scope
    from tests import factories

    agent = factories.registrant("Axel Agent")
    authority = factories.representation(agent, person.organization, *Scope)
    return client.get(reverse("accounts:agent_letter", args=[authority.pk]))


main()
