"""Pages of letters: FDA writes and follows up, the firm reads; offers lapse after a question."""

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from applications import operations
from applications.letter_texts import JUDGMENT
from applications.models import Barring, DecisionLetter, LetterOverride, LetterText, Participation
from applications.tasks import print_decision_letter
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records import triggers
from qmm_pilot.records.jobs import run_job
from qmm_pilot.records.models import Download, Job, Letter, LetterCall
from tests import factories
from tests.factories import AFTER_CLOSE, Status

pytestmark = pytest.mark.django_db
assert print_decision_letter
BODY = f"Dear {{recipient}},\n\nNot {{facility}} ({{receipt_number}}). {JUDGMENT}"
KIND = "decision_not_selected"


@pytest.fixture(autouse=True)
def _moment(set_clock):
    set_clock(AFTER_CLOSE)


def address(name, *args):
    return reverse(f"applications:{name}", args=args)


def text_of(response):
    return " ".join(unescape(strip_tags(response.content.decode())).split())


def signed_in(client, *roles):
    person = factories.fda(*roles)
    client.force_login(person)
    return person


def pending():
    row = factories.participation_request(Status.ELIGIBLE)
    factories.decide(row, Status.NOT_SELECTED)
    return row


def test_a_coordinator_previews_saves_and_reads_the_versions(client):
    signed_in(client, Role.FDA_COORDINATOR)
    row = pending()
    page = address("letter_text", row.program.pk, KIND)
    shown = text_of(client.get(page))
    assert "1 letter to 1 recipient" in shown
    assert f"With the data of a request that waits: {row.facility.name}." in shown
    given = {"subject": "To you", "body": BODY, "seen": 0}
    previewed = text_of(client.post(page, {**given, "preview": "yes"}))
    assert f"Not {row.facility.name} ({row.receipt_number})." in previewed
    assert not LetterText.objects.exists()
    bad = {**given, "body": BODY + " {score}", "reason": "x", "save": "yes"}
    refused = text_of(client.post(page, bad))
    assert "This letter knows no placeholder {score}. It knows {recipient}" in refused
    saved = client.post(page, {**given, "reason": "Plainer", "save": "yes"}, follow=True)
    assert "Version 1 is in use." in text_of(saved)
    assert "Why: Plainer" in text_of(saved)


def test_one_firms_letter_is_edited_goes_stale_and_is_made_anew(client):
    coordinator = signed_in(client, Role.FDA_COORDINATOR)
    row = pending()
    page = address("letter_edit", row.program.pk, row.pk)
    client.post(page, {"subject": "To you", "body": BODY + " Warmly.", "save": "yes"})
    assert "Edited for this firm" in text_of(client.get(page))
    operations.write_letter_text(
        row.program, KIND, subject="S", body=BODY, reason="x", seen=0, by=coordinator,
        at=AFTER_CLOSE,
    )  # fmt: skip
    assert "Written before the template changed" in text_of(client.get(page))
    letters = text_of(client.get(address("letter_texts", row.program.pk)))
    assert "Written before the template changed" in letters
    client.post(address("letter_keep", row.program.pk, row.pk))
    assert "Written before" not in text_of(client.get(page))
    client.post(address("letter_regenerate", row.program.pk, row.pk))
    assert not LetterOverride.objects.filter(ended_at=None).exists()


def test_a_selector_with_a_conflict_of_interest_neither_reads_nor_edits_that_letter(client):
    row, other = pending(), pending()
    Barring.objects.create(
        person=signed_in(client, Role.FDA_SELECTOR), fei_key=row.fei_key, since=AFTER_CLOSE
    )
    shown = text_of(client.get(address("letter_texts", row.program.pk)))
    assert other.facility.name in shown
    assert row.facility.name not in shown
    for each, status in [(other, 200), (row, 404)]:
        edit = address("letter_edit", row.program.pk, each.pk)
        assert client.get(edit).status_code == status
    assert client.post(edit, {"subject": "To you", "body": BODY}).status_code == 404
    assert not LetterOverride.objects.exists()


