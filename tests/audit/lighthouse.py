"""P11: Lighthouse's scores of performance, accessibility and best practices, all 100 wanted."""

import contextlib
import http.server
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.audit.tools import Found, package, program

CATEGORIES = ("performance", "accessibility", "best-practices")
CHROMIUM = "--headless --no-sandbox --disable-gpu --disable-background-networking"
REPETITIONS = 3  # of each page; the median counts, since performance is a matter of time
FIRM, FDA = "official@blueridge.example", "coordinator@fda.example"
PAGES = (("", "/accounts/login/"), (FIRM, "/"), (FIRM, "/requests/"), (FDA, "/"), (FDA, "/queue/"))
# No language, no title, an image without words, letters one can hardly see.
PLANTED = b"<!doctype html><body><img src=x><p style='color:#eee'>x</p></body>"


def examine() -> Found:
    """Let Lighthouse look at pages of a demonstration of our own. Raises NotInstalled."""
    chromium = program(os.environ.get("CHROMIUM", ""), "chromium-browser", "chromium")
    node, lighthouse = program("node"), package("lighthouse") / "cli" / "index.js"
    from tests.journeys.demonstration import own_demonstration

    def scores(address, cookie=""):
        return _scores([node, str(lighthouse)], chromium, address, cookie)

    faults = []
    with tempfile.TemporaryDirectory(prefix="qmm-audit-") as folder:
        with own_demonstration(Path(folder)) as demonstration:
            cookies = _cookies(chromium, demonstration.address)
            for email, path in PAGES:
                faults += [
                    f"{path} for {email or 'anybody'}: {category} {score:.0f}"
                    for category, score in scores(
                        demonstration.address + path, cookies[email]
                    ).items()
                    if score < 100
                ]
        with _planted_page() as address:
            is_found = scores(address)["accessibility"] < 100
    what = f"pages of a demonstration: three scores of 100 each, the median of {REPETITIONS} runs"
    return Found("P11 Lighthouse", what, len(PAGES), faults, 1, int(is_found))


def _cookies(chromium, address) -> dict[str, str]:
    """What each person's browser sends once she has signed in; nothing for anybody."""
    from playwright.sync_api import sync_playwright

    from tests.journeys.eyes import Eyes
    from tests.journeys.people import Person

    found = {"": ""}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM.split())
        for email in sorted({email for email, _ in PAGES} - {""}):
            person = Person(browser, address, Eyes(), email)
            person.signs_in()
            kept = person.page.context.cookies()
            found[email] = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in kept)
        browser.close()
    return found


def _scores(lighthouse, chromium, address, cookie) -> dict[str, float]:
    """The median of each score, 0 to 100."""
    runs = []
    for _ in range(REPETITIONS):
        ended = subprocess.run(
            [*lighthouse, address, "--quiet", "--output=json", "--preset=desktop",
             f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={CHROMIUM}",
             "--extra-headers", json.dumps({"Cookie": cookie} if cookie else {})],
            check=True, capture_output=True, text=True, env=os.environ | {"CHROME_PATH": chromium},
        )  # fmt: skip
        told = json.loads(ended.stdout)
        assert told["finalDisplayedUrl"] == address, f"{address} led to {told['finalDisplayedUrl']}"
        runs.append(told["categories"])
    return {name: median(100 * run[name]["score"] for run in runs) for name in CATEGORIES}


@contextlib.contextmanager
def _planted_page() -> Iterator[str]:
    """The address of a page that must not score 100."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PLANTED)

        def log_message(self, *_):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
