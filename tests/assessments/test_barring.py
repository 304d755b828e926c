"""A conflict of interest closes a site's every record, on all floors, whatever the roles (C2)."""

import pytest
from django.db import transaction
from django.urls import reverse

from applications import operations as intake
from applications.models import (
    Barring,
    DecisionLetter,
    Facility,
    Participation,
    ParticipationRequest,
    StandingMark,
    VerdictSheet,
)
from applications.models.barring import BarringQuerySet
from applications.operations.letters import write_letter
from assessments import operations as deeds
from assessments.models import AssessedTopic, Assessment, Finding, Milestone, Report
from assessments.operations import telling
from assessments.overview import tasks_of
from metrics.models import MetricsSubmission, MetricsVersion
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.actions import raise_item
from qmm_pilot.records.letters import queue_letter
from qmm_pilot.records.models import Letter, TrailEntry
from qmm_pilot.records.trail import record
from tests import factories
from tests.applications.reviewing import AT, assign, declare, eligible, reviewer
from tests.assessments.visits import Visit

pytestmark = pytest.mark.django_db
NOUNS = [
    ParticipationRequest,
    Facility,
    Participation,
    Assessment,
    Milestone,
    AssessedTopic,
    Finding,
    Report,
    MetricsSubmission,
    MetricsVersion,
    StandingMark,
    VerdictSheet,
    DecisionLetter,
]
EVERY_ROLE = (
    Role.FDA_COORDINATOR,
    Role.FDA_SELECTOR,
    Role.FDA_OBSERVER,
    Role.FDA_APPROVER,
    Role.FDA_RECORDS_OFFICER,
)


def barred_from(fei_key, *roles):
    person = reviewer(*roles)
    Barring.objects.create(person=person, fei_key=fei_key, since=AT)
    return person


@pytest.fixture
def visit():
    """A visit with findings and a submitted report, a mark, and a printed sheet."""
    visit = Visit().to("submitted")
    row = visit.participation.participation_request
    return visit, row


def seen_by(person, fei_key):
    """The nouns of which this person still sees a row of that site."""
    paths = {
        ParticipationRequest: "fei_key",
        Facility: "fei_key",
        VerdictSheet: "participation_request__fei_key",
        DecisionLetter: "participation_request__fei_key",
    }
    deeper = {
        Participation: "participation_request",
        Assessment: "participation",
        Milestone: "assessment__participation",
        AssessedTopic: "assessment__participation",
        Finding: "topic__assessment__participation",
        Report: "assessment__participation",
        MetricsSubmission: "participation",
        MetricsVersion: "submission__participation",
        StandingMark: "participation",
    }
    found = set()
    for noun in NOUNS:
        way = paths.get(noun)
        if way is None:
            step = "" if noun is Participation else "__participation_request"
            way = f"{deeper[noun]}{step}__fei_key"
        if noun.objects.visible_to(person).filter(**{way: fei_key}).exists():
            found.add(noun)
    return found


def test_every_noun_of_a_site_is_closed_to_who_is_barred_and_to_nobody_else(visit):
    _, row = visit
    assert {Facility, Assessment, Finding, Report, MetricsSubmission} <= seen_by(
        reviewer(*EVERY_ROLE), row.fei_key
    )
    assert seen_by(barred_from(row.fei_key, *EVERY_ROLE), row.fei_key) == set()
    other = eligible()
    assert ParticipationRequest in seen_by(barred_from(row.fei_key), other.fei_key)


def test_a_barring_that_nobody_asks_for_is_noticed(visit, monkeypatch):
    monkeypatch.setattr(
        BarringQuerySet, "feis_of", lambda self, user: self.none().values("fei_key")
    )
    with pytest.raises(AssertionError):
        test_every_noun_of_a_site_is_closed_to_who_is_barred_and_to_nobody_else(visit)


def test_the_trail_of_a_site_is_closed_to_an_officer_who_is_barred(visit):
    taken, row = visit
    other = eligible()
    ids = [str(taken.assessment.pk), str(taken.report.pk), str(other.pk)]
    entries = TrailEntry.objects.filter(subject_id__in=ids)
    officer = factories.fda(Role.FDA_RECORDS_OFFICER)
    barred = barred_from(row.fei_key, Role.FDA_RECORDS_OFFICER)
    read = entries.visible_to(officer).values_list("subject_id", flat=True)
    assert set(read) == set(ids)
    read = entries.visible_to(barred).values_list("subject_id", flat=True)
    assert set(read) == {str(other.pk)}


