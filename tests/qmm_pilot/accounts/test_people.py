"""An administrator's deeds on accounts: roles, ends of access, and who always stays (A6)."""

import pytest
from django.test import Client

from qmm_pilot.accounts import operations
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.operations import LastOfficial
from qmm_pilot.accounts.roles import REGISTRANT_ROLES, Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.actions import raise_item
from qmm_pilot.records.models import ActionItem, TrailEntry
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return factories.registrant()


@pytest.fixture
def colleague(administrator):
    return factories.person(administrator.organization, Role.FIRM_PREPARER)


def roles_of(user):
    return User.objects.get(pk=user.pk).roles


def last_entry():
    return TrailEntry.objects.latest("position")


def test_roles_are_given_and_taken_and_the_old_grant_stays(administrator, colleague):
    operations.change_roles(
        colleague, [Role.FIRM_OFFICIAL, Role.FIRM_METRICS], by=administrator, at=AT
    )
    assert roles_of(colleague) == {Role.FIRM_OFFICIAL, Role.FIRM_METRICS}
    taken = colleague.grants.get(role=Role.FIRM_PREPARER)
    assert (taken.revoked_by, taken.revoked_at) == (administrator, AT)
    entry = last_entry()
    assert (entry.deed, entry.before, entry.after) == (
        "change_roles",
        {"roles": ["firm_preparer"]},
        {"roles": ["firm_metrics", "firm_official"]},
    )


def test_a_change_of_roles_ends_every_open_session(administrator, colleague):
    client = Client()
    client.force_login(colleague)
    assert client.get("/profile/").status_code == 200
    operations.change_roles(colleague, [Role.FIRM_OFFICIAL], by=administrator, at=AT)
    assert client.get("/profile/").url == "/accounts/login/?next=/profile/"


def test_the_same_roles_change_nothing_and_end_no_session(administrator, colleague):
    before = TrailEntry.objects.count()
    operations.change_roles(colleague, [Role.FIRM_PREPARER], by=administrator, at=AT)
    assert TrailEntry.objects.count() == before
    assert User.objects.get(pk=colleague.pk).session_generation == 1


def test_the_last_administrator_keeps_role_and_account(administrator, colleague):
    with pytest.raises(Refusal, match="last administrator"):
        operations.change_roles(administrator, [Role.FIRM_OFFICIAL], by=administrator, at=AT)
    with pytest.raises(Refusal, match="last administrator"):
        operations.deactivate(
            administrator,
            reason="Left.",
            knowing=True,
            by=factories.fda(Role.FDA_ADMINISTRATOR),
            at=AT,
        )
    assert roles_of(administrator) == frozenset(REGISTRANT_ROLES)
    assert User.objects.get(pk=administrator.pk).is_active


def test_a_deactivated_administrator_is_none(administrator, colleague):
    other = factories.person(
        administrator.organization, Role.FIRM_ADMINISTRATOR, Role.FIRM_OFFICIAL
    )
    operations.deactivate(other, reason="Left.", by=administrator, at=AT)
    with pytest.raises(Refusal, match="last administrator"):
        operations.change_roles(administrator, [Role.FIRM_OFFICIAL], by=administrator, at=AT)


def test_the_last_official_goes_only_knowingly(administrator, colleague):
    official = factories.person(administrator.organization, Role.FIRM_OFFICIAL)
    operations.change_roles(administrator, [Role.FIRM_ADMINISTRATOR], by=administrator, at=AT)
    administrator = User.objects.get(pk=administrator.pk)
    with pytest.raises(LastOfficial, match="nobody attests and submits"):
        operations.change_roles(official, [], by=administrator, at=AT)
    with pytest.raises(LastOfficial):
        operations.deactivate(official, reason="Left.", by=administrator, at=AT)
    assert roles_of(official) == {Role.FIRM_OFFICIAL}
    operations.deactivate(official, reason="Left.", knowing=True, by=administrator, at=AT)
    assert not User.objects.get(pk=official.pk).is_active


