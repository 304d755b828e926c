"""FDA's pages of intake, eligibility and selection, as a person clicks through them."""

import io
import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from applications import operations
from applications.inspections import import_inspections
from applications.models import Decision, Participation, ParticipationRequest, Seat
from qmm_pilot.accounts.operations import deactivate
from qmm_pilot.accounts.roles import CASE_ROLES, Role
from qmm_pilot.records.models import Letter
from qmm_pilot.records.signatures import signatures_of
from tests import factories
from tests.applications.exports import NAI, OAI, VAI, export, row
from tests.factories import AFTER_CLOSE, AT, fda

Status = ParticipationRequest.Status
pytestmark = pytest.mark.django_db
STRANGERS = ["firm", "contractor", Role.FDA_ANALYST, Role.FDA_ADMINISTRATOR]
MOST_QUERIES = 12  # P2


def asked(queries):
    """The queries of a page but that for the demonstration's moment, which operation never asks."""
    return [q for q in queries.captured_queries if '"records_demonstrationmoment"' not in q["sql"]]


@pytest.fixture(autouse=True)
def _moment(set_clock):
    set_clock(AFTER_CLOSE)


@pytest.fixture
def open_as(client):
    """Sign in as FDA staff of these roles; returns the client."""

    def signed_in(*roles):
        client.force_login(fda(*roles))
        return client

    return signed_in


