"""Gives the journeys their demonstration and eyes, and names the step that failed.

JOURNEY_ADDRESS lets them walk through a demonstration that runs already, freshly loaded, whose
folder JOURNEY_VAR_DIR names; else they start one of their own. The clock of a demonstration only
moves forward, so both firms ask to participate before either pilot goes on.
"""

import contextlib
import os
import time
from pathlib import Path

import pytest

from tests.browser import PATIENCE
from tests.dealing import begin_once
from tests.journeys.demonstration import own_demonstration, running_demonstration
from tests.journeys.eyes import Eyes
from tests.journeys.people import Person
from tests.journeys.roles import Assessor, Firm, Lead, Operator, Staff
from tests.journeys.walk import COORDINATOR, Walk


def pytest_collection_modifyitems(items):
    """Take the requests of both firms first, while the window of the pilots is open."""
    here = Path(__file__).parent
    ours = [item for item in items if item.path.parent == here]
    ordered = iter(sorted(ours, key=lambda item: "asks_to_participate" not in item.name))
    items[:] = [next(ordered) if item.path.parent == here else item for item in items]


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory):
    """The demonstration that all journeys share, with a real worker in its own process."""
    address = os.environ.get("JOURNEY_ADDRESS")
    if address:
        yield running_demonstration(address)
        return
    begin_once("a demonstration")
    with own_demonstration(tmp_path_factory.mktemp("demonstration")) as own:
        yield own


@pytest.fixture(scope="session")
def eyes():
    return Eyes()


class Company:
    """Everybody who takes part; each opens a browser of her own when first needed."""

    def __init__(self, browser, demonstration, eyes):
        self.browser, self.demonstration, self.eyes = browser, demonstration, eyes
        self.people = {}

    def official(self, email) -> Person:
        """The official of a firm that the demonstration has."""
        return self._signed_in(email, Person)

    def firm(self, story) -> Firm:
        return self._person(story.email, lambda: Firm(*self._tools, story))

    def staff(self, email) -> Staff:
        return self._signed_in(email, Staff)

    def lead(self, story) -> Lead:
        return self._signed_in(story.lead_email, Lead)

    def assessor(self, story) -> Assessor:
        return self._signed_in(story.lead_email.replace("lead@", "assessor@"), Assessor)

    def operator(self) -> Operator:
        return self._person("", lambda: Operator(*self._tools))

    @property
    def _tools(self):
        return self.browser, self.demonstration.address, self.eyes

    def _signed_in(self, email, kind):
        if email not in self.people:
            person = self._person(email, lambda: kind(*self._tools, email))
            if email == COORDINATOR:
                person.signs_in_by_keyboard()
            else:
                person.signs_in()
        return self.people[email]

    def _person(self, email, arrive):
        if email not in self.people:
            self.people[email] = arrive()
            self.people[email].page.context.set_default_timeout(PATIENCE)
        return self.people[email]


@pytest.fixture(scope="session")
def company(browser, demonstration, eyes):
    return Company(browser, demonstration, eyes)


@pytest.fixture(scope="session")
def receipts():
    """The receipt number of each story whose firm has asked to participate."""
    return {}


@pytest.fixture
def walk(company, demonstration, step, receipts):
    """Gives the walk of a story."""
    return lambda story: Walk(story, company, demonstration, step, receipts)


@pytest.fixture
def step(eyes, demonstration, request):
    """A context that names a step of the journey; a failure inside is pictured and named."""

    @contextlib.contextmanager
    def named(words):
        begun = time.monotonic()
        try:
            yield
        except BaseException as failure:
            note = f"Step: {words}"
            if eyes.page is not None:
                note += f"\nPage: {eyes.page.url}"
                with contextlib.suppress(Exception):
                    note += f"\nPicture: {eyes.picture(f'failed {request.node.name}')}"
            failure.add_note(f"{note}\n{demonstration.last_lines_of_logs()}")
            raise
        print(f"{time.monotonic() - begun:5.1f} s  {words}")

    return named