def test_a_task_about_a_site_is_not_shown_to_who_is_barred():
    row = eligible()
    barred = barred_from(row.fei_key, Role.FDA_COORDINATOR)
    about = {"url_name": "applications:request_review", "url_kwargs": {"pk": row.pk}}
    raise_item("a", title="Of a site", about=row, at=AT, role=Role.FDA_COORDINATOR, **about)
    assert "Of a site" in [
        t.item.title for t in tasks_of(factories.fda(Role.FDA_COORDINATOR), at=AT)
    ]
    assert "Of a site" not in [task.item.title for task in tasks_of(barred, at=AT)]


def test_whoever_is_barred_decides_nothing_about_the_site_and_releases_nothing_with_it():
    row = eligible()
    barred = barred_from(row.fei_key, Role.FDA_SELECTOR)
    with pytest.raises(Refusal, match="closes one of these sites to you"):
        intake.select_participant(row, reason="A friend.", by=barred, at=AT)
    factories.decide(row, "selected")
    with pytest.raises(Refusal, match="closes one of these sites to you"):
        intake.release_decisions(row.program, proof=factories.proof_of(barred), by=barred, at=AT)


def test_whoever_is_barred_has_no_archive_made_of_that_program():
    row = eligible()
    barred = barred_from(row.fei_key, Role.FDA_RECORDS_OFFICER)
    with pytest.raises(Refusal, match="closed to you by a conflict"):
        deeds.archive_program(row.program, by=barred, at=AT)


def test_the_other_firm_that_claims_the_same_site_is_closed_too():
    row = eligible()
    rival = factories.registrant()
    site = factories.facility(rival, fei=row.facility.fei)
    twin = factories.participation_request("submitted", rival, site=site)
    anna = reviewer()
    declare(assign(anna, row), conflict="A relative.")
    assert not ParticipationRequest.objects.visible_to(anna).filter(pk=twin.pk).exists()


def test_a_letter_about_a_site_is_closed_to_a_coordinator_who_is_barred(visit):
    _, row = visit
    words = {"kind": "request_received", "subject": "Received", "body": "Dear", "at": AT}
    queue_letter(to=row.started_by, about=row, **words)
    letters = Letter.objects.filter(subject_id=str(row.pk))
    barred = barred_from(row.fei_key, Role.FDA_COORDINATOR)
    assert letters.visible_to(factories.fda(Role.FDA_COORDINATOR)).exists()
    assert not letters.visible_to(barred).exists()


def test_the_trail_of_a_milestone_is_closed_with_its_site(visit):
    taken, row = visit
    milestone = taken.assessment.milestones.first()
    with transaction.atomic():
        record("meet_milestone", milestone, by=None, at=AT)
    entries = TrailEntry.objects.filter(subject_id=str(milestone.pk))
    assert entries.visible_to(factories.fda(Role.FDA_RECORDS_OFFICER)).exists()
    barred = barred_from(row.fei_key, Role.FDA_RECORDS_OFFICER)
    assert not entries.visible_to(barred).exists()


def test_whoever_is_barred_neither_joins_the_team_nor_is_written_to_about_the_site(visit):
    taken, row = visit
    barred = barred_from(row.fei_key, Role.FDA_COORDINATOR, Role.FDA_OBSERVER)
    other = factories.person(barred.organization, Role.FDA_COORDINATOR)
    with pytest.raises(Refusal, match="This site is closed to"):
        deeds.join_team(taken.assessment, person=barred, by=taken.coordinator, at=AT)
    to = {"to": [barred, other], "subject": "Place accepted", "at": AT}
    write_letter(
        "place_accepted", about=taken.participation, participation=taken.participation, **to
    )
    telling.write_to([barred, other], "go_decided", taken.assessment, at=AT)
    assert not Letter.objects.filter(person=barred).exists()
    assert Letter.objects.filter(person=other).count() == 2


def test_what_a_moved_end_touches_is_not_told_of_a_closed_site(visit, client):
    taken, row = visit
    program, name = row.program, row.facility.name
    agreement = program.agreements.get(organization=taken.assessment.engagement.organization)
    barred = barred_from(row.fei_key, Role.FDA_COORDINATOR)
    earlier = {"until": "2020-12-31", "reason": "Asked for.", "ends_on": "2020-12-31"}
    pages = [
        reverse("assessments:agreement_end", args=[agreement.pk]),
        reverse("assessments:agreement_move", args=[agreement.pk]),
        reverse("assessments:program_end", args=[program.pk]),
    ]
    for person, is_told in ((taken.coordinator, True), (barred, False)):
        client.force_login(person)
        for page in pages:
            assert (name in client.get(page, earlier).content.decode()) == is_told, page
