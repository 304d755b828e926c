"""Rival claims: two firms ask for one facility, both are on hold, two people rule (B6, B17)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from applications import operations
from applications.models import ClaimRuling, Decision, Hold, ParticipationRequest, Seat
from applications.operations.holds import OnHold
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.models import ActionItem, Letter, RecordAccess, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE, AT

pytestmark = pytest.mark.django_db
Status = ParticipationRequest.Status
FEI = "3002222"


@pytest.fixture
def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


@pytest.fixture
def second():
    office = factories.fda(Role.FDA_COORDINATOR).organization
    return factories.person(office, Role.FDA_COORDINATOR, name="Miguel Santos")


def claim(by=None, status=Status.SUBMITTED, **fields):
    """A request for the contested facility by a firm of its own."""
    by = by or factories.registrant()
    return factories.participation_request(
        status, by, site=factories.facility(by, fei=FEI), **fields
    )


def rule(holder, by, **replaced):
    facts = {"reason": "The registration names it.", "source": "Registration 2020", **replaced}
    return operations.rule_on_claims(holder, by=by, at=AFTER_CLOSE, **facts)


def state_of(*rows):
    """Everything that a deed on claims could change."""
    return (
        [ParticipationRequest.objects.values().get(pk=row.pk) for row in rows],
        list(Hold.objects.order_by("pk").values()),
        list(ClaimRuling.objects.order_by("pk").values()),
        Letter.objects.count(),
        TrailEntry.objects.count(),
    )


def contested_items():
    return ActionItem.objects.open().filter(key__startswith="contested:")


# --- the contest ---------------------------------------------------------------------------------


def test_two_claims_are_put_on_hold_and_both_firms_read_the_same_words():
    one, two = claim(), claim()
    assert sorted(Hold.objects.values_list("participation_request", flat=True)) == sorted(
        [one.pk, two.pk]
    )
    letters = {
        row.pk: Letter.objects.get(kind="request_held", subject_id=row.pk) for row in (one, two)
    }
    neutral = {
        letters[row.pk]
        .body.replace(row.receipt_number, "R")
        .replace(letters[row.pk].person.name, "N")
        for row in (one, two)
    }
    assert len(neutral) == 1
    assert "another firm" not in neutral.pop()
    item = contested_items().get()
    assert (item.role, item.organization_id) == (Role.FDA_COORDINATOR, None)
    assert item.due_on == Hold.objects.first().review_on
    held = TrailEntry.objects.get(deed="place_hold")
    assert held.subject_id == str(one.pk)


def test_a_draft_or_another_program_is_no_rival_claim():
    one = claim()
    claim(status=Status.DRAFT)
    assert not Hold.objects.exists()
    assert not contested_items().exists()
    assert one.status == Status.SUBMITTED


def test_one_firm_is_no_rival_of_itself():
    official = factories.registrant()
    row = claim(official)
    operations.withdraw_request(row, by=official, at=AT)
    again = operations.start_request(row.program, row.facility, by=official, at=AT)
    operations.save_answers(again, factories.answers(row.program), by=official, at=AT)
    operations.submit_request(
        again,
        attested=factories.commitments(row.program),
        proof=factories.PROOF,
        by=official,
        at=AT,
    )
    assert not Hold.objects.exists()


def test_nothing_advances_on_hold(coordinator):
    reviewed = claim(status=Status.UNDER_REVIEW)
    rival = claim()
    result = reviewed.criterion_results.get(criterion__code="b")
    facts = {"ruling": "meets", "reason": "x", "source": "x"}
    for deed in (
        lambda: operations.take_up_request(rival, by=coordinator, at=AFTER_CLOSE),
        lambda: operations.examine_again(reviewed, by=coordinator, at=AFTER_CLOSE),
        lambda: operations.rule_on_criterion(result, **facts, by=coordinator, at=AFTER_CLOSE),
        lambda: operations.determine_eligibility(reviewed, by=coordinator, at=AFTER_CLOSE),
    ):
        before = state_of(reviewed, rival)
        with pytest.raises(OnHold, match="on hold since November 16, 2020"):
            deed()
        assert state_of(reviewed, rival) == before


def test_a_held_request_takes_no_place_and_waits_for_no_release():
    eligible = claim(status=Status.ELIGIBLE)
    other = factories.participation_request(Status.ELIGIBLE)
    claim()
    selector = factories.fda(Role.FDA_SELECTOR)
    with pytest.raises(OnHold):
        operations.select_participant(eligible, reason="x", by=selector, at=AFTER_CLOSE)
    factories.decide(other, Status.NOT_SELECTED)
    factories.release(other.program)
    eligible.refresh_from_db()
    assert (eligible.status, eligible.told_at) == (Status.ELIGIBLE, None)


def test_a_rival_claim_stops_the_acceptance_of_an_offered_place():
    official = factories.registrant()
    offered = factories.participation(
        official, accepted=False, site=factories.facility(official, fei=FEI)
    )
    claim()
    with pytest.raises(OnHold, match="checks details of the facility"):
        operations.accept_place(offered, by=official, at=AFTER_CLOSE)


def test_the_withdrawal_of_one_claim_ends_the_contest_of_the_other(coordinator):
    official = factories.registrant()
    one, two = claim(official), claim()
    rule(two, coordinator)
    operations.withdraw_request(one, by=official, at=AFTER_CLOSE)
    assert not Hold.objects.standing().exists()
    assert not contested_items().exists()
    assert ClaimRuling.objects.get().withdrawn_at == AFTER_CLOSE
    assert Letter.objects.get(kind="request_resumed").subject_id == str(two.pk)
    operations.take_up_request(two, by=coordinator, at=AFTER_CLOSE)


def test_of_three_claims_two_stay_on_hold_when_one_withdraws():
    official = factories.registrant()
    one, two, three = claim(official), claim(), claim()
    operations.withdraw_request(one, by=official, at=AT)
    assert set(Hold.objects.standing().values_list("participation_request", flat=True)) == {
        two.pk,
        three.pk,
    }
    assert contested_items().count() == 1


def test_the_last_waiting_request_that_withdraws_closes_the_selectors_task():
    official = factories.registrant()
    row = factories.participation_request(Status.ELIGIBLE, official)
    assert ActionItem.objects.open().filter(key=f"select:{row.program_id}").exists()
    operations.withdraw_request(row, by=official, at=AFTER_CLOSE)
    assert not ActionItem.objects.open().filter(key=f"select:{row.program_id}").exists()


def test_a_draft_that_withdraws_settles_no_contest():
    official = factories.registrant()
    draft = claim(official, Status.DRAFT)
    claim()
    claim()
    operations.withdraw_request(draft, by=official, at=AT)
    assert Hold.objects.standing().count() == 2


# --- the ruling ----------------------------------------------------------------------------------


def test_two_people_rule_then_one_request_goes_on_and_the_other_is_closed(coordinator, second):
    one, two = claim(), claim()
    ruling = rule(one, coordinator)
    assert Hold.objects.standing().count() == 2
    operations.confirm_claim_ruling(ruling, by=second, at=AFTER_CLOSE)
    for row in (one, two):
        row.refresh_from_db()
    assert (one.status, two.status) == (Status.SUBMITTED, Status.CLOSED)
    assert two.closed_at == AFTER_CLOSE
    assert not Hold.objects.standing().exists()
    assert not ActionItem.objects.open().filter(subject_id=str(two.pk)).exists()
    assert not contested_items().exists()
    closed = Letter.objects.get(kind="request_closed")
    assert closed.subject_id == str(two.pk)
    assert one.organization.name not in closed.body
    assert "another" not in closed.body
    entry = TrailEntry.objects.order_by("-position").first()
    assert (entry.deed, entry.subject_id) == ("confirm_claim_ruling", str(one.pk))
    operations.take_up_request(one, by=coordinator, at=AFTER_CLOSE)


def test_a_closed_request_gives_back_the_place_drafted_for_it(coordinator, second):
    placed = claim(status=Status.ELIGIBLE)
    factories.decide(placed, Status.SELECTED)
    rival = claim()
    operations.confirm_claim_ruling(rule(rival, coordinator), by=second, at=AFTER_CLOSE)
    assert Seat.objects.get(participation_request=placed).freed_at == AFTER_CLOSE
    assert Decision.objects.get(participation_request=placed).withdrawn_at == AFTER_CLOSE


def test_who_ruled_does_not_confirm(coordinator):
    one, two = claim(), claim()
    ruling = rule(one, coordinator)
    before = state_of(one, two)
    with pytest.raises(Refusal, match="a second person must confirm"):
        operations.confirm_claim_ruling(ruling, by=coordinator, at=AFTER_CLOSE)
    assert state_of(one, two) == before


@pytest.mark.parametrize("role", [Role.FDA_SELECTOR, Role.FDA_APPROVER, Role.FDA_REVIEWER])
def test_only_coordinators_rule_confirm_and_take_back(coordinator, role):
    one, two = claim(), claim()
    stranger = factories.fda(role)
    ruling = rule(one, coordinator)
    before = state_of(one, two)
    for deed in (
        lambda: rule(one, stranger),
        lambda: operations.confirm_claim_ruling(ruling, by=stranger, at=AFTER_CLOSE),
        lambda: operations.take_back_claim_ruling(ruling, by=stranger, at=AFTER_CLOSE),
    ):
        with pytest.raises(Refusal, match="Only FDA coordinators"):
            deed()
    assert state_of(one, two) == before


def test_a_ruling_needs_a_contest_a_reason_and_a_source(coordinator):
    one = claim()
    with pytest.raises(IllegalMove, match="there is no contest"):
        rule(one, coordinator)
    claim()
    for lacking in ({"reason": " "}, {"source": ""}):
        with pytest.raises(Refusal, match="reason and the source"):
            rule(one, coordinator, **lacking)
    rule(one, coordinator)
    with pytest.raises(IllegalMove, match="waits for a second person"):
        rule(one, coordinator)


def test_no_ruling_goes_against_a_facility_that_takes_part(coordinator):
    official = factories.registrant()
    factories.participation(official, site=factories.facility(official, fei=FEI))
    with pytest.raises(IllegalMove, match="End its participation first"):
        rule(claim(), coordinator)


def test_a_third_claim_makes_an_open_ruling_void(coordinator, second):
    one = claim()
    claim()
    ruling = rule(one, coordinator)
    claim()
    with pytest.raises(IllegalMove, match="does not wait"):
        operations.confirm_claim_ruling(ruling, by=second, at=AFTER_CLOSE)


def test_a_ruling_is_taken_back_and_both_stay_on_hold(coordinator, second):
    one = claim()
    claim()
    ruling = rule(one, coordinator)
    operations.take_back_claim_ruling(ruling, by=coordinator, at=AFTER_CLOSE)
    assert Hold.objects.standing().count() == 2
    with pytest.raises(IllegalMove):
        operations.confirm_claim_ruling(ruling, by=second, at=AFTER_CLOSE)
    rule(one, second)


# --- pages ---------------------------------------------------------------------------------------


def url(name, row):
    return reverse(f"applications:{name}", kwargs={"pk": row.pk})


def page_of(client, user, name, row):
    client.force_login(user)
    return client.get(url(name, row)).content.decode()


def test_each_firm_reads_the_same_page_and_nothing_of_the_other(client, set_clock):
    officials = [factories.registrant(), factories.registrant()]
    rows = [claim(official) for official in officials]
    for mine, other, official in ((0, 1, officials[0]), (1, 0, officials[1])):
        page = page_of(client, official, "request_detail", rows[mine])
        assert "FDA has put this request on hold while it checks details of the facility." in page
        assert rows[other].receipt_number not in page
        assert rows[other].organization.name not in page
        assert "another firm" not in page
        assert "rival" not in page


def test_fda_compares_the_claims_rules_and_a_colleague_confirms(
    client, set_clock, coordinator, second
):
    one, two = claim(), claim()
    set_clock(AFTER_CLOSE)
    page = page_of(client, coordinator, "claims", one)
    assert one.organization.name in page
    assert two.organization.name in page
    posted = {"holder": two.pk, "reason": "Registered owner.", "source": "Registration 2020"}
    client.post(url("claims", one), posted)
    assert "You made this ruling" in client.get(url("claims", one)).content.decode()
    client.post(url("claims_confirm", one))
    one.refresh_from_db()
    assert one.status == Status.SUBMITTED
    client.force_login(second)
    client.post(url("claims_confirm", one))
    one.refresh_from_db()
    assert one.status == Status.CLOSED
    assert "Nothing is contested" in client.get(url("claims", two)).content.decode()


def test_a_ruling_names_one_of_the_claims_on_the_page(client, set_clock, coordinator):
    one, _ = claim(), claim()
    foreign = factories.participation_request(Status.SUBMITTED)
    client.force_login(coordinator)
    client.post(url("claims", one), {"holder": foreign.pk, "reason": "x", "source": "x"})
    assert not ClaimRuling.objects.exists()


def test_a_firm_that_lost_reads_neutral_words(client, set_clock, coordinator, second):
    official = factories.registrant()
    mine, other = claim(official), claim()
    operations.confirm_claim_ruling(
        rule(other, coordinator), by=second, at=AFTER_CLOSE + timedelta(days=1)
    )
    page = page_of(client, official, "request_detail", mine)
    assert "FDA could not confirm that your firm may make this request" in page
    assert other.organization.name not in page


# --- the access register of each firm -------------------------------------------------------------


def test_the_page_that_compares_the_claims_stands_in_the_register_of_both_firms(
    client, coordinator, settings
):
    settings.DEBUG = True
    one, two = claim(), claim()
    claim(status=Status.DRAFT)
    client.force_login(coordinator)
    client.get(reverse("applications:claims", args=[one.pk]))
    assert sorted(RecordAccess.objects.values_list("organization_id", "subject_id")) == sorted(
        (row.organization_id, str(row.pk)) for row in (one, two)
    )
