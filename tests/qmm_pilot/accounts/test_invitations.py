"""Invitations: asked by mail, accepted once, by the right address alone (A6)."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail

from qmm_pilot.accounts import operations
from qmm_pilot.accounts.models import Invitation, Organization, User
from qmm_pilot.accounts.operations.links import hash_of
from qmm_pilot.accounts.roles import Role, Scope
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import letters
from qmm_pilot.records.models import Letter, TrailEntry
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)
INES = {"email": "Ines@Example.test", "name": "Ines New"}


@pytest.fixture
def administrator():
    return factories.registrant()


def invited(by, **facts):
    given = {**INES, "roles": [Role.FIRM_PREPARER], **facts}
    return operations.invite(by.organization, **given, by=by, at=AT)


def newcomer(email="ines@example.test"):
    return User.objects.create_user(email, factories.PASSWORD, name="Ines New")


def token_of(invitation):
    """The token of the newest letter of this invitation, while it waits to be sent."""
    found = Letter.objects.filter(**Letter.naming(invitation)).exclude(secret="")
    return next(x.secret for x in found if hash_of(x.secret) == invitation.token_sha256)


def last_entry():
    return TrailEntry.objects.latest("position")


def test_an_invitation_names_roles_and_end_and_is_recorded(administrator):
    invitation = invited(administrator)
    assert (invitation.email, invitation.roles) == ("ines@example.test", ["firm_preparer"])
    assert invitation.expires_at == AT + timedelta(days=14) == AT + settings.INVITATION_LASTS
    entry = last_entry()
    assert (entry.deed, entry.actor) == ("invite", administrator)
    assert entry.after == {
        "organization": str(administrator.organization.pk),
        "email": "ines@example.test",
        "roles": ["firm_preparer"],
    }


def test_the_letter_holds_the_link_only_while_it_waits(administrator):
    invitation = invited(administrator)
    letter = Letter.objects.get(**Letter.naming(invitation))
    token = token_of(invitation)
    assert token not in letter.body
    assert invitation.token_sha256 == hash_of(token)
    letters.send(letter.pk, at=AT)
    assert f"{settings.SITE_ADDRESS}/join/{token}/" in mail.outbox[0].body
    letter.refresh_from_db()
    assert (letter.secret, token in letter.body) == ("", False)


def test_a_letter_that_was_given_up_keeps_no_token(administrator):
    letter = Letter.objects.get(**Letter.naming(invited(administrator)))
    letters.give_up(letter.pk, at=letter.at)
    letter.refresh_from_db()
    assert letter.secret == ""


def test_the_invited_person_joins_with_the_roles(administrator):
    invitation = invited(administrator, roles=[Role.FIRM_PREPARER, Role.FIRM_METRICS])
    ines = newcomer()
    operations.accept_invitation(invitation, by=ines, at=LATER)
    ines = User.objects.get(pk=ines.pk)
    assert ines.organization == administrator.organization
    assert ines.roles == {Role.FIRM_PREPARER, Role.FIRM_METRICS}
    assert set(ines.grants.values_list("granted_by", flat=True)) == {administrator.pk}
    assert (last_entry().deed, last_entry().actor) == ("accept_invitation", ines)


def test_an_invitation_works_once(administrator):
    invitation = invited(administrator)
    operations.accept_invitation(invitation, by=newcomer(), at=LATER)
    with pytest.raises(Refusal, match="can no longer be used"):
        operations.accept_invitation(invitation, by=newcomer("other@example.test"), at=LATER)


@pytest.mark.parametrize(
    ("seconds", "works"), [(-1, True), (0, False), (1, False)], ids=["before", "at", "after"]
)
def test_an_invitation_ends_after_fourteen_days(administrator, seconds, works):
    invitation = invited(administrator)
    ines = newcomer()
    at = AT + timedelta(days=14, seconds=seconds)
    if works:
        operations.accept_invitation(invitation, by=ines, at=at)
    else:
        with pytest.raises(Refusal, match="can no longer be used"):
            operations.accept_invitation(invitation, by=ines, at=at)
    assert User.objects.get(pk=ines.pk).organization_id == (
        administrator.organization_id if works else None
    )


def test_another_address_joins_nothing(administrator):
    invitation = invited(administrator)
    stranger = newcomer("stranger@example.test")
    with pytest.raises(Refusal, match="sent to another address") as refused:
        operations.accept_invitation(invitation, by=stranger, at=LATER)
    assert "ines@example.test" not in str(refused.value)
    assert User.objects.get(pk=stranger.pk).organization is None
    assert Invitation.objects.get().accepted_at is None


def test_sending_again_kills_the_old_link_and_moves_the_end(administrator):
    invitation = invited(administrator)
    old = token_of(invitation)
    again = operations.resend_invitation(invitation, by=administrator, at=AT + timedelta(days=20))
    assert operations.invited_by(old) is None
    assert operations.invited_by(token_of(again)) == invitation
    assert again.expires_at == AT + timedelta(days=34)
    assert again.invited_at == AT
    assert last_entry().deed == "resend_invitation"


def test_a_revoked_invitation_joins_nothing_and_the_address_may_be_invited_anew(administrator):
    invitation = invited(administrator)
    operations.revoke_invitation(invitation, by=administrator, at=LATER)
    with pytest.raises(Refusal, match="can no longer be used"):
        operations.accept_invitation(invitation, by=newcomer(), at=LATER)
    for deed in (operations.resend_invitation, operations.revoke_invitation):
        with pytest.raises(Refusal, match="accepted or revoked already"):
            deed(invitation, by=administrator, at=LATER)
    assert invited(administrator).pk != invitation.pk


def test_a_second_invitation_of_an_address_says_so(administrator):
    invited(administrator)
    with pytest.raises(Refusal, match="Ines New was invited already"):
        invited(administrator, email="INES@example.TEST")
    assert Invitation.objects.count() == 1


def test_a_colleague_is_not_invited_again(administrator):
    colleague = factories.person(administrator.organization, name="Carla Bond")
    with pytest.raises(Refusal, match="Carla Bond belongs to"):
        invited(administrator, email=colleague.email)


def test_an_account_elsewhere_is_not_told_to_who_invites(administrator):
    """The same answer as for an unknown address; the person herself is refused at the door."""
    elsewhere = factories.registrant()
    contractor = factories.person(factories.organization("contractor"), Role.CONTRACTOR_LEAD)
    for person in (elsewhere, contractor):
        invitation = invited(administrator, email=person.email)
        with pytest.raises(Refusal, match="belongs to an organization already"):
            operations.accept_invitation(invitation, by=person, at=LATER)
        assert User.objects.get(pk=person.pk).organization != administrator.organization


def test_an_agent_of_a_firm_does_not_join_fda():
    agent = newcomer()
    factories.representation(agent, factories.registrant().organization, Scope.PREPARE)
    fda = factories.fda(Role.FDA_ADMINISTRATOR)
    invitation = invited(fda, roles=[Role.FDA_REVIEWER])
    with pytest.raises(Refusal, match="letter of authority"):
        operations.accept_invitation(invitation, by=agent, at=LATER)


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ([Role.FDA_SELECTOR], "cannot be held at"),
        ([Role.FIRM_AGENT], "letter of authority makes one"),
        ([], "at least one role"),
    ],
    ids=["another side", "agent", "none"],
)
def test_roles_that_nobody_here_may_hold_are_refused(administrator, roles, words):
    with pytest.raises(Refusal, match=words):
        invited(administrator, roles=roles)
    assert not Invitation.objects.exists()
    assert not Letter.objects.exists()


def test_only_an_administrator_of_the_organization_invites(administrator):
    own = factories.person(administrator.organization, Role.FIRM_OFFICIAL)
    other = factories.registrant()
    for by in (own, other):
        with pytest.raises(Refusal, match="own administrator"):
            operations.invite(
                administrator.organization, **INES, roles=[Role.FIRM_PREPARER], by=by, at=AT
            )
    invitation = invited(administrator)
    for by in (own, other):
        for deed in (operations.resend_invitation, operations.revoke_invitation):
            with pytest.raises(Refusal, match="Only who may invite"):
                deed(invitation, by=by, at=LATER)


def test_fda_invites_its_staff_and_a_contractors_administrator():
    fda = factories.fda(Role.FDA_ADMINISTRATOR)
    contractor = operations.create_contractor(
        by=fda, at=AT, name="Northgate", address_line_1="1 Court", city="Baltimore"
    )
    for organization, role in [
        (fda.organization, Role.FDA_REVIEWER),
        (contractor, Role.CONTRACTOR_ADMINISTRATOR),
    ]:
        invitation = operations.invite(organization, **INES, roles=[role], by=fda, at=AT)
        assert invitation in Invitation.objects.visible_to(fda)


def test_an_organization_has_so_many_invitations_and_no_more(administrator, settings):
    settings.MOST_STANDING_INVITATIONS = 2
    for number in range(2):
        invited(administrator, email=f"person{number}@elsewhere.test")
    with pytest.raises(Refusal, match="2 invitations"):
        invited(administrator, email="person2@elsewhere.test")


def test_nobody_sees_another_organizations_invitations(administrator):
    invitation = invited(administrator)
    assert list(Invitation.objects.visible_to(administrator)) == [invitation]
    for stranger in (
        factories.registrant(),
        factories.person(administrator.organization, Role.FIRM_OFFICIAL),
        factories.fda(Role.FDA_ADMINISTRATOR),
        factories.fda(Role.FDA_COORDINATOR),
    ):
        assert not Invitation.objects.visible_to(stranger).exists()


def test_an_invitation_that_forgot_whom_it_was_sent_to_would_let_anyone_join(
    administrator, monkeypatch
):
    """The planted fault: the address is read as the invited one, whoever comes."""
    invitation = invited(administrator)
    stranger = newcomer("stranger@example.test")
    anyone = property(lambda invitation: stranger.email, lambda invitation, email: None)
    monkeypatch.setattr(Invitation, "email", anyone)
    operations.accept_invitation(invitation, by=stranger, at=LATER)
    assert User.objects.get(pk=stranger.pk).organization == administrator.organization


def test_a_contractors_name_is_entered_once_and_by_fda_alone():
    fda = factories.fda(Role.FDA_ADMINISTRATOR)
    facts = {"name": "Northgate", "address_line_1": "1 Court", "city": "Baltimore", "at": AT}
    operations.create_contractor(by=fda, **facts)
    with pytest.raises(Refusal, match="entered already"):
        operations.create_contractor(by=fda, **{**facts, "name": "NORTHGATE"})
    with pytest.raises(Refusal, match="Only FDA administrators"):
        operations.create_contractor(by=factories.fda(Role.FDA_COORDINATOR), **facts)
    assert Organization.objects.filter(kind="contractor").count() == 1
