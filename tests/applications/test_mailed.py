"""Requests that came by mail: filed, entered, confirmed or lapsed; and what is refused (B19)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from applications import message_file, operations
from applications.message_file import NotAMessage, read_message
from applications.models import Facility, MailedRequest, ParticipationRequest
from applications.operations.questions import mark_of_draft, open_draft
from qmm_pilot.accounts.models import Organization, User
from qmm_pilot.accounts.roles import REGISTRANT_ROLES, Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, Download, Letter, StoredFile, TrailEntry
from qmm_pilot.records.signatures import checked_signatures
from tests import factories
from tests.factories import AT, PROOF, Status

pytestmark = pytest.mark.django_db
ARRIVED = datetime(2020, 11, 12, 21, 14, 9, tzinfo=UTC)
CLOSE = datetime(2020, 12, 1, 5, 0, tzinfo=UTC)
MAIL = b"""Received: from mx.tilia.example by fda.example; Thu, 12 Nov 2020 16:14:09 -0500
Received: from desk by mx.tilia.example; Thu, 12 Nov 2020 16:13:58 -0500
From: =?utf-8?q?Ren=C3=A9e_Tilia?= <renee@tilia.example>
To: QMMPilot@fda.example
Subject: Request to participate
Date: Thu, 12 Nov 2020 16:13:40 -0500
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

