"""Who sees and may do what: one row per person, at the moments when it changes."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from applications.models import Declaration
from assessments import access
from assessments import operations as deeds
from assessments.models import Assessment, Consultation, DateProposal, Milestone, TeamMember
from qmm_pilot.accounts.models import RoleGrant, User
from qmm_pilot.accounts.roles import Role
from tests.assessments.visits import AT

PEOPLE = [
    "official",
    "metrics_person",
    "stranger",
    "coordinator",
    "observer",
    "approver",
    "analyst",
    "lead",
    "assessor",
    "bystander",
    "other_lead",
]


def those(visit, may):
    """The names of the people for whom this holds."""
    return [name for name in PEOPLE if may(User.objects.get(pk=getattr(visit, name).pk))]


def test_predicates_name_exactly_the_people_of_the_table(visit):
    visit.to("dates_agreed")
    assessment, at = visit.assessment, visit.at
    milestone = assessment.milestones.get(key="agenda")
    assert {
        "assign": those(visit, access.may_assign_team),
        "dates": those(visit, lambda u: access.may_agree_dates(u, assessment, at=at)),
        "consultation": those(
            visit, lambda u: access.may_record_consultation(u, assessment, at=at)
        ),
        "milestone": those(visit, lambda u: access.may_mark_milestone(u, milestone, at=at)),
        "go": those(visit, access.may_decide_go),
        "findings": those(visit, lambda u: access.may_record_findings(u, assessment, at=at)),
        "lead": those(visit, lambda u: access.may_lead(u, assessment, at=at)),
        "approve": those(visit, lambda u: access.may_approve(u, assessment)),
        "retry": those(visit, lambda u: access.may_retry_rendering(u, assessment, at=at)),
    } == {
        "assign": ["coordinator"],
        "dates": ["official", "coordinator", "lead"],
        "consultation": ["coordinator", "lead"],
        "milestone": ["coordinator", "lead"],
        "go": ["coordinator"],
        "findings": ["lead", "assessor"],
        "lead": ["lead"],
        "approve": ["approver"],
        "retry": ["coordinator", "approver", "lead"],
    }


def test_an_approver_who_joins_the_team_approves_no_more(visit):
    visit.to("planning")
    deeds.join_team(visit.assessment, person=visit.approver, by=visit.coordinator, at=visit.at)
    assert those(visit, lambda u: access.may_approve(u, visit.assessment)) == []


@pytest.mark.parametrize("noun", [Assessment, DateProposal, Milestone, Consultation, TeamMember])
def test_the_frame_of_a_visit_is_seen_by_its_three_sides_alone(visit, noun):
    visit.to("consulted")
    assert those(visit, lambda u: noun.objects.visible_to(u).exists()) == [
        "official",
        "metrics_person",
        "coordinator",
        "observer",
        "approver",
        "lead",
        "assessor",
    ]


def test_a_contractor_reads_and_does_nothing_outside_the_engagement(visit):
    visit.to("in_progress")
    assessment = visit.assessment
    engagement = assessment.engagement
    engagement.since, engagement.until = AT.date(), AT.date() + timedelta(days=30)
    engagement.save()
    last = AT + timedelta(days=30)
    assert access.may_record_findings(visit.assessor, assessment, at=last)
    assert not access.may_record_findings(visit.assessor, assessment, at=last + timedelta(days=1))
    assert not access.may_lead(visit.lead, assessment, at=AT - timedelta(days=1))


def test_an_agreement_that_has_lapsed_closes_the_file(visit):
    visit.to("planning")
    assert Assessment.objects.visible_to(visit.lead).exists()
    visit.agreement.until = date(2020, 12, 31)
    visit.agreement.save()
    assert not Assessment.objects.visible_to(visit.lead).exists()


def test_attachments_are_read_by_fda_and_the_team(visit):
    visit.to("rated")
    finding = visit.topic.findings.first()
    stored = deeds.attach_file(
        finding, SimpleUploadedFile("n.txt", b"Seen on the line."), by=visit.lead, at=visit.at
    )
    assert those(visit, lambda u: access.may_read_attachment(u, stored)) == [
        "coordinator",
        "observer",
        "approver",
        "lead",
        "assessor",
    ]


def test_a_file_about_something_else_is_no_attachment(visit):
    visit.to("draft_ready")
    assert those(visit, lambda u: access.may_read_attachment(u, visit.report.stored_file)) == []


def test_the_firm_downloads_the_released_edition_and_never_the_draft(visit):
    visit.to("printed")
    assert visit.report.file_for(visit.official) is None
    assert visit.report.file_for(visit.lead) == visit.report.released_file
    visit.released()
    assert visit.report.file_for(visit.official) == visit.report.released_file
    assert visit.report.released_file != visit.report.stored_file


def test_a_role_that_is_taken_away_ends_its_deeds_though_the_team_names_the_person_still(visit):
    visit.to("in_progress")
    RoleGrant.objects.filter(user=visit.lead).update(revoked_at=visit.at)
    assert deeds_of(visit) == {"leads": False, "records": False}
    RoleGrant.objects.create(user=visit.lead, role=Role.CONTRACTOR_ASSESSOR, granted_at=visit.at)
    assert deeds_of(visit) == {"leads": False, "records": True}


def deeds_of(visit):
    """What the person whom the team names as its lead may do."""
    lead = User.objects.get(pk=visit.lead.pk)
    return {
        "leads": access.may_lead(lead, visit.assessment, at=visit.at),
        "records": access.may_record_findings(lead, visit.assessment, at=visit.at),
    }


def test_who_is_deactivated_finds_nothing_whatever_still_knows_her(visit):
    visit.to("dates_agreed")
    for name in ("official", "lead"):
        user = User.objects.get(pk=getattr(visit, name).pk)
        assert Assessment.objects.visible_to(user).exists()
        assert Declaration.objects.visible_to(user).exists() == (name == "lead")
        user.is_active = False
        assert not Assessment.objects.visible_to(user).exists()
        assert not Declaration.objects.visible_to(user).exists()
