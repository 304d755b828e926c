"""The one Chromium that all browser tests of a run share, and the desks at which people use it.

Playwright allows one driver a thread.
"""

import os
import shutil

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer

ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
PATIENCE = 20_000  # ms that anybody waits for a page or a control; a busy machine is slow


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, the one that the leg found."""
    from playwright.sync_api import expect, sync_playwright

    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("No Chromium was found (Debian's package is chromium).")
    expect.set_options(timeout=PATIENCE)
    # Playwright runs a loop in this thread, where Django then refuses its database; nothing else
    # runs in that loop.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def server(committing):
    """The product at localhost, where browsers allow passkeys without encryption.

    Not pytest-django's own fixture, which would empty the tables before `committing` does.
    """
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def desk(browser, server):
    """Gives a person a browser of her own, signed in; complaints of its console fail."""
    contexts, complaints = [], []

    def sit_down(person, **options):
        client = Client()  # of her own: to sign in the next person would end her session
        client.force_login(person)
        context = browser.new_context(base_url=server.url, **options)
        context.set_default_timeout(PATIENCE)
        context.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        context.on("weberror", lambda fault: complaints.append(str(fault.error)))
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value}
        context.add_cookies([{**cookie, "domain": "localhost", "path": "/"}])
        contexts.append(context)
        return context

    yield sit_down
    for context in contexts:
        context.close()
    assert [c for c in complaints if "ERR_INTERNET_DISCONNECTED" not in c] == []
