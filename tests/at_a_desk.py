"""Somebody at her browser, in tests that make their own people and records."""

import re

from django.urls import reverse
from playwright.sync_api import expect

from tests import factories


class Desk:
    """Somebody at her browser: what she does on the product's pages."""

    def __init__(self, desk, person, password=factories.PASSWORD):
        self.password = password
        self.person, self.page = person, desk(person).new_page()
        self.main = self.page.locator("main")

    def opens(self, name, *args):
        self.page.goto(reverse(name, args=args))

    def follows(self, words):
        self.main.get_by_role("link", name=re.compile(words)).first.click()
        self.page.wait_for_load_state()

    def presses(self, words, *, exact=False):
        self.main.get_by_role("button", name=words, exact=exact).first.click()
        self.page.wait_for_load_state()

    def ticks(self, words):
        self.main.locator("label").filter(has_text=re.compile(f"^\\s*{words}")).first.click()

    def chooses(self, name, value):
        """Choose among radio buttons by their name and value."""
        button = self.main.locator(f"[name={name}][value={value}]")
        self.main.locator(f"label[for='{button.get_attribute('id')}']").click()

    def fills(self, words, text):
        self.main.get_by_label(re.compile(f"^\\s*{words}")).first.fill(text)

    def signs(self):
        for name, text in factories.typed_by(self.person, self.password).items():
            self.main.locator(f"[name={name}]").fill(text)

    def reads(self, words):
        expect(self.main).to_contain_text(words)

    def does_not_read(self, words):
        expect(self.main).not_to_contain_text(words)
