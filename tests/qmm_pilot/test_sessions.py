"""How long a person's session lasts, and what ends it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.test import Client

from qmm_pilot import clock
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.operations import deactivate
from qmm_pilot.accounts.roles import Role
from qmm_pilot.accounts.session_store import SessionStore
from qmm_pilot.accounts.sessions import end_sessions_of
from tests import factories

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


def test_ending_the_sessions_of_a_person_ends_all_of_them_and_nobody_elses():
    person, other = factories.registrant(), factories.registrant()
    open_ones = [signed_in(person), signed_in(person)]
    untouched = signed_in(other)
    end_sessions_of(person)
    for client in open_ones:
        assert client.get("/profile/").url == "/accounts/login/?next=/profile/"
        assert "_auth_user_id" not in client.session
    assert untouched.get("/profile/").status_code == 200


def test_after_its_sessions_were_ended_a_person_signs_in_again():
    person = factories.registrant()
    end_sessions_of(person)
    assert signed_in(User.objects.get(pk=person.pk)).get("/profile/").status_code == 200


def test_an_ended_session_stays_ended_when_the_person_comes_back():
    person = factories.person(factories.organization(), Role.FIRM_PREPARER)
    client = signed_in(person)
    deactivate(
        person, reason="Left the firm.", by=factories.fda(Role.FDA_ADMINISTRATOR), at=factories.AT
    )
    User.objects.filter(pk=person.pk).update(is_active=True)
    assert client.get("/profile/").url == "/accounts/login/?next=/profile/"


def test_a_session_that_forgot_its_generation_would_outlive_its_end(monkeypatch):
    """The planted fault: Django's own hash knows the password alone."""
    monkeypatch.setattr(
        User, "get_session_auth_hash", lambda user: AbstractBaseUser.get_session_auth_hash(user)
    )
    person = factories.registrant()
    client = signed_in(person)
    end_sessions_of(person)
    assert client.get("/profile/").status_code == 200


def test_a_password_changed_meanwhile_does_not_revive_ended_sessions():
    person = factories.registrant()
    client, elsewhere = signed_in(person), signed_in(person)
    stale = User.objects.get(pk=person.pk)
    end_sessions_of(person)
    from allauth.account.adapter import get_adapter

    get_adapter().set_password(stale, "another long walk outside")
    assert User.objects.get(pk=person.pk).session_generation == 2
    assert client.get("/profile/").status_code == elsewhere.get("/profile/").status_code == 302


# --- limits -----------------------------------------------------------------------------------

MINUTE = timedelta(minutes=1)


def aged(client, by):
    """Let this much real time pass for a session: it began and was used so much earlier."""
    row = Session.objects.get(pk=client.cookies["sessionid"].value)
    data = row.get_decoded()
    data["began"] = (datetime.fromisoformat(data["began"]) - by).isoformat()
    row.session_data = SessionStore().encode(data)
    row.expire_date -= by
    row.save()


def asked(client, method="get"):
    return getattr(client, method)("/session/").json()


def test_a_session_ends_after_thirty_minutes_without_anybody():
    client = signed_in(factories.registrant())
    aged(client, 29 * MINUTE)
    assert client.get("/profile/").status_code == 200
    aged(client, 31 * MINUTE)
    assert client.get("/profile/").url == "/accounts/login/?next=/profile/"


def test_who_works_on_stays_signed_in_but_no_longer_than_twelve_hours():
    client = signed_in(factories.registrant())
    for _ in range(12 * 3 - 1):
        aged(client, 20 * MINUTE)
        assert client.get("/profile/").status_code == 200
    assert 19 * 60 < asked(client)["seconds_left"] <= 20 * 60
    aged(client, 19 * MINUTE)
    assert asked(client, "post")["may_last_longer"] is False
    aged(client, 2 * MINUTE)
    assert client.get("/profile/").status_code == 302


def test_without_its_beginning_a_session_would_last_for_ever(monkeypatch):
    """The planted fault: a store that looks at the idle limit alone."""
    monkeypatch.setattr(SessionStore, "last_moment", None)
    client = signed_in(factories.registrant())
    for _ in range(12 * 3 + 3):
        aged(client, 20 * MINUTE)
        assert client.get("/profile/").status_code == 200


def test_asking_for_the_time_left_does_not_prolong_and_staying_does():
    client = signed_in(factories.registrant())
    aged(client, 25 * MINUTE)
    assert asked(client)["seconds_left"] <= 5 * 60
    assert asked(client)["seconds_left"] <= 5 * 60
    stayed = asked(client, "post")
    assert (29 * 60 < stayed["seconds_left"] <= 30 * 60, stayed["may_last_longer"]) == (True, True)


def test_what_a_script_asks_for_by_itself_does_not_prolong():
    client = signed_in(factories.registrant())
    aged(client, 25 * MINUTE)
    client.get("/profile/", headers={"Sec-Fetch-Mode": "cors"})
    assert asked(client)["seconds_left"] <= 5 * 60
    client.get("/profile/", headers={"Sec-Fetch-Mode": "navigate"})
    assert asked(client)["seconds_left"] > 29 * 60


def test_coming_back_within_a_minute_writes_nothing(django_assert_num_queries):
    client = signed_in(factories.registrant())
    before = Session.objects.get().expire_date
    client.get("/profile/")
    assert Session.objects.get().expire_date == before
    with django_assert_num_queries(2):  # the session, its person with her roles
        client.get("/session/")


def test_a_stranger_has_no_time_left(client):
    assert asked(client) == {"seconds_left": 0, "person": "", "may_last_longer": False}
    assert client.post("/session/").json()["seconds_left"] == 0
    assert not Session.objects.exists()


def test_the_foot_of_a_page_says_until_when_the_session_lasts():
    client = signed_in(factories.registrant())
    page = client.get("/profile/").content.decode()
    assert "Every page that you open begins 30 minutes anew, up to 12 hours" in page
    assert 'data-seconds-left="1' in page


def test_the_frozen_clock_of_the_demonstration_ends_no_session(settings):
    settings.DEBUG = True
    clock.set_demonstration_moment(datetime(2020, 11, 16, 14, tzinfo=UTC))
    client = signed_in(factories.registrant())
    aged(client, 31 * MINUTE)
    assert client.get("/profile/").status_code == 302


# --- forms that come too late -------------------------------------------------------------------


def test_a_form_sent_after_the_end_leads_by_the_sign_in_back_to_its_page(client):
    response = client.post(
        "/requests/new/", {"facility": "x"}, headers={"Referer": "http://testserver/profile/?a=1"}
    )
    assert response.url == "/accounts/login/?next=/profile/%3Fa%3D1"
    page = client.get(response.url).content.decode()
    assert "You were signed out before this could be sent" in page


@pytest.mark.parametrize("referrer", ["", "https://evil.example/profile/", "javascript:alert(1)"])
def test_a_foreign_page_is_not_returned_to(client, referrer):
    response = client.post("/requests/new/", headers={"Referer": referrer})
    assert response.url == "/accounts/login/?next=/"


@pytest.mark.parametrize("referrer", ["http://testserver/profile/", "https://evil.example/"])
def test_a_refused_token_says_what_to_do_and_leads_back_to_the_page(referrer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.registrant())
    response = client.post("/profile/", {"name": "x"}, headers={"Referer": referrer})
    page = response.content.decode()
    assert (response.status_code, "what you typed is put back" in page) == (403, True)
    assert ('href="/profile/">Open the page again' in page) is ("testserver" in referrer)
    assert "evil.example" not in page
