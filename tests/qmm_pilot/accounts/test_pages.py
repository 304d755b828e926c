"""The pages of invitations, people and addresses, as a browser's requests meet them."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qmm_pilot import clock
from qmm_pilot.accounts import operations
from qmm_pilot.accounts.models import Invitation, Representation, User
from qmm_pilot.accounts.operations.links import hash_of
from qmm_pilot.accounts.roles import Role, Scope
from qmm_pilot.records.models import Letter, TrailEntry
from tests import factories
from tests.factories import AT, PASSWORD

pytestmark = pytest.mark.django_db
STRONG = "another long walk outside"


@pytest.fixture(autouse=True)
def moment(settings):
    """The moment that pages read, on the demonstration's clock."""
    settings.DEBUG = True
    clock.set_demonstration_moment(AT)


@pytest.fixture
def administrator():
    return factories.registrant("Rosa Alvarez")


@pytest.fixture
def office(administrator):
    """The administrator's browser."""
    client = Client()
    client.force_login(administrator)
    return client


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def link_to(invitation):
    """The path of the link in the invitation's newest letter."""
    found = Letter.objects.filter(**Letter.naming(invitation)).exclude(secret="")
    token = next(x.secret for x in found if hash_of(x.secret) == invitation.token_sha256)
    return f"/join/{token}/"


def invite(office, email="ines@example.test", roles=("firm_preparer",)):
    answer = {"name": "Ines New", "email": email, "roles": list(roles)}
    response = office.post("/people/invite/", answer, follow=True)
    return response, Invitation.objects.filter(email=email).first()


def sign_up(client, link, email):
    page = client.post(link, {"way": "sign_up"})
    assert page.url.startswith("/accounts/signup/?next=")
    answer = {"name": "Ines New", "email": email, "password1": STRONG, "password2": STRONG}
    return client.post(page.url, answer, follow=True)


def test_a_colleague_signs_up_by_her_link_and_sees_the_shared_request_at_first_sign_in(
    client, office, administrator
):
    draft = factories.draft(administrator)
    response, invitation = invite(office)
    assert "An invitation is on its way to ines@example.test." in text(response)
    link = link_to(invitation)
    assert "Rosa Alvarez invites you to join" in text(client.get(link))
    back = sign_up(client, link, "ines@example.test")
    # The link has proved the address, so no code is asked for.
    assert back.redirect_chain[-1][0] == link
    assert not mail.outbox
    home = client.post(link, follow=True)
    assert f"You have joined {administrator.organization}" in text(home)
    assert draft.facility.name in text(home)
    assert client.get(f"/requests/{draft.pk}/").status_code == 200
    ines = User.objects.get(email="ines@example.test")
    assert (ines.organization, ines.roles) == (
        administrator.organization,
        {Role.FIRM_PREPARER},
    )
    assert client.get(link).url == "/"


def test_who_has_an_account_without_organization_signs_in_and_joins(client, office, administrator):
    User.objects.create_user("ines@example.test", PASSWORD, name="Ines New")
    link = link_to(invite(office)[1])
    assert client.post(link, {"way": "sign_in"}).url.startswith("/accounts/login/?next=%2Fjoin%2F")
    client.force_login(User.objects.get(email="ines@example.test"))
    assert "Join" in text(client.get(link))
    client.post(link)
    assert User.objects.get(email="ines@example.test").organization == administrator.organization


def test_signing_up_with_another_address_confirms_neither_and_joins_nothing(client, office):
    _, invitation = invite(office)
    link = link_to(invitation)
    page = sign_up(client, link, "other@example.test")
    # Another address is confirmed by a code like anybody's.
    assert page.redirect_chain[-1][0] == "/accounts/confirm-email/"
    assert [message.to for message in mail.outbox] == [["other@example.test"]]
    other = User.objects.get(email="other@example.test")
    client.force_login(other)
    page = client.get(link)
    assert "sent to another address" in text(page)
    refused = client.post(link)
    assert "You cannot join by this invitation" in text(refused)
    assert User.objects.get(pk=other.pk).organization is None
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.actor, entry.subject_id) == (
        "refuse_invitation",
        other,
        str(invitation.pk),
    )


