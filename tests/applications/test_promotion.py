"""Alternates: promoted after a recheck, told that no place comes, giving up (C6, C10)."""

from datetime import date, timedelta

import pytest

from applications import operations
from applications.models import (
    Attestation,
    Decision,
    Hold,
    Participation,
    ParticipationRequest,
    Seat,
    VerdictChange,
)
from applications.operations.persons_asked import persons_asked, year_before
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.assumptions import assumptions_of
from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import ActionItem, Letter, Signature, TrailEntry
from qmm_pilot.records.proofs import Proof
from qmm_pilot.records.signatures import checked_signatures
from tests import factories
from tests.factories import AFTER_CLOSE, Status

pytestmark = pytest.mark.django_db
LATER = AFTER_CLOSE + timedelta(days=3)


@pytest.fixture
def selector(db):
    return factories.fda(Role.FDA_SELECTOR)


@pytest.fixture
def waiting(selector):
    """Two alternates in the order of their ranks, who were told, and a program with free places."""
    rows = [factories.participation_request(Status.ELIGIBLE) for _ in range(2)]
    for row in rows:
        factories.decide(row, Status.ALTERNATE)
    factories.release(rows[0].program)
    for row in rows:
        row.refresh_from_db()
    return rows


def promote(row, selector, **more):
    facts = {"reason": "A place is free.", "proof": factories.proof_of(selector), **more}
    return operations.promote_alternate(row, by=selector, at=facts.pop("at", LATER), **facts)


def close(program, selector, **more):
    facts = {"reason": "Too late.", "proof": factories.proof_of(selector), **more}
    return operations.close_waiting_list(program, by=selector, at=LATER, **facts)


def outcome():
    return (
        list(ParticipationRequest.objects.order_by("pk").values_list("pk", "status")),
        list(Seat.objects.values_list("number", "freed_at")),
        list(Decision.objects.order_by("pk").values_list("pk", "kind", "ended_at")),
        Participation.objects.count(),
        Letter.objects.count(),
        Signature.objects.count(),
        TrailEntry.objects.count(),
    )


def refused(words, row, selector, **more):
    before = outcome()
    with pytest.raises(Refusal, match=words):
        promote(row, selector, **more)
    assert outcome() == before


# --- promoted -----------------------------------------------------------------------------------


def test_an_alternate_gets_the_free_place_and_its_letter_and_the_earlier_decision_stays(
    selector, waiting
):
    first, _ = waiting
    told_at = first.told_at
    decision = promote(first, selector)
    first.refresh_from_db()
    assert (first.status, first.told_at) == (Status.SELECTED, told_at)
    offered = first.participation
    assert (offered.status, offered.seat, offered.offered_at) == ("offered", decision.seat, LATER)
    assert offered.accept_by == date(2020, 12, 28)
    assert list(first.decisions.values_list("kind", "rank", "released_at", "ended_at")) == [
        ("alternate", 1, AFTER_CLOSE, LATER),
        ("selected", None, LATER, None),
    ]
    letters = Letter.objects.filter(subject_id=str(first.pk), at=LATER)
    assert list(letters.values_list("kind", flat=True)) == ["decision_selected"]
    assert ActionItem.objects.open().filter(key=f"accept:{offered.pk}").exists()


def test_a_promotion_is_signed_and_its_signature_and_the_earlier_ones_hold(selector, waiting):
    promote(waiting[0], selector)
    close(waiting[0].program, selector)
    checked = checked_signatures(factories.program())
    assert [(entry.signature.meaning, entry.fault) for entry in checked] == [
        ("Released the decisions of this program", ""),
        ("Promoted an alternate to a place of this program", ""),
        ("Told the alternates of this program that they are not selected", ""),
    ]
    Decision.objects.filter(participation_request=waiting[0], kind="selected").update(
        kind="not_selected"
    )
    assert [bool(entry.fault) for entry in checked_signatures(factories.program())] == [
        False,
        True,
        False,
    ]


