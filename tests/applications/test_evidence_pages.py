"""The pages of evidence as a person clicks through them: the firm's, and FDA's."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications import operations
from applications.models import Recheck, StatedInspection, VerdictChange
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.models import Download, RecordAccess
from tests import factories
from tests.factories import AFTER_CLOSE, AT, Status

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12  # P2


def address(name, *args):
    return reverse(f"applications:{name}", args=args)


def text_of(response):
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(unescape(words).split())


def asked(queries):
    """The queries of a page but that for the demonstration's moment, which operation never asks."""
    return [q for q in queries.captured_queries if '"records_demonstrationmoment"' not in q["sql"]]


@pytest.fixture
def coordinator(db):
    return factories.fda(Role.FDA_COORDINATOR)


@pytest.fixture
def fda_client(client, coordinator, set_clock):
    set_clock(AFTER_CLOSE)
    client.force_login(coordinator)
    return client


def entered(row, **changed):
    return {
        "ended_on": "2018-05-04",
        "classification": "VAI",
        "fei_key": row.fei_key,
        "source": "FDA’s compliance system",
        "looked_up_on": "2020-12-10",
        **changed,
    }


def test_a_firm_declares_an_inspection_with_its_letter_and_takes_it_out_again(client, set_clock):
    set_clock(AT)
    official = factories.registrant()
    draft = factories.draft(official)
    client.force_login(official)
    page = address("request_inspections", draft.pk)
    assert "None declared" in text_of(client.get(page))
    letter = SimpleUploadedFile("letter.txt", b"Close-out letter.", "text/plain")
    given = {"ended_on": "2018-05-04", "classification": "VAI", "fei_key": draft.fei_key}
    given["is_confidential"] = "on"
    shown = text_of(client.post(page, {**given, "letter": letter}, follow=True))
    assert "Voluntary Action Indicated (VAI)" in shown
    assert "Confidential (CCI) until Nov 16, 2030" in shown
    assert "letter.txt" in shown
    stated = StatedInspection.objects.get()
    answer = client.get(address("inspection_letter", draft.pk, stated.pk))
    assert answer.getvalue() == b"Close-out letter."
    assert Download.objects.count() == 1
    client.post(address("inspection_take_back", draft.pk, stated.pk))
    assert "None declared" in text_of(client.get(page))


def test_a_letter_that_is_not_what_it_says_is_refused_with_the_reason(client, set_clock):
    set_clock(AT)
    official = factories.registrant()
    draft = factories.draft(official)
    client.force_login(official)
    letter = SimpleUploadedFile("letter.pdf", b"MZ a program", "application/pdf")
    given = {"ended_on": "2018-05-04", "fei_key": draft.fei_key, "letter": letter}
    response = client.post(address("request_inspections", draft.pk), given)
    assert "is not a true PDF file" in text_of(response)
    assert not StatedInspection.objects.exists()


def test_fda_reads_a_declared_letter_once_the_request_is_submitted_and_the_firm_sees_that(
    fda_client, coordinator
):
    official = factories.registrant()
    draft = factories.draft(official)
    letter = SimpleUploadedFile("letter.txt", b"Close-out letter.")
    given = {"ended_on": AT.date().replace(year=2018), "fei_key": draft.fei_key}
    stated = operations.declare_inspection(draft, **given, letter=letter, by=official, at=AT)
    where = address("evidence_letter", draft.pk, stated.pk)
    assert fda_client.get(where).status_code == 404
    operations.submit_request(
        draft,
        attested=factories.commitments(draft.program),
        proof=factories.PROOF,
        by=official,
        at=AT,
    )
    shown = text_of(fda_client.get(address("request_review", draft.pk)))
    assert "Declared by the firm" in shown
    assert fda_client.get(where).getvalue() == b"Close-out letter."
    assert RecordAccess.objects.filter(how="downloaded", user_id=coordinator.pk).count() == 1


