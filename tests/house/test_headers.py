"""The headers of every kind of answer in deployment, exactly; each has a fault that shows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qmm_pilot.headers import PERMISSIONS

ROOT = Path(__file__).parents[2]
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}
EVERYWHERE = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# One year, subdomains too; "preload" only where HSTS_PRELOAD asks for it.
TLS = EVERYWHERE | {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
PRIVATE = TLS | {"Cache-Control": "no-store"}
TABLE = {
    "anonymous page": (200, PRIVATE),  # of /accounts/, whose forms hold passwords and codes
    "signing in": (302, PRIVATE),
    "redirect to the sign-in": (302, TLS),
    "redirect to TLS": (301, EVERYWHERE),
    "signed-in page": (200, PRIVATE),
    "signed-in record": (200, PRIVATE),
    "signed-in redirect": (301, PRIVATE),
    "signed-in JSON": (200, PRIVATE),
    "download": (200, PRIVATE),
    "static file": (200, TLS | {"Cache-Control": "max-age=60, public"}),
    "400 forged host": (400, TLS),
    "403 refused token": (403, PRIVATE),
    "404 signed in": (404, PRIVATE),
    "404 anonymous": (404, TLS),
    "500 signed in": (500, PRIVATE),
    "local page": (404, TLS),  # the demonstration's mails do not exist in deployment
}
# What says nothing of security: content, size, when it changed, what it depends on.
OTHER = {
    "Content-Type",
    "Content-Length",
    "Content-Disposition",
    "ETag",
    "Expires",
    "Last-Modified",
    "Location",
    "Vary",
}
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "k1" * 30,
    "ALLOWED_HOSTS": "qmm.example.gov",
    "ALLOW_SQLITE": "true",
    "DJANGO_SETTINGS_MODULE": "qmm_pilot.settings",
}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """What the product answered in a process of its own, with the settings of a deployment."""
    folder = tmp_path_factory.mktemp("deployed")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "VAR_DIR": str(folder)}
    ended = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("production_answers.py"))],
        cwd=ROOT,
        env={**environment, **PRODUCTION},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout)


def headers_of(answer):
    headers = {name: value for name, value in answer["headers"].items() if name not in OTHER}
    if policy := headers.get("Content-Security-Policy"):
        headers["Content-Security-Policy"] = {part.strip() for part in policy.split(";")}
    return headers


def has_good_cookies(answer):
    """Each over TLS only, for this host, closed to scripts, not sent from other sites' pages."""
    wanted = ("HttpOnly", "Secure", "Path=/", "SameSite=Lax")
    return all(
        name.startswith("__Host-") and all(f"; {part}" in cookie for part in wanted)
        for name, cookie in answer["cookies"].items()
        if name != "messages"
    )


def test_the_table_names_every_kind_of_answer(deployed):
    assert set(deployed["answers"]) == set(TABLE)


@pytest.mark.parametrize("kind", TABLE)
def test_the_headers_of_an_answer_equal_their_table(deployed, kind):
    answer = deployed["answers"][kind]
    assert (answer["status"], headers_of(answer)) == TABLE[kind]
    assert has_good_cookies(answer)
    assert answer["leaks"] == []


def test_signing_in_sets_both_cookies(deployed):
    cookies = deployed["answers"]["signing in"]["cookies"]
    assert {"__Host-sessionid", "__Host-csrftoken"} <= set(cookies)


def test_the_policy_allows_nothing_unsafe_and_nothing_from_elsewhere():
    assert {part.split()[1] for part in POLICY} == {"'self'", "'none'"}


def test_every_header_has_a_fault_that_the_table_finds(deployed):
    missed = []
    for name, answer in deployed["mutants"].items():
        if name.startswith("cookie"):
            found = not has_good_cookies(answer)
        elif name == "no-store on a redirect":
            found = headers_of(answer) != TABLE["signed-in redirect"][1]
        else:
            found = headers_of(answer) != TABLE["anonymous page"][1]
        if not found:
            missed.append(name)
    assert missed == []
    assert {name.split(",")[0] for name in deployed["mutants"]} >= set(TLS)
