"""People at their browsers: each method is one thing that a person does on a page."""

import contextlib
import re
import time
from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.eyes import Eyes

PASSWORD = "qmm-demo-2020!"
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
MOST_TABS = 80
CODE_SECONDS = 60  # a code stands for 30
SECONDS_TO_TYPE = 10
WRITTEN_IN = "textarea, input:not([type=checkbox], [type=radio])"


class Person:
    """Somebody with a browser of her own, so that everyone stays signed in side by side."""

    # By address: a code counts once, also for somebody who sits at two browsers.
    last_codes: ClassVar[dict[str, str]] = {}

    def __init__(self, browser: Browser, address: str, eyes: Eyes, email: str = "") -> None:
        context = browser.new_context(base_url=address, viewport=DESK, accept_downloads=True)
        eyes.watch(context)
        self.page: Page = context.new_page()
        self.eyes = eyes
        self.email = email
        self.password = PASSWORD

    # -- moving about --------------------------------------------------------------------------
    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @contextlib.contextmanager
    def arriving(self) -> Iterator[None]:
        """Wait for the page that the action leads to, and look at it."""
        with self.page.expect_navigation():
            yield
        self.eyes.look(self.page)
        refusals = self.main.locator(".usa-alert--error, .usa-error-message").all_inner_texts()
        assert not refusals, f"{self.page.url} refuses: {refusals}"

    def opens(self, path: str) -> None:
        with self.arriving():
            self.page.goto(path)

    def goes_to(self, label: str) -> None:
        """Choose an entry of the navigation: the column at a desk, the menu on a phone."""
        menu = self.page.locator("details.phone-menu > summary")
        if menu.is_visible():
            menu.click()
        navigation = self.page.get_by_role("navigation", name=re.compile("^(Main|Menu)$"))
        with self.arriving():
            navigation.get_by_role("link", name=label, exact=True).click()

    def follows(self, label: str, within: Locator | None = None) -> None:
        """Follow a link of the page's own part, found by words in it.

        Several links of these words must lead to the same page.
        """
        links = (within or self.main).get_by_role("link", name=label)
        links.first.wait_for()
        addresses = {link.get_attribute("href") for link in links.all()}
        assert len(addresses) == 1, f"“{label}” leads to {addresses}."
        with self.arriving():
            links.first.click()

    def presses(self, label: str, within: Locator | None = None, *, exact: bool = False) -> None:
        """Press a button, found by words in it or all its words; read the page that answers."""
        with self.arriving():
            (within or self.main).get_by_role("button", name=label, exact=exact).click()

    def does_her_task(self, title: str) -> None:
        """Go home and open the task that waits there."""
        self.goes_to("Home")
        self.follows(title, within=self.row("Tasks by due date", title))

    def reloads(self) -> None:
        with self.arriving():
            self.page.reload()

    def takes_the_phone(self) -> None:
        self.page.set_viewport_size(PHONE)

    def takes_a_desk(self) -> None:
        self.page.set_viewport_size(DESK)

    # -- forms ---------------------------------------------------------------------------------
    def fills(self, label: str, text: str, within: Locator | None = None) -> None:
        # A checkbox may bear the label of a question, to mark its answer as confidential.
        self.control(label, within).and_(self.page.locator(WRITTEN_IN)).fill(text)

    def picks(self, label: str, choice: str) -> None:
        """Choose in a list by the words or the value of the choice."""
        self.control(label).select_option(choice)

    def ticks(self, *choices: str, of: str = "") -> None:
        """Choose radio buttons or checkboxes by clicking their labels, in the group `of`."""
        group = self.main.get_by_role("group", name=of) if of else self.main
        for choice in choices:
            label = group.locator("label").filter(has_text=_beginning(choice))
            label.click()
            expect(self.page.locator(f"[id='{label.get_attribute('for')}']")).to_be_checked()

    def chooses_file(self, label: str, name: str, content: bytes, media_type: str) -> None:
        self.control(label).set_input_files(
            {"name": name, "mimeType": media_type, "buffer": content}
        )

    def control(self, label: str, within: Locator | None = None) -> Locator:
        """The control of this label, which may carry the mark of a required or optional answer."""
        words = re.compile(rf"^\s*{re.escape(label)}\s*(\*|\(optional\))?\s*$")
        return (within or self.main).get_by_label(words)

    # -- the keyboard alone --------------------------------------------------------------------
    def tabs_to(self, control: Locator) -> None:
        """Press Tab until this control has the focus, which must be visible to the eye."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if control.evaluate("element => element === document.activeElement"):
                assert control.evaluate(SHOWS_FOCUS), f"Nothing shows that {control} has focus."
                return
        raise AssertionError(f"{MOST_TABS} tabs do not reach {control}.")

    def types(self, text: str) -> None:
        self.page.keyboard.type(text)

    def strikes(self, key: str) -> None:
        """Strike a key that leads to another page."""
        with self.arriving():
            self.page.keyboard.press(key)

    # -- reading -------------------------------------------------------------------------------
    def reads(self, *texts: str, within: Locator | None = None) -> None:
        """Find each of these texts on the page, waiting as a person would."""
        for text in texts:
            expect(within or self.main).to_contain_text(text)

    def reads_nothing_of(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).not_to_contain_text(text, ignore_case=True)

    def row(self, table: str, text: str) -> Locator:
        """The row of a table, by the table's caption, that holds this text."""
        rows = self.main.get_by_role("table", name=table).get_by_role("row")
        return rows.filter(has_text=text)

    def section(self, heading: str) -> Locator:
        """The part of the page under this heading."""
        return self.main.locator("section").filter(
            has=self.page.get_by_role("heading", name=heading)
        )

    def sees_by_itself(self, place: str, text: str, seconds: int = 60) -> None:
        """Watch a live part of the page until it says this, without touching anything."""
        expect(self.page.locator(place)).to_contain_text(text, timeout=seconds * 1000)
        self.page.wait_for_load_state()
        self.eyes.look(self.page)

    def downloads(self, label: str) -> bytes:
        with self.page.expect_download() as download:
            self.main.get_by_role("link", name=label).first.click()
        self.eyes.raise_complaints()
        return download.value.path().read_bytes()

    def finds_nothing_at(self, path: str) -> None:
        """Open an address that answers this person as if nothing were there; then go home."""
        with self.eyes.expecting("404"), self.page.expect_navigation():
            self.page.goto(path)
        self.reads("Page not found")
        self.follows("Go to your home page")

    def finds_nothing_in_another_tab(self, path: str) -> None:
        """Open an address beside the page at hand, which stays open as it is."""
        tab = self.page.context.new_page()
        with self.eyes.expecting("404"):
            tab.goto(path)
            expect(tab.locator("main")).to_contain_text("Page not found")
        tab.close()

    # -- signing in ----------------------------------------------------------------------------
    def signs_in(self) -> None:
        self.opens("/accounts/login/")
        self.fills("Email", self.email)
        self.fills("Password", self.password)
        self.presses("Sign in")
        if self.is_asked_for_a_code:
            self.fills("Code", self.reads_her_code())
            self.presses("Sign in")

    def enters_her_signature(self) -> None:
        """Type what the form of a signature asks of her: password, and code where it does."""
        self.fills("Your password", self.password)
        if self.main.get_by_label("Code of your authenticator app").count():
            self.fills("Code of your authenticator app", self.reads_her_code())

    def signs_in_by_keyboard(self) -> None:
        self.opens("/accounts/login/")
        self.tabs_to(self.control("Email"))
        self.types(self.email)
        self.tabs_to(self.control("Password"))
        self.types(self.password)
        self.strikes("Enter")
        if self.is_asked_for_a_code:
            self.tabs_to(self.control("Code"))
            self.types(self.reads_her_code())
            self.strikes("Enter")

    @property
    def is_asked_for_a_code(self) -> bool:
        return urlsplit(self.page.url).path == "/accounts/2fa/authenticate/"

    def reads_her_code(self) -> str:
        """The code on her phone, which the demonstration's local page shows; each one only once."""
        last_moment = time.monotonic() + CODE_SECONDS
        while time.monotonic() < last_moment:
            page = self.page.request.get("/local/codes/").text()
            row = next(part for part in page.split("<tr>") if self.email in part)
            code = re.search(r"<code>(\d{6})</code>", row)[1]
            seconds_left = int(re.search(r"(\d+) seconds?</td>", row)[1])
            if code != self.last_codes.get(self.email) and seconds_left >= SECONDS_TO_TYPE:
                self.last_codes[self.email] = code
                return code
            time.sleep(1)
        raise AssertionError(f"/local/codes/ shows no new code of {self.email}.")


# The element, or the label that stands for it, is drawn otherwise while it has the focus.
SHOWS_FOCUS = """element => {
  const drawn = [element, ...(element.labels || [])];
  const look = () => drawn.map(part => [getComputedStyle(part), getComputedStyle(part, "::before")]
    .map(style => [style.outlineStyle, style.outlineWidth, style.boxShadow].join()).join()).join();
  const focused = look();
  element.blur();
  const plain = look();
  element.focus();
  return focused !== plain;
}"""


def _beginning(words: str) -> re.Pattern:
    return re.compile(rf"^\s*{re.escape(words)}")