def test_the_task_of_the_free_place_ends_with_the_last_place_or_the_last_alternate(selector):
    official = factories.registrant()
    Program.objects.filter(slug="fdf-2020").update(cap=1)
    offered = factories.participation(official, accepted=False)
    row = factories.participation_request(Status.ALTERNATE)
    other = factories.participation_request(Status.ALTERNATE)
    operations.decline_place(offered, by=official, at=LATER)
    task = ActionItem.objects.open().filter(key__startswith="free-place:")
    assert task.count() == 1
    promote(row, selector)
    assert task.count() == 0
    refused("No place of FDF 2020 is free", other, selector)


@pytest.mark.parametrize("role", [Role.FDA_COORDINATOR, Role.FDA_APPROVER, Role.FDA_REVIEWER])
def test_only_selectors_promote_and_close(waiting, role):
    stranger = factories.fda(role)
    refused("Only FDA selectors", waiting[0], stranger)
    before = outcome()
    with pytest.raises(Refusal, match="Only FDA selectors"):
        close(waiting[0].program, stranger)
    assert outcome() == before


def test_a_wrong_proof_or_no_reason_promotes_nobody(selector, waiting):
    refused("password", waiting[0], selector, proof=Proof(password="wrong"))
    refused("needs its reason", waiting[0], selector, reason=" ")


def test_a_second_press_says_that_the_place_is_held_already(selector, waiting):
    promote(waiting[0], selector)
    refused("has its place already. Nothing was done twice", waiting[0], selector)


@pytest.mark.parametrize("status", [Status.ELIGIBLE, Status.NOT_SELECTED, Status.NOT_ELIGIBLE])
def test_who_is_no_alternate_is_not_promoted(selector, status):
    refused("waits for no place as an alternate", factories.participation_request(status), selector)


def test_a_drafted_alternate_was_not_told_and_is_not_promoted(selector):
    row = factories.participation_request(Status.ELIGIBLE)
    factories.decide(row, Status.ALTERNATE)
    refused("waits for no place as an alternate", row, selector)


def test_passing_over_a_better_rank_needs_its_reason_which_is_kept(selector, waiting):
    first, second = waiting
    refused("A better rank comes first: say why it is passed over", second, selector)
    decision = promote(second, selector, skip_reason="It asked for time until May.")
    assert decision.skip_reason == "It asked for time until May."
    entry = TrailEntry.objects.get(deed="promote_alternate")
    assert entry.after["passed_over"] == [str(first.pk)]


# --- rechecked ----------------------------------------------------------------------------------


def test_an_alternate_on_hold_is_refused(selector, waiting):
    Hold.objects.create(
        participation_request=waiting[0],
        cause=Hold.Cause.NEW_OWNER,
        why="The new owner has not attested.",
        placed_at=AFTER_CLOSE,
        review_on=date(2021, 1, 4),
    )
    refused("on hold since December 10, 2020", waiting[0], selector)
    promote(waiting[1], selector, skip_reason="On hold.")


def test_an_official_action_since_is_found_at_the_promotion_and_settled_by_a_coordinator(
    selector, waiting
):
    first, coordinator = waiting[0], factories.fda(Role.FDA_COORDINATOR)
    operations.enter_inspection(
        first,
        fei_key=first.fei_key,
        ended_on=date(2019, 5, 3),
        classification="OAI",
        source="Inspection file",
        looked_up_on=AFTER_CLOSE.date(),
        by=coordinator,
        at=LATER,
    )
    refused("The newest data speak against criterion b", first, selector)
    change = VerdictChange.objects.get(settled_at=None)
    operations.settle_change(change, reason="It was overturned.", by=coordinator, at=LATER)
    assert promote(first, selector).kind == "selected"


