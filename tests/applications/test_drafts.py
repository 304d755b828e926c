"""Drafted decisions: changed in one step, alternates moved up and down, released once (C5)."""

import pytest

from applications import operations
from applications.models import Barring, Decision, Hold, Seat
from applications.operations.places import NoSeatLeft
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import Letter, Signature, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE, Status

pytestmark = pytest.mark.django_db
Kind = Decision.Kind


@pytest.fixture
def selector(db):
    return factories.fda(Role.FDA_SELECTOR)


def draft(status):
    return factories.decide(factories.participation_request(Status.ELIGIBLE), status)


def change(decision, kind, by, *, rank=None, reason="On second thought."):
    return operations.change_decision(
        decision, kind=kind, rank=rank, reason=reason, by=by, at=AFTER_CLOSE
    )


def move(decision, by, *, up):
    return operations.move_alternate(decision, up=up, by=by, at=AFTER_CLOSE)


def ranks():
    return dict(
        Decision.objects.standing()
        .filter(kind=Kind.ALTERNATE)
        .values_list("participation_request_id", "rank")
    )


def outcome():
    return (
        list(Decision.objects.order_by("pk").values_list("pk", "kind", "rank", "withdrawn_at")),
        list(Seat.objects.values_list("number", "freed_at")),
        TrailEntry.objects.count(),
    )


def test_an_alternate_becomes_selected_in_one_step_and_the_earlier_draft_stays(selector):
    decision = draft(Status.ALTERNATE)
    changed = change(decision, Kind.SELECTED, selector)
    decision.refresh_from_db()
    assert (changed.kind, changed.rank, changed.seat.number) == ("selected", None, 1)
    assert (decision.kind, decision.rank, decision.withdrawn_at) == ("alternate", 1, AFTER_CLOSE)
    entry = TrailEntry.objects.get(deed="change_decision")
    assert (entry.before, entry.after) == (
        {"decision": "alternate", "place": None, "rank": 1},
        {"decision": "selected", "place": 1, "rank": None},
    )


def test_a_selected_draft_that_is_changed_frees_its_place_and_keeps_it_for_a_new_reason(selector):
    decision = draft(Status.SELECTED)
    again = change(decision, Kind.SELECTED, selector, reason="A better one.")
    assert again.seat == decision.seat
    assert Seat.objects.filter(freed_at=None).count() == 1
    changed = change(again, Kind.ALTERNATE, selector, rank=2)
    assert (changed.seat, changed.rank) == (None, 2)
    assert Seat.objects.filter(freed_at=None).count() == 0
    assert Decision.objects.standing().count() == 1


def test_a_change_that_cannot_be_made_leaves_the_draft_as_it_is(selector):
    Program.objects.filter(slug="fdf-2020").update(cap=1)
    draft(Status.SELECTED)
    first, second = draft(Status.ALTERNATE), draft(Status.ALTERNATE)
    before = outcome()
    with pytest.raises(NoSeatLeft):
        change(first, Kind.SELECTED, selector)
    with pytest.raises(Refusal, match="is alternate number 2 already"):
        change(first, Kind.ALTERNATE, selector, rank=2)
    with pytest.raises(Refusal, match="ranked from 1"):
        change(first, Kind.ALTERNATE, selector)
    with pytest.raises(Refusal, match="needs its reason"):
        change(first, Kind.NOT_SELECTED, selector, reason=" ")
    with pytest.raises(Refusal, match="Nothing was changed"):
        change(first, Kind.ALTERNATE, selector, rank=1, reason=first.reason)
    for stranger in (factories.fda(Role.FDA_COORDINATOR), second.participation_request.started_by):
        with pytest.raises(Refusal, match="Only FDA selectors"):
            change(first, Kind.NOT_SELECTED, stranger)
        with pytest.raises(Refusal, match="Only FDA selectors"):
            move(second, stranger, up=True)
    assert outcome() == before


