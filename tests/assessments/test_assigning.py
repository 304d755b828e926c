"""Assigning a team: what it opens, to whom, and for how long."""

from datetime import date, timedelta

import pytest

from assessments import operations as deeds
from assessments.models import Assessment
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import ActionItem, Letter
from tests.assessments.visits import AT, person


def test_a_team_opens_the_file_to_its_own_people_alone(visit):
    assert not Assessment.objects.visible_to(visit.lead).exists()
    visit.to("planning")
    for name in ("lead", "assessor", "official", "coordinator", "observer", "approver"):
        assert Assessment.objects.visible_to(getattr(visit, name)).count() == 1, name
    for name in ("bystander", "other_lead", "stranger", "analyst"):
        assert Assessment.objects.visible_to(getattr(visit, name)).count() == 0, name


def test_the_engagement_ends_with_the_agreement(visit):
    visit.agreement.until = date(2021, 6, 30)
    visit.agreement.save()
    visit.to("planning")
    assert visit.assessment.engagement.until == date(2021, 6, 30)


def test_the_topics_of_the_program_are_copied_in_order(visit):
    visit.to("planning")
    assert list(visit.assessment.topics.values_list("name", flat=True)) == list(
        visit.program.topics.values_list("name", flat=True)
    )


def test_an_agreement_not_yet_or_no_longer_in_force_opens_nothing(visit):
    for since, until in [
        (AT.date() + timedelta(days=1), date(2099, 1, 1)),
        (date(2020, 1, 1), AT.date() - timedelta(days=1)),
    ]:
        visit.agreement.since, visit.agreement.until = since, until
        visit.agreement.save()
        with pytest.raises(Refusal, match="no written agreement in force"):
            visit.planning()


def test_a_place_that_is_only_offered_gets_no_team(visit):
    visit.participation.status = "offered"
    visit.participation.save()
    with pytest.raises(Refusal, match="once the firm has accepted its place"):
        visit.planning()


def test_nobody_of_another_side_joins_for_fda(visit):
    visit.observer = visit.official
    with pytest.raises(Refusal, match="not on FDA’s staff for cases"):
        visit.planning()


def test_a_person_stands_on_the_team_once(visit):
    visit.assessor = visit.lead
    with pytest.raises(Refusal, match="on the team once"):
        visit.planning()


def test_an_assessor_without_the_role_is_refused(visit):
    visit.assessor = person(visit.contractor, Role.CONTRACTOR_ADMINISTRATOR)
    with pytest.raises(Refusal, match="is not an assessor"):
        visit.planning()


def test_everyone_concerned_is_written_to_once_and_the_lead_has_a_task(visit):
    visit.assigned()
    letters = Letter.objects.filter(kind="team_assigned")
    told = [visit.official, visit.observer, visit.coordinator]
    assert sorted(letters.values_list("address", flat=True)) == sorted(p.email for p in told)
    assert letters.first().subject == "FDF 2020: the assessment team is named"
    asked = Letter.objects.filter(kind="declare_interests")
    assert {letter.person for letter in asked} == {visit.lead, visit.assessor}
    assert ActionItem.objects.open().get(title__startswith="Propose dates").user == visit.lead


def test_a_person_who_is_asked_to_declare_is_told_of_no_facility_by_mail(visit):
    visit.assigned()
    for letter in Letter.objects.filter(kind="declare_interests"):
        assert "Acme" not in letter.subject + letter.body


def test_a_letter_does_not_escape_what_people_are_called(visit):
    visit.participation.facility.name = "Müller & Söhne <Basel>"
    visit.participation.facility.save()
    visit.to("planning")
    assert "Müller & Söhne <Basel>" in Letter.objects.filter(kind="team_assigned").first().body


def test_a_rehearsal_writes_to_nobody_but_its_own_people(visit):
    visit.program.rehearsal_of = visit.program.__class__.objects.get(slug="api-2020")
    visit.program.save()
    visit.participation.refresh_from_db()
    visit.to("released")
    addresses = set(
        Letter.objects.filter(subject_kind__startswith="assessments.").values_list(
            "address", flat=True
        )
    )
    own = {p.email for p in (visit.official, visit.lead, visit.assessor, visit.observer)}
    assert addresses == own
    staff_items = ActionItem.objects.filter(
        key__startswith="assessment:", organization_id=None, user=None
    )
    assert not staff_items.exists()


def test_who_left_the_team_is_still_in_its_history(visit):
    visit.to("planning")
    member = deeds.leave_team(
        visit.assessment, person=visit.observer, reason="Ill", by=visit.coordinator, at=visit.at
    )
    assert member.until == date(2021, 2, 1)
    with pytest.raises(Refusal, match="is not on this team"):
        deeds.leave_team(
            visit.assessment, person=visit.observer, reason="", by=visit.coordinator, at=visit.at
        )
    deeds.join_team(visit.assessment, person=visit.observer, by=visit.coordinator, at=visit.at)
    assert visit.assessment.team_members.filter(user=visit.observer).count() == 2


def test_an_fda_person_without_case_data_does_not_join(visit):
    visit.to("planning")
    with pytest.raises(Refusal, match="not on FDA’s staff for cases"):
        deeds.join_team(visit.assessment, person=visit.analyst, by=visit.coordinator, at=AT)


def test_who_accepted_the_report_does_not_join_the_team_afterwards(visit):
    visit.to("printed")
    with pytest.raises(Refusal, match="has signed this assessment’s report"):
        deeds.join_team(visit.assessment, person=visit.approver, by=visit.coordinator, at=visit.at)
    visit.released()


def test_nobody_joins_the_team_of_a_completed_assessment(visit):
    visit.to("released")
    second = person(visit.fda, Role.FDA_OBSERVER)
    with pytest.raises(Refusal, match="nobody joins its team any more"):
        deeds.join_team(visit.assessment, person=second, by=visit.coordinator, at=visit.at)


def test_people_without_access_any_more_get_no_letters(visit):
    visit.to("planning")
    for gone in (visit.assessor, visit.observer):
        gone.is_active = False
        gone.save()
    visit.proposed()
    told = Letter.objects.filter(kind="dates_proposed").values_list("person__name", flat=True)
    assert set(told) == {"Olga", "Cora"}
