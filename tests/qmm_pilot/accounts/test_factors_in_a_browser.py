"""An FDA person at a browser: enrols an authenticator app and a passkey, signs in with each."""

import re
import time
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from qmm_pilot.accounts.models import Organization, User
from qmm_pilot.records.models import TrailEntry
from tests.browser import PATIENCE
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser
EMAIL = "newcomer@fda.example"


@pytest.fixture
def newcomer(committing):
    """A person of FDA on her first day: a password, no second step."""
    fda = Organization.objects.create(
        kind="fda", name="FDA", address_line_1="1 Main Street", city="Springfield"
    )
    person = User.objects.create_user(EMAIL, PASSWORD, name="Nia Newcomer", organization=fda)
    EmailAddress.objects.create(user=person, email=EMAIL, verified=True, primary=True)
    return person


@pytest.fixture
def page(browser, server):
    """A page of a browser of her own; complaints of its console fail."""
    context = browser.new_context(base_url=server.url)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    complaints = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def device(page):
    """A computer with a fingerprint reader that always knows its owner."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return devtools


class App:
    """An authenticator app; it waits until a code is new, as a person must."""

    def __init__(self, secret):
        self.secret, self.last = secret.replace(" ", ""), ""

    def code(self):
        while True:
            now = int(time.time())
            code = format_hotp_value(hotp_value(self.secret, now // 30))
            if code != self.last and now % 30 < 27:
                self.last = code
                return code
            time.sleep(0.5)


def signs_in_with_password(page):
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def confirms_with_password(page):
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def signs_out(page):
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")


def is_home(page):
    page.wait_for_url(re.compile(r"//[^/]+/$"))
    expect(page.get_by_role("heading", name="What is due")).to_be_visible()


def deeds_of(person):
    return list(TrailEntry.objects.filter(subject_id=str(person.pk)).values_list("deed", flat=True))


def test_an_fda_person_enrols_an_app_and_a_passkey_and_signs_in_with_each(newcomer, page, device):
    # The first sign-in leads to enrolment, whatever page was asked for.
    page.goto("/requests/")
    signs_in_with_password(page)
    page.wait_for_url("**/accounts/2fa/")
    expect(page.get_by_text("Add a second step before you go on")).to_be_visible()
    page.goto("/programs/")
    assert urlsplit(page.url).path == "/accounts/2fa/"

    # An authenticator app.
    page.get_by_role("link", name="Add an authenticator app").click()
    confirms_with_password(page)
    expect(page.get_by_role("img", name="a picture to scan")).to_be_visible()
    app = App(page.locator(".secret-key").inner_text())
    page.get_by_label("Code").fill(app.code())
    page.get_by_role("button", name="Add the app").click()
    codes = page.get_by_role("list", name="Unused recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    recovery_code = codes.first.inner_text()
    page.get_by_role("link", name="I kept them, go on").click()
    is_home(page)
    signs_out(page)

    # Signing in with it.
    signs_in_with_password(page)
    page.get_by_label("Code").fill(app.code())
    page.get_by_role("button", name="Sign in").click()
    is_home(page)

    # A passkey that does without the password.
    page.get_by_role("link", name="Account").click()
    page.get_by_role("link", name="Manage the second step").click()
    page.get_by_role("link", name="Add a passkey").click()
    confirms_with_password(page)
    page.get_by_label("Name of the passkey").fill("work laptop")
    page.locator("label", has_text="Sign in with this passkey alone").click()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("row").filter(has_text="work laptop")).to_contain_text(
        "Without a password"
    )
    signs_out(page)

    # Signing in with the passkey alone, and with it as second step.
    page.get_by_role("button", name="Use a passkey").click()
    is_home(page)
    signs_out(page)
    signs_in_with_password(page)
    page.get_by_role("button", name="Use a passkey").click()
    is_home(page)
    signs_out(page)

    # A recovery code, once.
    signs_in_with_password(page)
    page.get_by_label("Code").fill(recovery_code)
    page.get_by_role("button", name="Sign in").click()
    is_home(page)
    signs_out(page)
    signs_in_with_password(page)
    page.get_by_label("Code").fill(recovery_code)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This code does not count.").first).to_be_visible()

    assert deeds_of(newcomer) == [
        "sign_in",
        "add_authenticator_app",
        "sign_out",
        "sign_in",
        "add_passkey",
        "sign_out",
        "sign_in",
        "sign_out",
        "sign_in",
        "sign_out",
        "use_recovery_code",
        "sign_in",
        "sign_out",
    ]
    steps = [
        entry.after["steps"]
        for entry in TrailEntry.objects.filter(deed="sign_in").order_by("position")
    ]
    assert steps == [
        ["password"],
        ["password", "totp"],
        ["webauthn"],
        ["password", "webauthn"],
        ["password", "recovery_codes"],
    ]
    assert Authenticator.objects.filter(user=newcomer).count() == 3


def test_a_cancelled_passkey_says_so_and_can_be_tried_again(newcomer, page, device):
    signs_in_with_password(page)
    page.get_by_role("link", name="Add a passkey").click()
    confirms_with_password(page)
    page.evaluate(
        "() => { navigator.credentials.create = () =>"
        " Promise.reject(new DOMException('cancelled', 'NotAllowedError')); }"
    )
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was confirmed")
    expect(page.get_by_role("button", name="Add the passkey")).to_be_enabled()
