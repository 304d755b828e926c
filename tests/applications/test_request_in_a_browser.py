"""A request at a browser: without JavaScript, by keyboard, saved while typing, clicked twice."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from applications import operations
from applications.models import ParticipationRequest
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.models import Letter, TrailEntry
from tests import factories
from tests.factories import AT, Status

pytestmark = pytest.mark.browser
MOST_TABS = 60


@pytest.fixture
def owner(committing, set_clock):
    return factories.registrant("Asha Raman", time_zone="Asia/Kolkata")


def url(name, *args):
    return reverse(f"applications:{name}", args=args)


def contact_of(draft):
    return url("request_step", draft.pk, "contact")


def line(page):
    """The status line of a page that saves while one types."""
    return page.locator("[data-autosave]")


def stored(draft):
    draft.refresh_from_db()
    return draft


class Keys:
    """Somebody who has no mouse."""

    def __init__(self, page):
        self.page, self.main = page, page.locator("main")

    def reaches(self, control):
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if control.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{MOST_TABS} tabs do not reach {control}")

    def types(self, label, text):
        self.reaches(self.main.get_by_label(re.compile(rf"^{label}\b")).first)
        self.page.keyboard.type(text)

    def chooses(self, group, choice):
        box = self.main.get_by_role("group", name=group).get_by_label(choice, exact=True)
        if box.get_attribute("type") == "checkbox":
            self.reaches(box)
            self.page.keyboard.press("Space")
            return
        self.reaches(self.main.get_by_role("group", name=group).get_by_role("radio").first)
        self.page.keyboard.press("Space")
        while not box.is_checked():
            self.page.keyboard.press("ArrowDown")

    def presses(self, label):
        self.reaches(self.main.get_by_role("button", name=label))
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


def test_a_request_is_made_and_submitted_without_javascript_by_keyboard_alone(desk, owner):
    site = factories.facility(owner)
    page = desk(owner, java_script_enabled=False).new_page()
    keys = Keys(page)
    page.goto(f"{url('request_new')}?facility={site.pk}")
    keys.reaches(keys.main.get_by_label("QMM Pilot Program for Finished Dosage Forms, 2020"))
    page.keyboard.press("Space")
    keys.presses("Start the request")
    keys.types("Name", "Asha Raman")
    keys.types("E-mail address", "asha@")
    keys.types("Telephone", "+91 40 5550 100")
    page.keyboard.press("Enter")  # in a field: as the first button of the form
    expect(keys.main.get_by_role("alert")).to_contain_text(
        "Enter an address such as name@example.com."
    )
    expect(keys.main.get_by_label("Telephone")).to_have_value("+91 40 5550 100")
    email = keys.main.get_by_label(re.compile("^E-mail address"))
    keys.reaches(email)
    page.keyboard.press("End")
    page.keyboard.type("firm.example")
    keys.presses("Save and continue")
    keys.chooses(re.compile("^What the facility does"), "Manufacture")
    keys.chooses(re.compile("^Size"), "100 to 499 people")
    keys.chooses(re.compile("^Sector"), "Innovator")
    keys.chooses(re.compile("^What it makes"), "Prescription drug products")
    keys.types("Describe the products", "Tablets.")
    # Back and forward again: what was typed stays.
    keys.presses("Save and go back")
    expect(email).to_have_value("asha@firm.example")
    keys.presses("Save and continue")
    expect(keys.main.get_by_role("textbox", name="Describe the products")).to_have_value("Tablets.")
    keys.presses("Save and continue")
    keys.chooses(re.compile("^How would you"), "On site")
    keys.presses("Save and continue")
    keys.presses("Save and continue")
    for code in ("c", "d", "e"):
        part = keys.main.get_by_role("group", name=re.compile(f"^Criterion {code}:"))
        keys.reaches(part.get_by_role("checkbox"))
        page.keyboard.press("Space")
    keys.types("Your password", factories.PASSWORD)
    keys.presses("Attest, sign and submit to FDA")
    row = ParticipationRequest.objects.get()
    assert (row.status, row.contact_email) == (Status.SUBMITTED, "asha@firm.example")
    expect(keys.main).to_contain_text(f"Its receipt number is {row.receipt_number}.")
    expect(keys.main).to_contain_text("9:00 a.m. ET (7:30 p.m. Kolkata time)")


def test_closing_the_tab_loses_nothing_that_was_said_to_be_saved_and_at_most_seconds(desk, owner):
    draft = factories.draft(owner, complete=False)
    page = desk(owner).new_page()
    page.goto(contact_of(draft))
    page.get_by_label(re.compile("^Name")).fill("Quinn Quality")
    expect(line(page)).to_have_text(
        "Saved at 9:00 a.m. ET (7:30 p.m. Kolkata time). FDA cannot see this until you submit."
    )
    assert line(page).get_attribute("role") == "status"
    page.get_by_label("Job title").fill("Head of Quality")
    page.close(run_before_unload=True)  # at once: no second has passed
    elsewhere = desk(owner).new_page()
    elsewhere.goto(url("request_edit", draft.pk))
    expect(elsewhere.get_by_label(re.compile("^Name"))).to_have_value("Quinn Quality")
    for _ in range(20):
        if elsewhere.get_by_label("Job title").input_value() == "Head of Quality":
            break
        elsewhere.wait_for_timeout(200)
        elsewhere.reload()
    assert stored(draft).contact_title == "Head of Quality"


def test_a_stale_tab_is_told_and_compares_before_anything_is_overwritten(desk, owner):
    draft = factories.draft(owner, complete=False)
    context = desk(owner)
    stale, fresh = context.new_page(), context.new_page()
    stale.goto(contact_of(draft))
    fresh.goto(contact_of(draft))
    fresh.get_by_label(re.compile("^Name")).fill("From the second tab")
    expect(line(fresh)).to_contain_text("Saved at")
    stale.get_by_label(re.compile("^Name")).fill("From the first tab")
    expect(line(stale)).to_contain_text("newer answers were saved in another tab")
    assert stored(draft).contact_name == "From the second tab"
    stale.get_by_role("button", name="Save and continue").click()
    expect(stale.get_by_text("Nothing was overwritten. Below are your answers")).to_be_visible()
    expect(stale.get_by_label(re.compile("^Name"))).to_have_value("From the first tab")
    stale.get_by_role("button", name="Save and continue").click()
    stale.wait_for_url("**/steps/operations/")
    assert stored(draft).contact_name == "From the first tab"


def test_a_failure_is_said_the_text_stays_and_it_is_tried_again(desk, owner):
    draft = factories.draft(owner, complete=False)
    context = desk(owner)
    page = context.new_page()
    page.goto(contact_of(draft))
    context.set_offline(True)
    page.get_by_label(re.compile("^Name")).fill("Quinn")
    expect(line(page)).to_have_text(
        "Not saved: the server cannot be reached. What you typed stays on this page, and we keep "
        "trying."
    )
    context.set_offline(False)
    expect(line(page)).to_contain_text("Saved at")
    assert stored(draft).contact_name == "Quinn"
    expect(page.get_by_label(re.compile("^Name"))).to_have_value("Quinn")


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without"])
def test_a_double_click_and_a_refresh_make_one_request_and_no_error(desk, owner, has_script):
    site = factories.facility(owner)
    page = desk(owner, java_script_enabled=has_script).new_page()
    page.goto(f"{url('request_new')}?facility={site.pk}")
    page.get_by_text("QMM Pilot Program for Finished Dosage Forms, 2020").first.click()
    page.get_by_role("button", name="Start the request").dblclick(no_wait_after=True)
    page.wait_for_url("**/steps/contact/")
    page.reload()
    draft = ParticipationRequest.objects.get()
    operations.save_answers(draft, factories.answers(draft.program), by=owner, at=AT)
    page.goto(url("request_attest", draft.pk))
    for box in page.locator("main form").get_by_role("checkbox").all():
        page.locator(f"label[for={box.get_attribute('id')}]").click()
    page.get_by_label("Your password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Attest, sign and submit").dblclick(no_wait_after=True)
    expect(page.locator("main")).to_contain_text("Receipt")
    page.reload()
    assert page.locator(".usa-alert--error").count() == 0
    assert ParticipationRequest.objects.get().status == Status.SUBMITTED
    assert Letter.objects.filter(kind="request_received").count() == 1
    assert TrailEntry.objects.filter(deed="submit_request").count() == 1


def test_a_signer_needs_at_most_eight_clicks_from_her_home(desk, owner):
    preparer = factories.person(owner.organization, Role.FIRM_PREPARER)
    draft = factories.draft(preparer)
    operations.hand_over(draft, to=owner, by=preparer, at=AT)
    page = desk(owner).new_page()
    clicks = []

    def clicks_on(thing):
        thing.click()
        clicks.append(thing)

    page.goto("/")
    clicks_on(page.locator("main").get_by_role("link", name="Read, attest and submit").first)
    for code in ("c", "d", "e"):
        part = page.get_by_role("group", name=re.compile(f"^Criterion {code}:"))
        clicks_on(part.locator("label"))
    clicks_on(page.get_by_label("Your password"))
    page.keyboard.type(factories.PASSWORD)
    clicks_on(page.get_by_role("button", name="Attest, sign and submit"))
    expect(page.locator("main")).to_contain_text("Its receipt number is")
    assert len(clicks) == 6
