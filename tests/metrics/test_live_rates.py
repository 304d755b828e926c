"""The rates that the page shows while somebody types equal those that the server computes."""

import random
from pathlib import Path

import pytest

from metrics.measures import CountError, Unit, format_rate, rate
from metrics.tables import CHECK_COUNTS

SCRIPT = Path(__file__).parents[2] / "static" / "js" / "metrics.js"
BASIS = {Unit.PERCENT: "", Unit.PER_MILLION: "dosage units distributed"}
EDGES = [
    (0, 0),
    (3, 0),
    (0, 5),
    (7, 7),
    (99_999, 100_000),
    (100_001, 100_000),
    (1, 100_000),
    (1, 3),
    (2, 3),
    (5, 2_000),
    (10**12 - 1, 1),
    (1, 10**12 - 1),
]


def server_rate(numerator, denominator, unit):
    try:
        return format_rate(rate(numerator, denominator, unit), unit, BASIS[unit])
    except CountError:
        return CHECK_COUNTS


@pytest.mark.browser
@pytest.mark.parametrize("unit", list(Unit))
def test_a_rate_shown_while_typing_is_the_rate_that_the_server_computes(browser, unit):
    chance = random.Random(3)
    pairs = EDGES + [
        (chance.randrange(10 ** chance.randrange(1, 12)), chance.randrange(1, 10**12))
        for _ in range(60)
    ]
    page = browser.new_page()
    page.set_content(
        f'<section class="metric-grid" data-unit="{unit}" data-basis="{BASIS[unit]}">'
        '<div data-quarter><input id="n" inputmode="numeric"><input id="d" inputmode="numeric">'
        '<input type="checkbox"><output data-rate></output></div></section>'
    )
    page.add_script_tag(path=SCRIPT)
    shown = []
    for numerator, denominator in pairs:
        page.fill("#n", str(numerator))
        page.fill("#d", f"{denominator:,}")
        shown.append(page.text_content("output"))
    page.fill("#d", "12.5")
    unreadable = page.text_content("output")
    page.check("input[type=checkbox]")
    not_measured = page.text_content("output")
    page.close()
    assert shown == [server_rate(*pair, unit) for pair in pairs]
    assert (unreadable, not_measured) == ("–", "Not measured")
