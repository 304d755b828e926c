"""The sign-in address changes when both addresses have confirmed, or after a logged call (A15)."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from qmm_pilot.accounts import operations
from qmm_pilot.accounts.models import AddressChange, User
from qmm_pilot.accounts.operations.links import hash_of
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import Letter, TrailEntry
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
NEW = "new@example.test"


@pytest.fixture
def person():
    user = factories.registrant("Asha Raman")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def asked(person, email=NEW):
    return operations.ask_for_address(person, email, by=person, at=AT)


def token(change, which):
    """The token in the letter to the old or the new address."""
    digest = getattr(change, f"{which}_token_sha256")
    found = Letter.objects.filter(**Letter.naming(change))
    return next(x.secret for x in found if hash_of(x.secret) == digest)


def address_of(person):
    return User.objects.get(pk=person.pk).email


def test_a_wish_changes_nothing_and_writes_to_both(person):
    change = asked(person, "New@Example.test")
    assert address_of(person) == person.email
    letters = Letter.objects.filter(**Letter.naming(change))
    assert {(x.kind, x.address) for x in letters} == {
        ("confirm_old_address", person.email),
        ("confirm_new_address", NEW),
    }
    assert TrailEntry.objects.latest("position").deed == "ask_for_address"


@pytest.mark.parametrize("first", ["old", "new"])
def test_the_second_confirmation_changes_it_and_ends_the_sessions(person, first):
    change = asked(person)
    second = "new" if first == "old" else "old"
    client = Client()
    client.force_login(person)
    operations.confirm_address(change, token(change, first), at=AT)
    assert address_of(person) == person.email
    operations.confirm_address(change, token(change, first), at=AT)  # twice at one counts once
    assert address_of(person) == person.email
    operations.confirm_address(change, token(change, second), at=AT)
    assert address_of(person) == NEW
    row = EmailAddress.objects.get(user=person)
    assert (row.email, row.verified, row.primary) == (NEW, True, True)
    assert client.get("/profile/").status_code == 302
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.before, entry.after["email"]) == (
        "change_address",
        {"email": person.email},
        NEW,
    )
    told = Letter.objects.filter(kind="address_changed").values_list("address", flat=True)
    assert set(told) == {person.email, NEW}


def test_the_links_end_after_three_days_and_with_the_next_wish(person):
    change = asked(person)
    with pytest.raises(Refusal, match="can no longer be used"):
        operations.confirm_address(change, token(change, "old"), at=AT + timedelta(days=3))
    asked(person, "newest@example.test")
    with pytest.raises(Refusal, match="can no longer be used"):
        operations.confirm_address(change, token(change, "old"), at=AT)
    assert AddressChange.objects.filter(ended_at=None).count() == 1


def test_an_address_with_an_account_is_refused_at_the_end_alone(person):
    other = factories.registrant()
    change = asked(person, other.email)
    operations.confirm_address(change, token(change, "old"), at=AT)
    with pytest.raises(Refusal, match="cannot be used for this account"):
        operations.confirm_address(change, token(change, "new"), at=AT)
    assert address_of(person) == person.email


def test_only_the_person_herself_asks(person):
    with pytest.raises(Refusal, match="People ask for this themselves"):
        operations.ask_for_address(person, NEW, by=factories.registrant(), at=AT)
    with pytest.raises(Refusal, match="already"):
        asked(person, person.email.upper())
    assert not AddressChange.objects.exists()


def test_fdas_administrator_changes_it_after_a_logged_call(person):
    fda = factories.fda(Role.FDA_ADMINISTRATOR)
    change = asked(person, "earlier@example.test")
    operations.change_address_by_call(
        person, "Called@Example.test", reason="She called at 9:10 from her office.", by=fda, at=AT
    )
    assert address_of(person) == "called@example.test"
    row = EmailAddress.objects.get(user=person)
    assert (row.email, row.verified) == ("called@example.test", False)
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.actor, entry.reason) == (
        "change_address",
        fda,
        "She called at 9:10 from her office.",
    )
    with pytest.raises(Refusal, match="can no longer be used"):
        operations.confirm_address(change, token(change, "old"), at=AT)


def test_a_call_needs_its_note_and_an_administrator_of_fda(person):
    fda = factories.fda(Role.FDA_ADMINISTRATOR)
    with pytest.raises(Refusal, match="Note the call"):
        operations.change_address_by_call(person, NEW, reason=" ", by=fda, at=AT)
    for by in (person, factories.registrant(), factories.fda(Role.FDA_COORDINATOR)):
        with pytest.raises(Refusal, match="Only FDA administrators"):
            operations.change_address_by_call(person, NEW, reason="A call.", by=by, at=AT)
    with pytest.raises(Refusal, match="cannot be used"):
        operations.change_address_by_call(person, fda.email, reason="A call.", by=fda, at=AT)
    assert address_of(person) == person.email


def test_allauths_own_page_adds_no_second_address(client, person):
    client.force_login(person)
    client.post("/accounts/email/", {"action_add": "", "email": NEW})
    assert list(EmailAddress.objects.values_list("email", flat=True)) == [person.email]
