"""The frame of the pages: whole, free of inline style and script, usable by anyone."""

import pytest
from django.template import engines
from django.template.loader import render_to_string
from lxml import html as parser

from qmm_pilot.uswds.views import styleguide

ERROR_PAGES = ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"]


def assert_fits_the_policy(page):
    """The content security policy refuses inline style, script and handlers."""
    assert page.xpath("//*[@style] | //style") == []
    assert page.xpath("//script[not(@src)][not(@type='application/json')]") == []
    assert [name for name in page.xpath("//@*") if name.attrname.startswith("on")] == []


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_an_error_page_needs_no_context_and_leads_home(name):
    page = parser.fromstring(render_to_string(name))
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("//main//a/@href") == ["/"]
    assert page.xpath("//title")[0].text.endswith("| QMM Pilot Programs")
    assert_fits_the_policy(page)


def test_the_frame_has_skip_link_banner_one_main_and_identifier():
    page = parser.fromstring(render_to_string("404.html"))
    assert page.xpath("//body/a[1]/@href") == ["#main-content"]
    assert len(page.xpath("//main[@id='main-content']")) == 1
    assert "An official website of the United States government" in page.text_content()
    assert page.xpath("//*[contains(@class, 'usa-identifier')]")


def test_the_navigation_marks_the_current_page():
    items = [
        {"label": "Home", "url": "/", "current": False},
        {"label": "Requests", "url": "/requests/", "current": True},
    ]
    template = engines["django"].from_string('{% extends "base.html" %}')
    page = parser.fromstring(template.render({"navigation": items}))
    assert {link.text for link in page.xpath("//nav//*[@aria-current='page']")} == {"Requests"}


def test_a_rehearsal_is_marked_on_every_page():
    template = engines["django"].from_string('{% extends "base.html" %}')
    page = parser.fromstring(template.render({"rehearsal": "FDF pilot 2020 <copy>"}))
    assert "FDF pilot 2020 <copy>" in page.text_content()
    assert "Nothing on this page counts" in page.text_content()


def the_style_guide(rf, query=""):
    """Its address exists in development only, so the view is called itself."""
    return parser.fromstring(styleguide(rf.get(f"/styleguide/{query}")).content)


@pytest.mark.django_db
def test_the_style_guide_shows_every_component_with_ids_that_occur_once(rf):
    page = the_style_guide(rf)
    for name in ("summary-box", "alert", "table", "step-indicator", "form-group"):
        assert page.xpath(f"//main//*[contains(@class, 'usa-{name}')]"), name
    for name in ("status", "facts", "file", "deed", "empty-state", "confirmation", "chart"):
        assert page.xpath(f"//main//*[contains(@class, '{name}')]"), name
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert_fits_the_policy(page)


@pytest.mark.django_db
def test_the_style_guide_shows_the_errors_of_its_form(rf):
    page = the_style_guide(rf, "?submit=1")
    assert "#id_name" in page.xpath("//*[contains(@class, 'error-summary')]//a/@href")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/accounts/login/", {"login", "password"}),
        ("/accounts/signup/", {"email", "password1", "password2"}),
        ("/accounts/password/reset/", {"email"}),
    ],
)
def test_a_sign_in_page_holds_its_controls_in_our_markup(client, path, names):
    page = parser.fromstring(client.get(path).content)
    assert names <= set(page.xpath("//main//input[contains(@class, 'usa-input')]/@name"))
    assert page.xpath("//main//form//button[contains(@class, 'usa-button')]")
    assert len(page.xpath("//h1")) == 1
    assert_fits_the_policy(page)


def test_the_banner_explains_itself_without_a_script():
    page = parser.fromstring(render_to_string("404.html"))
    (details,) = page.xpath("//*[contains(@class, 'usa-banner')]/details")
    assert "Here’s how you know" in details.xpath("./summary")[0].text_content()
    assert "Official websites use .gov" in details.text_content()