def test_the_release_page_shows_the_edited_letter_as_it_goes_out(client):
    selector = signed_in(client, Role.FDA_SELECTOR)
    row = pending()
    operations.edit_letter(
        row, subject="To you", body=BODY + " Warmly.", by=selector, at=AFTER_CLOSE
    )
    shown = text_of(client.get(address("selection_release", row.program.pk)))
    assert f"Not {row.facility.name} ({row.receipt_number}). {JUDGMENT} Warmly." in shown
    assert "edited for this firm" in shown


def test_a_firm_reads_its_letter_and_keeps_the_pdf_and_both_are_noted(client):
    row = factories.participation_request(Status.NOT_SELECTED)
    letter = DecisionLetter.objects.get()
    run_job(letter.job_id)
    mail = operations.mails_of(letter).get()
    preparer = factories.person(row.organization, Role.FIRM_PREPARER)
    client.force_login(preparer)
    page = address("letter_read", mail.pk)
    assert JUDGMENT in text_of(client.get(page))
    mail.refresh_from_db()
    assert mail.opened_at is None
    client.force_login(mail.person)
    assert mail.subject in text_of(client.get(address("letter_list")))
    client.get(page)
    mail.refresh_from_db()
    assert mail.opened_at.date() == AFTER_CLOSE.date()
    file = client.get(address("decision_letter_file", letter.pk))
    assert b"".join(file.streaming_content).startswith(b"%PDF")
    assert Download.objects.get().user == mail.person


def test_a_firm_reads_no_letter_to_others(client):
    factories.participation(accepted=True)  # whose acceptance is told to coordinators
    factories.fda(Role.FDA_COORDINATOR)
    offered = factories.participation(accepted=True)
    other = factories.registrant()
    to_fda = Letter.objects.filter(kind="place_accepted").last()
    own = Letter.objects.filter(kind="decision_selected").last()
    client.force_login(other)
    assert client.get(address("letter_read", own.pk)).status_code == 404
    client.force_login(offered.participation_request.started_by)
    assert to_fda is not None
    assert client.get(address("letter_read", to_fda.pk)).status_code == 404
    assert "Place accepted" not in text_of(client.get(address("letter_list")))


def test_the_lists_of_letters_ask_the_database_as_often_for_many_as_for_one(
    client, django_assert_num_queries, django_assert_max_num_queries
):
    first = factories.participation_request(Status.NOT_SELECTED)
    coordinator, firm = factories.fda(Role.FDA_COORDINATOR), first.started_by
    pending()
    pages = [
        (coordinator, address("letters_sent", first.program.pk)),
        (coordinator, address("letter_texts", first.program.pk)),
        (firm, address("letter_list")),
    ]
    counted = []
    for person, page in pages:
        client.force_login(person)
        client.get(page)
        with django_assert_max_num_queries(13) as few:
            client.get(page)
        counted.append(len(few))
    for _ in range(3):
        factories.participation_request(Status.NOT_SELECTED, firm)
    for _ in range(3):
        pending()
    for (person, page), count in zip(pages, counted, strict=True):
        client.force_login(person)
        client.get(page)
        with django_assert_num_queries(count):
            client.get(page)


def test_a_letter_is_sent_again_and_told_by_telephone_from_its_page(client):
    factories.participation_request(Status.NOT_SELECTED)
    signed_in(client, Role.FDA_COORDINATOR)
    Letter.objects.update(status="sent")
    letter = DecisionLetter.objects.get()
    page = address("decision_letter", letter.pk)
    assert "Sent, not opened" in text_of(client.get(page))
    again = client.post(address("decision_letter_again", letter.pk), follow=True)
    assert "On its way" in text_of(again)
    told = {"spoke_to": "Ines Novak", "called_on": "2020-12-10"}
    noted = client.post(address("decision_letter_call", letter.pk), told, follow=True)
    assert "Told by telephone: Ines Novak, December 10, 2020" in text_of(noted)
    assert LetterCall.objects.count() == 1


