"""R12: guesses count by account and address; the owner from elsewhere still gets in."""

import time

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from django.core.cache import cache

from qmm_pilot.accounts import sign_in_limits
from qmm_pilot.accounts.adapter import AccountAdapter
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.models import TrailEntry
from tests import factories
from tests.factories import PASSWORD

from .signing_in import (
    LOGIN,
    SECOND_STEP,
    at_address,
    code_now,
    confirmed,
    is_signed_in,
    signs_in,
    tries,
)

pytestmark = pytest.mark.django_db
ATTACKER, HOME = "203.0.113.9", "198.51.100.7"
TOO_MANY = "Too many tries. Wait five minutes"


@pytest.fixture
def owner():
    return confirmed(factories.registrant("Olga Owner"))


def text_of(answer):
    """What the reader sees, without the token that differs in every answer."""
    token = answer.context["csrf_token"]
    return answer.content.decode().replace(str(token), "")


def guesses(client, email, times=5):
    return [tries(client, email, "a wrong guess of mine") for _ in range(times)]


def test_five_failures_from_one_address_delay_even_the_right_password(owner):
    attacker = at_address(ATTACKER)
    for answer in guesses(attacker, owner.email):
        assert TOO_MANY not in text_of(answer)
    assert TOO_MANY in text_of(tries(attacker, owner.email))
    assert not is_signed_in(attacker)


def test_the_owner_gets_in_from_elsewhere_meanwhile(owner):
    guesses(at_address(ATTACKER), owner.email, 8)
    home = at_address(HOME)
    assert signs_in(home, owner)["Location"] == "/"
    assert is_signed_in(home)


def test_five_failures_leave_other_accounts_at_that_address_alone(owner):
    other = confirmed(factories.registrant())
    attacker = at_address(ATTACKER)
    guesses(attacker, owner.email, 6)
    assert signs_in(attacker, other)["Location"] == "/"


def test_a_mutant_with_the_stock_key_locks_the_owner_out(owner, monkeypatch):
    stock = DefaultAccountAdapter._get_login_attempts_cache_key
    monkeypatch.setattr(AccountAdapter, "_get_login_attempts_cache_key", stock)
    guesses(at_address(ATTACKER), owner.email)
    assert TOO_MANY in text_of(tries(at_address(HOME), owner.email))


