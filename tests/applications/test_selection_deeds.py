"""Nine places: taken, refused, freed; decisions drafted, released together, answered by firms."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from applications import operations
from applications.models import Decision, Hold, Participation, ParticipationRequest, Seat
from applications.operations.places import NoSeatLeft, take_seat
from qmm_pilot.accounts.operations import deactivate
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records import triggers
from qmm_pilot.records.models import ActionItem, Letter, Signature, TrailEntry
from qmm_pilot.records.proofs import Proof
from qmm_pilot.records.signatures import signatures_of
from tests import factories
from tests.factories import AFTER_CLOSE, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def selector(db):
    return factories.fda(Role.FDA_SELECTOR)


def eligible(**fields):
    return factories.participation_request(Status.ELIGIBLE, **fields)


def select(row, by):
    return operations.select_participant(row, reason="Diverse", by=by, at=AFTER_CLOSE)


def release(selector, proof=None, **more):
    return operations.release_decisions(
        factories.program(),
        proof=proof or factories.proof_of(selector),
        by=selector,
        at=AFTER_CLOSE,
        **more,
    )


def outcome():
    return (
        list(Seat.objects.values_list("number", "freed_at")),
        Decision.objects.filter(withdrawn_at=None).count(),
        Participation.objects.count(),
        Letter.objects.count(),
        Signature.objects.count(),
        TrailEntry.objects.count(),
    )


def test_a_cap_that_was_lowered_meanwhile_is_full_at_once(selector):
    rows = [eligible() for _ in range(3)]
    for row in rows[:2]:
        select(row, selector)
    stale = ParticipationRequest.objects.select_related("program").get(pk=rows[2].pk)
    assert stale.program.cap == 9
    Program.objects.filter(pk=stale.program_id).update(cap=2)
    with pytest.raises(NoSeatLeft, match="All two places are taken"):
        take_seat(stale, by=selector, at=AFTER_CLOSE)


def test_who_left_the_firm_is_not_told_what_was_decided(selector):
    row = eligible()
    official = factories.person(row.organization, Role.FIRM_OFFICIAL)
    deactivate(row.started_by, reason="Left", by=None, at=AFTER_CLOSE)
    factories.decide(row, Status.NOT_SELECTED)
    release(selector)
    told = Letter.objects.filter(kind="decision_not_selected")
    assert [letter.person for letter in told] == [official]


def test_nine_are_seated_and_the_tenth_is_told_that_all_places_are_taken(selector):
    rows = [eligible() for _ in range(10)]
    numbers = [select(row, selector).seat.number for row in rows[:9]]
    assert numbers == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    before = outcome()
    with pytest.raises(NoSeatLeft, match="All nine places are taken"):
        select(rows[9], selector)
    assert outcome() == before


def test_a_tenth_place_is_refused_by_the_database_itself(selector):
    rows = [eligible() for _ in range(10)]
    for row in rows[:9]:
        select(row, selector)
    last, program = rows[9], factories.program()
    for number in (10, 9, 0):
        with pytest.raises(IntegrityError), transaction.atomic():
            Seat.objects.create(
                program=program,
                number=number,
                participation_request=last,
                facility=last.facility,
                fei_key=last.fei_key,
                taken_by=selector,
                taken_at=AFTER_CLOSE,
            )
    assert Seat.objects.filter(freed_at=None).count() == 9


def test_a_lower_cap_holds_and_cannot_go_below_the_places_in_use(selector):
    rows = [eligible() for _ in range(3)]
    Program.objects.filter(slug="fdf-2020").update(cap=2)
    for row in rows[:2]:
        select(row, selector)
    with pytest.raises(NoSeatLeft, match="All two places are taken"):
        select(rows[2], selector)
    for cap in (1, 0, 10):
        with pytest.raises(IntegrityError), transaction.atomic():
            Program.objects.filter(slug="fdf-2020").update(cap=cap)
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE applications_seat SET number = 3 WHERE number = 2")


def test_a_draft_taken_back_frees_its_place_at_once(selector):
    first, second = eligible(), eligible()
    Program.objects.filter(slug="fdf-2020").update(cap=1)
    decision = select(first, selector)
    operations.undo_decision(decision, by=selector, at=AFTER_CLOSE)
    assert select(second, selector).seat.number == 1
    with pytest.raises(IllegalMove):
        operations.undo_decision(decision, by=selector, at=AFTER_CLOSE)


def test_a_second_request_for_the_same_site_gets_no_place(selector):
    one, two = factories.registrant(), factories.registrant()
    rows = [eligible(by=one, site=factories.facility(one, fei="0003005555"))]
    select(rows[0], selector)
    # A rival claim is on hold and so never comes this far: the place is guarded all the same.
    site = factories.facility(two, fei="3005555")
    rival = factories.participation_request(Status.SUBMITTED, two, site=site)
    Hold.objects.update(ended_at=AFTER_CLOSE)
    coordinator = factories.fda(Role.FDA_COORDINATOR)
    rival = operations.take_up_request(rival, by=coordinator, at=AFTER_CLOSE)
    factories.rule_on_inspections(rival, "meets")
    rows.append(operations.determine_eligibility(rival, by=coordinator, at=AFTER_CLOSE))
    with pytest.raises(Refusal, match="same site"):
        select(rows[1], selector)


def test_no_two_alternates_share_a_rank(selector):
    one, two = eligible(), eligible()
    facts = {"reason": "x", "by": selector, "at": AFTER_CLOSE}
    decision = operations.decide_alternate(one, rank=1, **facts)
    with pytest.raises(Refusal, match=f"{one.facility} is alternate number 1 already"):
        operations.decide_alternate(two, rank=1, **facts)
    operations.undo_decision(decision, by=selector, at=AFTER_CLOSE)
    assert operations.decide_alternate(two, rank=1, **facts).rank == 1


def test_a_request_is_decided_about_once(selector):
    row = eligible()
    select(row, selector)
    for deed in (
        lambda: select(row, selector),
        lambda: operations.decide_not_selected(row, reason="x", by=selector, at=AFTER_CLOSE),
        lambda: operations.decide_alternate(row, rank=1, reason="x", by=selector, at=AFTER_CLOSE),
    ):
        with pytest.raises(IllegalMove, match="drafted already"):
            deed()


@pytest.mark.parametrize("status", [Status.UNDER_REVIEW, Status.NOT_ELIGIBLE, Status.WITHDRAWN])
def test_only_eligible_requests_are_selected(selector, status):
    row = factories.participation_request(status)
    before = outcome()
    with pytest.raises(IllegalMove):
        select(row, selector)
    assert outcome() == before


def test_a_decision_needs_its_reason_and_an_alternate_its_rank(selector):
    row = eligible()
    before = outcome()
    with pytest.raises(Refusal, match="reason"):
        operations.select_participant(row, reason=" ", by=selector, at=AFTER_CLOSE)
    with pytest.raises(Refusal, match="ranked from 1"):
        operations.decide_alternate(row, rank=0, reason="x", by=selector, at=AFTER_CLOSE)
    assert outcome() == before


@pytest.mark.parametrize("role", [Role.FDA_COORDINATOR, Role.FDA_REVIEWER, Role.FDA_APPROVER])
def test_only_selectors_decide_and_release(selector, role):
    row = eligible()
    stranger = factories.fda(role)
    with pytest.raises(Refusal):
        select(row, stranger)
    decision = select(row, selector)
    for deed in (
        lambda: operations.undo_decision(decision, by=stranger, at=AFTER_CLOSE),
        lambda: release(stranger),
    ):
        with pytest.raises(Refusal):
            deed()
    assert Participation.objects.count() == 0


def test_firms_see_no_change_until_the_release(selector):
    row = eligible()
    select(row, selector)
    row.refresh_from_db()
    assert row.get_status_for_firm_display() == "Under review"
    release(selector)
    row.refresh_from_db()
    assert row.get_status_for_firm_display() == "Selected"


def test_a_release_tells_everyone_together_and_is_signed(selector):
    chosen, alternate, refused = eligible(), eligible(), eligible()
    not_eligible = factories.participation_request(Status.NOT_ELIGIBLE)
    select(chosen, selector)
    operations.decide_alternate(alternate, rank=1, reason="x", by=selector, at=AFTER_CLOSE)
    operations.decide_not_selected(refused, reason="x", by=selector, at=AFTER_CLOSE)
    triggers.drop()  # comes back when the test's transaction is rolled back
    Letter.objects.all().delete()
    release(selector)
    kinds = dict(Letter.objects.values_list("subject_id", "kind"))
    assert kinds == {
        str(chosen.pk): "decision_selected",
        str(alternate.pk): "decision_alternate",
        str(refused.pk): "decision_not_selected",
        str(not_eligible.pk): "decision_not_eligible",
    }
    offered = Participation.objects.get()
    assert (offered.status, offered.seat.number) == ("offered", 1)
    assert offered.accept_by == date(2020, 12, 24)
    [signature] = signatures_of(factories.program())
    assert signature.signer == selector
    assert not ParticipationRequest.objects.filter(told_at=None).exists()


def test_letters_say_that_selection_is_no_judgment_of_quality_and_give_no_rank(selector):
    chosen, alternate, refused = eligible(), eligible(), eligible()
    select(chosen, selector)
    operations.decide_alternate(alternate, rank=1, reason="Rank 1", by=selector, at=AFTER_CLOSE)
    operations.decide_not_selected(refused, reason="Score 2", by=selector, at=AFTER_CLOSE)
    triggers.drop()  # comes back when the test's transaction is rolled back
    Letter.objects.all().delete()
    release(selector)
    for body in Letter.objects.values_list("body", flat=True):
        assert "Selection is no judgment of quality" in body
        assert "rank" not in body.lower()
        assert "score" not in body.lower()


def test_an_undecided_request_a_wrong_password_or_nothing_drafted_release_nothing(selector):
    with pytest.raises(Refusal, match="nothing to release"):
        release(selector)
    decided, undecided = eligible(), eligible()
    select(decided, selector)
    before = outcome()
    with pytest.raises(Refusal, match=f"Undecided: {undecided.facility}"):
        release(selector)
    assert outcome() == before
    operations.decide_not_selected(undecided, reason="x", by=selector, at=AFTER_CLOSE)
    before = outcome()
    with pytest.raises(Refusal, match="password"):
        release(selector, proof=Proof(password="wrong"))
    assert outcome() == before


def test_what_changed_after_the_signer_read_it_is_not_released(selector):
    select(eligible(), selector)
    with pytest.raises(Refusal, match="changed after this page"):
        release(selector, seen="0" * 64)
    assert Participation.objects.count() == 0


def test_a_second_batch_is_released_without_telling_the_first_again(selector):
    select(eligible(), selector)
    release(selector)
    letters = Letter.objects.count()
    with pytest.raises(Refusal, match="nothing to release"):
        release(selector)
    assert Letter.objects.count() == letters


def test_the_official_accepts_and_the_coordinator_is_asked_to_assign(selector):
    coordinator = factories.fda(Role.FDA_COORDINATOR)
    official = factories.registrant()
    offered = factories.participation(official, accepted=False)
    triggers.drop()  # comes back when the test's transaction is rolled back
    Letter.objects.all().delete()
    accepted = operations.accept_place(offered, by=official, at=AFTER_CLOSE)
    assert accepted.status == Participation.Status.ACTIVE
    assert list(Letter.objects.values_list("address", flat=True)) == [coordinator.email]
    assert ActionItem.objects.open().filter(key=f"assign:{offered.pk}").exists()
    assert not ActionItem.objects.open().filter(key=f"accept:{offered.pk}").exists()
    with pytest.raises(IllegalMove):
        operations.accept_place(offered, by=official, at=AFTER_CLOSE)


def test_declining_frees_the_place_for_another(selector):
    official = factories.registrant()
    Program.objects.filter(slug="fdf-2020").update(cap=1)
    offered = factories.participation(official, accepted=False)
    other = eligible()
    with pytest.raises(NoSeatLeft, match="The one place is taken"):
        select(other, selector)
    operations.decline_place(offered, reason="No capacity", by=official, at=AFTER_CLOSE)
    assert select(other, selector).seat.number == 1
    with pytest.raises(IllegalMove):
        operations.accept_place(offered, by=official, at=AFTER_CLOSE)


def test_only_an_official_of_the_firm_answers_the_offer(selector):
    official = factories.registrant()
    offered = factories.participation(official, accepted=False)
    preparer = factories.person(official.organization, Role.FIRM_PREPARER)
    for stranger in (preparer, factories.registrant(), selector):
        with pytest.raises(Refusal):
            operations.accept_place(offered, by=stranger, at=AFTER_CLOSE)
        with pytest.raises(Refusal):
            operations.decline_place(offered, by=stranger, at=AFTER_CLOSE)
    offered.refresh_from_db()
    assert offered.status == Participation.Status.OFFERED


def test_a_late_acceptance_stands_while_the_offer_does(selector):
    official = factories.registrant()
    offered = factories.participation(official, accepted=False)
    late = AFTER_CLOSE + timedelta(days=60)
    assert operations.accept_place(offered, by=official, at=late).status == "active"