def test_an_overdue_offer_is_given_more_time_and_then_lapses_after_a_question(client, set_clock):
    signed_in(client, Role.FDA_COORDINATOR)
    offered = factories.participation(accepted=False)
    set_clock(AFTER_CLOSE.replace(month=12, day=28))
    page = address("offer", offered.pk)
    assert "The day to accept has passed" in text_of(client.get(page))
    day = {"accept_by": "2020-12-30", "reason": "Holidays"}
    extended = text_of(client.post(address("offer_extend", offered.pk), day, follow=True))
    assert "December 30, 2020, Eastern Time" in extended
    set_clock(AFTER_CLOSE.replace(month=12, day=31))
    question = text_of(client.get(address("offer_lapse", offered.pk)))
    assert "Place 1 becomes free at once. No alternate waits for it." in question
    assert "The offer of a place has lapsed" in question
    lapsed = client.post(address("offer_lapse", offered.pk), {"reason": "Silence"}, follow=True)
    assert "Offer lapsed" in text_of(lapsed)
    offered.refresh_from_db()
    assert offered.status == Participation.Status.LAPSED


def test_letters_that_nobody_opened_stand_first_the_oldest_first_with_their_days(client, set_clock):
    signed_in(client, Role.FDA_COORDINATOR)
    old, opened, new = (factories.participation_request(Status.ALTERNATE) for _ in range(3))
    Letter.objects.update(status="sent")
    by_request = {each.participation_request_id: each for each in DecisionLetter.objects.all()}
    for days, row in ((9, new), (30, old)):
        triggers.drop()  # comes back when the test's transaction is rolled back
        at = AFTER_CLOSE - timedelta(days=days)
        operations.mails_of(by_request[row.pk]).update(at=at)
        DecisionLetter.objects.filter(participation_request=row).update(at=at)
    operations.mails_of(by_request[opened.pk]).update(opened_at=AFTER_CLOSE)
    shown = text_of(client.get(address("letters_sent", old.program_id)))
    places = [shown.index(row.facility.name) for row in (old, new, opened)]
    assert places == sorted(places)
    assert "Sent, not openedWaiting 30 days" in shown
    assert "Sent, not openedWaiting 9 days" in shown
    assert (
        "status--attention" in client.get(address("letters_sent", old.program_id)).content.decode()
    )


def test_the_letter_of_a_place_that_the_firm_accepted_is_answered_though_nobody_opened_it(client):
    signed_in(client, Role.FDA_COORDINATOR)
    place = factories.participation(accepted=True)
    Letter.objects.update(status="sent")
    [letter] = DecisionLetter.objects.all()
    for page in (address("letters_sent", place.program_id), address("decision_letter", letter.pk)):
        shown = text_of(client.get(page))
        assert "The firm has answered" in shown
        assert "Sent, not opened" not in shown


def test_a_coordinator_says_on_the_page_how_a_name_is_written_in_the_pdf(client):
    row = pending()
    type(row.facility).objects.filter(pk=row.facility_id).update(name="製薬 works")
    factories.release(row.program)
    letter = DecisionLetter.objects.get()
    Job.objects.filter(pk=letter.job_id).update(status="failed")
    signed_in(client, Role.FDA_COORDINATOR)
    page, retry = (address(f"decision_letter{name}", letter.pk) for name in ("", "_retry"))
    assert "Its fonts have no letters for 製薬 works." in text_of(client.get(page))
    assert "“製薬 works” in Latin letters" in text_of(client.get(page))
    refused = client.post(retry, {"word_0": ""})
    assert "Error:" in text_of(refused)
    assert "The PDF is being made." in text_of(
        client.post(retry, {"word_0": "Seiyaku works"}, follow=True)
    )
    letter.refresh_from_db()
    assert letter.spelling == {"製薬 works": "Seiyaku works"}