def text_of(response):
    """The page's text with single spaces and without markup."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(unescape(words).split())


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def stranger(which):
    if which == "firm":
        return factories.registrant()
    if which == "contractor":
        return factories.person(factories.organization("contractor"), Role.CONTRACTOR_LEAD)
    return fda(which)


def address(name, *args):
    return reverse(f"applications:{name}", args=args)


def with_inspections(participation_request, *rows):
    """Put an export on record whose rows are about the facility of this request."""
    content = export(*(r | {"FEI Number": participation_request.facility.fei} for r in rows))
    return import_inspections(
        io.BytesIO(content), file_name="inspections.csv", by=None, at=AFTER_CLOSE
    ).snapshot


# --- the eligibility sheet ---------------------------------------------------------------------


def test_a_withdrawn_draft_is_not_found_by_fda(open_as):
    withdrawn = factories.participation_request(Status.WITHDRAWN)
    response = open_as(Role.FDA_COORDINATOR).get(address("request_review", withdrawn.pk))
    assert response.status_code == 404


def test_a_submitted_request_offers_to_be_taken_up_and_quotes_every_criterion(open_as):
    submitted = factories.participation_request(Status.SUBMITTED)
    response = open_as(Role.FDA_COORDINATOR).get(address("request_review", submitted.pk))
    page = text_of(response)
    for criterion in submitted.program.criteria.all():
        assert " ".join(criterion.quotation.split()) in page
        assert criterion.citation in page
    assert "Not examined" in page
    assert f'action="{address("request_take_up", submitted.pk)}"' in response.content.decode()
    assert address("request_determine", submitted.pk) not in response.content.decode()


def test_the_sheet_shows_every_inspection_with_its_place_in_the_window(open_as):
    under_review = factories.participation_request(Status.SUBMITTED)
    snapshot = with_inspections(
        under_review,
        row(id="1", ended="09/30/2015", classification=OAI),
        row(id="2", ended="10/01/2015", classification=NAI, product="Devices", area="Compliance"),
        row(id="3", ended="09/30/2020", classification=VAI),
        row(id="3", ended="09/30/2020", classification="-", area="Another area"),
        row(id="4", ended="10/01/2020", classification=OAI),
    )
    operations.take_up_request(under_review, by=fda(Role.FDA_COORDINATOR), at=AFTER_CLOSE)
    response = open_as(Role.FDA_REVIEWER).get(address("request_review", under_review.pk))
    sheet = response.context["sheets"][1]
    assert [
        (
            one["id"],
            one["ended_on"],
            one["in_window"],
            one["is_after_window"],
            one["classification"],
        )
        for one in sheet["inspections"]
    ] == [
        ("4", date(2020, 10, 1), False, True, "OAI"),
        ("3", date(2020, 9, 30), True, False, None),
        ("2", date(2015, 10, 1), True, False, "NAI"),
        ("1", date(2015, 9, 30), False, False, "OAI"),
    ]
    page = text_of(response)
    assert "Outside, after it" in page
    assert "Outside, before it" in page
    assert "Compliance: NAI Not drugs: Devices" in page
    assert "Another area: not yet classified" in page
    assert "Public data can disprove, never prove" in page
    assert "on or after October 1, 2015, and before October 1, 2020" in page
    assert snapshot.sha256 in page
    assert "5 rows" in page


def test_the_sheet_says_which_rules_are_our_assumption(open_as):
    client = open_as(Role.FDA_REVIEWER)
    fdf = factories.participation_request(Status.UNDER_REVIEW)
    api = factories.participation_request(Status.UNDER_REVIEW, pilot="api")
    fdf_page = text_of(client.get(address("request_review", fdf.pk)))
    api_page = text_of(client.get(address("request_review", api.pk)))
    assert "Our assumption Look-back window of criterion b" not in fdf_page
    assert "Our assumption Look-back window of criterion b" in api_page
    assert "Our assumption US territories: Count as domestic" in fdf_page


def test_two_firms_for_one_site_are_shown_to_fda_on_both_sheets(open_as):
    one = factories.participation_request(Status.SUBMITTED)
    rival = factories.registrant()
    site = factories.facility(rival, fei=f"00{one.facility.fei_key}"[-10:])
    other = factories.participation_request(Status.SUBMITTED, rival, site=site)
    client = open_as(Role.FDA_COORDINATOR)
    for here, there in ((one, other), (other, one)):
        page = text_of(client.get(address("request_review", here.pk)))
        assert "On hold Rival claims to one facility" in page
        assert "Compare the claims and rule" in page
        assert there.receipt_number in text_of(client.get(address("claims", here.pk)))


def test_newer_inspection_data_are_pointed_out_until_they_are_used(open_as):
    under_review = factories.participation_request(Status.UNDER_REVIEW)
    with_inspections(under_review, row(classification=OAI))
    client = open_as(Role.FDA_COORDINATOR)
    where = address("request_review", under_review.pk)
    assert "The inspection data on record changed" in text_of(client.get(where))
    again = client.post(address("request_examine", under_review.pk), follow=True)
    assert "The inspection data on record changed" not in text_of(again)
    assert "Fails" in text_of(again)


def test_the_sheet_asks_the_database_as_often_for_many_inspections_as_for_none(
    open_as, django_assert_num_queries, django_assert_max_num_queries
):
    under_review = factories.participation_request(Status.UNDER_REVIEW)
    coordinator = fda(Role.FDA_COORDINATOR)
    client, where = open_as(Role.FDA_COORDINATOR), address("request_review", under_review.pk)
    client.get(where)  # the first opening in an hour also writes the register's line
    with django_assert_max_num_queries(MOST_QUERIES + 1) as few:
        client.get(where)
    assert len(asked(few)) <= MOST_QUERIES
    with_inspections(under_review, *(row(id=str(n), classification=VAI) for n in range(40)))
    operations.examine_again(under_review, by=coordinator, at=AFTER_CLOSE)
    for result in under_review.criterion_results.all():
        operations.rule_on_criterion(
            result, ruling="meets", reason="Seen.", source="File", by=coordinator, at=AFTER_CLOSE
        )
    with django_assert_num_queries(len(few)):
        client.get(where)


def test_a_ruling_against_the_data_needs_a_second_person(open_as):
    under_review = factories.participation_request(Status.SUBMITTED)
    with_inspections(under_review, row(classification=OAI))
    first, second = fda(Role.FDA_COORDINATOR), fda(Role.FDA_COORDINATOR, Role.FDA_REVIEWER)
    operations.take_up_request(under_review, by=first, at=AFTER_CLOSE)
    result = under_review.criterion_results.get(criterion__code="b")
    rule = address("request_rule", under_review.pk, result.pk)
    confirm = address("request_confirm_ruling", under_review.pk, result.pk)
    client = open_as(Role.FDA_COORDINATOR)
    assert "second person confirms it" in text_of(client.get(rule))
    response = client.post(
        rule,
        {"ruling": "meets", "reason": "Reclassified in 2019.", "source": "Letter"},
        follow=True,
    )
    assert "waits for a second person" in text_of(response)
    assert confirm not in response.content.decode()  # not by the same person
    refused = client.post(confirm, follow=True)
    assert messages_of(refused) == ["You made this ruling, so a second person must confirm it."]
    client.force_login(second)
    assert confirm in client.get(address("request_review", under_review.pk)).content.decode()
    done = client.post(confirm, follow=True)
    assert "Overridden: meets" in text_of(done)
    result.refresh_from_db()
    assert (result.ruled_by, result.confirmed_by, result.outcome) == (first, second, "meets")


def test_a_ruling_without_its_reason_is_asked_again_with_the_answers_kept(open_as):
    under_review = factories.participation_request(Status.UNDER_REVIEW)
    result = under_review.criterion_results.get(criterion__code="b")
    client = open_as(Role.FDA_COORDINATOR)
    where = address("request_rule", under_review.pk, result.pk)
    page = client.get(where).content.decode()
    for control in ('name="ruling"', 'name="reason"', 'name="source"', "csrfmiddlewaretoken"):
        assert control in page
    response = client.post(where, {"ruling": "meets", "reason": "", "source": "A letter"})
    assert response.status_code == 200
    assert 'value="A letter"' in response.content.decode()
    assert list(response.context["form"].errors) == ["reason"]
    result.refresh_from_db()
    assert result.ruling == ""


def test_an_undetermined_criterion_keeps_a_request_from_being_determined(open_as):
    under_review = factories.participation_request(Status.UNDER_REVIEW)
    response = open_as(Role.FDA_COORDINATOR).post(
        address("request_determine", under_review.pk), follow=True
    )
    assert messages_of(response) == [
        "Still undetermined: criterion b. Rule on it with a reason first."
    ]
    under_review.refresh_from_db()
    assert under_review.status == Status.UNDER_REVIEW


# --- from the queue to the offered place ---------------------------------------------------------


def test_a_request_goes_from_the_queue_to_an_offered_place_by_clicking(open_as):
    asked = factories.participation_request(Status.SUBMITTED)
    program, sheet = asked.program, address("request_review", asked.pk)
    client = open_as(Role.FDA_COORDINATOR)
    taken_up = client.post(address("request_take_up", asked.pk), follow=True)
    assert taken_up.redirect_chain == [(sheet, 302)]
    result = asked.criterion_results.get(criterion__code="b")
    rule = address("request_rule", asked.pk, result.pk)
    assert rule in taken_up.content.decode()
    ruled = client.post(
        rule, {"ruling": "meets", "reason": "No OAI.", "source": "FDA’s files"}, follow=True
    )
    assert "Every criterion is met" in text_of(ruled)
    determined = client.post(address("request_determine", asked.pk), follow=True)
    assert "Eligible" in text_of(determined)

    client = open_as(Role.FDA_SELECTOR)
    board = address("selection_board", program.pk)
    decide = address("selection_decide", program.pk, asked.pk)
    assert decide in client.get(board).content.decode()
    drafted = client.post(decide, {"kind": "selected", "reason": "Sterile site."}, follow=True)
    assert "1 of 9 places are used, 8 are free" in text_of(drafted)
    asked.refresh_from_db()
    assert asked.status == Status.ELIGIBLE

    release = address("selection_release", program.pk)
    page = client.get(release)
    seen = page.context["form"].initial["seen"]
    assert "Selected: the firm is offered a place" in text_of(page)
    assert f"FDA has selected {asked.facility.name}, the facility of your request" in text_of(page)
    assert 'type="password"' in page.content.decode()
    wrong = client.post(
        release, {**factories.typed_by(fda(Role.FDA_SELECTOR), "guess"), "seen": seen}
    )
    assert messages_of(wrong) == [
        "The password is not yours. Nothing was signed; enter your own password."
    ]
    assert not Participation.objects.exists()
    assert not Letter.objects.filter(kind="decision_selected").exists()
    right = client.post(
        release, {**factories.typed_by(fda(Role.FDA_SELECTOR)), "seen": seen}, follow=True
    )
    assert right.redirect_chain == [(board, 302)]
    offered = Participation.objects.get(participation_request=asked)
    assert offered.status == Participation.Status.OFFERED
    assert "Place offered" in text_of(right)
    assert signatures_of(program).get().sha256 == seen
    assert Letter.objects.filter(kind="decision_selected").count() == 1


def test_the_release_page_counts_the_recipients_of_every_letter(open_as):
    firm = factories.organization("firm")
    preparer = factories.person(firm, Role.FIRM_PREPARER, Role.FIRM_ADMINISTRATOR)
    official = factories.person(firm, Role.FIRM_OFFICIAL, Role.FIRM_PREPARER)
    site = factories.facility(preparer)
    row_ = factories.draft(preparer, site=site)
    operations.submit_request(
        row_,
        attested=factories.commitments(row_.program),
        proof=factories.PROOF,
        by=official,
        at=AT,
    )
    coordinator = fda(Role.FDA_COORDINATOR)
    operations.take_up_request(row_, by=coordinator, at=AFTER_CLOSE)
    factories.rule_on_inspections(row_, "meets")
    operations.determine_eligibility(row_, by=coordinator, at=AFTER_CLOSE)
    row_.refresh_from_db()
    factories.decide(row_, Status.SELECTED)
    barred = factories.participation_request(Status.NOT_ELIGIBLE)
    response = open_as(Role.FDA_SELECTOR).get(address("selection_release", row_.program.pk))
    letters = {
        letter["participation_request"].pk: (letter["kind"], {p.pk for p in letter["people"]})
        for letter in response.context["letters"]
    }
    assert letters == {
        row_.pk: ("selected", {preparer.pk, official.pk}),
        barred.pk: ("not_eligible", {barred.started_by_id}),
    }
    assert "3 mails go out" in text_of(response)


def test_the_release_page_shows_a_letter_that_reaches_nobody(open_as):
    row_ = factories.participation_request(Status.ELIGIBLE)
    deactivate(row_.started_by, reason="Left", by=None, at=AFTER_CLOSE)
    factories.decide(row_, Status.NOT_SELECTED)
    response = open_as(Role.FDA_SELECTOR).get(address("selection_release", row_.program.pk))
    assert "0 recipients" in text_of(response)


def test_decisions_that_changed_after_the_page_was_opened_are_not_released(open_as):
    one = factories.participation_request(Status.ELIGIBLE)
    decision = factories.decide(one, Status.NOT_SELECTED)
    client = open_as(Role.FDA_SELECTOR)
    release = address("selection_release", one.program.pk)
    seen = client.get(release).context["form"].initial["seen"]
    operations.undo_decision(decision, by=fda(Role.FDA_SELECTOR), at=AFTER_CLOSE)
    factories.decide(one, Status.SELECTED)
    response = client.post(release, {**factories.typed_by(fda(Role.FDA_SELECTOR)), "seen": seen})
    assert "changed after this page was opened" in messages_of(response)[0]
    assert response.context["form"].initial["seen"] != seen
    one.refresh_from_db()
    assert one.status == Status.ELIGIBLE


def test_nothing_is_released_while_an_eligible_request_is_undecided(open_as):
    waiting = factories.participation_request(Status.ELIGIBLE)
    client = open_as(Role.FDA_SELECTOR)
    page = client.get(address("selection_release", waiting.program.pk))
    assert "Some eligible requests have no decision" in text_of(page)
    assert 'type="password"' not in page.content.decode()


# --- the board ---------------------------------------------------------------------------------


def test_the_board_names_who_is_barred_and_why(open_as):
    barred = factories.participation_request(Status.NOT_ELIGIBLE)
    page = text_of(open_as(Role.FDA_OBSERVER).get(address("selection_board", barred.program.pk)))
    assert "Does not meet criterion b. As FDA’s own records show." in page
    assert "0 of 9 places are used, 9 are free" in page


def test_a_tenth_place_is_refused_in_words(open_as):
    for _ in range(9):
        factories.decide(factories.participation_request(Status.ELIGIBLE), Status.SELECTED)
    tenth = factories.participation_request(Status.ELIGIBLE)
    client = open_as(Role.FDA_SELECTOR)
    decide = address("selection_decide", tenth.program.pk, tenth.pk)
    assert "No place is free: 9 of 9 are used" in text_of(client.get(decide))
    response = client.post(decide, {"kind": "selected", "reason": "Diversity."})
    assert messages_of(response) == ["All nine places are taken. Nothing was changed."]
    assert Seat.objects.filter(freed_at=None).count() == 9
    alternate = client.post(
        decide, {"kind": "alternate", "rank": "1", "reason": "Next."}, follow=True
    )
    assert "Alternate 1" in text_of(alternate)


def test_the_rank_behind_the_last_alternate_is_proposed(open_as):
    ranked, next_one = (factories.participation_request(Status.ELIGIBLE) for _ in range(2))
    client = open_as(Role.FDA_SELECTOR)
    decide = address("selection_decide", next_one.program.pk, next_one.pk)
    assert client.get(decide).context["form"]["rank"].value() == 1
    factories.decide(ranked, Status.ALTERNATE)
    assert client.get(decide).context["form"]["rank"].value() == 2


def test_an_alternate_needs_a_rank(open_as):
    eligible = factories.participation_request(Status.ELIGIBLE)
    response = open_as(Role.FDA_SELECTOR).post(
        address("selection_decide", eligible.program.pk, eligible.pk),
        {"kind": "alternate", "reason": "Next."},
    )
    assert response.context["form"].errors == {"rank": ["Enter the rank of this alternate."]}
    assert not Decision.objects.exists()


def test_a_draft_taken_back_frees_its_place(open_as):
    eligible = factories.participation_request(Status.ELIGIBLE)
    decision = factories.decide(eligible, Status.SELECTED)
    response = open_as(Role.FDA_SELECTOR).post(
        address("selection_undo", eligible.program.pk, decision.pk), follow=True
    )
    assert "0 of 9 places are used" in text_of(response)


def test_a_declined_place_is_shown_as_free_again(open_as):
    offered = factories.participation(accepted=False)
    operations.decline_place(offered, by=offered.participation_request.started_by, at=AFTER_CLOSE)
    page = text_of(open_as(Role.FDA_SELECTOR).get(address("selection_board", offered.program.pk)))
    assert "0 of 9 places are used" in page
    assert "(free again)" in page
    assert "Declined" in page


def test_the_pages_of_selection_ask_the_database_as_often_for_many_as_for_one(
    open_as, django_assert_num_queries, django_assert_max_num_queries
):
    client = open_as(Role.FDA_SELECTOR)
    program = factories.program()
    pages = [
        address("selection"),
        address("selection_board", program.pk),
        address("selection_release", program.pk),
    ]

    def one_of_each():
        factories.participation()  # releases, so it comes first
        factories.participation_request(Status.NOT_ELIGIBLE)
        factories.decide(factories.participation_request(Status.ELIGIBLE), Status.SELECTED)

    one_of_each()
    counted = []
    for page in pages:
        client.get(page)  # the first opening in an hour also writes the register's line
        with django_assert_max_num_queries(MOST_QUERIES + 1) as few:
            client.get(page)
        assert len(asked(few)) <= MOST_QUERIES
        counted.append(len(few))
    one_of_each()
    one_of_each()
    for page, count in zip(pages, counted, strict=True):
        with django_assert_num_queries(count):
            client.get(page)


# --- doors -------------------------------------------------------------------------------------


def doors():
    """Every address of these pages on real rows: (address, does it take GET, the role that may)."""
    under_review = factories.participation_request(Status.UNDER_REVIEW)
    result = under_review.criterion_results.first()
    eligible = factories.participation_request(Status.ELIGIBLE)
    drafted = factories.participation_request(Status.ELIGIBLE)
    decision = factories.decide(drafted, Status.SELECTED)
    program, pk = eligible.program, under_review.pk
    return [
        (address("queue"), "page", None),
        (address("request_review", pk), "page", None),
        (address("request_take_up", pk), "deed", Role.FDA_COORDINATOR),
        (address("request_examine", pk), "deed", Role.FDA_COORDINATOR),
        (address("request_determine", pk), "deed", Role.FDA_COORDINATOR),
        (address("request_rule", pk, result.pk), "form", Role.FDA_COORDINATOR),
        (address("request_confirm_ruling", pk, result.pk), "deed", Role.FDA_COORDINATOR),
        (address("selection"), "page", None),
        (address("selection_board", program.pk), "page", None),
        (address("selection_decide", program.pk, eligible.pk), "form", Role.FDA_SELECTOR),
        (address("selection_undo", program.pk, decision.pk), "deed", Role.FDA_SELECTOR),
        (address("selection_release", program.pk), "form", Role.FDA_SELECTOR),
        (address("import_list"), "page", Role.FDA_COORDINATOR),
        (address("import_new"), "form", Role.FDA_COORDINATOR),
    ]


@pytest.mark.parametrize("which", STRANGERS)
def test_none_of_these_pages_exists_for_strangers(client, which):
    every_door = doors()
    client.force_login(stranger(which))
    found = [
        where
        for where, kind, _ in every_door
        if (kind != "deed" and client.get(where).status_code != 404)
        or (kind != "page" and client.post(where).status_code != 404)
    ]
    assert found == []


@pytest.mark.parametrize("role", sorted(CASE_ROLES))
def test_case_staff_read_these_pages_and_only_the_right_role_acts(open_as, role):
    every_door, client = doors(), open_as(role)
    for where, kind, wanted in every_door:
        is_open = wanted in (None, role)
        if kind != "deed":
            assert (client.get(where).status_code == 200) is is_open, where
        if kind == "form":
            assert (client.post(where).status_code == 200) is is_open, where
    for where, kind, wanted in every_door:
        if kind == "deed":
            assert client.get(where).status_code == 405, where
            assert (client.post(where).status_code == 302) is (wanted == role), where


def test_a_criterion_or_decision_of_another_request_is_not_found(open_as):
    one = factories.participation_request(Status.UNDER_REVIEW)
    other = factories.participation_request(Status.UNDER_REVIEW)
    foreign = other.criterion_results.first()
    client = open_as(Role.FDA_COORDINATOR)
    assert client.get(address("request_rule", one.pk, foreign.pk)).status_code == 404
    eligible = factories.participation_request(Status.ELIGIBLE)
    decision = factories.decide(eligible, Status.SELECTED)
    client = open_as(Role.FDA_SELECTOR)
    api = factories.program("api")
    assert client.get(address("selection_decide", api.pk, eligible.pk)).status_code == 404
    assert client.post(address("selection_undo", api.pk, decision.pk)).status_code == 404
