"""P2: the pages that gather most ask no more than 12 questions, in their fullest state."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from applications import operations
from applications.models import Hold, ParticipationRequest
from applications.operations.holds import place_hold
from applications.operations.questions import mark_of_draft, open_draft
from qmm_pilot.accounts.roles import Role, Scope
from qmm_pilot.records.confidentiality import designate
from qmm_pilot.records.holds import place_hold as place_legal_hold
from tests import factories
from tests.factories import AFTER_CLOSE, PROOF, fda

Status = ParticipationRequest.Status
MOST_QUERIES = 12
SOLD = AFTER_CLOSE + timedelta(hours=1)
ATTESTED = AFTER_CLOSE + timedelta(hours=2)
OF_OPERATION = '"records_demonstrationmoment"'  # what operation never asks
pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator(set_clock):
    set_clock(ATTESTED)
    return fda(Role.FDA_COORDINATOR, Role.FDA_RECORDS_OFFICER)


@pytest.fixture
def agent():
    return factories.person(None, name="Ada Agent")


@pytest.fixture
def sold(coordinator, agent):
    """A request under review of which everything was done that its pages tell of."""
    seller, buyer = factories.registrant(), factories.registrant()
    row = factories.draft(seller)
    fei = {"fei_key": row.facility.fei_key}
    day = date(2018, 5, 4)
    for _ in range(2):
        operations.declare_inspection(row, **fei, ended_on=day, by=seller, at=factories.AT)
    factories.submit(row, seller)
    operations.take_up_request(row, by=coordinator, at=AFTER_CLOSE)
    ask(row, coordinator, AFTER_CLOSE)
    answers = {"declared_inspections": "May 2018, VAI"}
    operations.save_answer_draft(row, answers, note="Mistyped.", by=seller, at=AFTER_CLOSE)
    seen = mark_of_draft(open_draft(row))
    operations.answer_information(row, seen=seen, proof=PROOF, by=seller, at=AFTER_CLOSE)
    operations.enter_inspection(
        row, **fei, ended_on=day, source="CMS", looked_up_on=AFTER_CLOSE.date(), by=coordinator,
        at=AFTER_CLOSE,
    )  # fmt: skip
    for number in ("3999999991", "3999999992"):
        operations.add_identifier(
            row.facility, fei=number, kind="former", source="A letter", by=seller, at=AFTER_CLOSE
        )
    operations.record_new_owner(
        row.facility, successor=buyer.organization, since=AFTER_CLOSE.date(), reason="Sold.",
        source="A letter", by=coordinator, at=SOLD,
    )  # fmt: skip
    row.refresh_from_db()
    attested = factories.commitments(row.program)
    operations.attest_anew(row, attested=attested, proof=PROOF, by=buyer, at=ATTESTED)
    designate(row, ["contact_name"], by=buyer, at=ATTESTED, reason="Ours alone.")
    factories.representation(agent, buyer.organization, Scope.PREPARE, Scope.SUBMIT)
    return row


def ask(row, coordinator, at):
    operations.ask_for_information(
        row, reasons=["inspections", "size"], note="Which one?", subject="FDA asks", body="Look.",
        answer_by=date(2021, 1, 29), by=coordinator, at=at,
    )  # fmt: skip


def hold(row):
    for cause in Hold.ON_REQUESTS:
        place_hold(row, cause=cause, why="To be looked at.", by=None, at=ATTESTED)


def questions(client, person, page, row, assert_max):
    """Open a page as this person would; its questions after the first opening of an hour."""
    client.force_login(person)
    where = reverse(f"applications:{page}", args=[row.pk])
    assert client.get(where).status_code == 200
    with assert_max(99) as asked:
        response = client.get(where)
    assert response.status_code == 200
    told = [query["sql"] for query in asked if OF_OPERATION not in query["sql"]]
    assert len(told) <= MOST_QUERIES, "\n".join(told)
    return response.content.decode()


def test_the_fullest_sheet_of_a_request_asks_no_more_than_twelve_questions(
    sold, coordinator, client, django_assert_max_num_queries
):
    hold(sold)
    place_legal_hold(
        sold,
        matter="FOIA 1",
        reason="A suit.",
        since=AFTER_CLOSE.date(),
        by=coordinator,
        at=ATTESTED,
    )
    page = questions(client, coordinator, "request_review", sold, django_assert_max_num_queries)
    for shown in ("On hold", "The firm answered", "3999999991", "FOIA 1", "CMS", "commitment anew"):
        assert shown.lower() in page.lower()


def test_a_sheet_whose_firm_is_asked_again_asks_no_more_than_twelve_questions(
    sold, coordinator, client, django_assert_max_num_queries
):
    ask(sold, coordinator, ATTESTED)
    hold(sold)
    page = questions(client, coordinator, "request_review", sold, django_assert_max_num_queries)
    assert "FDA asked the firm for information" in page
    assert "The firm answered FDA" in page


def test_an_agents_page_of_a_request_asks_no_more_than_twelve_questions(
    sold, coordinator, agent, client, django_assert_max_num_queries
):
    ask(sold, coordinator, ATTESTED)
    hold(sold)
    page = questions(client, agent, "request_detail", sold, django_assert_max_num_queries)
    assert "Which one?" in page
    assert page.count("On hold") == len(Hold.ON_REQUESTS)


def test_an_agents_page_of_a_selected_request_asks_no_more_than_twelve_questions(
    sold, coordinator, agent, client, django_assert_max_num_queries
):
    operations.examine_again(sold, by=coordinator, at=ATTESTED)
    for result in sold.criterion_results.all():
        operations.rule_on_criterion(
            result, ruling="meets", reason="Seen.", source="File", by=coordinator, at=ATTESTED
        )
    operations.determine_eligibility(sold, by=coordinator, at=ATTESTED)
    sold.refresh_from_db()
    factories.decide(sold, Status.SELECTED, at=ATTESTED)
    factories.release(sold.program, at=ATTESTED)
    hold(sold)
    page = questions(client, agent, "request_detail", sold, django_assert_max_num_queries)
    assert "Selected" in page or "place" in page