def test_deactivating_ends_sessions_and_passes_tasks_to_the_firm(administrator, colleague):
    raise_item(
        "a-task",
        title="Answer",
        about=colleague,
        url_name="home",
        url_kwargs={},
        at=AT,
        user=colleague,
    )
    client = Client()
    client.force_login(colleague)
    operations.deactivate(colleague, reason="Left the firm.", by=administrator, at=AT)
    assert client.get("/profile/").status_code == 302
    item = ActionItem.objects.get(key="a-task")
    assert (item.user, item.organization_id) == (None, administrator.organization_id)
    assert item in ActionItem.objects.held_by(administrator)
    entry = last_entry()
    assert (entry.deed, entry.reason) == ("deactivate", "Left the firm.")
    assert entry.after == {"is_active": False, "tasks_passed_on": 1}


def test_a_contractors_tasks_pass_to_fdas_coordinators():
    contractor = factories.organization("contractor")
    by = factories.person(contractor, Role.CONTRACTOR_ADMINISTRATOR)
    lead = factories.person(contractor, Role.CONTRACTOR_LEAD)
    raise_item(
        "a-task", title="Begin", about=lead, url_name="home", url_kwargs={}, at=AT, user=lead
    )
    operations.deactivate(lead, reason="Left.", by=by, at=AT)
    item = ActionItem.objects.get(key="a-task")
    assert (item.user, item.role, item.organization_id) == (None, Role.FDA_COORDINATOR, None)
    assert item not in ActionItem.objects.held_by(by)


def test_a_deactivated_person_comes_back_with_her_roles(administrator, colleague):
    operations.deactivate(colleague, reason="On leave.", by=administrator, at=AT)
    operations.reactivate(colleague, by=administrator, at=AT)
    assert User.objects.get(pk=colleague.pk).is_active
    assert roles_of(colleague) == {Role.FIRM_PREPARER}
    assert last_entry().deed == "reactivate"
    with pytest.raises(Refusal, match="active already"):
        operations.reactivate(colleague, by=administrator, at=AT)


def test_nobody_deactivates_the_own_account_or_without_a_reason(administrator, colleague):
    with pytest.raises(Refusal, match="own account"):
        operations.deactivate(administrator, reason="Bored.", by=administrator, at=AT)
    with pytest.raises(Refusal, match="reason"):
        operations.deactivate(colleague, reason=" ", by=administrator, at=AT)
    operations.deactivate(colleague, reason="Left.", by=administrator, at=AT)
    with pytest.raises(Refusal, match="deactivated already"):
        operations.deactivate(colleague, reason="Left.", by=administrator, at=AT)


def test_only_her_administrator_or_fdas_manages_an_account(administrator, colleague):
    fda = factories.fda(Role.FDA_ADMINISTRATOR)
    operations.change_roles(colleague, [Role.FIRM_METRICS], by=fda, at=AT)
    for by in (
        colleague,
        factories.registrant(),
        factories.fda(Role.FDA_COORDINATOR),
        factories.person(factories.organization("contractor"), Role.CONTRACTOR_ADMINISTRATOR),
    ):
        with pytest.raises(Refusal, match="own administrator"):
            operations.change_roles(colleague, [Role.FIRM_OFFICIAL], by=by, at=AT)
        with pytest.raises(Refusal, match="own administrator"):
            operations.deactivate(colleague, reason="Left.", by=by, at=AT)
        with pytest.raises(Refusal, match="own administrator"):
            operations.reactivate(colleague, by=by, at=AT)
        assert colleague not in User.objects.visible_to(by) or by == colleague


def test_nobody_is_given_a_role_of_another_side(administrator, colleague):
    for role in (Role.FDA_SELECTOR, Role.CONTRACTOR_LEAD, Role.FIRM_AGENT):
        with pytest.raises(Refusal):
            operations.change_roles(colleague, [role], by=administrator, at=AT)
    assert roles_of(colleague) == {Role.FIRM_PREPARER}