We ask to take part with our site in Dayton.
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="site.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjcK
--b--
"""
SITE = {
    "name": "Tilia Tablets, Dayton",
    "fei": "3007654321",
    "duns": "",
    "address_line_1": "",
    "city": "Dayton",
    "state": "Ohio",
    "postal_code": "",
    "country": "US",
    "time_zone": "America/New_York",
}
SAID = {"contact_name": "Renée Tilia", "contact_email": "renee@tilia.example", "products": ["rx"]}


def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


def file_mail(content=MAIL, name="request.eml"):
    upload = SimpleUploadedFile(name, content)
    program = factories.program()
    return operations.file_message(upload, program=program, by=coordinator(), at=AT)


def enter(row=None, **replaced):
    facts = {
        "arrived_at": ARRIVED,
        "firm_name": "Tilia Tablets",
        "described": SITE,
        "answers": SAID,
        "by": coordinator(),
        "at": AT,
    }
    return operations.enter_mailed_request(row or file_mail(), **{**facts, **replaced})


def token():
    return Letter.objects.filter(kind="mailed_request").latest("at", "secret").secret


def newcomer(email="renee@tilia.example"):
    return User.objects.create_user(email, factories.PASSWORD, name="Renée Tilia")


def complete(row, by):
    """The firm completes site and answers of a request that it has taken up."""
    site = Facility.objects.get(pk=row.facility_id)
    facts = site.facts() | {"duns": "123456789", "address_line_1": "1 Mill Road"}
    facts.pop("fei_key")
    operations.change_facility(site, by=by, at=AT, **facts)
    answers = factories.answers(row.program, contact_email="renee@tilia.example")
    return operations.save_answer_draft(row, answers, by=by, at=AT)


def confirm(row, by, at=AT, **replaced):
    facts = {
        "attested": factories.commitments(row.program),
        "seen": mark_of_draft(open_draft(row)),
        "proof": PROOF,
    }
    return operations.confirm_mailed_request(row, **{**facts, **replaced}, by=by, at=at)


# --- the message ----------------------------------------------------------------------------------


def test_a_mail_says_who_when_what_and_what_is_attached():
    facts = read_message(MAIL)
    assert (facts.sender_name, facts.sender_address) == ("Renée Tilia", "renee@tilia.example")
    assert facts.subject == "Request to participate"
    assert facts.received_at == ARRIVED  # the newest hop: the mailbox's own clock
    assert facts.text == "We ask to take part with our site in Dayton."
    assert [(a.name, a.media_type) for a in facts.attachments] == [("site.pdf", "application/pdf")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"No header at all",
        b"Subject: nobody sent this\n\nHello",
        b"From: a@b.example\n" + b"X: y\n" * 60_000 + b"\nHello",
        b"From: a@b.example\n\n" + b'Content-Type: multipart/mixed; boundary="x"\n' * 101,
        b"From: a@b.example\x00\n\nHello",
    ],
    ids=["empty", "text", "no sender", "endless head", "too many parts", "zero bytes"],
)
def test_what_is_no_mail_or_beyond_the_bounds_is_refused(content):
    with pytest.raises(NotAMessage):
        read_message(content)


@pytest.mark.parametrize(
    "header",
    [b"Date: yesterday", b"Received: by x; 99 Foo 2020", b"Subject: =?nope?q?=41?=", b"Date: "],
)
def test_unreadable_headers_are_left_out_and_break_nothing(header):
    facts = read_message(b"From: a@b.example\n" + header + b"\n\nHello")
    assert (facts.written_at, facts.received_at, facts.text) == (None, None, "Hello")


def test_a_name_that_hides_its_ending_is_shown_without_its_tricks():
    mail = b'From: "a\xe2\x80\xaeb" <a@b.example>\nSubject: one\n two\x07\n\nHello'
    assert "\u202e" not in read_message(mail).sender_name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("request.pdf", MAIL),
        ("request.eml", b"%PDF-1.7 not a mail"),
        ("request.eml", b"MZ\x90\x00"),
    ],
)
def test_only_a_true_mail_is_filed_and_nothing_is_left_of_others(name, content):
    with pytest.raises(Refusal):
        file_mail(content, name)
    assert not StoredFile.objects.exists()
    assert not MailedRequest.objects.exists()


def test_a_mail_is_no_accepted_kind_elsewhere():
    from qmm_pilot.records.files import check_upload

    with pytest.raises(Refusal, match="accepted kind"):
        check_upload(SimpleUploadedFile("request.eml", MAIL))


def test_bounds_that_are_forgotten_are_noticed(monkeypatch):
    many = b"From: a@b.example\n\n" + b'Content-Type: multipart/mixed; boundary="x"\n' * 101
    monkeypatch.setattr(message_file, "MOST_PARTS", 1000)
    assert read_message(many)  # which the bound refuses


# --- entering it ----------------------------------------------------------------------------------


def test_an_entered_request_awaits_confirmation_and_its_contact_gets_a_link():
    row = enter()
    assert (row.status, row.submitted_at, row.submitted_by) == (
        Status.AWAITING_CONFIRMATION,
        ARRIVED,
        None,
    )
    assert row.organization.name == "Tilia Tablets"
    letter = Letter.objects.get(kind="mailed_request")
    assert letter.address == "renee@tilia.example"
    assert row.mailed.token_sha256 not in letter.body + letter.secret
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.after["received_at"][:16]) == (
        "enter_mailed_request",
        "2020-11-12T21:14",
    )


@pytest.mark.parametrize(
    ("arrived_at", "at", "words"),
    [
        (AT + timedelta(seconds=1), AT, "still to come"),
        (CLOSE, factories.AFTER_CLOSE, "November 30, 2020, 11:59 p.m. ET.*too late"),
        (datetime(2020, 10, 1, tzinfo=UTC), AT, "did not accept requests yet"),
    ],
)
def test_a_message_from_outside_the_window_is_refused_with_the_close_named(arrived_at, at, words):
    with pytest.raises(Refusal, match=words):
        enter(arrived_at=arrived_at, at=at)
    assert not ParticipationRequest.objects.exists()
    assert not Organization.objects.filter(name="Tilia Tablets").exists()


def test_a_late_message_counts_once_its_firm_is_admitted_late():
    firm, at = factories.registrant().organization, factories.AFTER_CLOSE
    late = {"arrived_at": CLOSE, "organization": firm, "at": at}
    with pytest.raises(Refusal, match="Admit the firm late first"):
        enter(**late)
    operations.admit_late(
        factories.program(), firm, closes_at=at + timedelta(days=1), reason="A fire.",
        by=coordinator(), at=at,
    )  # fmt: skip
    assert enter(**late).submitted_at == CLOSE
    with pytest.raises(Refusal, match="too late"):
        enter(arrived_at=CLOSE, at=at)


def test_a_message_of_the_last_moment_counts_though_it_is_entered_after_the_close():
    last = CLOSE - timedelta(microseconds=1)
    row = enter(arrived_at=last, at=factories.AFTER_CLOSE)
    assert row.submitted_at == last


def test_a_site_in_the_wrong_country_is_refused():
    with pytest.raises(Refusal, match="does not fit"):
        enter(described={**SITE, "country": "IN"})


def test_an_unconfirmed_request_is_neither_taken_up_nor_selected():
    row = enter()
    with pytest.raises(IllegalMove):
        operations.take_up_request(row, by=coordinator(), at=AT)
    with pytest.raises(Refusal):
        factories.decide(row, Status.SELECTED, at=AT)


def test_a_known_firm_is_asked_to_sign_in_and_its_own_draft_stays_unknown_to_fda():
    official = factories.registrant()
    known = factories.participation_request(Status.SUBMITTED, official)
    site = factories.facility(official)
    factories.draft(official, site=site)  # for which FDA then gets a mail
    described = {**SITE, "fei": site.fei, "name": "As the mail calls it"}
    row = enter(organization=official.organization, described=described)
    assert (row.facility, row.site.name) == (site, "As the mail calls it")
    assert not Letter.objects.filter(kind="mailed_request").exists()
    assert Letter.objects.get(kind="mailed_request_known").address == official.email
    with pytest.raises(Refusal, match=known.receipt_number):
        enter(facility=known.facility)
    operations.save_answer_draft(row, factories.answers(row.program), by=official, at=AT)
    with pytest.raises(Refusal, match="another request or draft"):
        confirm(row, official)


# --- the firm -------------------------------------------------------------------------------------


def test_the_contact_takes_it_up_completes_and_signs_and_the_time_of_the_message_counts():
    row = enter()
    person = newcomer()
    row = operations.take_mailed_request(operations.mailed_by(token()), by=person, at=AT)
    person = User.objects.get(pk=person.pk)
    assert person.organization == row.organization
    assert person.roles == {str(role) for role in REGISTRANT_ROLES}
    with pytest.raises(Refusal, match="not complete"):
        confirm(row, person)
    complete(row, person)
    later = factories.AFTER_CLOSE
    row = confirm(row, person, at=later)
    assert (row.status, row.submitted_at, row.submitted_by) == (Status.SUBMITTED, ARRIVED, person)
    assert row.site.duns == "123456789"
    assert [entry.fault for entry in checked_signatures(row)] == [""]
    entry = TrailEntry.objects.get(deed="confirm_mailed_request")
    assert entry.after["received_at"] != entry.after["confirmed_at"]
    assert ActionItem.objects.open().filter(key=f"take-up:{row.pk}").exists()
    assert operations.take_up_request(row, by=coordinator(), at=later).status == "under_review"


def test_the_link_opens_to_its_own_address_once_and_until_its_end():
    enter()
    mailed = operations.mailed_by(token())
    with pytest.raises(Refusal, match="another address"):
        operations.take_mailed_request(mailed, by=newcomer("other@tilia.example"), at=AT)
    person = newcomer()
    with pytest.raises(Refusal, match="no longer be used"):
        operations.take_mailed_request(mailed, by=person, at=mailed.link_expires_at)
    operations.take_mailed_request(mailed, by=person, at=AT)
    with pytest.raises(Refusal, match="no longer be used"):
        operations.take_mailed_request(mailed, by=person, at=AT)


def test_a_link_that_forgets_its_end_is_noticed(monkeypatch):
    enter()
    mailed = operations.mailed_by(token())
    monkeypatch.setattr(MailedRequest, "is_open_at", lambda self, moment: True)
    assert operations.take_mailed_request(mailed, by=newcomer(), at=mailed.link_expires_at)


def test_a_new_link_kills_the_old_one_and_a_link_can_be_taken_back():
    row = enter()
    first = token()
    operations.resend_link(row.mailed, by=coordinator(), at=AT + timedelta(hours=1))
    assert operations.mailed_by(first) is None
    mailed = operations.mailed_by(token())
    operations.revoke_link(mailed, by=coordinator(), at=AT)
    with pytest.raises(Refusal, match="no longer be used"):
        operations.take_mailed_request(mailed, by=newcomer(), at=AT)


def test_a_contact_of_a_registered_firm_takes_the_request_there():
    enter()
    firm = factories.organization("firm")
    official = factories.person(firm, *REGISTRANT_ROLES)
    User.objects.filter(pk=official.pk).update(email="renee@tilia.example")
    official.refresh_from_db()
    own = factories.facility(official, fei=SITE["fei"])
    row = operations.take_mailed_request(operations.mailed_by(token()), by=official, at=AT)
    assert (row.organization, row.facility) == (firm, own)


def test_a_silent_firm_becomes_a_task_and_the_request_may_lapse():
    row = enter()
    silent = AT + timedelta(days=31)
    assert operations.find_overdue_answers(at=AT) == []
    assert operations.find_overdue_answers(at=silent) == [row]
    why = {"reason": "Nobody answered.", "by": coordinator()}
    with pytest.raises(Refusal, match="may answer through"):
        operations.lapse_request(row, **why, at=AT + timedelta(days=30))
    assert operations.lapse_request(row, **why, at=silent).status == Status.LAPSED
    assert Letter.objects.get(kind="request_lapsed").address == "renee@tilia.example"
    with pytest.raises(Refusal, match="no longer be used"):
        operations.take_mailed_request(operations.mailed_by(token()), by=newcomer(), at=AT)


def test_a_message_that_is_no_request_is_set_aside():
    row = file_mail()
    operations.set_message_aside(row, reason="A question only.", by=coordinator(), at=AT)
    assert not ActionItem.objects.open().filter(key=f"enter-mail:{row.pk}").exists()
    with pytest.raises(IllegalMove):
        enter(row)


# --- on the pages ---------------------------------------------------------------------------------


def test_fda_files_and_enters_a_mail_on_two_pages_and_the_firm_confirms(client, set_clock):
    client.force_login(coordinator())
    program = factories.program()
    upload = SimpleUploadedFile("request.eml", MAIL)
    filed = client.post("/mailed/", {"message": upload, "program": program.pk})
    page = client.get(filed.url).content.decode()
    assert 'value="2020-11-12T16:14"' in page
    assert "We ask to take part" in page
    entered = client.post(
        filed.url,
        {
            "seen": "x",
            "arrival": "2020-11-12T16:14",
            "arrival_zone": "America/New_York",
            "firm_name": "Tilia Tablets",
            "site_name": "Tilia Tablets, Dayton",
            "fei": "3007654321",
            "city": "Dayton",
            "country": "US",
            "contact_name": "Renée Tilia",
            "contact_email": "renee@tilia.example",
        },
    )
    assert entered.status_code == 302, entered.content.decode()
    sheet = client.get(entered.url).content.decode()
    assert "This request came by mail" in sheet
    row = ParticipationRequest.objects.get()
    assert client.get(f"/queue/{row.pk}/message/").getvalue() == MAIL
    assert Download.objects.count() == 1
    client.logout()
    link = f"/confirm-request/{token()}/"
    assert "Create my account" in client.get(link).content.decode()
    client.force_login(newcomer())
    taken = client.post(link)
    assert taken.url == f"/requests/{row.pk}/answer/"
    assert "Tilia" in client.get(taken.url).content.decode()
    person = User.objects.get(email="renee@tilia.example")
    complete(row, person)
    sign = f"{taken.url}sign/"
    shown = client.get(sign).content.decode()
    assert "Criterion c" in shown
    boxes = {f"commitment_{pk}": "on" for pk in factories.commitments(program)}
    seen = mark_of_draft(open_draft(row))
    client.post(sign, {**boxes, "seen": seen, "password": factories.PASSWORD})
    row.refresh_from_db()
    assert row.status == Status.SUBMITTED


def test_a_link_that_leads_nowhere_says_so(client, set_clock):
    assert client.get("/confirm-request/nothing/").status_code == 404


def test_no_page_of_mailed_requests_asks_more_than_twelve_times(
    client, set_clock, django_assert_max_num_queries
):
    row, waiting = enter(), file_mail()
    client.force_login(coordinator())
    for address in ("/mailed/", f"/mailed/{waiting.pk}/", f"/queue/{row.pk}/"):
        client.get(address)
        with django_assert_max_num_queries(13):  # one of them for the demonstration’s moment
            assert client.get(address).status_code == 200


def test_a_page_that_cannot_show_all_mails_says_so_and_where_the_others_are(client, monkeypatch):
    monkeypatch.setattr("applications.views.mailed.ON_ONE_PAGE", 1)
    client.force_login(coordinator())
    first, second = enter(), enter(firm_name="Alder Tablets")
    left = file_mail()
    MailedRequest.objects.filter(pk=left.pk).update(filed_at=AT - timedelta(days=1))
    one = client.get("/mailed/").content.decode()
    assert "due first are shown" in one
    assert "enter some of them" not in one
    assert "/queue/?state=awaiting_confirmation" in one
    file_mail()
    both = client.get("/mailed/").content.decode()
    assert "The first 1 are shown; enter some of them" in both
    assert str(left.pk) in both  # the one that waits longest
    assert sum(row.receipt_number in both for row in (first, second)) == 1
