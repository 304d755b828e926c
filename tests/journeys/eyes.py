"""Looks at every page of a journey as a strict reader: console, policy, accessibility, width."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.journeys.demonstration import ROOT

WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Names the records whose addresses differ from run to run.
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b\d+\b")
REPORT_VIOLATIONS = """addEventListener("securitypolicyviolation",
    event => console.error(`policy: ${event.violatedDirective} refuses ${event.blockedURI}`))"""

ELEMENTS = """[...new Set([...document.querySelectorAll("body *")].map(
    element => `${element.tagName}.${element.getAttribute("class")}`))].sort().join()"""


class Eyes:
    """What must hold on every page that anybody sees, whoever she is.

    Every page: nothing in the console, no refusal by the content security policy, no server error,
    no scrolling sideways. Every distinct page: no violation of WCAG 2.2 AA. JOURNEY_PICTURES names
    a folder for a picture of each page; a failure is always pictured, in var/journeys/ by default.
    """

    def __init__(self) -> None:
        named = os.environ.get("JOURNEY_PICTURES")
        self.takes_all = bool(named)
        self.pictures = Path(named) if named else ROOT / "var" / "journeys"
        self.taken = 0
        self.page: Page | None = None
        self.examined: set[tuple] = set()
        self.complaints: list[str] = []
        self.axe = Axe()

    def watch(self, context: BrowserContext) -> None:
        """Hear everything that pages of this browser complain about."""
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("response", self._check_status)

    def look(self, page: Page) -> None:
        """Look at the page that has just opened. Raises AssertionError with all that is wrong."""
        self.page = page
        self.raise_complaints()
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"
        path = ID.sub("…", urlsplit(page.url).path)
        width = page.viewport_size["width"]
        if self.takes_all:
            self.picture(f"{width} {path}")
        # The same address with other elements, or at another width, is another page to the eye.
        seen = (path, width, page.evaluate(ELEMENTS))
        if seen in self.examined:
            return
        self.examined.add(seen)
        found = self.axe.run(
            page, options={"runOnly": {"type": "tag", "values": WCAG_2_2_AA}}
        ).response["violations"]
        assert not found, f"{page.url}: " + "; ".join(
            f"{rule['id']}: {rule['help']} at {node['target']}"
            for rule in found
            for node in rule["nodes"]
        )
        self.raise_complaints()

    def raise_complaints(self) -> None:
        """Raise AssertionError with what was heard since the last time."""
        complaints, self.complaints = self.complaints, []
        assert not complaints, "\n".join(complaints)

    @contextlib.contextmanager
    def expecting(self, complaint: str) -> Iterator[None]:
        """Let one kind of complaint pass, which the journey provokes on purpose; it must come."""
        yield
        expected = [heard for heard in self.complaints if complaint in heard]
        self.complaints = [heard for heard in self.complaints if heard not in expected]
        assert expected, f"“{complaint}” was expected and did not come."

    def picture(self, name: str) -> Path:
        """Keep a picture of the whole page that was looked at last."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.taken += 1
        words = "-".join(re.findall(r"\w+", name.replace("…", "")))
        path = self.pictures / f"{self.taken:03} {words}.png".replace(" ", "-")
        self.page.screenshot(path=path, full_page=True)
        return path

    def _hear(self, message) -> None:
        if message.type in ("error", "warning"):
            where = message.location.get("url", "")
            self.complaints.append(f"console {message.type}: {message.text} ({where})")

    def _check_status(self, response) -> None:
        if response.status >= 500:
            self.complaints.append(f"status {response.status}: {response.url}")