def test_what_is_no_draft_any_more_is_neither_changed_nor_moved(selector):
    decision, other = draft(Status.ALTERNATE), draft(Status.ALTERNATE)
    taken_back = draft(Status.NOT_SELECTED)
    operations.undo_decision(taken_back, by=selector, at=AFTER_CLOSE)
    with pytest.raises(IllegalMove, match="no longer a draft"):
        change(taken_back, Kind.SELECTED, selector)
    factories.decide(taken_back.participation_request, Status.NOT_SELECTED)
    factories.release(factories.program())
    before = outcome()
    for deed in (
        lambda: change(decision, Kind.SELECTED, selector),
        lambda: move(other, selector, up=True),
    ):
        with pytest.raises(IllegalMove, match="no longer a draft"):
            deed()
    assert outcome() == before


def test_a_draft_about_a_request_on_hold_is_not_changed(selector):
    decision = draft(Status.ALTERNATE)
    Hold.objects.create(
        participation_request=decision.participation_request, cause=Hold.Cause.CONTESTED,
        why="x", placed_at=AFTER_CLOSE, review_on=AFTER_CLOSE.date(),
    )  # fmt: skip
    with pytest.raises(Refusal, match="on hold"):
        change(decision, Kind.SELECTED, selector)


def test_alternates_are_moved_past_their_neighbours(selector):
    one, two, three = (draft(Status.ALTERNATE) for _ in range(3))
    move(three, selector, up=True)
    assert ranks() == {
        one.participation_request_id: 1,
        three.participation_request_id: 2,
        two.participation_request_id: 3,
    }
    move(one, selector, up=False)
    assert ranks()[three.participation_request_id] == 1
    before = outcome()
    with pytest.raises(Refusal, match="is the first drafted alternate already"):
        move(three, selector, up=True)
    with pytest.raises(Refusal, match="is the last drafted alternate already"):
        move(two, selector, up=False)
    with pytest.raises(IllegalMove, match="Only alternates have a rank"):
        move(draft(Status.NOT_SELECTED), selector, up=True)
    assert outcome()[1] == before[1]


def test_a_rank_that_was_told_is_not_exchanged(selector):
    told = draft(Status.ALTERNATE)
    factories.release(factories.program())
    later = draft(Status.ALTERNATE)
    with pytest.raises(Refusal, match="is the first drafted alternate already"):
        move(later, selector, up=True)
    assert ranks() == {told.participation_request_id: 1, later.participation_request_id: 2}


def test_a_second_signer_learns_who_released_what_she_read(selector):
    draft(Status.NOT_SELECTED)
    program = factories.program()
    seen = operations.pending_release(program, at=AFTER_CLOSE).sha256
    factories.release(program)
    kept = (Letter.objects.count(), Signature.objects.count(), TrailEntry.objects.count())
    second = factories.person(selector.organization, Role.FDA_SELECTOR)
    for signer in (selector, second):
        with pytest.raises(Refusal, match=f"released already by {selector.name}, December 10"):
            operations.release_decisions(
                program, proof=factories.proof_of(signer), seen=seen, by=signer, at=AFTER_CLOSE
            )
    assert kept == (Letter.objects.count(), Signature.objects.count(), TrailEntry.objects.count())


def test_an_alternate_of_a_closed_site_is_neither_moved_nor_named(selector):
    first, second = draft(Status.ALTERNATE), draft(Status.ALTERNATE)
    site = first.participation_request
    Barring.objects.create(person=selector, fei_key=site.fei_key, since=AFTER_CLOSE)
    before, standing = outcome(), ranks()
    with pytest.raises(Refusal, match="conflict of interest"):
        move(second, selector, up=True)
    with pytest.raises(Refusal, match="Another facility is alternate number 1 already"):
        change(second, Kind.ALTERNATE, selector, rank=1)
    assert (outcome(), ranks()) == (before, standing)
