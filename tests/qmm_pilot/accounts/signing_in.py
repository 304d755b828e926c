"""How a test signs in as a person does: password first, then what the second step asks."""

import time

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from tests.factories import PASSWORD, TOTP_SECRET

LOGIN = "/accounts/login/"
SECOND_STEP = "/accounts/2fa/authenticate/"
INDEX = "/accounts/2fa/"


def confirmed(person):
    """The person with the verified address that signing up ends with."""
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def at_address(address="127.0.0.1", **headers):
    """A browser that connects from this address."""
    return Client(REMOTE_ADDR=address, **headers)


def tries(client, email, password=PASSWORD, **extra):
    """One answer of the sign-in page."""
    return client.post(LOGIN, {"login": email, "password": password, **extra})


def code_now(secret=TOTP_SECRET, ago=0):
    """The code that an app shows now, or showed this many codes ago."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 - ago))


def signs_in(client, person, code=""):
    """Pass both steps; the answer of the last one."""
    answer = tries(client, person.email)
    if answer.status_code == 302 and answer["Location"] == SECOND_STEP:
        return client.post(SECOND_STEP, {"code": code or code_now()})
    return answer


def confirms(client, password=PASSWORD):
    """Say again who is there, as what changes one's sign-in asks."""
    return client.post("/accounts/reauthenticate/", {"password": password})


def is_signed_in(client):
    return "_auth_user_id" in client.session
