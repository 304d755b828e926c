"""How long a person's session lasts, and what ends it."""

import pytest
from django.contrib.auth.base_user import AbstractBaseUser
from django.test import Client

from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.operations import deactivate
from qmm_pilot.accounts.roles import Role
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
