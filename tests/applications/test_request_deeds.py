"""Starting, saving, submitting and withdrawing a request: what works, what is refused, and why."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications import operations
from applications.models import Attestation, Decision, Facility, ParticipationRequest, Seat
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records import triggers
from qmm_pilot.records.models import ActionItem, Letter, TrailEntry
from tests import factories
from tests.factories import AT, Status

pytestmark = pytest.mark.django_db
CLOSE = datetime(2020, 12, 1, 5, 0, tzinfo=UTC)


def submit(row, by, at=AT, attested=None):
    attested = factories.commitments(row.program) if attested is None else attested
    return operations.submit_request(row, attested=attested, proof=factories.PROOF, by=by, at=at)


def state_of(row):
    """Everything that a refused deed must leave as it was."""
    row = ParticipationRequest.objects.get(pk=row.pk)
    return (
        row.status,
        row.receipt_number,
        Attestation.objects.count(),
        Letter.objects.count(),
        ActionItem.objects.count(),
        TrailEntry.objects.count(),
    )


def test_a_submitted_request_has_a_receipt_its_attestations_one_letter_and_its_entry():
    official = factories.registrant()
    row = submit(factories.draft(official), official)
    assert row.status == Status.SUBMITTED
    assert row.receipt_number.startswith("FDF-")
    assert sorted(row.attestations.values_list("criterion__code", flat=True)) == ["c", "d", "e"]
    assert list(Letter.objects.values_list("address", flat=True)) == [official.email]
    entry = TrailEntry.objects.latest("position")
    assert (entry.deed, entry.before, entry.after["status"]) == (
        "submit_request",
        {"status": "draft"},
        "submitted",
    )


def test_the_api_pilot_attests_its_own_criteria():
    official = factories.registrant()
    row = submit(factories.draft(official, pilot="api"), official)
    codes = row.attestations.values_list("criterion__code", flat=True)
    assert sorted(codes) == ["c(1)", "c(2)", "c(3)"]


def test_submitting_again_changes_nothing_and_gives_the_same_receipt():
    official = factories.registrant()
    row = submit(factories.draft(official), official)
    before = state_of(row)
    again = submit(row, official, at=AT + timedelta(minutes=1))
    assert again.receipt_number == row.receipt_number
    assert state_of(row) == before


def test_the_window_holds_to_the_last_microsecond_of_november_30_eastern():
    official = factories.registrant()
    row = factories.draft(official)
    before = state_of(row)
    with pytest.raises(Refusal, match=r"November 30, 2020, 11:59 p\.m\. ET"):
        submit(row, official, at=CLOSE)
    assert state_of(row) == before
    assert submit(row, official, at=CLOSE - timedelta(microseconds=1)).status == Status.SUBMITTED


def test_nothing_is_started_before_the_opening_or_after_the_close():
    official = factories.registrant()
    site = factories.facility(official)
    program = factories.program()
    opens_at = program.openings.get().opens_at
    for moment in (opens_at - timedelta(microseconds=1), CLOSE):
        with pytest.raises(Refusal):
            operations.start_request(program, site, by=official, at=moment)
    assert ParticipationRequest.objects.count() == 0
    assert operations.start_request(program, site, by=official, at=opens_at).status == Status.DRAFT


@given(st.datetimes(datetime(2020, 9, 1), datetime(2021, 2, 1), timezones=st.just(UTC)))
def test_a_moment_is_inside_exactly_when_it_lies_from_opening_to_close(moment):
    program = Program.objects.get(slug="fdf-2020")
    opening = program.openings.get()
    assert program.accepts_requests_at(moment) == (opening.opens_at <= moment < CLOSE)


@pytest.mark.parametrize(("pilot", "country"), [("fdf", "IN"), ("api", "US"), ("api", "PR")])
def test_a_facility_in_the_wrong_country_is_refused(pilot, country):
    official = factories.registrant()
    site = factories.facility(official, country=country)
    with pytest.raises(Refusal, match="does not fit"):
        operations.start_request(factories.program(pilot), site, by=official, at=AT)
    assert ParticipationRequest.objects.count() == 0


def test_territories_count_as_domestic_unless_the_program_says_otherwise():
    official = factories.registrant()
    site = factories.facility(official, country="PR")
    program = factories.program()
    Program.objects.filter(pk=program.pk).update(territories_are_domestic=False)
    with pytest.raises(Refusal):
        operations.start_request(factories.program(), site, by=official, at=AT)
    Program.objects.filter(pk=program.pk).update(territories_are_domestic=True)
    row = operations.start_request(factories.program(), site, by=official, at=AT)
    assert row.status == Status.DRAFT


def test_a_second_live_request_of_the_firm_for_one_site_points_to_the_first():
    official = factories.registrant()
    row = factories.draft(official)
    with pytest.raises(Refusal, match="already has a request"):
        operations.start_request(row.program, row.facility, by=official, at=AT)
    operations.withdraw_request(row, by=official, at=AT)
    again = operations.start_request(row.program, row.facility, by=official, at=AT)
    assert again.status == Status.DRAFT


def test_another_firms_request_for_the_same_fei_is_never_hinted_at_and_becomes_a_task():
    first, second = factories.registrant(), factories.registrant()
    site = factories.facility(first, fei="0003002222")
    rival = factories.facility(second, fei="3002222")
    submit(factories.draft(first, site=site), first)
    assert not ActionItem.objects.filter(key__startswith="contested").exists()
    row = submit(factories.draft(second, site=rival), second)
    assert row.status == Status.SUBMITTED
    item = ActionItem.objects.get(key__startswith="contested")
    assert (item.role, item.organization_id) == (Role.FDA_COORDINATOR, None)


def test_each_commitment_is_attested_separately():
    official = factories.registrant()
    row = factories.draft(official)
    before = state_of(row)
    with pytest.raises(Refusal, match="Not yet attested: e, Consultation"):
        submit(row, official, attested=factories.commitments(row.program)[:2])
    assert state_of(row) == before


def test_a_draft_with_gaps_names_them_all():
    official = factories.registrant()
    row = factories.draft(official, sector="", contact_phone="")
    before = state_of(row)
    with pytest.raises(Refusal, match="Contact: telephone; Sector"):
        submit(row, official)
    assert state_of(row) == before
    assert [name for name, _ in operations.missing_answers(row)] == ["contact_phone", "sector"]


def test_only_an_official_of_the_firm_submits():
    official = factories.registrant()
    row = factories.draft(official)
    before = state_of(row)
    preparer = factories.person(official.organization, Role.FIRM_PREPARER)
    for stranger in (preparer, factories.registrant(), factories.fda(Role.FDA_COORDINATOR)):
        with pytest.raises(Refusal, match="authorized official"):
            submit(row, stranger)
    assert state_of(row) == before


def test_a_preparer_prepares_and_strangers_do_not():
    official = factories.registrant()
    row = factories.draft(official)
    preparer = factories.person(official.organization, Role.FIRM_PREPARER)
    operations.save_answers(row, {"sector": "cdmo"}, by=preparer, at=AT)
    row.refresh_from_db()
    assert row.sector == "cdmo"
    for stranger in (factories.registrant(), factories.fda(Role.FDA_COORDINATOR)):
        with pytest.raises(Refusal):
            operations.save_answers(row, {"sector": "otc"}, by=stranger, at=AT)
        with pytest.raises(Refusal):
            operations.withdraw_request(row, by=stranger, at=AT)
        with pytest.raises(Refusal):
            operations.start_request(row.program, row.facility, by=stranger, at=AT)
    row.refresh_from_db()
    assert (row.sector, row.status) == ("cdmo", Status.DRAFT)


def test_the_trail_names_the_answers_that_changed_but_not_their_words():
    official = factories.registrant()
    row = factories.draft(official)
    operations.save_answers(row, {"product_description": "Secret tablets"}, by=official, at=AT)
    entry = TrailEntry.objects.latest("position")
    assert entry.after == {"changed": ["product_description"]}
    assert not TrailEntry.objects.filter(after_json__contains="Secret").exists()


def test_answers_of_a_submitted_request_cannot_be_changed():
    official = factories.registrant()
    row = submit(factories.draft(official), official)
    with pytest.raises(IllegalMove):
        operations.save_answers(row, {"sector": "otc"}, by=official, at=AT)


def test_what_is_no_answer_cannot_be_saved_as_one():
    official = factories.registrant()
    row = factories.draft(official)
    with pytest.raises(ValueError, match="status"):
        operations.save_answers(row, {"status": "selected"}, by=official, at=AT)


@pytest.mark.parametrize(
    "status", [Status.SUBMITTED, Status.UNDER_REVIEW, Status.ELIGIBLE, Status.NOT_ELIGIBLE]
)
def test_a_firm_withdraws_until_the_outcome_is_released_and_everyone_is_told(status):
    official = factories.registrant()
    coordinator = factories.fda(Role.FDA_COORDINATOR)
    row = factories.participation_request(status, official)
    triggers.drop()  # comes back when the test's transaction is rolled back
    Letter.objects.all().delete()
    row = operations.withdraw_request(row, reason="Sold", by=official, at=AT)
    assert (row.status, row.withdrawal_reason) == (Status.WITHDRAWN, "Sold")
    addresses = set(Letter.objects.values_list("address", flat=True))
    assert addresses == {official.email, coordinator.email}


def test_withdrawing_frees_a_drafted_place():
    official = factories.registrant()
    row = factories.participation_request(Status.ELIGIBLE, official)
    factories.decide(row, Status.SELECTED)
    assert Seat.objects.filter(freed_at=None).count() == 1
    operations.withdraw_request(row, by=official, at=AT)
    assert Seat.objects.filter(freed_at=None).count() == 0
    assert Decision.objects.filter(withdrawn_at=None).count() == 0


def test_withdrawing_leaves_the_moment_at_which_an_earlier_draft_was_taken_back():
    official, selector = factories.registrant(), factories.fda(Role.FDA_SELECTOR)
    row = factories.participation_request(Status.ELIGIBLE, official)
    draft = operations.decide_not_selected(row, reason="Alike", by=selector, at=AT)
    operations.undo_decision(draft, by=selector, at=AT)
    operations.withdraw_request(row, by=official, at=AT + timedelta(days=1))
    assert Decision.objects.get().withdrawn_at == AT


def test_a_facility_with_the_longest_name_gets_its_place_and_its_tasks():
    site = factories.facility(official := factories.registrant(), name="N" * 200)
    row = factories.draft(official, site=site)
    [item] = ActionItem.objects.filter(subject_id=row.pk)
    assert item.title == f"Finish and submit the request of {'N' * 166}…"


def test_a_released_outcome_cannot_be_withdrawn():
    official = factories.registrant()
    row = factories.participation_request(Status.SELECTED, official)
    with pytest.raises(IllegalMove, match="released"):
        operations.withdraw_request(row, by=official, at=AT)


def test_a_firm_registers_a_facility_once_per_fei_whatever_its_zeros():
    official = factories.registrant()
    factories.facility(official, fei="0003001111")
    with pytest.raises(Refusal, match="already registered"):
        factories.facility(official, fei="3001111")
    other = factories.registrant()
    assert factories.facility(other, fei="3001111").fei_key == "3001111"
    with pytest.raises(Refusal, match="FEI"):
        factories.facility(official, fei="12AB")


def test_fda_sees_a_facility_once_a_request_for_it_is_submitted():
    coordinator, official = factories.fda(Role.FDA_COORDINATOR), factories.registrant()
    site = factories.facility(official)
    row = factories.draft(official, site=site)
    assert list(Facility.objects.visible_to(coordinator)) == []
    submit(row, official)
    assert list(Facility.objects.visible_to(coordinator)) == [site]


def test_nobody_registers_a_facility_for_another_firm():
    official, other = factories.registrant(), factories.registrant()
    with pytest.raises(Refusal):
        operations.register_facility(
            other.organization, by=official, at=AT, fei="3001112", duns="123456789", name="X"
        )