def test_a_commitment_that_ended_is_found_at_the_promotion(selector, waiting):
    Attestation.objects.filter(participation_request=waiting[0], criterion__code="c").update(
        ended_at=LATER
    )
    refused("speak against criterion c", waiting[0], selector)


def test_an_alternate_is_not_promoted_when_too_few_days_are_left(selector, waiting):
    program = factories.program()
    last = program.last_promotion_day()
    assert program.ends_on - last == timedelta(days=120)
    on_the_day = AFTER_CLOSE + (last - AFTER_CLOSE.date())
    refused("the last day was", waiting[0], selector, at=on_the_day + timedelta(days=1))
    assert promote(waiting[0], selector, at=on_the_day).kind == "selected"


def test_the_days_needed_are_the_programs_own(selector, waiting):
    Program.objects.filter(slug="fdf-2020").update(
        promotion_days_needed=(factories.program().ends_on - LATER.date()).days + 1
    )
    refused("calendar days: the last day was December 12, 2020", waiting[0], selector)


def test_the_page_of_the_program_says_that_the_notice_is_silent_on_it():
    [assumed] = [a for a in assumptions_of(factories.program()) if "alternate" in a.setting]
    assert assumed.value == (
        "At least 120 calendar days before the program ends: promoted through September 2, 2021"
    )
    assert assumed.why.startswith("The notice is silent")


# --- persons asked ------------------------------------------------------------------------------


@pytest.fixture
def nine_asked(selector):
    """Nine firms that were offered a place, one of which declined, and an alternate."""
    officials = [factories.registrant() for _ in range(9)]
    rows = [factories.participation_request(Status.ELIGIBLE, by) for by in officials]
    alternate = factories.participation_request(Status.ELIGIBLE)
    for row in rows:
        factories.decide(row, Status.SELECTED)
    factories.decide(alternate, Status.ALTERNATE)
    factories.release(alternate.program)
    offered = Participation.objects.get(participation_request=rows[0])
    operations.decline_place(offered, by=officials[0], at=LATER)
    return alternate


def test_the_tenth_person_needs_a_clearance_that_is_kept_with_the_decision(selector, nine_asked):
    assert persons_asked(factories.program(), at=LATER).asked == 9
    refused("person number 10", nine_asked, selector)
    decision = promote(nine_asked, selector, clearance="OMB 0910-0999, approved by telephone")
    assert decision.clearance == "OMB 0910-0999, approved by telephone"
    assert persons_asked(factories.program(), at=LATER).asked == 10


def test_a_control_number_of_the_program_is_enough_until_it_expires(selector, nine_asked):
    block = {"pra_control_number": "0910-0001", "pra_burden_statement": "One hour."}
    programs = Program.objects.filter(slug="fdf-2020")
    programs.update(pra_expires_on=LATER.date() - timedelta(days=1), **block)
    refused("person number 10", nine_asked, selector)
    programs.update(pra_expires_on=LATER.date())
    assert promote(nine_asked, selector).clearance == "OMB control number 0910-0001"


def test_no_clearance_is_asked_or_kept_below_the_tenth(selector, waiting):
    assert promote(waiting[0], selector, clearance="Not needed").clearance == ""


def test_persons_count_from_the_offer_until_the_place_is_free_or_the_program_ends():
    official = factories.registrant()
    offered = factories.participation(official, accepted=False)
    program = offered.program
    assert persons_asked(program, at=AFTER_CLOSE).asked == 1
    operations.decline_place(offered, by=official, at=LATER)
    assert persons_asked(program, at=LATER + timedelta(days=364)).asked == 1
    assert persons_asked(program, at=LATER + timedelta(days=366)).asked == 0
    factories.participation()
    end = LATER.replace(year=program.ends_on.year, month=program.ends_on.month,
                        day=program.ends_on.day)  # fmt: skip
    assert persons_asked(program, at=end + timedelta(days=365)).asked == 1
    assert persons_asked(program, at=end + timedelta(days=367)).asked == 0


