"""The demonstration's sign-in codes: this machine only, in development only."""

import re
from importlib import reload

import pytest
from django.urls import NoReverseMatch, clear_url_caches, reverse

from qmm_pilot.accounts.roles import Role
from tests import factories

from .signing_in import at_address, code_now, confirmed, signs_in

pytestmark = pytest.mark.django_db
PAGE = "/local/codes/"


@pytest.fixture
def _development(settings):
    """The addresses as they are in development: the test runner itself turns DEBUG off."""
    import qmm_pilot.urls

    settings.DEBUG = True
    reload(qmm_pilot.urls)
    clear_url_caches()
    yield
    settings.DEBUG = False
    reload(qmm_pilot.urls)
    clear_url_caches()


@pytest.mark.usefixtures("_development")
def test_each_persons_current_code_is_shown_with_its_seconds_and_signs_in(client):
    person = confirmed(factories.fda(Role.FDA_REVIEWER))
    factories.registrant("Firms need none")
    page = client.get(PAGE).content.decode()
    [row] = [part for part in page.split("<tr>") if person.email in part]
    code = re.search(r"<code>(\d{6})</code>", row)[1]
    assert code in (code_now(), code_now(ago=1))
    assert 1 <= int(re.search(r"(\d+) seconds?", row)[1]) <= 30
    assert "Firms need none" not in page
    assert signs_in(at_address(), person, code_now())["Location"] == "/"


@pytest.mark.usefixtures("_development")
def test_without_people_the_page_says_how_to_load_them(client):
    assert "No authenticator apps yet" in client.get(PAGE).content.decode()


@pytest.mark.usefixtures("_development")
@pytest.mark.parametrize(
    "sender",
    [
        {"REMOTE_ADDR": "10.0.0.7"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=203.0.113.9"},
    ],
)
def test_nobody_else_finds_the_codes(client, sender):
    factories.fda(Role.FDA_REVIEWER)
    assert client.get(PAGE, **sender).status_code == 404


@pytest.mark.usefixtures("_development")
def test_with_debug_off_even_this_machine_finds_no_codes(client, settings):
    settings.DEBUG = False
    assert client.get(PAGE).status_code == 404


def test_with_debug_off_the_address_does_not_exist(client):
    with pytest.raises(NoReverseMatch):
        reverse("local_codes")
    assert client.get(PAGE).status_code == 404