def test_links_that_lead_nowhere_look_alike_and_write_nothing(client, office, administrator):
    used, revoked, expired = (
        invite(office, f"{word}@example.test")[1] for word in ("used", "revoked", "expired")
    )
    links = {row: link_to(row) for row in (used, revoked, expired)}
    person = User.objects.create_user("used@example.test", PASSWORD, name="U")
    operations.accept_invitation(used, by=person, at=AT)
    operations.revoke_invitation(revoked, by=administrator, at=AT)
    Invitation.objects.filter(pk=expired.pk).update(expires_at=AT)
    before = TrailEntry.objects.count()
    pages = {client.get(link).content for link in links.values()}
    unknown = client.get("/join/nothing/")
    assert unknown.status_code == 404
    assert {text(client.get(link)) for link in links.values()} == {text(unknown)}
    assert len(pages) == 1
    for link in links.values():
        assert "does not lead to an invitation" in text(client.post(link))
    assert TrailEntry.objects.count() == before
    for word in ("Rosa", "example.test", administrator.organization.name):
        assert word not in text(unknown)


def test_the_page_of_a_link_is_kept_by_no_cache_and_shows_no_token_elsewhere(client, office):
    _, invitation = invite(office)
    link = link_to(invitation)
    assert client.get(link)["Cache-Control"] == "no-store"
    assert link.split("/")[2] not in office.get("/people/").content.decode()


def test_a_second_invitation_says_so_on_the_page(office):
    invite(office)
    response, _ = invite(office)
    assert "Ines New was invited already" in text(response)
    assert Invitation.objects.count() == 1


def test_the_page_answers_alike_for_addresses_with_and_without_an_account(office):
    elsewhere = factories.registrant()
    known, _ = invite(office, elsewhere.email)
    unknown, _ = invite(office, "nobody@example.test")
    assert text(known).replace(elsewhere.email, "X").count("is on its way to X") == 1
    assert text(unknown).replace("nobody@example.test", "X").count("is on its way to X") == 1


def test_more_fields_than_the_form_has_change_nothing(office, administrator):
    invite_fields = {
        "name": "Ines",
        "email": "ines@example.test",
        "roles": ["firm_preparer"],
        "organization": "x",
        "accepted_at": "2020-11-16",
        "expires_at": "2099-01-01",
    }
    office.post("/people/invite/", invite_fields)
    invitation = Invitation.objects.get()
    assert (invitation.organization, invitation.accepted_at) == (administrator.organization, None)
    assert invitation.expires_at.year == 2020


@pytest.mark.parametrize("role", ["fda_selector", "firm_agent", "no_such_role"])
def test_an_unknown_role_is_an_error_of_the_form(office, role):
    response, invitation = invite(office, roles=[role])
    assert response.context["form"].errors["roles"]
    assert invitation is None


def test_the_last_official_is_asked_about_clearly(office, administrator):
    page = f"/people/{administrator.pk}/roles/"
    kept = {"roles": ["firm_administrator", "firm_preparer"]}
    assert "The last authorized official" in text(office.get(page))
    refused = office.post(page, kept)
    assert "last authorized official" in text(refused)
    assert Role.FIRM_OFFICIAL in User.objects.get(pk=administrator.pk).roles
    office.post(page, {**kept, "knowing": "on"})
    assert Role.FIRM_OFFICIAL not in User.objects.get(pk=administrator.pk).roles


def test_a_changed_colleague_meets_the_sign_in_page_with_her_open_tab(office, administrator):
    colleague = factories.person(administrator.organization, Role.FIRM_PREPARER)
    draft = factories.draft(administrator)
    tab = Client()
    tab.force_login(colleague)
    step = f"/requests/{draft.pk}/steps/contact/"
    assert tab.get(step).status_code == 200
    before = draft.contact_name
    office.post(f"/people/{colleague.pk}/roles/", {"roles": ["firm_metrics"]})
    answer = tab.post(step, {"contact_name": "Somebody Else"})
    assert answer.url.startswith("/accounts/login/?next=")
    draft.refresh_from_db()
    assert draft.contact_name == before != "Somebody Else"


@pytest.mark.parametrize("deed", ["roles", "deactivate"])
def test_whose_session_was_ended_reads_so_in_neutral_words(office, administrator, deed):
    colleague = factories.person(administrator.organization, Role.FIRM_PREPARER)
    tab, stranger = Client(), Client()
    tab.force_login(colleague)
    answers = {"roles": {"roles": ["firm_metrics"]}, "deactivate": {"reason": "Left."}}
    office.post(f"/people/{colleague.pk}/{deed}/", answers[deed])
    assert "You were signed out. That happens after a time" in text(tab.get("/", follow=True))
    assert "You were signed out" not in text(stranger.get("/", follow=True))


