"""A person at a browser whose session nears its end: warned, staying, signed out, coming back."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from qmm_pilot.accounts.models import User
from tests import factories
from tests.browser import PATIENCE

pytestmark = pytest.mark.browser


@pytest.fixture
def asha(committing, settings):
    """A person of a firm; sessions end after eight idle seconds, and she is warned at five."""
    settings.SESSION_COOKIE_AGE = 8
    settings.SESSION_WARNING_SECONDS = 5
    person = factories.registrant("Asha Raman")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def window(browser, server):
    """A browser of one person; complaints of its console fail."""
    context = browser.new_context(base_url=server.url)
    context.set_default_timeout(PATIENCE)
    complaints = []
    context.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    context.on("weberror", lambda fault: complaints.append(str(fault.error)))
    yield context
    context.close()
    assert complaints == []


def signs_in(page, person, address="/accounts/login/?next=/profile/"):
    if address:
        page.goto(address)
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").first.fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/profile/")


def warning(page):
    return page.get_by_role("dialog", name="Your session ends soon")


def test_staying_signed_in_by_keyboard_closes_the_warning_in_every_tab(window, asha):
    first, second = window.new_page(), window.new_page()
    signs_in(first, asha)
    second.goto("/profile/")
    expect(warning(first)).to_be_visible()
    expect(warning(second)).to_be_visible()
    first.bring_to_front()
    expect(first.get_by_role("button", name="Stay signed in")).to_be_focused()
    before = Session.objects.get().expire_date
    first.keyboard.press("Enter")
    expect(warning(first)).to_be_hidden()
    expect(warning(second)).to_be_hidden()
    assert Session.objects.get().expire_date > before
    assert urlsplit(first.url).path == "/profile/"


def test_what_was_typed_comes_back_after_signing_in_again_on_the_same_page(window, asha):
    page = window.new_page()
    signs_in(page, asha)
    page.get_by_label("Job title").fill("Head of everything")
    page.wait_for_url("**/accounts/login/**")
    assert parse_qs(urlsplit(page.url).query)["next"] == ["/profile/"]
    signs_in(page, asha, address="")
    expect(page.get_by_label("Job title")).to_have_value("Head of everything")
    expect(page.get_by_text("What you typed before your session ended")).to_be_visible()
    page.get_by_role("button", name="Save my details").click()
    expect(page.get_by_text("Your details are saved.")).to_be_visible()
    assert User.objects.get(pk=asha.pk).title == "Head of everything"
    assert page.evaluate("sessionStorage.length") == 0


def test_what_one_person_typed_is_never_put_into_the_page_of_another(window, asha):
    other = factories.registrant("Berta Other")
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)
    page = window.new_page()
    signs_in(page, asha)
    page.get_by_label("Job title").fill("Head of everything")
    page.wait_for_url("**/accounts/login/**")
    signs_in(page, other, address="")
    expect(page.get_by_label("Job title")).to_have_value("")
    assert page.evaluate("sessionStorage.length") == 0


def test_a_form_sent_after_the_session_was_ended_elsewhere_loses_nothing(window, asha):
    page = window.new_page()
    signs_in(page, asha)
    page.get_by_label("Job title").fill("Head of everything")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save my details").click()
    page.wait_for_url("**/accounts/login/**")
    expect(page.get_by_text("You were signed out before this could be sent")).to_be_visible()
    signs_in(page, asha, address="")
    expect(page.get_by_label("Job title")).to_have_value("Head of everything")
    assert User.objects.get(pk=asha.pk).title == ""


def test_signing_out_leaves_nothing_typed_behind(window, asha):
    page = window.new_page()
    signs_in(page, asha)
    page.get_by_label("Job title").fill("Head of everything")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/accounts/login/**")
    assert page.evaluate("sessionStorage.length") == 0
