"""Two officers take the last place in two browsers at the same moment (C4)."""

import pytest
from django.urls import reverse

from applications import operations
from applications.models import Decision, Seat
from qmm_pilot.accounts.roles import Role
from tests import factories
from tests.factories import AFTER_CLOSE, Status

pytestmark = pytest.mark.browser
TAKEN = "A place is taken for this facility"
TOLD = "All nine places are taken. Nothing was changed."


@pytest.fixture
def officers(committing, set_clock):
    office = factories.organization("fda", "FDA")
    return [factories.person(office, Role.FDA_SELECTOR, name=name) for name in ("Ada", "Grace")]


def eligible(count):
    return [factories.participation_request(Status.ELIGIBLE) for _ in range(count)]


def page_with_the_decision_filled_in(desk, officer, row):
    page = desk(officer).new_page()
    page.goto(reverse("applications:selection_decide", args=[row.program_id, row.pk]))
    page.locator("main label").filter(has_text="Select: take a place").click()
    page.locator("main").get_by_label("Reason").fill("Adds a site of its kind.")
    return page


def press_both(pages):
    """Press both buttons, and only then wait for what either of them leads to."""
    for page in pages:
        page.get_by_role("button", name="Draft the decision").evaluate(
            "button => { window.pressed = true; setTimeout(() => button.click()) }"
        )
    for page in pages:
        page.wait_for_function("() => !window.pressed && document.readyState === 'complete'")
    return [page.locator("main").inner_text() for page in pages]


def test_of_two_officers_one_takes_the_ninth_place_and_the_other_is_told(desk, officers):
    *others, one, another = eligible(10)
    for row in others:
        operations.select_participant(row, reason="Drafted.", by=officers[0], at=AFTER_CLOSE)
    pages = [
        page_with_the_decision_filled_in(desk, officer, row)
        for officer, row in zip(officers, (one, another), strict=True)
    ]
    told = press_both(pages)
    assert sorted([TAKEN in words for words in told]) == [False, True]
    assert sorted([TOLD in words for words in told]) == [False, True]
    assert Seat.objects.filter(freed_at=None).count() == 9
    assert Decision.objects.filter(withdrawn_at=None).count() == 9
    loser = pages[0] if TOLD in told[0] else pages[1]
    assert loser.locator("main").get_by_label("Reason").input_value() == "Adds a site of its kind."


def test_of_two_officers_both_take_a_place_while_two_are_free(desk, officers):
    *others, one, another = eligible(9)
    for row in others:
        operations.select_participant(row, reason="Drafted.", by=officers[0], at=AFTER_CLOSE)
    told = press_both(
        [
            page_with_the_decision_filled_in(desk, officer, row)
            for officer, row in zip(officers, (one, another), strict=True)
        ]
    )
    assert [TAKEN in words for words in told] == [True, True]
    numbers = Seat.objects.filter(freed_at=None).values_list("number", flat=True)
    assert sorted(numbers) == list(range(1, 10))