def test_rehearsals_other_pilots_and_mere_drafts_are_not_persons_asked():
    row = factories.participation_request(Status.ELIGIBLE)
    factories.decide(row, Status.SELECTED)
    api = factories.participation(pilot="api")
    counted = persons_asked(row.program, at=LATER)
    assert (counted.asked, counted.drafted) == (0, {row.fei_key})
    Program.objects.filter(pk=api.program_id).update(pilot="fdf")
    assert persons_asked(row.program, at=LATER).asked == 1
    Program.objects.filter(pk=api.program_id).update(rehearsal_of=row.program)
    assert persons_asked(row.program, at=LATER).asked == 0


def test_a_year_before_a_leap_day_is_the_last_of_february():
    assert year_before(LATER.replace(year=2024, month=2, day=29)).date() == date(2023, 2, 28)


# --- no place comes, or none is wanted ----------------------------------------------------------


def test_the_alternates_are_told_together_that_no_place_comes(selector, waiting):
    program = factories.program()
    letters = Letter.objects.count()
    close(program, selector, seen=operations.pending_close(program).sha256)
    for row in waiting:
        row.refresh_from_db()
        assert row.status == Status.NOT_SELECTED
        assert list(row.decisions.values_list("kind", "ended_at")) == [
            ("alternate", LATER),
            ("not_selected", None),
        ]
    assert Letter.objects.count() == letters + 2
    for body in Letter.objects.filter(kind="alternate_not_selected").values_list("body", flat=True):
        assert "Selection is no judgment of quality" in body
        assert "rank" not in body.lower()
    before = outcome()
    with pytest.raises(Refusal, match="nobody to tell"):
        close(program, selector)
    assert outcome() == before


def test_a_list_that_changed_a_missing_reason_or_a_wrong_proof_tells_nobody(selector, waiting):
    program = factories.program()
    seen = operations.pending_close(program).sha256
    before = outcome()
    for words, more in (
        ("needs its reason", {"reason": ""}),
        ("password", {"proof": Proof(password="wrong")}),
        ("changed after this page", {"seen": "0" * 64}),
    ):
        with pytest.raises(Refusal, match=words):
            close(program, selector, **more)
    assert outcome() == before
    promote(waiting[0], selector)
    with pytest.raises(Refusal, match="changed after this page"):
        close(program, selector, seen=seen)


def test_an_alternate_on_hold_waits_for_its_hold_to_end(selector, waiting):
    Hold.objects.create(
        participation_request=waiting[0], cause=Hold.Cause.NEW_OWNER, why="x",
        placed_at=AFTER_CLOSE, review_on=date(2021, 1, 4),
    )  # fmt: skip
    close(factories.program(), selector)
    assert [ParticipationRequest.objects.get(pk=row.pk).status for row in waiting] == [
        "alternate",
        "not_selected",
    ]


def test_a_firm_that_waits_no_longer_withdraws_and_leaves_its_rank(selector, waiting):
    first, second = waiting
    row = operations.withdraw_request(first, reason="Sold", by=first.started_by, at=LATER)
    assert row.status == Status.WITHDRAWN
    assert list(row.decisions.values_list("kind", "rank", "withdrawn_at", "ended_at")) == [
        ("alternate", 1, None, LATER)
    ]
    assert promote(second, selector).skip_reason == ""
    with pytest.raises(IllegalMove):
        promote(first, selector)
    later = factories.participation_request(Status.ELIGIBLE)
    facts = {"reason": "x", "by": selector, "at": LATER}
    assert operations.decide_alternate(later, rank=1, **facts).rank == 1


@pytest.mark.parametrize("status", [Status.SELECTED, Status.NOT_SELECTED])
def test_other_outcomes_are_not_withdrawn(status):
    row = factories.participation_request(status)
    with pytest.raises(IllegalMove, match="outcome of this request was released"):
        operations.withdraw_request(row, by=row.started_by, at=LATER)
