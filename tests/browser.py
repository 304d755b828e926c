"""The one Chromium that all browser tests of a run share; playwright allows one driver a thread."""

import os
import shutil

import pytest

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
