"""The pages of sign-in: all are ours; bad input gets a clear page, leaks and changes nothing."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as live_settings
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils import timezone

from qmm_pilot.accounts import sign_in_urls
from qmm_pilot.accounts.adapter import CHANGES
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.models import Letter, TrailEntry
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
VERIFY = "/accounts/confirm-email/"
SIGN_UP = {"name": "Nora Newcomer", "password1": PASSWORD, "password2": PASSWORD}


class MailServerAway(BaseEmailBackend):
    def send_messages(self, messages):
        raise ConnectionRefusedError("no mail server")


def signs_up(client, email):
    return client.post("/accounts/signup/", {**SIGN_UP, "email": email}, follow=True)


def text_of(answer):
    return answer.content.decode()


# --- every page is ours ------------------------------------------------------------------------


def names_of_templates():
    for pattern in sign_in_urls.urlpatterns:
        view = getattr(pattern.callback, "view_class", None)
        if name := getattr(view, "template_name", None):
            yield name
    yield "account/confirm_email_verification_code.html"  # of a view that chooses inside
    yield "429.html"
    for kind in ("email_confirmation_signup", "email_confirmation", "password_reset_key",
                 "unknown_account", "account_already_exists"):  # fmt: skip
        yield f"account/email/{kind}_subject.txt"
        yield f"account/email/{kind}_message.txt"


@pytest.mark.parametrize("name", sorted(set(names_of_templates())))
def test_every_page_and_mail_of_sign_in_has_our_own_template(name):
    ours = Path(live_settings.BASE_DIR) / "templates"
    assert Path(get_template(name).origin.name).is_relative_to(ours)


def test_no_template_of_sign_in_is_left_that_no_page_uses():
    ours = Path(live_settings.BASE_DIR) / "templates"
    kept = {str(p.relative_to(ours)) for folder in ("account", "mfa")
            for p in (ours / folder).rglob("*.html")}  # fmt: skip
    text = "".join(path.read_text() for path in ours.rglob("*.html"))
    used = set(names_of_templates()) | set(re.findall(r'"((?:account|mfa)/[\w/]+\.html)"', text))
    assert kept <= used


def test_the_urls_of_sign_in_are_those_that_we_list_and_no_others():
    routes = {str(p.pattern) for p in get_resolver("qmm_pilot.accounts.sign_in_urls").url_patterns}
    assert not any("phone" in route or "trust" in route or "code/" in route for route in routes)
    assert "email/" in routes


def test_the_address_page_of_allauth_leads_to_the_own_details(client):
    person = confirmed(factories.registrant())
    client.force_login(person)
    assert client.get("/accounts/email/")["Location"] == "/profile/"
    client.post("/accounts/email/", {"email": "new@example.test", "action_add": ""})
    assert EmailAddress.objects.filter(user=person).count() == 1


# --- forged and expired ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example",
     "javascript:alert(1)", "https:evil.example", "http://localhost@evil.example/", "////evil"],
)  # fmt: skip
def test_a_forged_next_never_leads_away(target):
    person = confirmed(factories.registrant())
    client = at_address()
    assert tries(client, person.email, next=target)["Location"] == "/"
    assert client.post("/accounts/logout/", {"next": target})["Location"] == LOGIN


def test_an_honest_next_leads_there_after_both_steps():
    person = confirmed(factories.fda(Role.FDA_REVIEWER))
    client = at_address()
    assert tries(client, person.email, next="/programs/")["Location"].startswith(SECOND_STEP)
    assert client.post(SECOND_STEP, {"code": code_now()})["Location"] == "/programs/"


def test_a_forged_host_gets_no_link_that_leads_to_it(mailoutbox):
    person = confirmed(factories.registrant())
    form = {"email": person.email}
    client = at_address(HTTP_HOST="evil.example")
    assert client.post("/accounts/password/reset/", form).status_code == 400
    client = at_address(HTTP_X_FORWARDED_HOST="evil.example")
    assert client.post("/accounts/password/reset/", form).status_code == 302
    [mail] = mailoutbox
    assert "http://testserver/accounts/password/reset/key/" in mail.body
    assert "evil" not in mail.body


@pytest.mark.parametrize("cookie", ["", "x" * 32, "../../etc/passwd", "a'; DROP TABLE", "é" * 20])
def test_a_tampered_session_cookie_is_nobody(cookie):
    client = at_address()
    client.cookies[live_settings.SESSION_COOKIE_NAME] = cookie
    answer = client.get("/programs/")
    assert answer["Location"] == f"{LOGIN}?next=/programs/"


def test_one_changed_letter_of_a_session_cookie_signs_nobody_in():
    client = at_address()
    signs_in(client, confirmed(factories.registrant()))
    key = client.cookies[live_settings.SESSION_COOKIE_NAME].value
    client.cookies[live_settings.SESSION_COOKIE_NAME] = key[:-1] + ("a" if key[-1] != "a" else "b")
    assert client.get("/programs/")["Location"].startswith(LOGIN)


def test_a_session_that_waits_for_the_second_step_opens_no_page():
    person = confirmed(factories.fda(Role.FDA_REVIEWER))
    client = at_address()
    assert tries(client, person.email)["Location"] == SECOND_STEP
    for path in ("/", "/programs/", "/profile/", "/accounts/2fa/", "/accounts/2fa/app/add/"):
        assert client.get(path)["Location"].startswith(LOGIN), path


@pytest.mark.parametrize("key", ["0-set-password", "1-x", "zzzzzzzzzzzzz-abc-def", "0-%00"])
def test_a_dead_reset_link_says_what_to_do(client, key):
    answer = client.get(f"/accounts/password/reset/key/{key}/")
    assert answer.status_code == 200
    assert "This link no longer counts" in text_of(answer)


def test_a_reset_link_works_once_and_leaves_the_second_step(client, mailoutbox):
    person = confirmed(factories.fda(Role.FDA_REVIEWER))
    client.post("/accounts/password/reset/", {"email": person.email})
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mailoutbox[0].body)[1]
    form = client.get(link)["Location"]
    new = {"password1": "another long walk outside", "password2": "another long walk outside"}
    assert client.post(form, new)["Location"] == "/accounts/password/reset/key/done/"
    assert "Your password is set" in text_of(client.get("/accounts/password/reset/key/done/"))
    assert "This link no longer counts" in text_of(at_address().get(link))
    fresh = at_address()
    assert tries(fresh, person.email, new["password1"])["Location"] == SECOND_STEP
    [entry] = TrailEntry.objects.filter(deed="set_password")
    assert entry.subject_id == str(person.pk)


def test_a_deactivated_person_reads_that_the_account_is_closed():
    person = confirmed(factories.registrant())
    User.objects.filter(pk=person.pk).update(is_active=False)
    client = at_address()
    assert tries(client, person.email)["Location"] == "/accounts/inactive/"
    assert "This account is closed" in text_of(client.get("/accounts/inactive/"))
    assert not is_signed_in(client)
    wrong = tries(at_address(), person.email, "a wrong guess of mine")
    assert "closed" not in text_of(wrong)


# --- the mailed code ---------------------------------------------------------------------------


def test_a_wrong_code_says_so_and_the_third_starts_over(client):
    signs_up(client, "nora@firm.example")
    for _ in range(2):
        answer = client.post(VERIFY, {"code": "WRONG1"})
        assert "This is not the code that we mailed last" in text_of(answer)
    assert client.post(VERIFY, {"code": "WRONG1"})["Location"] == LOGIN
    assert not is_signed_in(client)


def test_an_expired_code_leads_back_to_signing_in(client, mailoutbox):
    signs_up(client, "nora@firm.example")
    code = re.search(r"^[A-Z0-9-]{4,}$", mailoutbox[0].body, re.MULTILINE).group()
    session = client.session
    state = session["account_email_verification_code"]
    state["at"] -= timedelta(minutes=16).total_seconds()
    session["account_email_verification_code"] = state
    session.save()
    assert client.post(VERIFY, {"code": code})["Location"].startswith(LOGIN)
    assert not EmailAddress.objects.get(email="nora@firm.example").verified


def test_a_new_code_can_be_asked_for_and_the_old_one_ends(client, mailoutbox, settings):
    signs_up(client, "nora@firm.example")
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "confirm_email": None}
    client.post(VERIFY, {"action": "resend"})
    old, new = (
        re.search(r"^[A-Z0-9-]{4,}$", mail.body, re.MULTILINE).group() for mail in mailoutbox
    )
    assert "not the code" in text_of(client.post(VERIFY, {"code": old}))
    assert client.post(VERIFY, {"code": new}).status_code == 302
    assert EmailAddress.objects.get(email="nora@firm.example").verified


def test_a_wrong_address_at_sign_up_is_left_by_starting_over(client, mailoutbox):
    page = signs_up(client, "nora@frim.example")
    assert "nora@frim.example" in text_of(page)
    assert "Start over with another address" in text_of(page)
    answer = client.post("/accounts/logout/", {"next": "/accounts/signup/"})
    assert answer["Location"] == "/accounts/signup/"
    signs_up(client, "nora@firm.example")
    code = re.search(r"^[A-Z0-9-]{4,}$", mailoutbox[1].body, re.MULTILINE).group()
    client.post(VERIFY, {"code": code})
    assert is_signed_in(client)
    assert not EmailAddress.objects.get(email="nora@frim.example").verified
    stranger = at_address()
    tries(stranger, "nora@frim.example")
    assert not is_signed_in(stranger)


# --- mail --------------------------------------------------------------------------------------


def test_codes_and_links_are_mailed_at_once_and_kept_nowhere(client, mailoutbox):
    signs_up(client, "nora@firm.example")
    code = re.search(r"^[A-Z0-9-]{4,}$", mailoutbox[0].body, re.MULTILINE).group()
    client.post("/accounts/password/reset/", {"email": "nora@firm.example"})
    assert len(mailoutbox) == 2
    assert not Letter.objects.exists()
    assert not any(code in f"{e.before_json}{e.after_json}" for e in TrailEntry.objects.all())


def test_without_a_mail_server_the_person_is_told_and_nothing_breaks(client, settings, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.MailServerAway"
    answer = signs_up(client, "nora@firm.example")
    assert answer.status_code == 200
    assert "We could not send the mail just now" in text_of(answer)
    assert User.objects.filter(email="nora@firm.example").exists()
    assert "ConnectionRefusedError" in caplog.text
    assert "nora@firm.example" not in caplog.text


def test_a_changed_password_is_told_by_letter(client):
    person = confirmed(factories.registrant())
    signs_in(client, person)
    new = {"password1": "another long walk outside", "password2": "another long walk outside"}
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new})
    letter = Letter.objects.get(kind="sign_in_changed")
    assert letter.person == person
    assert CHANGES["account/email/password_changed"] in letter.body
    assert letter.at <= timezone.now()
