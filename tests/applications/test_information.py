"""Returned for information, answered, lapsed, reinstated: what works, what is refused, and why."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from applications import operations
from applications.models import AnswerDraft, InformationRequest, RequestVersion
from applications.operations.questions import mark_of_draft, open_draft
from applications.operations.verdicts import answers_to_examine
from assessments.archive_rows import bound_models
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, Letter, TrailEntry
from qmm_pilot.records.signatures import broken_signatures, checked_signatures
from tests import factories
from tests.factories import AT, PROOF, Status

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)
ANSWER_BY = date(2020, 11, 25)
AFTER_ANSWER_BY = datetime(2020, 11, 26, 15, tzinfo=UTC)
REASONS = ["inspections", "size"]
REOPENED = ["declared_inspections", "size_band", "sector"]


def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


@pytest.fixture
def official():
    return factories.registrant()


@pytest.fixture
def asked(official):
    """A request that FDA returned for information about its inspections and size."""
    row = factories.participation_request(Status.UNDER_REVIEW, official, decided_at=AT)
    ask(row)
    row.refresh_from_db()
    return row


def ask(row, **replaced):
    facts = {
        "reasons": REASONS,
        "note": "Which inspection was in 2018?",
        "subject": "FDA asks",
        "body": "Please look at two answers.",
        "answer_by": ANSWER_BY,
        "by": coordinator(),
        "at": AT,
    }
    return operations.ask_for_information(row, **{**facts, **replaced})


def prepare(row, by, answers=None, note="", **more):
    answers = {"declared_inspections": "May 2018, VAI"} if answers is None else answers
    return operations.save_answer_draft(row, answers, note=note, by=by, at=LATER, **more)


def hand_in(row, by, at=LATER):
    seen = mark_of_draft(open_draft(row))
    return operations.answer_information(row, seen=seen, proof=PROOF, by=by, at=at)


def test_asking_mails_the_edited_text_and_reopens_exactly_the_answers_of_the_reasons(asked):
    question = asked.information_requests.get()
    assert (asked.status, question.fields) == (Status.INFORMATION_REQUESTED, REOPENED)
    letter = Letter.objects.get(kind="information_requested")
    assert letter.subject == "FDA asks"
    assert "Please look at two answers." in letter.body
    assert "November 25, 2020" in letter.body
    assert "2018" not in letter.body  # the note stays on the page
    item = ActionItem.objects.open().get(key=f"answer:{asked.pk}")
    assert item.due_on == ANSWER_BY


@pytest.mark.parametrize(
    ("replaced", "words"),
    [
        ({"reasons": []}, "at least one reason"),
        ({"reasons": ["other"], "note": ""}, "reopen no answer"),
        ({"body": " "}, "subject and a text"),
        ({"answer_by": date(2020, 11, 16)}, "a day to come"),
    ],
)
def test_asking_nothing_or_for_yesterday_is_refused(official, replaced, words):
    row = factories.participation_request(Status.UNDER_REVIEW, official, decided_at=AT)
    with pytest.raises(Refusal, match=words):
        ask(row, **replaced)
    assert not InformationRequest.objects.exists()


def test_only_a_coordinator_asks_and_only_about_a_request_under_review(official, asked):
    with pytest.raises(Refusal, match="Only FDA coordinators"):
        ask(asked, by=official)
    with pytest.raises(IllegalMove, match="under review"):
        ask(asked)


def test_the_answer_is_a_second_version_and_the_first_one_still_holds(official, asked):
    prepare(asked, official, note="The date was mistyped.")
    row = hand_in(asked, official)
    assert row.status == Status.UNDER_REVIEW
    assert row.declared_inspections == "May 2018, VAI"
    first, second = row.versions.all()
    assert first.answers["declared_inspections"] == "May 2018, NAI"
    assert (second.number, second.changed, second.note) == (
        2,
        ["declared_inspections"],
        "The date was mistyped.",
    )
    assert [entry.fault for entry in checked_signatures(row)] == ["", ""]
    assert list(broken_signatures()) == []
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.after["version"]) == ("answer_information", 2)


@pytest.mark.parametrize(
    ("table", "column"),
    [("participationrequest", "declared_inspections"), ("requestversion", "note")],
)
def test_what_was_answered_cannot_be_changed_unnoticed(official, asked, table, column):
    from tests.qmm_pilot.records.test_signatures import by_hand

    prepare(asked, official, note="Mistyped.")
    row = hand_in(asked, official)
    by_hand(f"UPDATE applications_{table} SET {column} = %s", ["Something else"])
    faults = [entry.fault for entry in checked_signatures(type(row).objects.get(pk=row.pk))]
    assert "what was signed was changed afterwards" in faults


def test_a_version_is_never_changed(asked):
    with pytest.raises(DatabaseError), transaction.atomic():
        RequestVersion.objects.update(number=7)


def test_an_answer_that_is_not_reopened_cannot_be_changed(official, asked):
    with pytest.raises(ValueError, match="product_description"):
        prepare(asked, official, {"product_description": "Another product"})


def test_what_the_firm_prepares_is_hidden_from_fda_until_it_is_signed(official, asked):
    officer = factories.fda(Role.FDA_RECORDS_OFFICER)
    prepare(asked, official)
    seen = TrailEntry.objects.visible_to(officer).filter(deed="save_answer_draft")
    assert not seen.exists()
    asked.refresh_from_db()
    assert asked.declared_inspections == "May 2018, NAI"
    assert AnswerDraft not in bound_models()
    hand_in(asked, official)
    assert seen.count() == 1


def test_answers_are_signed_by_an_official_as_she_read_them(official, asked):
    preparer = factories.person(official.organization, Role.FIRM_PREPARER)
    prepare(asked, preparer, is_ready=True)
    assert ActionItem.objects.open().filter(key=f"sign-answer:{asked.pk}").exists()
    with pytest.raises(Refusal, match="authorized official"):
        hand_in(asked, preparer)
    with pytest.raises(Refusal, match="changed since you opened"):
        operations.answer_information(asked, seen="older", proof=PROOF, by=official, at=LATER)
    hand_in(asked, official)
    with pytest.raises(IllegalMove, match="waits for no answer"):
        hand_in(asked, official)
    assert asked.versions.count() == 2


def test_an_empty_answer_is_refused_and_words_alone_are_enough(official, asked):
    with pytest.raises(Refusal, match="Nothing is answered"):
        hand_in(asked, official)
    prepare(asked, official, {}, note="All answers are right as they stand.")
    assert hand_in(asked, official).status == Status.UNDER_REVIEW


def test_two_people_who_answer_do_not_overwrite_each_other(official, asked):
    before = mark_of_draft(None)
    prepare(asked, official, seen=before)
    with pytest.raises(Refusal, match="newer answers"):
        prepare(asked, official, {"declared_inspections": "none"}, seen=before)


def test_new_answers_about_a_criterion_ask_for_an_examination_before_the_verdict(official, asked):
    prepare(asked, official)
    row = hand_in(asked, official)
    assert answers_to_examine(row) == {"inspections"}
    factories.rule_on_inspections(row, "meets", at=LATER)
    with pytest.raises(Refusal, match="changed answers since the examination"):
        operations.determine_eligibility(row, by=coordinator(), at=LATER)
    operations.examine_again(row, by=coordinator(), at=LATER)
    assert operations.determine_eligibility(row, by=coordinator(), at=LATER).status == "eligible"


def test_a_new_answer_about_the_size_asks_for_no_examination(official, asked):
    prepare(asked, official, {"size_band": "large"})
    assert answers_to_examine(hand_in(asked, official)) == set()


def test_an_overdue_answer_becomes_one_task_which_more_time_takes_away(asked):
    assert operations.find_overdue_answers(at=LATER) == []
    assert operations.find_overdue_answers(at=AFTER_ANSWER_BY) == [asked]
    assert operations.find_overdue_answers(at=AFTER_ANSWER_BY) == []
    tasks = ActionItem.objects.open().filter(key=f"overdue-answer:{asked.pk}")
    assert tasks.count() == 1
    more = {"reason": "Holidays.", "by": coordinator(), "at": AFTER_ANSWER_BY}
    with pytest.raises(Refusal, match="a day after"):
        operations.extend_answer(asked, answer_by=ANSWER_BY, **more)
    operations.extend_answer(asked, answer_by=date(2020, 12, 4), **more)
    assert not tasks.exists()
    assert Letter.objects.filter(kind="information_extended").count() == 1


def test_a_request_lapses_only_after_its_day_and_is_taken_up_again_while_the_window_is_open(
    official, asked
):
    why = {"reason": "No answer came.", "by": coordinator()}
    with pytest.raises(Refusal, match="through November 25, 2020"):
        operations.lapse_request(asked, **why, at=datetime(2020, 11, 26, 4, 59, tzinfo=UTC))
    prepare(asked, official)
    row = operations.lapse_request(asked, **why, at=AFTER_ANSWER_BY)
    assert row.status == Status.LAPSED
    assert Letter.objects.filter(kind="request_lapsed").count() == 1
    with pytest.raises(IllegalMove):
        prepare(row, official)
    closed = datetime(2020, 12, 1, 5, tzinfo=UTC)
    with pytest.raises(Refusal, match="accepts no requests now"):
        operations.reinstate_request(row, **why, at=closed)
    row = operations.reinstate_request(row, **why, at=closed - timedelta(microseconds=1))
    assert (row.status, row.lapsed_at) == (Status.UNDER_REVIEW, None)
    assert row.declared_inspections == "May 2018, NAI"
    assert open_draft(row) is None


def test_a_withdrawn_request_is_reinstated_unless_the_firm_made_another(official, asked):
    why = {"reason": "Withdrawn by mistake.", "by": coordinator(), "at": LATER}
    operations.withdraw_request(asked, by=official, at=LATER)
    assert asked.information_requests.get().outcome == "withdrawn"
    other = factories.draft(official, site=asked.facility, at=LATER)
    with pytest.raises(Refusal, match="A live request stands"):
        operations.reinstate_request(asked, **why)
    operations.withdraw_request(other, by=official, at=LATER)
    assert operations.reinstate_request(asked, **why).status == Status.UNDER_REVIEW


def test_a_draft_that_was_withdrawn_is_not_fda_s_to_reinstate(official):
    row = factories.participation_request(Status.WITHDRAWN, official)
    with pytest.raises(IllegalMove):
        operations.reinstate_request(row, reason="Why not", by=coordinator(), at=AT)


# --- on the pages ---------------------------------------------------------------------------------


def page(client, user, address, data=None):
    client.force_login(user)
    answer = client.get(address) if data is None else client.post(address, data)
    return answer.content.decode() if answer.status_code == 200 else answer


def test_fda_edits_and_previews_the_mail_before_it_goes(client, set_clock, official):
    row = factories.participation_request(Status.UNDER_REVIEW, official, decided_at=AT)
    address = f"/queue/{row.pk}/ask/"
    assert 'value="2020-12-01"' in page(client, coordinator(), address)  # ten working days
    chosen = {"reasons": REASONS, "extra": ["deputy_name"], "note": "", "answer_by": "2020-11-25"}
    mail = page(client, coordinator(), address, chosen)
    assert "- the FDA inspections of the facility" in mail
    assert "Deputy’s name" in mail
    assert not Letter.objects.filter(kind="information_requested").exists()
    edited = {**chosen, "subject": "Two questions", "body": "Which inspection?"}
    preview = page(client, coordinator(), address, {**edited, "preview": ""})
    assert f"Dear {official.name}," in preview
    sent = page(client, coordinator(), address, {**edited, "send": ""})
    assert sent.url == f"/queue/{row.pk}/"
    assert Letter.objects.get(kind="information_requested").subject == "Two questions"
    sheet = page(client, coordinator(), sent.url)
    assert "FDA asked the firm for information" in sheet


def test_the_firm_changes_the_reopened_answers_alone_and_its_official_signs(
    client, set_clock, official, asked
):
    address = f"/requests/{asked.pk}/answer/"
    form = page(client, official, address)
    assert 'name="declared_inspections"' in form
    assert 'name="product_description"' not in form
    assert "Film-coated tablets" in form  # to read
    others = form[form.index("Answers that are not reopened") :]
    asked_first = [
        others.index(f"<dt>{label}</dt>") for label in ("Name", "Job title", "Telephone")
    ]
    assert asked_first == sorted(asked_first)
    seen = mark_of_draft(None)
    saved = page(
        client,
        official,
        address,
        {
            "seen": seen,
            "declared_inspections": "June 2018, NAI",
            "product_description": "Smuggled in",
            "size_band": "medium",
            "sector": "generic",
            "note": "As asked.",
            "review": "",
        },
    )
    review = page(client, official, saved.url)
    assert "June 2018, NAI" in review
    signed = page(
        client,
        official,
        saved.url,
        {"seen": mark_of_draft(open_draft(asked)), "password": factories.PASSWORD},
    )
    assert signed.url == f"/requests/{asked.pk}/"
    asked.refresh_from_db()
    assert asked.declared_inspections == "June 2018, NAI"
    assert asked.product_description == "Film-coated tablets and their bulk."
    sheet = page(client, coordinator(), f"/queue/{asked.pk}/")
    assert "Answers changed since the examination" in sheet
    compared = page(client, coordinator(), f"/queue/{asked.pk}/versions/")
    assert "May 2018, NAI" in compared
    assert "June 2018, NAI" in compared
    assert "answers that are the same" in compared


def test_the_page_of_signing_says_beforehand_what_would_be_refused(
    client, set_clock, official, asked
):
    address = f"/requests/{asked.pk}/answer/sign/"
    assert "Nothing is answered yet" in page(client, official, address)
    prepare(asked, official, {"size_band": ""})
    emptied = page(client, official, address)
    assert "Answers are missing" in emptied
    assert f'<a href="/requests/{asked.pk}/answer/">' in emptied
    assert ("Sign and send to FDA" in emptied, "Nothing is answered yet" in emptied) == (
        False,
        False,
    )
    prepare(asked, official, {}, "It stands.", seen=mark_of_draft(open_draft(asked)))
    said = page(client, official, address)
    assert "Sign and send to FDA" in said
    assert ("Answers are missing" in said, "Nothing is answered yet" in said) == (False, False)


def test_fda_lets_a_request_lapse_and_reinstates_it_on_its_pages(client, set_clock, asked):
    set_clock(AFTER_ANSWER_BY)
    assert "no answer came in time" in page(client, coordinator(), f"/queue/{asked.pk}/")
    for deed, status in (("lapse", "lapsed"), ("reinstate", "under_review")):
        address = f"/queue/{asked.pk}/{deed}/"
        assert "Reason" in page(client, coordinator(), address)
        page(client, coordinator(), address, {"reason": "Said on the telephone."})
        asked.refresh_from_db()
        assert asked.status == status


def test_no_page_of_an_answered_request_asks_more_than_twelve_times(
    client, set_clock, official, asked, django_assert_max_num_queries
):
    prepare(asked, official)
    hand_in(asked, official)
    row = factories.participation_request(Status.UNDER_REVIEW, official, decided_at=AT)
    ask(row)
    pages = [
        (coordinator(), f"/queue/{asked.pk}/"),
        (coordinator(), f"/queue/{asked.pk}/versions/"),
        (coordinator(), f"/queue/{asked.pk}/ask/"),
        (coordinator(), f"/queue/{row.pk}/"),
        (coordinator(), f"/queue/{row.pk}/extend/"),
        (official, f"/requests/{asked.pk}/"),
        (official, f"/requests/{asked.pk}/versions/"),
        (official, f"/requests/{row.pk}/"),
        (official, f"/requests/{row.pk}/answer/"),
        (official, f"/requests/{row.pk}/answer/sign/"),
    ]
    for user, address in pages:
        client.force_login(user)
        client.get(address)  # the first one leaves its line in the firm's register
        with django_assert_max_num_queries(13):  # one of them for the demonstration’s moment
            assert client.get(address).status_code == 200
