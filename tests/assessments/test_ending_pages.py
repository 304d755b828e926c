"""Pages of standing and early ends: what each side reads before, while and after (C11, C12)."""

from datetime import date

import pytest
from django.urls import reverse

from applications import operations as intake
from applications.models import Participation, StandingMark
from assessments import operations as deeds
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.models import ActionItem, Download
from tests.assessments.reading import Reader, controls, said, words
from tests.assessments.reading import deeds as buttons
from tests.assessments.visits import AT, person

pytestmark = pytest.mark.django_db
WHY = "A merger is coming."


@pytest.fixture
def reader(client, settings, visit):
    settings.DEBUG = True
    return Reader(client, visit)


@pytest.fixture
def second(visit):
    visit.second = person(visit.fda, Role.FDA_COORDINATOR, name="Cleo")
    return visit.second


def place_page(reader, who="official"):
    address = reverse("applications:participation_detail", args=[reader.visit.participation.pk])
    return reader.signed_in(who).get(address)


def test_before_fieldwork_the_official_confirms_once_and_reads_what_follows(visit, reader):
    visit.to("dates_agreed")
    pk = visit.participation.pk
    assert "Withdraw from the pilot" in buttons(place_page(reader))
    page = reader.get("official", "withdraw_participation", pk)
    assert controls(page) == ["reason"]
    for sentence in (
        "Place 1 becomes free, and FDA may offer it to an alternate.",
        "The agreed dates, April 12, 2021 to April 16, 2021, and 13 open deadlines are cancelled.",
        "They are no longer asked for.",
        "The officials of the firm (Olga); the contractor’s team (Arno, Leah); the FDA people who "
        "join (Otto); FDA’s coordinators.",
        "None are outstanding.",
        "Nothing is deleted.",
    ):
        assert sentence in words(page)
    answer = reader.post("official", "withdraw_participation", pk)
    assert said(answer) == ["Your firm has withdrawn. FDA is asked to close the participation."]
    assert "Your firm has withdrawn" in words(place_page(reader))
    assert "Withdraw from the pilot" not in buttons(place_page(reader))


def test_after_fieldwork_has_begun_the_official_chooses(visit, reader):
    visit.to("in_progress")
    pk = visit.participation.pk
    Download.objects.create(
        stored_file=deeds.attach_file(visit.topic, _upload(), by=visit.lead, at=visit.at),
        user=visit.lead,
        at=AT,
        downloaded_at=AT,
    )
    page = reader.get("official", "withdraw_participation", pk)
    assert controls(page) == ["wants_partial_report", "may_compare_data", "reason"]
    assert "1 copy taken along by the contractor" in words(page)
    assert "It ends where it stands" in words(page)
    reader.post("official", "withdraw_participation", pk, reason=WHY)
    assert Participation.objects.get(pk=pk).status == "active"
    reader.post(
        "official", "withdraw_participation", pk,
        wants_partial_report="yes", may_compare_data="no", reason=WHY,
    )  # fmt: skip
    assert "You asked for one" in words(place_page(reader))
    assert "You did not allow it" in words(place_page(reader))
    lead_reads = words(reader.get("lead", "assessment_detail", visit.assessment.pk))
    assert "The firm has withdrawn from the pilot. FDA closes the assessment." in lead_reads
    assert WHY not in lead_reads
    page = reader.get("coordinator", "close_withdrawal", pk)
    assert "For 10 days the contractor’s team may hand in work" in words(page)
    assert WHY in words(page)
    answer = reader.post("coordinator", "close_withdrawal", pk)
    assert "The withdrawal is closed, and the place is free." in said(answer)[0]
    assert reader.status("lead", "assessment_detail", visit.assessment.pk) == 404
    assert reader.status("lead", "hand_in", visit.assessment.pk) == 200
    firm_reads = words(reader.get("official", "assessment_detail", visit.assessment.pk))
    assert "The assessment ended early. Nothing more is due" in firm_reads
    assert "Overdue" not in firm_reads


def test_a_removal_is_proposed_by_one_and_confirmed_by_another(visit, reader, second):
    visit.to("in_progress")
    pk = visit.participation.pk
    page = reader.get("coordinator", "propose_removal", pk)
    assert "What a removal changes" in words(page)
    reader.post("coordinator", "propose_removal", pk, reason="The site was sold for parts.")
    decision = visit.participation.standing_decisions.get()
    page = reader.get("coordinator", "confirm_decision", pk, decision.pk)
    assert "You proposed this, so a second coordinator confirms it." in words(page)
    assert "Confirm the removal" not in buttons(page)
    answer = reader.post("coordinator", "confirm_decision", pk, decision.pk)
    assert said(answer) == ["You proposed this, so a second person must confirm it."]
    page = reader.get("second", "confirm_decision", pk, decision.pk)
    assert "Confirm the removal" in buttons(page)
    reader.post("second", "confirm_decision", pk, decision.pk)
    assert Participation.objects.get(pk=pk).status == "removed"
    firm_reads = words(place_page(reader))
    assert "The site was sold for parts." in firm_reads
    assert "If you object or have a question" in firm_reads
    assert reader.status("lead", "assessment_detail", visit.assessment.pk) == 404


