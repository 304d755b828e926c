"""Agents: what a letter of authority opens, for whom, until when (A14)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from applications import operations as intake
from applications.access import may_prepare_request, may_sign_request
from applications.models import Facility, Participation, ParticipationRequest
from assessments.models import Assessment, Report
from metrics.models import MetricsSubmission
from qmm_pilot import clock
from qmm_pilot.accounts import access, operations
from qmm_pilot.accounts.models import Invitation, Representation, User
from qmm_pilot.accounts.roles import Role, Scope, Side
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import ActionItem, StoredFile, TrailEntry
from qmm_pilot.records.signatures import signatures_of
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def official():
    return factories.registrant("Olga Official")


@pytest.fixture
def agent():
    return User.objects.create_user("axel@example.test", factories.PASSWORD, name="Axel Agent")


def fresh(user):
    """The person as the next request loads her."""
    return User.objects.get(pk=user.pk)


def authorized(by, *scopes, **facts):
    given = {
        "email": "axel@example.test",
        "name": "Axel Agent",
        "scopes": scopes or [Scope.PREPARE],
        "since": date(2020, 11, 1),
        "until": date(2021, 11, 30),
        "letter": SimpleUploadedFile("letter.txt", b"Axel acts for us."),
        **facts,
    }
    return operations.invite_agent(by.organization, **given, by=by, at=AT)


def test_an_agent_is_authorized_by_letter_and_acts_once_she_accepts(official, agent):
    invitation = authorized(official, Scope.PREPARE, Scope.METRICS)
    representation = Representation.objects.get()
    assert representation.scopes == [Scope.PREPARE, Scope.METRICS]
    assert representation.letter.subject_id == str(representation.pk)
    assert not access.represents(fresh(agent), official.organization_id, Scope.PREPARE, at=AT)
    operations.accept_invitation(invitation, by=agent, at=AT)
    in_force = Representation.objects.in_force(AT)
    assert list(in_force.filter(agent=agent)) == [representation]
    deeds = TrailEntry.objects.order_by("-position").values_list("deed", flat=True)[:2]
    assert list(deeds) == ["accept_invitation", "authorize_agent"]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"until": date(2020, 10, 1)}, "before its first day"),
        ({"since": date(2020, 1, 1), "until": date(2020, 11, 15)}, "has passed"),
        ({"until": date(2030, 1, 1)}, "more than 5 years"),
        ({"letter": SimpleUploadedFile("letter.exe", b"MZ")}, "not of an accepted kind"),
    ],
    ids=["order", "past", "long", "file"],
)
def test_what_is_no_authority_is_refused_and_leaves_nothing(official, facts, words):
    with pytest.raises(Refusal, match=words):
        authorized(official, **facts)
    assert not Representation.objects.exists()
    assert not Invitation.objects.exists()
    assert not StoredFile.objects.exists()


def test_the_same_address_again_keeps_no_second_letter(official):
    authorized(official)
    with pytest.raises(Refusal, match="was invited already"):
        authorized(official)
    assert StoredFile.objects.count() == Representation.objects.count() == 1


def test_only_officials_and_administrators_of_the_firm_authorize(official, agent):
    preparer = factories.person(official.organization, Role.FIRM_PREPARER)
    for by in (preparer, factories.fda(Role.FDA_ADMINISTRATOR)):
        with pytest.raises(Refusal, match="Only administrators and authorized officials"):
            operations.invite_agent(
                official.organization,
                email="axel@example.test",
                name="Axel",
                scopes=[Scope.SUBMIT],
                since=date(2020, 11, 1),
                until=date(2021, 11, 1),
                letter=SimpleUploadedFile("letter.txt", b"Axel."),
                by=by,
                at=AT,
            )
    row = factories.representation(agent, official.organization, Scope.PREPARE)
    for by in (preparer, agent, factories.registrant()):
        with pytest.raises(Refusal, match="Only administrators and authorized officials"):
            operations.revoke_representation(row, by=by, at=AT)


def test_people_of_fda_and_contractors_and_of_the_firm_itself_are_no_agents(official):
    for person in (
        factories.fda(Role.FDA_REVIEWER),
        factories.person(factories.organization("contractor"), Role.CONTRACTOR_LEAD),
    ):
        invitation = authorized(official, email=person.email)
        with pytest.raises(Refusal, match="cannot act as its agent"):
            operations.accept_invitation(invitation, by=person, at=AT)
    assert not Representation.objects.filter(agent__isnull=False).exists()


SEES = {
    Scope.PREPARE: {"requests", "facilities", "participations", "assessments"},
    Scope.SUBMIT: {"requests", "facilities", "participations", "assessments"},
    Scope.METRICS: {"metrics"},
    Scope.REPORT: {"assessments", "reports"},
}
NOUNS = {
    "requests": ParticipationRequest,
    "facilities": Facility,
    "participations": Participation,
    "assessments": Assessment,
    "metrics": MetricsSubmission,
    "reports": Report,
}


@pytest.fixture(scope="module")
def visit(django_db_setup, django_db_blocker):
    from django.db import transaction

    from tests.assessments.visits import Visit

    with django_db_blocker.unblock(), transaction.atomic():
        yield Visit().to("released")
        transaction.set_rollback(True)


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_opens_its_nouns_and_no_others(visit, scope):
    agent = User.objects.create_user("axel@example.test", "x", name="Axel Agent")
    factories.representation(agent, visit.firm, scope)
    seen = {name for name, noun in NOUNS.items() if noun.objects.visible_to(fresh(agent)).exists()}
    assert seen == SEES[scope]
    other = User.objects.create_user("other@example.test", "x", name="Agent of another firm")
    factories.representation(other, factories.organization(), *Scope)
    for noun in NOUNS.values():
        assert not noun.objects.visible_to(fresh(other)).exists()


def test_an_agent_prepares_and_does_not_sign_without_that_scope(official, agent):
    site = factories.facility(official)
    factories.representation(agent, official.organization, Scope.PREPARE)
    agent = fresh(agent)
    row = factories.draft(agent, site=site)
    assert row.organization == official.organization
    attested = factories.commitments(row.program)
    with pytest.raises(Refusal, match="authorized official"):
        intake.submit_request(row, attested=attested, proof=factories.PROOF, by=agent, at=AT)
    submitted = intake.submit_request(
        row, attested=attested, proof=factories.PROOF, by=official, at=AT
    )
    assert submitted.submitted_by == official


def test_an_agent_with_that_scope_signs_and_is_named_for_whom(official, agent):
    row = factories.draft(official)
    factories.representation(agent, official.organization, Scope.SUBMIT)
    agent = fresh(agent)
    assert not may_prepare_request(agent, official.organization_id)
    intake.submit_request(
        row, attested=factories.commitments(row.program), proof=factories.PROOF, by=agent, at=AT
    )
    entry = TrailEntry.objects.filter(deed="submit_request").latest("position")
    assert entry.actor == agent
    named = f"Axel Agent, agent for {official.organization}"
    assert entry.actor_name == named
    assert signatures_of(row).get().printed_name == named


def test_two_firms_of_one_agent_stay_apart(official, agent):
    """What she may do for one, she may not for the other; each request is of its own firm."""
    other = factories.registrant()
    factories.representation(agent, official.organization, Scope.PREPARE)
    factories.representation(agent, other.organization, Scope.METRICS)
    own, foreign = factories.draft(official), factories.draft(other)
    agent = fresh(agent)
    assert list(ParticipationRequest.objects.visible_to(agent)) == [own]
    assert may_prepare_request(agent, official.organization_id)
    assert not may_prepare_request(agent, other.organization_id)
    assert not may_sign_request(agent, official.organization_id)
    with pytest.raises(Refusal):
        intake.save_answers(foreign, {"sector": "otc"}, by=agent, at=AT)
    for person in (official, other):
        seen = set(ParticipationRequest.objects.visible_to(person))
        assert seen == {own if person == official else foreign}


def test_an_authority_holds_from_its_first_to_its_last_eastern_day(official, agent):
    row = factories.representation(
        agent,
        official.organization,
        Scope.PREPARE,
        since=date(2020, 11, 2),
        until=date(2020, 11, 30),
    )
    at = {
        "a moment before": datetime(2020, 11, 2, 4, 59, 59, tzinfo=UTC),
        "the first moment": datetime(2020, 11, 2, 5, tzinfo=UTC),
        "the last moment": datetime(2020, 12, 1, 4, 59, 59, tzinfo=UTC),
        "a moment after": datetime(2020, 12, 1, 5, tzinfo=UTC),
    }
    in_force = {name: row in Representation.objects.in_force(moment) for name, moment in at.items()}
    assert in_force == {
        "a moment before": False,
        "the first moment": True,
        "the last moment": True,
        "a moment after": False,
    }


def test_a_revoked_agent_finds_nothing_in_the_session_that_is_open(official, agent):
    row = factories.representation(agent, official.organization, Scope.PREPARE)
    draft = factories.draft(official)
    client = Client()
    client.force_login(agent)
    page = f"/requests/{draft.pk}/"
    assert client.get(page).status_code == 200
    operations.revoke_representation(row, by=official, at=AT)
    assert client.get(page).url == "/organization/new/"
    assert "Your letter of authority has ended" in client.get("/organization/new/").content.decode()
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.actor) == ("revoke_agent", official)
    with pytest.raises(Refusal, match="revoked already"):
        operations.revoke_representation(row, by=official, at=AT)


def test_who_is_revoked_at_one_firm_goes_on_at_the_other(official, agent):
    other = factories.registrant()
    row = factories.representation(agent, official.organization, Scope.PREPARE)
    factories.representation(agent, other.organization, Scope.PREPARE)
    own, foreign = factories.draft(official), factories.draft(other)
    assert set(ParticipationRequest.objects.visible_to(fresh(agent))) == {own, foreign}
    operations.revoke_representation(row, by=official, at=AT)
    assert list(ParticipationRequest.objects.visible_to(fresh(agent))) == [foreign]
    assert not may_prepare_request(fresh(agent), official.organization_id)


def test_a_revoked_agent_gets_no_more_letters_of_a_request_that_she_started(official, agent):
    row = factories.representation(agent, official.organization, Scope.PREPARE)
    site = factories.facility(official)
    draft = factories.draft(fresh(agent), site=site)
    from applications.operations.letters import firm_people

    assert fresh(agent) in firm_people(draft)
    operations.revoke_representation(row, by=official, at=AT)
    draft.started_by = fresh(agent)
    assert firm_people(draft) == [official]


def test_revoking_kills_an_invitation_that_was_not_accepted(official, agent):
    invitation = authorized(official)
    operations.revoke_representation(Representation.objects.get(), by=official, at=AT)
    with pytest.raises(Refusal, match="can no longer be used"):
        operations.accept_invitation(invitation, by=agent, at=AT)


def test_the_role_of_an_agent_comes_and_goes_with_the_authority(official, agent):
    assert (fresh(agent).side, fresh(agent).roles) == ("", frozenset())
    row = factories.representation(agent, official.organization, Scope.PREPARE)
    assert (fresh(agent).side, fresh(agent).roles) == (Side.FIRM, {Role.FIRM_AGENT})
    Representation.objects.filter(pk=row.pk).update(until=clock.real_now().date() - timedelta(2))
    assert (fresh(agent).side, fresh(agent).roles) == ("", frozenset())


def test_an_agent_holds_the_tasks_of_the_roles_that_she_stands_in_for(official, agent):
    factories.representation(agent, official.organization, Scope.PREPARE)
    factories.draft(official)
    kept = ActionItem.objects.open().held_by(fresh(agent))
    assert [item.role for item in kept] == [Role.FIRM_PREPARER]
    other = User.objects.create_user("other@example.test", "x", name="Other")
    factories.representation(other, official.organization, Scope.METRICS)
    assert not ActionItem.objects.open().held_by(fresh(other)).exists()


def test_pages_of_an_agent_of_many_firms_cost_no_more_queries(client, agent):
    def queries():
        client.force_login(fresh(agent))
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/requests/").status_code == 200
        return len(captured)

    firms = [factories.registrant() for _ in range(6)]
    factories.representation(agent, firms[0].organization, *Scope)
    factories.draft(firms[0])
    few = queries()
    for firm in firms[1:]:
        factories.representation(agent, firm.organization, *Scope)
        factories.draft(firm)
    assert queries() == few <= 12


def test_an_agent_reads_for_whom_she_acts(client, settings, official, agent):
    settings.DEBUG = True
    clock.set_demonstration_moment(AT)
    other = factories.registrant()
    for firm in (official.organization, other.organization):
        factories.representation(agent, firm, Scope.PREPARE)
    draft = factories.draft(official)
    client.force_login(fresh(agent))
    page = client.get(f"/requests/{draft.pk}/").content.decode()
    assert page.count(f"Agent for {official.organization}</span>") == 1
    start = client.get("/requests/new/").content.decode()
    assert f"{official.organization}: {draft.facility.name}" in start
    client.force_login(official)
    assert "Agent for" not in client.get(f"/requests/{draft.pk}/").content.decode()


def test_a_wall_that_forgot_the_scope_would_show_the_counts(official, agent, monkeypatch):
    """The planted fault: every letter opens everything."""
    factories.representation(agent, official.organization, Scope.METRICS)
    draft = factories.draft(official)
    agent = fresh(agent)
    assert not ParticipationRequest.objects.visible_to(agent).exists()
    queryset = type(Representation.objects.all())
    monkeypatch.setattr(queryset, "with_any", lambda rows, scopes: rows)
    assert list(ParticipationRequest.objects.visible_to(agent)) == [draft]