def test_a_person_is_deactivated_and_reactivated_on_her_page(office, administrator):
    colleague = factories.person(administrator.organization, Role.FIRM_PREPARER)
    page = f"/people/{colleague.pk}/"
    assert "Deactivate the account" in text(office.get(f"{page}deactivate/"))
    assert "reason" in office.post(f"{page}deactivate/", {"reason": ""}).context["form"].errors
    done = office.post(f"{page}deactivate/", {"reason": "Left."}, follow=True)
    assert "This person cannot sign in." in text(done)
    back = office.post(f"{page}reactivate/", follow=True)
    assert "can sign in again" in text(back)
    assert User.objects.get(pk=colleague.pk).is_active


def test_the_list_costs_the_same_queries_for_one_and_for_twenty(office, administrator):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert office.get("/people/").status_code == 200
        return len(captured)

    few = queries()
    for number in range(20):
        factories.person(administrator.organization, Role.FIRM_PREPARER, Role.FIRM_METRICS)
        operations.invite(
            administrator.organization,
            email=f"person{number}@elsewhere.test",
            name="Somebody",
            roles=[Role.FIRM_PREPARER],
            by=administrator,
            at=AT,
        )
    assert queries() <= 12
    assert queries() <= few + 1  # prefetching needs somebody to fetch for


def test_fdas_administrator_finds_an_account_by_its_address(administrator):
    client = Client()
    client.force_login(factories.fda(Role.FDA_ADMINISTRATOR))
    found = client.post("/people/find/", {"email": administrator.email.upper()})
    assert found.url == f"/people/{administrator.pk}/"
    page = text(client.get(found.url))
    assert administrator.email in page
    missing = client.post("/people/find/", {"email": "nobody@example.test"}, follow=True)
    assert "No account has this e-mail address" in text(missing)


def test_fdas_administrator_enters_a_contractor_and_invites_its_administrator(client):
    fda = factories.fda(Role.FDA_ADMINISTRATOR)
    client.force_login(fda)
    facts = {
        "name": "Northgate",
        "address_line_1": "1 Court",
        "city": "Baltimore",
        "country": "US",
        "kind": "fda",
    }
    made = client.post("/contractors/new/", facts, follow=True)
    assert "Now invite its administrator" in text(made)
    contractor = made.context["organization"]
    assert contractor.kind == "contractor"
    invited = client.post(
        f"/contractors/{contractor.pk}/invite/",
        {"name": "Joan", "email": "joan@north.test", "roles": ["contractor_administrator"]},
        follow=True,
    )
    assert "joan@north.test" in text(invited)


def test_an_agent_accepts_by_the_link_and_reads_for_whom_she_acts(client, administrator):
    agent = User.objects.create_user("axel@example.test", PASSWORD, name="Axel Agent")
    office = Client()
    office.force_login(administrator)
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = office.post(
        "/agents/invite/",
        {
            "name": "Axel Agent",
            "email": agent.email,
            "scopes": [Scope.PREPARE.value],
            "since": "2020-11-01",
            "until": "2021-11-01",
            "letter": SimpleUploadedFile("letter.txt", b"Axel acts for us."),
        },
        follow=True,
    )
    assert "An invitation is on its way" in text(sent)
    client.force_login(agent)
    link = link_to(Invitation.objects.get())
    assert "authorizes you to act for" in text(client.get(link))
    home = client.post(link, follow=True)
    assert f"Agent for {administrator.organization}" in text(home)
    row = Representation.objects.get()
    letter = client.get(f"/agents/{row.pk}/letter/")
    assert letter.getvalue() == b"Axel acts for us."
    office.post(f"/agents/{row.pk}/revoke/")
    assert client.get("/requests/").url == "/organization/new/"


def test_a_person_changes_her_address_by_both_links(client, administrator):
    office = Client()
    office.force_login(administrator)
    office.post("/profile/address/", {"email": "rosa@new.test"})
    tokens = Letter.objects.filter(kind__startswith="confirm_").values_list("secret", flat=True)
    first, second = (f"/confirm-address/{token}/" for token in tokens)
    assert "Confirm the change of address" in text(client.get(first))
    assert "open the link that was sent to the other address" in text(client.post(first))
    assert "The address has changed" in text(client.post(second))
    assert User.objects.get(pk=administrator.pk).email == "rosa@new.test"
    assert office.get("/profile/").status_code == 302
    assert "This link confirms nothing" in text(client.get(first))
    assert client.get("/confirm-address/nothing/").status_code == 404
