"""The pages of a person's own account, and the way to them for who has no organization yet."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from qmm_pilot.accounts.models import Organization, User
from qmm_pilot.accounts.roles import REGISTRANT_ROLES, Side
from qmm_pilot.accounts.time_zones import time_zone_choices
from qmm_pilot.records.models import TrailEntry
from tests import factories

pytestmark = pytest.mark.django_db

REGISTER = "/organization/new/"
FIRM = {
    "name": "Acme Pharma",
    "address_line_1": "1 Main Street",
    "city": "Springfield",
    "state": "IL",
    "postal_code": "62701",
    "country": "US",
}


@pytest.fixture
def newcomer(client):
    """A signed-in person who belongs to no organization yet."""
    person = User.objects.create_user("new@example.test", factories.PASSWORD, name="Nora New")
    client.force_login(person)
    return person


@pytest.mark.parametrize("address", ["/requests/", "/profile/", "/facilities/new/", "/nowhere/"])
@pytest.mark.parametrize("verb", ["get", "post"])
def test_who_has_no_organization_is_led_to_its_registration(client, newcomer, address, verb):
    response = getattr(client, verb)(address)
    assert (response.status_code, response.url) == (302, REGISTER)
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/accounts/logout/", "/accounts/password/change/", REGISTER])
def test_who_has_no_organization_reaches_these_pages(client, newcomer, address):
    assert client.get(address).status_code == 200


def test_who_has_no_organization_can_sign_out(client, newcomer):
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_strangers_are_asked_to_sign_in_first(client):
    assert client.get(REGISTER).url.startswith("/accounts/login/")


def test_the_registration_shows_every_control(client, newcomer):
    page = client.get(REGISTER).content.decode()
    for name in [*FIRM, "address_line_2"]:
        assert f'name="{name}"' in page, name


def test_registering_a_firm_gives_its_roles_and_leads_to_the_first_facility(client, newcomer):
    response = client.post(REGISTER, FIRM)
    assert response.url == reverse("applications:facility_new")
    organization = Organization.objects.get()
    assert (organization.kind, organization.name) == (Side.FIRM, "Acme Pharma")
    person = User.objects.get(pk=newcomer.pk)
    assert person.organization == organization
    assert person.roles == frozenset(REGISTRANT_ROLES)
    assert client.get(response.url).status_code == 200


def test_only_named_fields_of_an_organization_are_read(client, newcomer):
    client.post(REGISTER, {**FIRM, "kind": "fda", "id": "x", "is_active": ""})
    assert Organization.objects.get().kind == Side.FIRM


def test_missing_answers_are_named_and_nothing_is_registered(client, newcomer):
    response = client.post(REGISTER, {**FIRM, "name": "", "city": ""})
    assert set(response.context["form"].errors) == {"name", "city"}
    assert 'href="#id_name"' in response.content.decode()
    assert not Organization.objects.exists()


def test_a_second_registration_leads_to_the_account(client):
    person = factories.registrant()
    client.force_login(person)
    assert client.get(REGISTER).url == "/profile/"
    assert client.post(REGISTER, FIRM).url == "/profile/"
    assert Organization.objects.count() == 1


def test_the_profile_shows_the_person_and_every_control(client):
    client.force_login(factories.registrant("Asha Raman"))
    page = client.get("/profile/").content.decode()
    for name in ("name", "title", "phone", "time_zone"):
        assert f'name="{name}"' in page, name
    assert "Preparer, Authorized official, Firm administrator, Metrics person" in page
    assert reverse("account_change_password") in page


DETAILS = {
    "name": "Asha Raman",
    "title": "Vice President",
    "phone": "",
    "time_zone": "Asia/Kolkata",
}


def test_a_person_changes_the_own_details_and_reads_dates_in_the_new_zone(client):
    person = factories.registrant("Asha Raman")
    client.force_login(person)
    draft = factories.draft(person)
    client.post("/profile/", DETAILS)
    person.refresh_from_db()
    assert (person.title, person.time_zone) == ("Vice President", "Asia/Kolkata")
    entry = TrailEntry.objects.get(deed="update_person")
    assert entry.after == {"title": "Vice President", "time_zone": "Asia/Kolkata"}
    page = client.get(reverse("applications:request_detail", args=[draft.pk])).content.decode()
    assert "7:30 p.m. Kolkata time" in page


def test_saving_unchanged_details_records_nothing(client):
    person = factories.registrant("Asha Raman", title="Vice President", time_zone="Asia/Kolkata")
    client.force_login(person)
    response = client.post("/profile/", DETAILS, follow=True)
    assert [str(m) for m in response.context["messages"]] == ["Nothing was changed."]
    assert not TrailEntry.objects.filter(deed="update_person").exists()


def test_a_bad_detail_is_named_and_the_page_keeps_the_saved_name(client):
    client.force_login(factories.registrant("Asha Raman"))
    response = client.post("/profile/", {**DETAILS, "name": "", "time_zone": "Mars/Base"})
    assert set(response.context["form"].errors) == {"name", "time_zone"}
    assert "<strong>Asha Raman</strong>" in response.content.decode()


def test_only_the_own_details_are_read(client):
    person = factories.registrant("Asha Raman")
    client.force_login(person)
    forged = {"email": "x@example.test", "organization": "", "is_active": "", "is_staff": "on"}
    client.post("/profile/", {**DETAILS, **forged})
    before = (person.email, person.organization_id, person.is_active)
    person.refresh_from_db()
    assert (person.email, person.organization_id, person.is_active) == before


def test_every_zone_offered_is_one_that_a_person_may_have():
    offered = [name for _, group in time_zone_choices() for name, _ in group]
    assert {"America/New_York", "Asia/Kolkata", "Europe/Zurich"} <= set(offered)
    assert len(offered) == len(set(offered))


@pytest.mark.parametrize("debug", [True, False])
def test_what_a_person_may_not_see_answers_with_our_page_in_development_too(
    client, settings, debug
):
    settings.DEBUG = debug
    client.force_login(factories.registrant())
    theirs = factories.draft(factories.registrant("Asha Raman"))
    response = client.get(reverse("applications:request_detail", args=[theirs.pk]))
    assert response.status_code == 404
    assert next(template.name for template in response.templates) == "404.html"
    assert response["Cache-Control"] == "no-store"


def test_signing_up_confirming_the_address_and_a_new_password_are_in_the_trail(client):
    form = {
        "name": "Nora Newcomer",
        "email": "Nora@Firm.example",
        "password1": factories.PASSWORD,
        "password2": factories.PASSWORD,
    }
    client.post(reverse("account_signup"), form)
    code = re.search(r"^[A-Z0-9-]{4,}$", mail.outbox[0].body, re.MULTILINE).group()
    client.post(reverse("account_email_verification_sent"), {"code": code})
    changed = {
        "oldpassword": factories.PASSWORD,
        "password1": "another long walk outside",
        "password2": "another long walk outside",
    }
    client.post(reverse("account_change_password"), changed)
    user = User.objects.get(email="nora@firm.example")
    entries = TrailEntry.objects.filter(subject_id=str(user.pk)).order_by("position")
    assert [(entry.deed, entry.actor) for entry in entries] == [
        ("sign_up", user),
        ("confirm_email", user),
        ("sign_in", user),
        ("set_password", user),
    ]
    assert not TrailEntry.objects.filter(after_json__contains="walk").exists()


def test_signing_up_mails_a_code_that_the_page_asks_for(client, mailoutbox):
    page = client.post(
        "/accounts/signup/",
        {
            "name": "Pat O'Neil",
            "email": "pat@example.test",
            "password1": factories.PASSWORD,
            "password2": factories.PASSWORD,
        },
        follow=True,
    )
    assert "Enter the code that we mailed you" in page.content.decode()
    [mail] = mailoutbox
    assert (mail.subject, mail.to) == ("Your code for the QMM pilot programs", ["pat@example.test"])
    greeting, *_, sender, center = mail.body.strip().splitlines()
    assert greeting == "Dear Pat O'Neil,"
    assert (sender, center) == (
        "Quality Management Maturity pilot programs",
        "Center for Drug Evaluation and Research, FDA",
    )
