"""Two people at one moment: one alternate, the next place, a cap that is lowered (C4, C6)."""

from datetime import timedelta
from threading import Barrier, Event, Thread

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from applications import operations
from applications.models import Decision, Participation, Seat
from applications.operations import promotion
from applications.operations.places import take_seat
from assessments.operations import change_terms
from assessments.operations.program_rules import TERMS
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records import triggers
from qmm_pilot.records.models import Letter
from tests import factories
from tests.factories import AFTER_CLOSE, Status

LATER = AFTER_CLOSE + timedelta(days=3)
SLUG = "fdf-2020"


def at_once(*deeds):
    """Carry the deeds out at the same moment; what each gave, or the words of its refusal."""
    outcomes, start = [None] * len(deeds), Barrier(len(deeds))

    def carry_out(number, deed):
        start.wait()
        try:
            outcomes[number] = deed()
        except (Refusal, IntegrityError) as refusal:
            outcomes[number] = str(refusal)
        finally:
            connection.close()

    threads = [Thread(target=carry_out, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def promoting(row, selector):
    proof = factories.proof_of(selector)
    return lambda: operations.promote_alternate(
        row, reason="Free.", proof=proof, by=selector, at=LATER
    )


@pytest.fixture
def alternate(committing, set_clock):
    return factories.participation_request(Status.ALTERNATE)


@pytest.fixture
def selectors(alternate):
    first = factories.fda(Role.FDA_SELECTOR)
    return [first, factories.person(first.organization, Role.FDA_SELECTOR)]


def test_two_selectors_promote_the_same_alternate_once(alternate, selectors):
    outcomes = at_once(*[promoting(alternate, selector) for selector in selectors])
    refusals = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert refusals == [f"{alternate.facility} has its place already. Nothing was done twice."]
    assert Participation.objects.count() == 1
    assert Seat.objects.filter(freed_at=None).count() == 1
    assert Letter.objects.filter(kind="decision_selected").count() == 1


def test_without_the_lock_the_table_still_keeps_one_of_two_promotions(
    alternate, selectors, monkeypatch
):
    """The planted fault: nobody holds the request. The second is stopped by the tables alone."""

    def not_held(participation_request, by, **more):
        with transaction.atomic():
            return type(participation_request).objects.get(pk=participation_request.pk)

    monkeypatch.setattr(promotion, "locked_for_decision", not_held)
    outcomes = at_once(*[promoting(alternate, selector) for selector in selectors])
    assert sum(isinstance(outcome, Decision) for outcome in outcomes) == 1
    assert Participation.objects.count() == 1


def test_promoting_and_drafting_at_one_moment_take_different_places(alternate, selectors):
    eligible = factories.participation_request(Status.ELIGIBLE)
    outcomes = at_once(
        promoting(alternate, selectors[0]),
        lambda: operations.select_participant(
            eligible, reason="Diverse", by=selectors[1], at=LATER
        ),
    )
    assert sorted(outcome.seat.number for outcome in outcomes) == [1, 2]


def test_two_signers_release_the_same_batch_once(committing, set_clock):
    row = factories.participation_request(Status.ELIGIBLE)
    factories.decide(row, Status.SELECTED)
    first = factories.fda(Role.FDA_SELECTOR)
    signers = [first, factories.person(first.organization, Role.FDA_SELECTOR)]
    program = row.program
    seen = operations.pending_release(program, at=LATER).sha256
    proofs = {signer.pk: factories.proof_of(signer) for signer in signers}
    outcomes = at_once(
        *[
            lambda signer=signer: operations.release_decisions(
                program, proof=proofs[signer.pk], seen=seen, by=signer, at=LATER
            )
            for signer in signers
        ]
    )
    [words] = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert words.startswith("These decisions were released already by ")
    assert words.endswith("Nothing was released twice.")
    assert Participation.objects.count() == 1
    assert Letter.objects.filter(kind="decision_selected").count() == 1


def seating_slowly(row, by, *, lowered, deed):
    """Take the third place and keep the transaction open until the other has begun to lower."""
    has_seat = Event()

    def seats():
        with transaction.atomic():
            number = deed(row, by).number
            has_seat.set()
            lowered.wait(1)  # the other cannot finish before this commits, so this passes by time
        return number

    return seats, has_seat


def both(row, deed, lower):
    """What the one who takes the third place gets, and the one who lowers the cap meanwhile."""
    lowered = Event()
    selector = factories.fda(Role.FDA_SELECTOR)
    seats, has_seat = seating_slowly(row, selector, lowered=lowered, deed=deed)

    def lowers():
        has_seat.wait(10)
        try:
            return lower()
        finally:
            lowered.set()

    return at_once(seats, lowers)


@pytest.fixture
def third(committing, set_clock):
    """An eligible request for which the third and last place is free."""
    for _ in range(2):
        factories.decide(factories.participation_request(Status.ELIGIBLE), Status.SELECTED)
    Program.objects.filter(slug=SLUG).update(cap=3)
    factories.fda(Role.FDA_SELECTOR)
    return factories.participation_request(Status.ELIGIBLE)


def holds():
    highest = max(Seat.objects.filter(freed_at=None).values_list("number", flat=True))
    return highest <= Program.objects.get(slug=SLUG).cap


def select(row, by):
    return operations.select_participant(row, reason="Diverse", by=by, at=LATER).seat


def take(row, by):
    row = type(row).objects.select_related("program", "facility").get(pk=row.pk)
    return take_seat(row, by=by, at=LATER)


def lower_by_hand():
    return Program.objects.filter(slug=SLUG).update(cap=2)


def test_a_cap_is_not_lowered_below_the_place_that_is_taken_at_that_moment(third):
    coordinator = factories.fda(Role.FDA_COORDINATOR)
    program = factories.program()
    terms = {name: getattr(program, name) for name in TERMS} | {"cap": 2}
    number, words = both(
        third,
        select,
        lambda: change_terms(program, **terms, reason="Fewer", by=coordinator, at=LATER),
    )
    assert number == 3
    assert words == "Place 3 is taken, so the cap cannot be lower than 3. Free it first."
    assert holds()


def test_raw_sql_does_not_lower_it_either(third):
    number, words = both(third, take, lower_by_hand)
    assert number == 3
    assert "the cap cannot go below the highest place in use" in words
    assert holds()


def test_without_its_look_at_the_program_the_trigger_would_miss_the_race(third, monkeypatch):
    """The planted fault: on SQLite one person writes at a time, so there it cannot show."""
    if settings.USES_SQLITE:
        return
    name = "seat_within_cap"
    kept = triggers.TRIGGERS[name]
    monkeypatch.setitem(triggers.TRIGGERS, name, kept._replace(first=""))
    triggers.install()
    assert both(third, take, lower_by_hand) == [3, 1]
    assert not holds()
