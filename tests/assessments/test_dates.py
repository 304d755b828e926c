"""Dates: proposed, confirmed by all three, and what follows from them."""

from datetime import UTC, date, datetime

import pytest

from assessments import operations as deeds
from assessments.milestones import Standing
from assessments.models import Assessment
from assessments.scheduling import Clash
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import ActionItem, Letter
from tests.assessments.visits import AT, FIRST_ON, LAST_ON, active_participation


def propose(visit, first_on=FIRST_ON, last_on=LAST_ON, by=None, mode="on_site"):
    return deeds.propose_dates(
        visit.assessment,
        first_on=first_on,
        last_on=last_on,
        mode=mode,
        by=by or visit.lead,
        at=visit.at,
    )


def test_dates_are_agreed_only_when_all_three_have_confirmed(visit):
    visit.to("planning")
    proposal = propose(visit, mode="hybrid")
    assert proposal.missing_sides == ["firm", "fda"]
    deeds.confirm_dates(proposal, by=visit.coordinator, at=visit.at)
    assert visit.assessment.status == Assessment.Status.PLANNING
    deeds.confirm_dates(proposal, by=visit.official, at=visit.at)
    agreed = visit.assessment
    assert (agreed.status, agreed.starts_on, agreed.ends_on, agreed.mode) == (
        Assessment.Status.DATES_AGREED,
        FIRST_ON,
        LAST_ON,
        "hybrid",
    )


def test_each_side_confirms_once(visit):
    visit.to("proposed")
    with pytest.raises(Refusal, match="Contractor has confirmed these dates already"):
        deeds.confirm_dates(visit.proposal, by=visit.lead, at=visit.at)


def test_a_new_proposal_starts_the_confirmations_again(visit):
    visit.to("proposed")
    first = visit.proposal
    deeds.confirm_dates(first, by=visit.coordinator, at=visit.at)
    second = propose(visit, date(2021, 4, 19), date(2021, 4, 21), by=visit.official)
    assert second.missing_sides == ["fda", "contractor"]
    with pytest.raises(Refusal, match="no longer on the table"):
        deeds.confirm_dates(first, by=visit.official, at=visit.at)


def test_only_the_sides_that_have_not_confirmed_have_a_task(visit):
    visit.to("proposed")
    open_items = ActionItem.objects.open().filter(title__startswith="Confirm the assessment dates")
    assert sorted(open_items.values_list("role", flat=True)) == [
        "fda_coordinator",
        "firm_official",
    ]
    deeds.confirm_dates(visit.proposal, by=visit.official, at=visit.at)
    assert list(open_items.values_list("role", flat=True)) == ["fda_coordinator"]


def test_dates_that_hold_no_visit_are_refused(visit):
    visit.to("planning")
    with pytest.raises(Refusal, match="at most 5 working days"):
        propose(visit, date(2021, 4, 12), date(2021, 4, 19))
    with pytest.raises(Refusal, match="in the past"):
        propose(visit, date(2021, 1, 29), date(2021, 2, 1))


def test_today_in_eastern_time_is_not_in_the_past(visit):
    visit.to("planning")
    visit.at = datetime(2021, 2, 2, 4, 59, tzinfo=UTC)  # 11:59 p.m. of February 1, Eastern
    assert propose(visit, date(2021, 2, 1), date(2021, 2, 2)).first_on == date(2021, 2, 1)


def test_agreed_dates_store_every_milestone_of_the_program(visit):
    visit.to("dates_agreed")
    due = dict(visit.assessment.milestones.values_list("key", "due_on"))
    assert due == {
        "orientation": date(2021, 3, 1),
        "metrics": date(2021, 3, 22),
        "questionnaire": date(2021, 3, 29),
        "pre_consultation": date(2021, 3, 29),
        "agenda": date(2021, 4, 2),
        "go_no_go": date(2021, 4, 2),
        "assessment_start": FIRST_ON,
        "assessment_end": LAST_ON,
        "draft_findings": date(2021, 5, 7),
        "factual_review": date(2021, 5, 21),
        "final_report": date(2021, 5, 31),
        "post_consultation": date(2021, 6, 30),
        "survey": date(2021, 7, 14),
    }


def test_agreed_dates_ask_the_firm_for_its_metrics_by_their_milestone(visit):
    visit.to("dates_agreed")
    assert visit.submission.due_on == date(2021, 3, 22)
    letter = Letter.objects.filter(kind="dates_agreed", person=visit.official).get()
    assert "due by March 22, 2021, 11:59 p.m. ET" in letter.body


def test_the_preview_shows_the_same_dates_as_are_stored(visit):
    visit.to("planning")
    preview = deeds.preview_milestones(visit.assessment, first_on=FIRST_ON, last_on=LAST_ON)
    visit.proposed()
    visit.dates_agreed()
    stored = dict(visit.assessment.milestones.values_list("key", "due_on"))
    assert {offset.key: due_on for offset, due_on in preview} == stored