def test_a_coordinator_enters_and_takes_back_an_inspection_and_reads_the_earlier_verdicts(
    fda_client,
):
    row = factories.participation_request(Status.UNDER_REVIEW)
    sheet = address("request_review", row.pk)
    shown = text_of(fda_client.post(address("inspection_enter", row.pk), entered(row), follow=True))
    assert "Entered by FDA : FDA’s compliance system, looked up Dec 10, 2020" in shown.replace(
        "FDA: ", "FDA : "
    )
    assert "Earlier verdicts on criterion b (1)" in shown
    stated = StatedInspection.objects.get()
    withdraw = address("inspection_withdraw", row.pk, stated.pk)
    assert "stays on record" in text_of(fda_client.get(withdraw))
    fda_client.post(withdraw, {"reason": "Another site."})
    assert "Entered by FDA" not in text_of(fda_client.get(sheet))
    result = row.criterion_results.get(criterion__code="b")
    history = text_of(fda_client.get(address("result_history", row.pk, result.pk)))
    assert "Version 2 Meets" in history
    assert "Version 1 Undetermined" in history
    assert "Entered by FDA" in history


def test_a_determined_request_is_examined_again_by_a_second_person(fda_client, coordinator):
    row = factories.participation_request(Status.ELIGIBLE)
    sheet = address("request_review", row.pk)
    fda_client.post(
        address("inspection_enter", row.pk), entered(row, classification="OAI"), follow=True
    )
    shown = text_of(fda_client.get(sheet))
    assert "Newer data speak against this verdict" in shown
    assert row.receipt_number in text_of(fda_client.get(address("recheck_list")))
    given = {"reason": "An OAI of 2018.", "source": "Compliance system"}
    shown = text_of(fda_client.post(address("request_reopen", row.pk), given, follow=True))
    assert "You proposed it, so a colleague confirms" in shown
    reopening = row.reopenings.get()
    confirm = address("reopening_confirm", row.pk, reopening.pk)
    shown = text_of(fda_client.post(confirm, follow=True))
    assert "second person must confirm it" in shown
    second = factories.person(Organization.objects.get(kind="fda"), Role.FDA_COORDINATOR)
    fda_client.force_login(second)
    shown = text_of(fda_client.post(confirm, follow=True))
    assert "The request is under review again" in shown
    assert "Newer data speak against" not in shown


def test_a_verdict_is_kept_with_a_reason(fda_client):
    row = factories.participation_request(Status.ELIGIBLE)
    fda_client.post(address("inspection_enter", row.pk), entered(row, classification="OAI"))
    change = VerdictChange.objects.get()
    settle = address("change_settle", row.pk, change.pk)
    assert "What the data say now" in text_of(fda_client.get(settle))
    shown = text_of(fda_client.post(settle, {"reason": "Another site."}, follow=True))
    assert "Newer data speak against" not in shown
    assert "Nothing speaks against a verdict" in text_of(fda_client.get(address("recheck_list")))


def test_a_recheck_is_asked_for_by_hand(fda_client):
    shown = text_of(fda_client.post(address("recheck_run"), follow=True))
    assert "On its way" in shown
    assert Recheck.objects.count() == 1


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.UNDER_REVIEW, Status.ELIGIBLE])
def test_the_sheet_stays_within_its_queries_whatever_stands_beside_it(
    fda_client, django_assert_max_num_queries, status
):
    row = factories.participation_request(status)
    for day in range(1, 6):
        fda_client.post(
            address("inspection_enter", row.pk),
            entered(row, ended_on=f"2018-05-0{day}", classification="OAI"),
        )
    if status == Status.ELIGIBLE:
        given = {"reason": "An OAI of 2018.", "source": "Compliance system"}
        fda_client.post(address("request_reopen", row.pk), given)
    sheet = address("request_review", row.pk)
    fda_client.get(sheet)
    with django_assert_max_num_queries(MOST_QUERIES + 1) as queries:
        shown = text_of(fda_client.get(sheet))
    assert len(asked(queries)) <= MOST_QUERIES
    assert shown.count("Entered by FDA") == 5