def test_a_mark_is_entered_decided_and_its_history_stays(visit, reader, second):
    visit.to("dates_agreed")
    pk = visit.participation.pk
    reader.post(
        "coordinator", "mark_standing", pk,
        cause="recall", what="Lot 17 is recalled.", source="D-0123", happened_on="2021-01-20",
    )  # fmt: skip
    mark = StandingMark.objects.get()
    assert "Standing review" in words(
        reader.get("coordinator", "assessment_detail", visit.assessment.pk)
    )
    for who in ("official", "lead"):
        assert "Standing review" not in words(
            reader.get(who, "assessment_detail", visit.assessment.pk)
        )
    assert "FDA looks at a change" not in words(place_page(reader))
    reader.post("coordinator", "decide_standing", pk, mark.pk, kind="hold", reason="Open.")
    assert not visit.participation.standing_decisions.exists()  # a hold needs its day
    reader.post(
        "coordinator", "decide_standing", pk, mark.pk,
        kind="hold", reason="The cause is open.", review_on="2021-03-01",
    )  # fmt: skip
    decision = visit.participation.standing_decisions.get()
    reader.post("second", "confirm_decision", pk, decision.pk)
    assert "FDA has put this participation on hold" in words(place_page(reader))
    assert "The cause is open." not in words(place_page(reader))
    for who in ("official", "lead", "coordinator"):
        page = reader.get(who, "assessment_detail", visit.assessment.pk)
        assert "On hold: nothing advances until FDA writes that it goes on." in words(page)
        assert "Decide go or no-go" not in buttons(page)
    reader.post("coordinator", "decide_standing", pk, mark.pk, kind="continue", reason="Settled.")
    waiting = visit.participation.standing_decisions.waiting().get()
    reader.post("second", "confirm_decision", pk, waiting.pk)
    page = words(reader.get("coordinator", "standing", pk))
    for told in ("Lot 17 is recalled.", "D-0123", "The cause is open.", "Settled.", "Closed"):
        assert told in page


def test_a_mark_that_the_firm_is_told_names_its_kind_alone(visit, reader):
    intake.mark_standing(
        visit.participation, cause="recall", what="Lot 17.", source="D-0123",
        happened_on=date(2021, 1, 20), tell_firm=True, by=visit.coordinator, at=visit.at,
    )  # fmt: skip
    page = words(place_page(reader))
    assert "FDA has learned of: recall." in page
    assert "Lot 17" not in page


def test_a_task_of_a_visit_on_hold_is_not_overdue(visit, reader, second):
    visit.to("dates_agreed")
    mark = intake.mark_standing(
        visit.participation, cause="other", what="x", source="y",
        happened_on=date(2021, 1, 20), tell_firm=False, by=visit.coordinator, at=visit.at,
    )  # fmt: skip
    held = intake.propose_decision(
        visit.participation, kind="hold", reason="z", mark=mark, review_on=date(2021, 3, 1),
        by=visit.coordinator, at=visit.at,
    )  # fmt: skip
    deeds.confirm_decision(held, by=second, at=visit.at)
    visit.at = visit.at.replace(month=12)
    home = reader.signed_in("coordinator").get(reverse("home"))
    told = {task.item.key.split(":")[0]: task.due_words for task in home.context["tasks"]}
    assert told["assessment"] == "On hold"
    assert told["standing"].startswith("Overdue by")


def test_the_program_ends_what_is_still_under_way(visit, reader):
    pk = visit.participation.pk
    assert "The program runs through" in words(reader.get("coordinator", "end_with_program", pk))
    visit.at = visit.at.replace(year=visit.program.ends_on.year + 2)
    assert "stays taken" in words(reader.get("coordinator", "end_with_program", pk))
    reader.post("coordinator", "end_with_program", pk)
    assert Participation.objects.get(pk=pk).status == "ended_by_program"
    assert "Ended with the program" in words(place_page(reader))
    assert not ActionItem.objects.open().filter(subject_id=str(pk)).exists()


def _upload():
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("notes.txt", b"Seen on the line.")


@pytest.mark.parametrize("stage", ["reporting", "rendering", "submitted", "printed"])
def test_a_report_that_will_not_be_released_offers_nothing_more(visit, reader, stage):
    visit.to(stage)
    chosen = {"wants_partial_report": False, "may_compare_data": True}
    deeds.withdraw_participation(visit.participation, **chosen, by=visit.official, at=visit.at)
    for who in ("lead", "approver", "coordinator"):
        page = reader.get(who, "report_detail", visit.report.pk)
        assert buttons(page) == []
        assert "nothing more is done with this report" in words(page)
        assert "report-status.js" not in page.content.decode()
    deeds.close_withdrawal(visit.participation, by=visit.coordinator, at=visit.at)
    assert buttons(reader.get("approver", "report_detail", visit.report.pk)) == []
    assert "Ended early" in words(reader.get("approver", "report_status", visit.report.pk))


def test_a_released_report_stays_with_the_firm_after_its_withdrawal(visit, reader):
    visit.to("released")
    pk = visit.participation.pk
    page = reader.get("official", "withdraw_participation", pk)
    assert controls(page) == ["may_compare_data", "reason"]
    reader.post("official", "withdraw_participation", pk, may_compare_data="yes")
    reader.post("coordinator", "close_withdrawal", pk)
    assert Participation.objects.get(pk=pk).status == "withdrawn"
    assert visit.assessment.status == "completed"
    assert reader.status("official", "report_detail", visit.report.pk) == 200


def test_fda_finds_the_participation_from_the_request_that_was_selected(visit, reader):
    address = reverse(
        "applications:request_review", args=[visit.participation.participation_request_id]
    )
    page = reader.signed_in("coordinator").get(address)
    assert reverse("assessments:standing", args=[visit.participation.pk]) in page.content.decode()


@pytest.mark.parametrize(("stage", "says"), [("released", False), ("in_progress", True)])
def test_that_no_report_is_written_is_said_only_where_none_is_released(visit, reader, stage, says):
    visit.to(stage)
    visit.at = visit.at.replace(year=visit.program.ends_on.year + 2)
    page = reader.get("coordinator", "end_with_program", visit.participation.pk)
    assert "It cannot be undone." in words(page)
    assert ("No report is written" in words(page)) is says
