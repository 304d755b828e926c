"""An official at a browser signs with a passkey; what it answers is checked like a password."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from qmm_pilot import clock
from qmm_pilot.records.models import Signature
from tests import factories
from tests.browser import PATIENCE

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser, server):
    context = browser.new_context(base_url=server.url)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield page
    context.close()


def test_an_official_attests_with_a_passkey_and_no_password(page, committing, client, settings):
    settings.DEBUG = True  # so that the demonstration's clock holds, within the window of 2020
    clock.set_demonstration_moment(factories.AT)
    official = factories.registrant("Olga Official")
    draft = factories.draft(official)
    client.force_login(official)
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "domain": "localhost",
                "path": "/",
            }
        ]
    )
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.locator("main form button").first.click()
    page.goto(reverse("mfa_add_webauthn"))
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(lambda address: "passkeys/add" not in address)
    page.goto(reverse("applications:request_attest", args=[draft.pk]))
    for box in page.locator("main fieldset label").all():
        box.click()
    page.get_by_role("button", name="Sign with a passkey").click()
    expect(page.get_by_text("What was signed is unchanged.")).to_be_visible()
    assert Signature.objects.get().signer == official