def test_a_consultation_held_before_the_dates_counts_as_its_milestone(visit):
    visit.to("proposed")
    visit.consulted()
    visit.dates_agreed()
    milestone = visit.assessment.milestones.get(key="pre_consultation")
    assert (milestone.done_on, milestone.done_by) == (date(2021, 2, 1), visit.coordinator)


def test_a_no_go_opens_the_dates_again_and_keeps_what_is_done(visit):
    visit.to("consulted")
    deeds.decide_no_go(
        visit.assessment, reason="Travel is closed.", by=visit.coordinator, at=visit.at
    )
    assert (visit.assessment.status, visit.assessment.starts_on) == ("planning", None)
    assert visit.proposal is None
    propose(visit, date(2021, 5, 3), date(2021, 5, 7))
    visit.dates_agreed()
    due = {m.key: (m.due_on, m.done_on) for m in visit.assessment.milestones.all()}
    assert due["metrics"] == (date(2021, 4, 12), None)
    assert due["pre_consultation"] == (date(2021, 3, 29), AT.date())
    assert visit.submission.due_on == date(2021, 4, 12)


def test_metrics_are_done_on_the_day_the_firm_first_hands_them_in(visit):
    visit.to("ready")
    milestones = visit.assessment.milestones.with_metrics_day()
    assert milestones.get(key="metrics").standing(date(2021, 3, 22)) == Standing.DUE
    assert milestones.get(key="metrics").standing(date(2021, 3, 23)) == Standing.OVERDUE
    visit.at = datetime(2021, 3, 25, 3, 0, tzinfo=UTC)  # March 24, Eastern
    visit.settled()
    milestone = milestones.get(key="metrics")
    assert milestone.day_done == date(2021, 3, 24)
    assert milestone.standing(date(2021, 4, 30)) == Standing.DONE


def test_a_milestone_done_by_a_deed_is_not_marked_by_hand(visit):
    visit.to("dates_agreed")
    with pytest.raises(Refusal, match="done when the firm submits its metrics"):
        deeds.complete_milestone(
            visit.assessment.milestones.get(key="metrics"),
            done_on=AT.date(),
            by=visit.coordinator,
            at=visit.at,
        )


def test_the_owner_of_a_milestone_marks_it_and_the_other_sides_do_not(visit):
    visit.to("dates_agreed")
    questionnaire = visit.assessment.milestones.get(key="questionnaire")
    with pytest.raises(Refusal, match="by the side that owns it"):
        deeds.complete_milestone(questionnaire, done_on=AT.date(), by=visit.lead, at=visit.at)
    done = deeds.complete_milestone(
        questionnaire, done_on=AT.date(), by=visit.official, at=visit.at
    )
    assert (done.done_on, done.done_by) == (AT.date(), visit.official)
    with pytest.raises(Refusal, match="is done already"):
        deeds.complete_milestone(done, done_on=AT.date(), by=visit.official, at=visit.at)


def test_nothing_is_marked_as_done_in_the_future(visit):
    visit.to("dates_agreed")
    with pytest.raises(Refusal, match="lies in the future"):
        deeds.complete_milestone(
            visit.assessment.milestones.get(key="agenda"),
            done_on=date(2021, 2, 2),
            by=visit.lead,
            at=visit.at,
        )
    with pytest.raises(Refusal, match="lies in the future"):
        deeds.record_consultation(
            visit.assessment,
            kind="pre",
            held_on=date(2021, 2, 2),
            attendees="All",
            by=visit.lead,
            at=visit.at,
        )


def test_the_same_people_elsewhere_and_holidays_are_flagged(visit):
    visit.to("dates_agreed")
    visit.participation = active_participation(
        visit.program,
        visit.firm,
        visit.official,
        facility_name="Acme Mumbai",
        country="IN",
        zone="Asia/Kolkata",
    )
    visit.planning()
    days = {"first_on": date(2021, 4, 16), "last_on": date(2021, 4, 17)}
    assert deeds.clashes_of(visit.assessment, **days, reader=visit.lead) == [
        Clash(date(2021, 4, 17), "weekend"),
        Clash(date(2021, 4, 16), "Arno: Assessment of Acme Springfield"),
        Clash(date(2021, 4, 16), "Leah: Assessment of Acme Springfield"),
        Clash(date(2021, 4, 16), "Otto: Assessment of Acme Springfield"),
    ]
    assert deeds.clashes_of(visit.assessment, **days, reader=visit.stranger) == [
        Clash(date(2021, 4, 17), "weekend"),
        Clash(date(2021, 4, 16), "Arno: another visit"),
        Clash(date(2021, 4, 16), "Leah: another visit"),
        Clash(date(2021, 4, 16), "Otto: another visit"),
    ]


def test_dates_that_have_passed_are_no_longer_agreed(visit):
    visit.to("proposed")
    with pytest.raises(Refusal, match="has passed"):
        deeds.confirm_dates(
            visit.proposal, by=visit.official, at=datetime(2021, 4, 13, 15, tzinfo=UTC)
        )
