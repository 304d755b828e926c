"""Hand-in only (A9, states.md): once access has ended, work begun goes in, nothing out."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications import operations as intake
from applications.models import Declaration
from assessments import operations as deeds
from assessments.models import Finding, HandIn
from assessments.operations import hand_ins
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Agreement
from qmm_pilot.records.models import ActionItem, Download, StoredFile, TrailEntry
from tests.assessments.reading import Reader, words
from tests.assessments.visits import AT, FIRST_ON, Visit, person

pytestmark = pytest.mark.django_db
SEEN = "Two lots wait for one signature."
TYPED = {
    "seen": SEEN,
    "evidence": "Batch records",
    "recommendation": "Name a deputy.",
    "impact": "high",
    "effort": "low",
}


@pytest.fixture
def lapsed(visit):
    """A visit in progress whose agreement FDA has ended."""
    return lapse(visit.to("in_progress"))


def lapse(visit):
    deeds.end_agreement(visit.agreement, reason="Terminated", by=visit.coordinator, at=visit.at)
    return visit


@pytest.fixture
def reader(client, settings):
    settings.DEBUG = True
    return lambda visit: Reader(client, visit)


def upload(name="notes.txt", content=b"Seen on the line."):
    return SimpleUploadedFile(name, content)


def send(visit, who="assessor", **more):
    given = {"kind": "other", "text": SEEN, **more}
    by = getattr(visit, who) if isinstance(who, str) else who
    return deeds.hand_in(visit.assessment, **given, by=by, at=visit.at)


def post(reader, visit, who, page, *args, **typed):
    """The answer to a form posted as it stood open, without following where it leads."""
    client = reader(visit).signed_in(who)
    return client.post(reverse(f"assessments:{page}", args=args), typed)


def state():
    return (
        list(HandIn.objects.values()),
        Finding.objects.count(),
        StoredFile.objects.count(),
        list(ActionItem.objects.open().order_by("pk").values("key")),
        TrailEntry.objects.count(),
    )


# --- a form that was open ----------------------------------------------------------------------


def test_a_finding_posted_after_the_lapse_is_handed_in_whole_and_entered_by_fda(lapsed, reader):
    topic = lapsed.topic
    answer = post(reader, lapsed, "assessor", "record_opportunity", topic.pk, **TYPED)
    row = HandIn.objects.get()
    assert answer.url == reverse("assessments:hand_in_receipt", args=[row.pk])
    assert not Finding.objects.exists()
    assert (row.kind, row.topic_name) == ("finding", topic.name)
    assert row.facts == {"kind": "opportunity", **TYPED}
    assert row.sha256 == hashlib.sha256(row.text.encode()).hexdigest()
    page = reader(lapsed).get("assessor", "hand_in_receipt", row.pk)
    assert row.receipt in words(page)
    assert row.sha256 in words(page)
    assert SEEN not in words(page)
    assert ActionItem.objects.open().filter(title__startswith="Read what was handed in").exists()
    assert SEEN in words(reader(lapsed).get("coordinator", "hand_in_list", lapsed.assessment.pk))
    post(reader, lapsed, "coordinator", "hand_in_enter", row.pk)
    row.refresh_from_db()
    found = Finding.objects.get()
    assert (row.status, row.finding, row.ruled_by) == ("entered", found, lapsed.coordinator)
    assert (found.topic, found.seen, found.recorded_by) == (topic, SEEN, lapsed.assessor)
    assert not ActionItem.objects.open().filter(title__startswith="Read what was").exists()


def test_a_rating_a_file_and_a_report_posted_after_the_lapse_are_handed_in(visit, reader):
    visit.to("reporting")
    report, topic = visit.report, visit.topic
    lapse(visit)
    post(reader, visit, "assessor", "topic_rate", topic.pk, level="2", rationale=SEEN)
    post(reader, visit, "assessor", "topic_attach", topic.pk, about="", file=upload())
    post(reader, visit, "lead", "report_render", report.pk, summary=SEEN, method="Interviews")
    rows = HandIn.objects.order_by("pk")
    assert {(row.kind, row.topic_name, row.handed_in_by) for row in rows} == {
        ("rating", topic.name, visit.assessor),
        ("other", topic.name, visit.assessor),
        ("report", "", visit.lead),
    }
    assert all(SEEN in row.text for row in rows if row.kind != "other")
    kept = StoredFile.objects.get(subject_kind="assessments.handin")
    assert kept.sha256 == hashlib.sha256(b"Seen on the line.").hexdigest()
    receipt = words(reader(visit).get("assessor", "hand_in_receipt", rows.get(kind="other").pk))
    assert "notes.txt" in receipt
    assert kept.sha256 in receipt


def test_a_strength_and_changed_words_posted_after_the_lapse_are_handed_in(visit, reader):
    visit.to("rated")
    finding = visit.topic.findings.first()
    lapse(visit)
    typed = {"seen": SEEN, "evidence": "Batch records"}
    post(reader, visit, "assessor", "record_strength", visit.topic.pk, **typed)
    post(reader, visit, "assessor", "finding_amend", finding.pk, **typed)
    rows = HandIn.objects.order_by("pk")
    assert [(row.kind, row.topic_name) for row in rows] == [("finding", visit.topic.name)] * 2
    assert sorted(row.facts.get("kind", "") for row in rows) == ["", "strength"]
    assert all(SEEN in row.text for row in rows)


def test_an_empty_form_posted_after_the_lapse_hands_nothing_in(lapsed, reader):
    before = state()
    answer = post(reader, lapsed, "assessor", "record_strength", lapsed.topic.pk)
    assert (answer.status_code, state()) == (404, before)


# --- its own page ------------------------------------------------------------------------------


def test_text_and_file_are_handed_in_on_the_page_and_a_receipt_answers(lapsed, reader):
    answer = post(
        reader,
        lapsed,
        "lead",
        "hand_in",
        lapsed.assessment.pk,
        kind="other",
        topic_name="",
        text=SEEN,
        upload=upload(),
    )
    row = HandIn.objects.get()
    assert answer.url == reverse("assessments:hand_in_receipt", args=[row.pk])
    assert (row.text, row.handed_in_by) == (SEEN, lapsed.lead)
    entry = TrailEntry.objects.latest("position")
    assert entry.deed == "hand_in"
    assert row.receipt in entry.after_json
    assert SEEN not in entry.after_json


def test_nothing_can_be_read_back(visit, reader):
    visit.to("rated")
    topic, finding = visit.topic, Finding.objects.first()
    lapse(visit)
    row = send(visit, upload=upload())
    read = reader(visit)
    for name, pk in [
        ("assessment_detail", visit.assessment.pk),
        ("topic_detail", topic.pk),
        ("topic_rate", topic.pk),
        ("finding_amend", finding.pk),
        ("hand_in_list", visit.assessment.pk),
        ("hand_in_file", row.pk),
        ("file_download", row.stored_file.pk),
    ]:
        assert read.status("assessor", name, pk) == 404, name
    own = words(read.get("assessor", "hand_in", visit.assessment.pk))
    assert SEEN not in own
    assert finding.seen not in own
    assert read.status("lead", "hand_in_receipt", row.pk) == 404
    assert not Download.objects.exists()
    assert read.status("coordinator", "hand_in_file", row.pk) == 200


# --- who, and until when -----------------------------------------------------------------------


def test_work_is_taken_to_the_last_of_the_programs_days_and_not_after(lapsed, reader, monkeypatch):
    topic, ended_at = lapsed.topic, lapsed.at
    days = lapsed.program.hand_in_days
    lapsed.at = ended_at + timedelta(days=days)
    send(lapsed)
    lapsed.at = ended_at + timedelta(days=days + 1)
    before = state()

    def too_late():
        with pytest.raises(Refusal, match="Nothing can be handed in"):
            send(lapsed)

    too_late()
    assert reader(lapsed).status("assessor", "hand_in", lapsed.assessment.pk) == 404
    form = post(reader, lapsed, "assessor", "record_opportunity", topic.pk, **TYPED)
    assert (form.status_code, state()) == (404, before)
    # Planted: a last day that never comes must be noticed.
    monkeypatch.setattr(hand_ins, "_last_day", lambda assessment, agreements, at: at.date())
    with pytest.raises(pytest.fail.Exception):
        too_late()


@pytest.mark.parametrize(
    "who", ["bystander", "other_lead", "official", "stranger", "coordinator", "observer"]
)
def test_who_was_never_on_the_team_hands_nothing_in(lapsed, reader, who):
    before, pk, topic = state(), lapsed.assessment.pk, lapsed.topic
    with pytest.raises(Refusal, match="Nothing can be handed in"):
        send(lapsed, who)
    assert reader(lapsed).status(who, "hand_in", pk) == 404
    answer = post(reader, lapsed, who, "record_opportunity", topic.pk, **TYPED)
    assert answer.status_code in (403, 404)
    assert state() == before


def test_while_the_file_is_open_and_before_work_has_begun_nothing_is_handed_in(visit):
    visit.to("ready")
    with pytest.raises(Refusal, match="Nothing can be handed in"):
        send(visit)
    visit.settled()
    visit.in_progress()
    with pytest.raises(Refusal, match="Nothing can be handed in"):
        send(visit)


def test_who_never_had_the_file_open_hands_nothing_in(visit):
    visit.to("in_progress")
    Declaration.objects.filter(member__user=visit.assessor).update(
        status="refused", accepted_at=None, ended_at=visit.at
    )
    with pytest.raises(Refusal, match="Nothing can be handed in"):
        send(visit)


def test_who_alone_lost_access_hands_in_while_her_team_works_on(visit):
    visit.to("in_progress")
    own = Declaration.objects.get(member__user=visit.assessor)
    intake.rule_on_declaration(
        own, accepted=False, reason="Shares", by=visit.coordinator, at=visit.at
    )
    assert send(visit).handed_in_by == visit.assessor
    with pytest.raises(Refusal, match="Nothing can be handed in"):
        send(visit, "lead")


def test_a_file_of_a_wrong_kind_and_an_empty_one_leave_nothing_half_done(lapsed):
    before = state()
    for more, said in [
        ({"upload": upload("notes.exe")}, "not of an accepted kind"),
        ({"upload": upload(content=b"")}, "is empty"),
        ({"text": "  "}, "Enter the text"),
    ]:
        with pytest.raises(Refusal, match=said):
            send(lapsed, **more)
    assert state() == before


# --- FDA rules ---------------------------------------------------------------------------------


def test_a_file_about_a_topic_joins_its_files_when_entered(lapsed):
    topic = lapsed.topic
    row = send(lapsed, topic_name=topic.name, upload=upload())
    deeds.enter_hand_in(row, by=lapsed.coordinator, at=lapsed.at)
    kept = StoredFile.objects.get(pk=row.stored_file.pk)
    assert (kept.subject_kind, kept.subject_id) == ("assessments.assessedtopic", str(topic.pk))


def test_what_is_set_aside_stays_with_its_reason_and_is_ruled_on_once(lapsed, reader):
    row, other = send(lapsed), send(lapsed, "lead")
    with pytest.raises(Refusal, match="Give the reason"):
        deeds.set_hand_in_aside(row, reason=" ", by=lapsed.coordinator, at=lapsed.at)
    post(reader, lapsed, "coordinator", "hand_in_set_aside", row.pk, reason="Sent twice.")
    row.refresh_from_db()
    assert (row.status, row.reason, row.text) == ("set_aside", "Sent twice.", SEEN)
    assert ActionItem.objects.open().filter(title__startswith="Read what was").exists()
    before = state()
    with pytest.raises(Refusal, match="entered or set aside already"):
        deeds.enter_hand_in(row, by=lapsed.coordinator, at=lapsed.at)
    assert state() == before
    deeds.enter_hand_in(other, by=lapsed.coordinator, at=lapsed.at)
    assert not ActionItem.objects.open().filter(title__startswith="Read what was").exists()


@pytest.mark.parametrize("who", ["assessor", "lead", "observer", "approver", "official"])
def test_only_fdas_coordinator_rules(lapsed, who):
    row = send(lapsed)
    before = state()
    by, at = getattr(lapsed, who), lapsed.at
    with pytest.raises(Refusal, match="Only FDA’s coordinator"):
        deeds.enter_hand_in(row, by=by, at=at)
    with pytest.raises(Refusal, match="Only FDA’s coordinator"):
        deeds.set_hand_in_aside(row, reason="No", by=by, at=at)
    assert state() == before


def test_a_finding_is_not_added_to_a_report_that_is_with_fda(visit):
    visit.to("submitted")
    late = person(visit.contractor, Role.CONTRACTOR_ASSESSOR)
    row = HandIn.objects.create(
        assessment=visit.assessment,
        receipt="H-1",
        kind="finding",
        topic_name=visit.topic.name,
        text=SEEN,
        facts={"kind": "opportunity", **TYPED},
        handed_in_by=late,
        handed_in_at=visit.at,
    )
    before = state()
    with pytest.raises(Refusal, match="The report is with FDA"):
        deeds.enter_hand_in(row, by=visit.coordinator, at=visit.at)
    assert state() == before


# --- home --------------------------------------------------------------------------------------


def again(visit):
    """The same people on another visit in progress, one month later."""
    at = visit.at + timedelta(days=30)
    other = Visit()
    other.contractor, other.agreement = visit.contractor, visit.agreement
    other.lead, other.assessor, other.at = visit.lead, visit.assessor, AT
    first_on = FIRST_ON + timedelta(days=30)
    other.planning()
    deeds.propose_dates(
        other.assessment,
        first_on=first_on,
        last_on=first_on,
        mode="on_site",
        by=other.lead,
        at=AT,
    )
    for stage in ("dates_agreed", "consulted", "ready", "settled"):
        getattr(other, stage)()
    deeds.begin_assessment(other.assessment, by=other.lead, at=at)
    return at


def test_home_asks_the_same_number_of_times_however_many_visits_have_lapsed(
    visit, client, settings, django_assert_num_queries, django_assert_max_num_queries
):
    settings.DEBUG = True
    visit.to("in_progress")
    agreements = Agreement.objects.filter(pk=visit.agreement.pk)
    reader = Reader(client, visit)

    def lapsed_home(at):
        visit.at = at
        agreements.update(ended_at=at, end_reason="Terminated")
        page = reader.signed_in("assessor")
        page.get(reverse("home"))  # what is cached is cached
        return page

    page = lapsed_home(visit.at)
    with django_assert_max_num_queries(12) as few:
        answer = page.get(reverse("home"))
    asked = len(few)  # before the next request forgets what was asked
    assert len(answer.context["hand_ins"]) == 1
    agreements.update(ended_at=None)
    page = lapsed_home(again(visit))
    with django_assert_num_queries(asked):
        answer = page.get(reverse("home"))
    assert len(answer.context["hand_ins"]) == 2
