"""The pages of a visit, as each person meets them: the team, dates, deadlines, go, beginning."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from applications.models import EngagementMember
from assessments import operations
from assessments.models import Assessment, Consultation
from qmm_pilot import clock
from qmm_pilot.accounts.models import User
from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import TrailEntry
from tests.assessments.reading import Reader, controls, deeds, said, words
from tests.assessments.visits import FIRST_ON, LAST_ON, Visit, active_participation

MOST_QUERIES = 12
READERS = ["official", "metrics_person", "coordinator", "observer", "approver", "lead", "assessor"]
STRANGERS = ["stranger", "bystander", "other_lead", "analyst"]
Status = Assessment.Status
DAYS = {"first_on": "2021-04-12", "last_on": "2021-04-16", "mode": "remote"}


@pytest.fixture
def reader(client, visit, monkeypatch):
    """Opens pages as somebody; they take their moment from the visit."""
    monkeypatch.setattr(clock, "now", lambda: visit.at)
    return Reader(client, visit)


def pages(visit):
    """Every page about one assessment: its URL name and arguments."""
    pk = visit.assessment.pk
    milestone = visit.assessment.milestones.filter(key="agenda").first()
    found = {
        name: (name, pk)
        for name in (
            "assessment_detail",
            "join_team",
            "propose_dates",
            "decide_go",
            "decide_no_go",
            "begin",
            "close_fieldwork",
        )
    }
    found["leave_team"] = ("leave_team", pk, visit.observer.pk)
    found["record_consultation"] = ("record_consultation", pk, "pre")
    if milestone:
        found["complete_milestone"] = ("complete_milestone", pk, milestone.pk)
    return found


# --- who sees what -----------------------------------------------------------------------------


def test_an_assessment_is_read_by_its_three_sides_and_exists_for_nobody_else(reader, visit):
    visit.to("ready")
    where = ("assessment_detail", visit.assessment.pk)
    assert {who: reader.status(who, *where) for who in [*READERS, *STRANGERS]} == {
        **dict.fromkeys(READERS, 200),
        **dict.fromkeys(STRANGERS, 404),
    }


def test_every_page_is_missing_for_strangers_and_answers_them_no_deed(reader, visit):
    visit.to("dates_agreed")
    proposal = ("confirm_dates", visit.assessment.pk, visit.proposal.pk)
    before = TrailEntry.objects.count()
    for who in STRANGERS:
        for page in pages(visit).values():
            assert reader.status(who, *page) == 404
            if page[0] != "assessment_detail":
                assert reader.status(who, *page, method="post") == 404
        assert reader.status(who, *proposal, method="post") == 404
    assert TrailEntry.objects.count() == before


@pytest.mark.parametrize("how", ["ended", "over", "agreement", "left"])
def test_a_contractor_whose_engagement_has_ended_finds_no_page(reader, visit, how):
    visit.to("dates_agreed")
    engagement = visit.assessment.engagement
    if how == "ended":
        engagement.ended_at = visit.at
    elif how == "over":
        engagement.until = visit.at.date()
        visit.at += timedelta(days=1)
    elif how == "left":
        EngagementMember.objects.filter(user=visit.lead).update(until=visit.at)
    else:
        visit.agreement.until = visit.at.date() - timedelta(days=1)
        visit.agreement.save()
    engagement.save()
    assert {
        page[0]: reader.status("lead", *page) for page in pages(visit).values()
    } == dict.fromkeys(pages(visit), 404)
    assert "Acme Springfield" not in words(reader.get("lead", "assessment_list"))


MAY_OPEN = {
    "propose_dates": ["official", "coordinator", "lead"],
    "record_consultation": ["coordinator", "lead"],
    "complete_milestone": ["coordinator", "lead"],
    "join_team": ["coordinator"],
    "leave_team": ["coordinator"],
    "decide_go": ["coordinator"],
    "decide_no_go": ["coordinator"],
    "begin": ["lead"],
    "close_fieldwork": ["lead"],
}


@pytest.mark.parametrize("name", MAY_OPEN)
def test_a_page_of_a_deed_opens_to_those_who_may_do_it(reader, visit, name):
    visit.to("dates_agreed")
    page = pages(visit)[name]
    opened = [who for who in READERS if reader.status(who, *page) in (200, 302)]
    assert opened == MAY_OPEN[name]
    refused = [who for who in READERS if reader.status(who, *page, method="post") == 403]
    assert refused == [who for who in READERS if who not in MAY_OPEN[name]]


def test_deeds_answer_posts_only_and_pages_readings_only(reader, visit):
    visit.to("proposed")
    pk = visit.assessment.pk
    assert reader.status("official", "confirm_dates", pk, visit.proposal.pk) == 405
    for page in [("assessment_detail", pk), ("assessment_list",), ("deadline_board",)]:
        assert reader.status("coordinator", *page, method="post") == 405


# stage: the deeds that the head of the page offers
OFFERED = {
    "planning": {
        "official": ["Propose dates"],
        "coordinator": ["Propose dates", "Record a consultation"],
        "lead": ["Propose dates", "Record a consultation"],
    },
    "proposed": {
        "official": ["Confirm these dates", "Propose other dates"],
        "coordinator": ["Confirm these dates", "Propose other dates", "Record a consultation"],
        "lead": ["Propose other dates", "Record a consultation"],
    },
    "dates_agreed": {
        "coordinator": ["Decide go or no-go", "Record a consultation"],
        "lead": ["Record a consultation"],
    },
    "ready": {
        "coordinator": ["Record a consultation"],
        "lead": ["Begin the assessment", "Record a consultation"],
    },
    "in_progress": {
        "coordinator": ["Topics and findings"],
        "observer": ["Topics and findings"],
        "approver": ["Topics and findings"],
        "lead": ["Close the fieldwork", "Topics and findings"],
        "assessor": ["Topics and findings"],
    },
    "reporting": {
        who: ["Open the report", "Topics and findings"]
        for who in ("coordinator", "observer", "approver", "lead", "assessor")
    },
    "released": {
        "official": ["Open the report"],
        "metrics_person": ["Open the report"],
        "coordinator": ["Open the report", "Topics and findings", "Record a consultation"],
        "observer": ["Open the report", "Topics and findings"],
        "approver": ["Open the report", "Topics and findings"],
        "lead": ["Open the report", "Topics and findings", "Record a consultation"],
        "assessor": ["Open the report", "Topics and findings"],
    },
}


@pytest.mark.parametrize("stage", OFFERED)
def test_the_page_offers_each_person_what_she_may_do_next(reader, visit, stage):
    visit.to(stage)
    offered = {
        who: deeds(reader.get(who, "assessment_detail", visit.assessment.pk)) for who in READERS
    }
    assert {who: labels for who, labels in offered.items() if labels} == OFFERED[stage]


def test_the_list_shows_each_side_its_own_and_staff_no_rehearsal(reader, visit):
    visit.to("dates_agreed")
    expected = dict.fromkeys(READERS, True) | dict.fromkeys(
        ["stranger", "bystander", "other_lead"], False
    )
    assert {
        who: "Acme Springfield" in words(reader.get(who, "assessment_list")) for who in expected
    } == expected
    assert reader.status("analyst", "assessment_list") == 404
    visit.program.rehearsal_of = Program.objects.get(slug="api-2020")
    visit.program.save()
    listed = {
        who: "Acme Springfield" in words(reader.get(who, "assessment_list"))
        for who in ("official", "coordinator", "lead")
    }
    assert listed == {"official": True, "coordinator": False, "lead": True}
    page = words(reader.get("lead", "assessment_detail", visit.assessment.pk))
    assert "Nothing on this page counts for the real program." in page


# --- what the page says ------------------------------------------------------------------------


def test_the_page_names_people_dates_confirmations_and_the_next_step(reader, visit):
    visit.to("proposed")
    text = words(reader.get("official", "assessment_detail", visit.assessment.pk))
    assert "Still to confirm: Firm and FDA." in text
    assert "April 12, 2021 to April 16, 2021 Proposed" in text
    assert "Leah (leads)" in text
    assert "Otto" in text
    assert "Firm Not yet FDA Not yet Contractor Confirmed Leah , Feb 1, 2021, 10:00 a.m. ET" in text


def test_a_foreign_site_reads_both_clocks_and_staff_the_sites_too(reader, visit):
    visit.participation = active_participation(
        visit.program,
        visit.firm,
        visit.official,
        facility_name="Acme Mumbai",
        country="IN",
        zone="Asia/Kolkata",
    )
    visit.to("proposed")
    pk = visit.assessment.pk
    text = words(reader.get("coordinator", "assessment_detail", pk))
    assert (
        "The site keeps Kolkata time: 9:00 a.m. there is 11:30 p.m. ET on the day before." in text
    )
    assert (
        "Team assigned February 1, 2021, 10:00 a.m. ET (at the site 8:30 p.m. Kolkata time)" in text
    )
    User.objects.filter(pk=visit.official.pk).update(time_zone="Asia/Kolkata")
    text = words(reader.get("official", "assessment_detail", pk))
    assert "Team assigned February 1, 2021, 10:00 a.m. ET (8:30 p.m. Kolkata time) " in text


def test_deadlines_say_whose_they_are_and_how_they_stand(reader, visit):
    visit.to("consulted")
    visit.at = visit.at.replace(month=3, day=23)
    text = words(reader.get("official", "assessment_detail", visit.assessment.pk))
    assert "Orientation held FDA Mar 1, 2021 Overdue by 22 days" in text
    assert "Metrics submitted Firm Mar 22, 2021 Overdue by 1 day" in text
    assert "Pre-interview questionnaire returned Firm Mar 29, 2021 Due in 6 days" in text
    assert (
        "Pre-assessment consultation held Contractor Mar 29, 2021 Done Feb 1, 2021 , Cora" in text
    )


def test_metrics_are_shown_to_whom_the_program_gives_them(reader, visit):
    visit.to("ready")
    pk = visit.assessment.pk
    link = reverse("metrics:submission", args=[visit.submission.pk])
    assert [
        who for who in READERS if link in reader.get(who, "assessment_detail", pk).content.decode()
    ] == ["official", "metrics_person", "coordinator", "observer", "approver"]
    text = words(reader.get("lead", "assessment_detail", pk))
    assert "Metrics Metrics go to FDA only. Consultations" in text
    Program.objects.filter(pk=visit.program.pk).update(metrics_visible_to_contractor=True)
    assert link in reader.get("lead", "assessment_detail", pk).content.decode()


def test_consultations_are_read_by_all_three_sides(reader, visit):
    visit.to("consulted")
    for who in ("official", "observer", "assessor"):
        text = words(reader.get(who, "assessment_detail", visit.assessment.pk))
        assert "Existing activities were presented." in text


def test_the_firm_is_not_led_to_topics_nor_to_an_unreleased_report(reader, visit):
    visit.to("draft_ready")
    page = reader.get("official", "assessment_detail", visit.assessment.pk)
    assert "topics/" not in page.content.decode()
    assert "reports/" not in page.content.decode()
    assert "You read the report here when FDA has released it." in words(page)


# --- the team ----------------------------------------------------------------------------------


def test_the_coordinator_assigns_the_team(reader, visit):
    pk = visit.participation.pk
    form = reader.get("coordinator", "assign_team", pk)
    assert controls(form) == ["contractor", "lead", "assessors", "fda_people", "mode"]
    text = words(form)
    assert "Careful Assessors" in text
    assert "Other Assessors" not in text
    done = reader.post(
        "coordinator",
        "assign_team",
        pk,
        contractor=visit.contractor.pk,
        lead=visit.lead.pk,
        assessors=[visit.assessor.pk],
        fda_people=[visit.observer.pk],
        mode="hybrid",
    )
    assert said(done) == [
        "The team is assigned. Its people are asked to declare their interests; the file "
        "opens to each whose declaration is accepted."
    ]
    assert done.redirect_chain[-1][0] == reverse(
        "assessments:assessment_detail", args=[visit.assessment.pk]
    )
    again = reader.get("coordinator", "assign_team", pk)
    assert (again.status_code, again.url) == (
        302,
        reverse("assessments:participation_assessment", args=[pk]),
    )


def test_people_of_another_contractor_cannot_be_chosen(reader, visit):
    answer = reader.post(
        "coordinator",
        "assign_team",
        visit.participation.pk,
        contractor=visit.contractor.pk,
        lead=visit.other_lead.pk,
        fda_people=[visit.observer.pk],
        mode="hybrid",
    )
    assert "Choose one of those that are offered" in words(answer)
    assert not Assessment.objects.exists()


def test_a_refused_team_is_answered_on_the_same_page(reader, visit):
    answer = reader.post(
        "coordinator",
        "assign_team",
        visit.participation.pk,
        contractor=visit.contractor.pk,
        lead=visit.lead.pk,
        assessors=[visit.lead.pk],
        fda_people=[visit.observer.pk],
        mode="hybrid",
    )
    assert said(answer) == ["Each person is on the team once."]
    assert not Assessment.objects.exists()


def test_without_an_agreement_in_force_the_page_says_so(reader, visit):
    visit.agreement.until = date(2021, 1, 31)
    visit.agreement.save()
    page = reader.get("coordinator", "assign_team", visit.participation.pk)
    assert "No written agreement is in force for this program" in words(page)
    assert controls(page) == []


def test_a_place_without_a_team_says_so_and_who_assigns_it(reader, visit):
    pk = visit.participation.pk
    for who, offered in [
        ("official", []),
        ("coordinator", ["Assign the team"]),
        ("observer", []),
    ]:
        page = reader.get(who, "participation_assessment", pk)
        assert "No team is assigned yet" in words(page)
        assert deeds(page) == offered
    for who in ("stranger", "lead", "analyst"):
        assert reader.status(who, "participation_assessment", pk) == 404
    for who in ("official", "observer"):
        assert reader.status(who, "assign_team", pk) == 403
    assert reader.status("stranger", "assign_team", pk) == 404


def test_a_place_leads_each_side_to_its_assessment(reader, visit):
    visit.to("planning")
    where = reverse("assessments:assessment_detail", args=[visit.assessment.pk])
    for who in ("official", "coordinator", "lead"):
        answer = reader.get(who, "participation_assessment", visit.participation.pk)
        assert (answer.status_code, answer.url) == (302, where)
    assert reader.status("stranger", "participation_assessment", visit.participation.pk) == 404


def test_an_offered_place_is_not_staffed(reader, visit):
    visit.participation.status = "offered"
    visit.participation.save()
    page = reader.get("coordinator", "participation_assessment", visit.participation.pk)
    assert deeds(page) == []
    assert reader.status("coordinator", "assign_team", visit.participation.pk) == 302


def test_an_fda_person_joins_and_leaves(reader, visit):
    visit.to("planning")
    pk = visit.assessment.pk
    joined = reader.post("coordinator", "join_team", pk, person=visit.approver.pk)
    assert said(joined) == ["Ada is on the team."]
    left = reader.post("coordinator", "leave_team", pk, visit.approver.pk, reason="Travels.")
    assert said(left) == ["Ada has left the team."]
    assert "Ada until Feb 1, 2021" in words(left)
    assert reader.status("coordinator", "leave_team", pk, visit.approver.pk) == 404


# --- dates -------------------------------------------------------------------------------------


def test_the_form_of_dates_shows_what_follows_before_anything_is_proposed(reader, visit):
    visit.to("planning")
    url = reverse("assessments:propose_dates", args=[visit.assessment.pk])
    form = reader.signed_in("lead").get(url)
    assert controls(form) == ["first_on", "last_on", "mode"]
    assert deeds(form) == ["Show what follows"]
    preview = reader.client.get(url, {**DAYS, "last_on": "2021-04-17"})
    text = words(preview)
    assert "April 17, 2021 : weekend" in text
    assert "Metrics submitted Mar 22, 2021 Firm" in text
    assert deeds(preview) == ["Show what follows", "Propose these dates", "Cancel and go back"]
    assert visit.proposal is None


def test_the_preview_names_due_dates_past_and_after_the_end_of_the_program(reader, visit):
    visit.to("planning")
    visit.program.ends_on = date(2021, 6, 1)
    visit.program.save()
    url = reverse("assessments:propose_dates", args=[visit.assessment.pk])
    days = {"first_on": "2021-03-08", "last_on": "2021-03-12", "mode": "remote"}
    text = words(reader.signed_in("lead").get(url, days))
    assert "Orientation held Jan 25, 2021 In the past FDA" in text
    assert "Feedback survey answered Jun 9, 2021 After the program ends Firm" in text


@pytest.mark.parametrize(
    ("days", "problem"),
    [
        ({"last_on": "2021-04-20"}, "An assessment takes at most 5 working days"),
        ({"first_on": "2021-04-17", "last_on": "2021-04-18"}, "contain no working day"),
        ({"first_on": "2021-01-29"}, "An assessment takes at most 5 working days"),
        ({"first_on": "2021-01-28", "last_on": "2021-01-29"}, "is in the past"),
        ({"last_on": "2021-04-11"}, "The last day is before the first day."),
        ({"first_on": ""}, "Enter a day."),
        ({"first_on": "9999-12-27", "last_on": "9999-12-31"}, "Enter a day from January 1, 2000"),
        ({"first_on": "0001-01-01", "last_on": "0001-01-01"}, "Enter a day from January 1, 2000"),
    ],
)
def test_dates_that_cannot_hold_are_explained_and_not_offered(reader, visit, days, problem):
    visit.to("planning")
    url = reverse("assessments:propose_dates", args=[visit.assessment.pk])
    page = reader.signed_in("lead").get(url, {**DAYS, **days})
    assert problem in words(page)
    assert "Propose these dates" not in deeds(page)


def test_three_sides_agree_the_dates(reader, visit):
    visit.to("planning")
    pk = visit.assessment.pk
    done = reader.post("lead", "propose_dates", pk, **DAYS)
    assert said(done) == ["The dates are proposed, and the other sides are asked to confirm them."]
    for who in ("official", "coordinator"):
        answer = reader.post(who, "confirm_dates", pk, visit.proposal.pk)
        assert said(answer) == ["You confirmed the dates for your side."]
    assessment = visit.assessment
    assert (assessment.status, assessment.starts_on, assessment.ends_on, assessment.mode) == (
        Status.DATES_AGREED,
        FIRST_ON,
        LAST_ON,
        "remote",
    )
    moved = reader.get("lead", "propose_dates", pk)
    assert moved.status_code == 302


def test_a_stale_confirmation_is_refused_in_words(reader, visit):
    visit.to("proposed")
    stale = visit.proposal
    visit.proposed()
    answer = reader.post("official", "confirm_dates", visit.assessment.pk, stale.pk)
    assert said(answer) == ["These dates are no longer on the table. Reload the page."]
    twice = reader.post("lead", "confirm_dates", visit.assessment.pk, visit.proposal.pk)
    assert said(twice) == ["Contractor has confirmed these dates already."]


def test_dates_of_another_assessment_are_not_confirmed_here(reader, visit, db):
    visit.to("proposed")
    other = Visit()
    other.to("proposed")
    page = ("confirm_dates", visit.assessment.pk, other.proposal.pk)
    assert reader.status("coordinator", *page, method="post") == 404


def test_a_firm_reads_of_a_clash_without_the_other_site(reader, visit):
    visit.to("dates_agreed")
    visit.firm, visit.official = visit.other_firm, visit.stranger
    visit.participation = active_participation(
        visit.program, visit.other_firm, visit.stranger, facility_name="Beta Boston"
    )
    visit.planning()
    url = reverse("assessments:propose_dates", args=[visit.assessment.pk])
    assert "Leah: another visit" in words(reader.signed_in("stranger").get(url, DAYS))
    assert "Acme" not in words(reader.client.get(url, DAYS))
    assert "Leah: Assessment of Acme Springfield" in words(
        reader.signed_in("coordinator").get(url, DAYS)
    )


# --- consultations and milestones --------------------------------------------------------------


def test_a_consultation_is_recorded_and_shown(reader, visit):
    visit.to("dates_agreed")
    page = ("record_consultation", visit.assessment.pk, "pre")
    assert controls(reader.get("lead", *page)) == ["held_on", "attendees", "notes"]
    answer = reader.post(
        "lead", *page, held_on="2021-01-29", attendees="Plant\nLead", notes="Agreed."
    )
    assert said(answer) == ["The consultation is recorded."]
    assert "Held on January 29, 2021 Who took part Plant Lead Notes Agreed." in words(answer)


@pytest.mark.parametrize(
    ("kind", "held_on", "refusal"),
    [
        ("pre", "2021-02-02", "The consultation lies in the future"),
        ("post", "2021-01-29", "The post-assessment consultation follows the released report."),
    ],
)
def test_a_consultation_out_of_time_is_refused_in_words(reader, visit, kind, held_on, refusal):
    visit.to("dates_agreed")
    answer = reader.post(
        "coordinator",
        "record_consultation",
        visit.assessment.pk,
        kind,
        held_on=held_on,
        attendees="All three",
    )
    assert said(answer)[0].startswith(refusal)
    assert 'value="' + held_on in answer.content.decode()
    assert not Consultation.objects.exists()


def test_an_unknown_kind_of_consultation_has_no_page(reader, visit):
    visit.to("planning")
    page = ("record_consultation", visit.assessment.pk, "other")
    assert reader.status("coordinator", *page) == 404


def test_a_milestone_is_marked_by_its_owner_and_only_by_hand_where_no_deed_does_it(reader, visit):
    visit.to("dates_agreed")
    pk = visit.assessment.pk
    offered = {
        who: words(reader.get(who, "assessment_detail", pk)).count("Mark as done")
        for who in READERS
    }
    assert offered == {
        "official": 3,  # questionnaire, factual review, survey
        "metrics_person": 0,
        "coordinator": 6,  # and orientation, agenda, draft findings
        "observer": 0,
        "approver": 0,
        "lead": 2,
        "assessor": 0,
    }
    agenda = visit.assessment.milestones.get(key="agenda")
    done = reader.post("lead", "complete_milestone", pk, agenda.pk, done_on="2021-01-31")
    assert said(done) == ["“Agenda sent” is marked as done."]
    assert visit.assessment.milestones.get(key="agenda").done_on == date(2021, 1, 31)
    again = reader.get("lead", "complete_milestone", pk, agenda.pk)
    assert controls(again) == []
    metrics = visit.assessment.milestones.get(key="metrics")
    page = reader.get("coordinator", "complete_milestone", pk, metrics.pk)
    assert "It is done when the firm submits its metrics" in words(page)
    future = reader.post(
        "coordinator",
        "complete_milestone",
        pk,
        visit.assessment.milestones.get(key="orientation").pk,
        done_on="2021-02-02",
    )
    assert said(future) == ["That day lies in the future."]


# --- go, beginning, closing --------------------------------------------------------------------


def test_go_lists_what_is_in_order_and_waits_for_the_consultation(reader, visit):
    visit.to("dates_agreed")
    pk = visit.assessment.pk
    page = reader.get("coordinator", "decide_go", pk)
    text = words(page)
    assert "In order Written agreement (21 CFR 20.90) A-1, in force until December 31, 2099" in text
    assert "Missing Pre-assessment consultation Not recorded" in text
    assert "Still open Metrics Lot acceptance rate: the firm has not submitted it." in text
    assert "In order FDA people who join Otto" in text
    assert "Decide go" not in deeds(page)
    refused = reader.post("coordinator", "decide_go", pk)
    assert said(refused)[0].startswith("The pre-assessment consultation is not recorded yet.")
    visit.consulted()
    assert deeds(reader.get("coordinator", "decide_go", pk)) == [
        "Decide go",
        "Cancel and go back",
        "Decide no-go instead",
    ]
    done = reader.post("coordinator", "decide_go", pk)
    assert said(done) == ["Go: the assessment may begin on the agreed dates. Everyone is told."]
    assert visit.assessment.status == Status.READY
    late = reader.post("coordinator", "decide_go", pk)
    assert said(late) == ["Go or no-go has been decided for this assessment."]


def test_an_agreement_that_ends_before_the_visit_is_still_open(reader, visit):
    visit.to("consulted")
    visit.agreement.until = LAST_ON - timedelta(days=1)
    visit.agreement.save()
    text = words(reader.get("coordinator", "decide_go", visit.assessment.pk))
    assert "Still open Written agreement" in text
    assert "in force until April 15, 2021, before the assessment ends" in text


def test_a_no_go_needs_its_reason_and_takes_every_date_back(reader, visit):
    visit.to("consulted")
    pk = visit.assessment.pk
    assert controls(reader.get("coordinator", "decide_no_go", pk)) == ["reason"]
    blank = reader.post("coordinator", "decide_no_go", pk, reason=" ")
    assert "Enter the reason." in words(blank)
    done = reader.post("coordinator", "decide_no_go", pk, reason="Travel is closed.")
    assert said(done) == ["No-go: the dates are open again. Everyone is told."]
    text = words(done)
    assert "Agenda sent Contractor After new dates are agreed No date" in text
    assert "Overdue" not in text
    assert visit.assessment.status == Status.PLANNING


def test_the_beginning_waits_for_metrics_without_naming_them_to_an_fdf_team(reader, visit):
    visit.to("ready")
    pk = visit.assessment.pk
    page = reader.get("lead", "begin", pk)
    assert "Missing Metrics FDA has not settled them yet" in words(page)
    assert "Lot acceptance" not in words(page)
    assert "Begin the assessment" not in deeds(page)
    visit.settled()
    assert "Missing Agreed first day April 12, 2021" in words(reader.get("lead", "begin", pk))
    visit.at = datetime(2021, 4, 12, 14, 0, tzinfo=UTC)
    assert deeds(reader.get("lead", "begin", pk)) == ["Begin the assessment", "Cancel and go back"]
    done = reader.post("lead", "begin", pk)
    assert said(done) == ["The assessment has begun. Findings may be recorded."]
    twice = reader.post("lead", "begin", pk)
    assert said(twice) == ["The assessment begins after FDA’s go."]


def test_the_lead_closes_the_fieldwork_once(reader, visit):
    visit.to("in_progress")
    pk = visit.assessment.pk
    assert deeds(reader.get("lead", "close_fieldwork", pk)) == [
        "Close the fieldwork",
        "Cancel and go back",
    ]
    done = reader.post("lead", "close_fieldwork", pk)
    assert said(done) == ["The fieldwork is closed."]
    twice = reader.post("lead", "close_fieldwork", pk)
    assert "cannot become “Fieldwork done”" in said(twice)[0]


# --- how often the database is asked -----------------------------------------------------------


@pytest.mark.parametrize("who", ["official", "coordinator", "lead", "assessor"])
@pytest.mark.parametrize("stage", ["proposed", "consulted", "reporting"])
def test_an_assessment_asks_the_database_at_most_twelve_times(
    reader, visit, who, stage, django_assert_max_num_queries
):
    visit.to(stage)
    client = reader.signed_in(who)
    url = reverse("assessments:assessment_detail", args=[visit.assessment.pk])
    client.get(url)  # the first opening within an hour writes its line in the register
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(url)


def test_lists_and_pages_of_deeds_ask_the_same_number_of_times_however_many_rows(
    reader, visit, django_assert_max_num_queries, django_assert_num_queries
):
    visit.to("dates_agreed")
    where = [
        *(reverse(f"assessments:{p[0]}", args=p[1:]) for p in pages(visit).values()),
        reverse("assessments:assessment_list"),
    ]
    where = [url for url in where if "begin" not in url and "close" not in url]
    client = reader.signed_in("coordinator")
    counts = []
    for url in where:
        client.get(url)  # the first opening within an hour writes its line in the register
        with django_assert_max_num_queries(MOST_QUERIES) as few:
            client.get(url)
        counts.append(len(few))
    other = Visit()
    other.to("dates_agreed")
    operations.join_team(
        visit.assessment, person=other.coordinator, by=visit.coordinator, at=visit.at
    )
    visit.consulted()
    visit.consulted()
    for url, count in zip(where, counts, strict=True):
        with django_assert_num_queries(count):
            client.get(url)


def test_the_preview_asks_the_same_number_of_times_however_many_clash(
    reader, visit, django_assert_max_num_queries, django_assert_num_queries
):
    visit.to("dates_agreed")
    for name in ("Acme Boston", "Acme Chicago"):
        visit.participation = active_participation(
            visit.program, visit.firm, visit.official, facility_name=name
        )
        if name == "Acme Boston":
            visit.to("dates_agreed")
    visit.to("planning")
    url = reverse("assessments:propose_dates", args=[visit.assessment.pk])
    client = reader.signed_in("coordinator")
    with django_assert_max_num_queries(MOST_QUERIES) as two:
        page = client.get(url, DAYS)
    assert words(page).count("Leah: Assessment of") == 2
    Assessment.objects.filter(status=Status.DATES_AGREED).update(
        starts_on=date(2021, 8, 2), ends_on=date(2021, 8, 3)
    )
    with django_assert_max_num_queries(len(two)):
        page = client.get(url, DAYS)
    assert words(page).count("Leah: Assessment of") == 0