def test_a_mutant_without_a_limit_lets_six_tries_pass(owner, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": None}
    attacker = at_address(ATTACKER)
    guesses(attacker, owner.email)
    assert tries(attacker, owner.email).status_code == 302
    assert is_signed_in(attacker)


def test_a_right_password_does_not_wipe_the_failures_before_it(owner):
    attacker = at_address(ATTACKER)
    guesses(attacker, owner.email, 4)
    assert tries(attacker, owner.email).status_code == 302
    attacker.post("/accounts/logout/")
    guesses(attacker, owner.email, 1)
    assert TOO_MANY in text_of(tries(attacker, owner.email))


def test_letters_and_spaces_of_the_address_make_no_new_account_to_guess_at(owner):
    attacker = at_address(ATTACKER)
    for typed in (owner.email.upper(), f" {owner.email}", owner.email.title()):
        guesses(attacker, typed, 2)
    assert TOO_MANY in text_of(tries(attacker, owner.email))


# --- behind a proxy -----------------------------------------------------------------------------


def behind_proxy(claimed):
    """A request that nginx passed on: it appends the address that it saw, the last one."""
    return at_address("127.0.0.1", HTTP_X_FORWARDED_FOR=claimed)


def test_behind_a_proxy_the_client_counts_and_not_the_proxy(owner, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    guesses(behind_proxy(ATTACKER), owner.email, 6)
    assert signs_in(behind_proxy(HOME), owner)["Location"] == "/"


def test_a_forged_header_neither_evades_the_limit_nor_locks_others(owner, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(5):
        guesses(behind_proxy(f"192.0.2.{number}, {HOME}, {ATTACKER}"), owner.email, 1)
    assert TOO_MANY in text_of(tries(behind_proxy(f"192.0.2.99, {ATTACKER}"), owner.email))
    assert signs_in(behind_proxy(HOME), owner)["Location"] == "/"


def test_a_mutant_that_believes_the_header_can_be_evaded(owner, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2  # one more than there is
    for number in range(6):
        answer = guesses(behind_proxy(f"192.0.2.{number}, {ATTACKER}"), owner.email, 1)[0]
        assert TOO_MANY not in text_of(answer)


def test_without_a_trusted_proxy_the_header_means_nothing(owner):
    for number in range(5):
        guesses(at_address(ATTACKER, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}"), owner.email, 1)
    forged = at_address(ATTACKER, HTTP_X_FORWARDED_FOR="192.0.2.77")
    assert TOO_MANY in text_of(tries(forged, owner.email))


def test_addresses_of_one_ipv6_network_count_together(owner):
    for number in range(5):
        guesses(at_address(f"2001:db8:1:2::{number}"), owner.email, 1)
    assert TOO_MANY in text_of(tries(at_address("2001:db8:1:2::99"), owner.email))
    assert signs_in(at_address("2001:db8:1:3::1"), owner)["Location"] == "/"


# --- from many addresses ------------------------------------------------------------------------


def test_failures_from_many_addresses_slow_the_answer_and_refuse_nobody(owner, settings):
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "login_failed_anywhere": "3/h/key",
    }
    settings.SIGN_IN_DELAY_SECONDS = 0.4
    for number in range(3):
        guesses(at_address(f"203.0.113.{number}"), owner.email, 1)
    began = time.monotonic()
    assert signs_in(at_address(HOME), owner)["Location"] == "/"
    assert time.monotonic() - began >= 0.4


def test_waiting_never_holds_more_than_two_threads(owner, settings):
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "login_failed_anywhere": "1/h/key",
    }
    guesses(at_address(ATTACKER), owner.email, 1)
    with sign_in_limits._waiting, sign_in_limits._waiting:
        assert TOO_MANY in text_of(tries(at_address(HOME), owner.email))


# --- where the counts live, and what is kept of them --------------------------------------------


def test_the_counts_are_in_the_database(owner, settings):
    assert settings.CACHES["default"]["BACKEND"].endswith("db.DatabaseCache")
    attacker = at_address(ATTACKER)
    guesses(attacker, owner.email)
    cache.clear()
    assert tries(attacker, owner.email).status_code == 302  # so it was there that they were


def test_the_fifth_failure_is_in_the_trail_once_and_without_the_guess(owner):
    guesses(at_address(ATTACKER), owner.email, 7)
    [entry] = TrailEntry.objects.filter(deed="delay_sign_in")
    assert (entry.subject_id, entry.actor, entry.after) == (
        str(owner.pk),
        None,
        {"address": ATTACKER},
    )


def test_failures_of_an_unknown_account_leave_no_entry():
    guesses(at_address(ATTACKER), "nobody@example.test", 7)
    assert not TrailEntry.objects.filter(deed="delay_sign_in").exists()


# --- known and unknown accounts look alike ------------------------------------------------------


def test_signing_in_answers_alike_for_known_and_unknown_accounts(owner):
    known = guesses(at_address(ATTACKER), owner.email, 7)
    unknown = guesses(at_address(ATTACKER), "nobody@example.test", 7)
    for one, other in zip(known, unknown, strict=True):
        assert one.status_code == other.status_code == 200
        assert text_of(one) == text_of(other).replace("nobody@example.test", owner.email)


def test_a_password_reset_answers_alike_and_mails_both(owner, mailoutbox):
    answers = {}
    for email in (owner.email, "nobody@example.test"):
        answer = at_address(ATTACKER).post("/accounts/password/reset/", {"email": email})
        answers[email] = (answer.status_code, answer["Location"], answer.content)
    assert len(set(answers.values())) == 1
    assert [mail.to for mail in mailoutbox] == [[owner.email], ["nobody@example.test"]]


def test_signing_up_answers_alike_and_tells_the_owner_by_mail(owner, mailoutbox):
    pages = {}
    for email in (owner.email, "fresh@example.test"):
        form = {"name": "Sam", "email": email, "password1": PASSWORD, "password2": PASSWORD}
        client = at_address(ATTACKER)
        answer = client.post("/accounts/signup/", form)
        page = client.get(answer["Location"])
        pages[email] = (answer.status_code, answer["Location"], text_of(page).replace(email, "X"))
    assert pages[owner.email] == pages["fresh@example.test"]
    [told, code] = mailoutbox
    assert told.subject == "You already have an account in the QMM pilot programs"
    assert code.subject == "Your code for the QMM pilot programs"


# --- the second step ----------------------------------------------------------------------------


def test_five_wrong_codes_delay_even_the_right_one():
    person = confirmed(factories.fda(Role.FDA_REVIEWER))
    client = at_address(ATTACKER)
    tries(client, person.email)
    for _ in range(5):
        answer = client.post(SECOND_STEP, {"code": "000000"})
        assert "This code does not count" in answer.content.decode()
    for _ in range(2):
        answer = client.post(SECOND_STEP, {"code": code_now()})
        assert TOO_MANY in answer.content.decode()
    assert not is_signed_in(client)
    [entry] = TrailEntry.objects.filter(deed="delay_second_step")  # once, not for each try
    assert (entry.subject_id, entry.after) == (str(person.pk), {"address": ATTACKER})


def test_a_mutant_without_a_limit_takes_the_sixth_code(settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": None}
    person = confirmed(factories.fda(Role.FDA_REVIEWER))
    client = at_address(ATTACKER)
    tries(client, person.email)
    for _ in range(5):
        client.post(SECOND_STEP, {"code": "000000"})
    client.post(SECOND_STEP, {"code": code_now()})
    assert is_signed_in(client)


def test_a_code_counts_once_and_an_older_one_not_at_all():
    person = confirmed(factories.fda(Role.FDA_REVIEWER))
    code = code_now()
    assert signs_in(at_address(), person, code)["Location"] == "/"
    again = at_address()
    assert "This code does not count" in signs_in(again, person, code).content.decode()
    older = signs_in(at_address(), person, code_now(ago=2))
    assert "This code does not count" in older.content.decode()


def test_too_many_pages_in_a_minute_answer_with_our_page(settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "2/m/ip"}
    client = at_address(ATTACKER)
    answers = [client.post(LOGIN, {"login": "x", "password": "y"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Wait a minute, then go back and try again" in answers[-1].content.decode()
