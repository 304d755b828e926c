"""The FDF pilot from sign-up to the released report, by clicking as each person (steps 1 to 8)."""

import pytest

from tests.journeys.story import COUNTS, FDF, FIRST_RATE
from tests.journeys.walk import text_of

pytestmark = pytest.mark.browser


def test_a_manufacturer_asks_to_participate_in_the_fdf_pilot(walk):
    assert walk(FDF).asks_to_participate().startswith("FDF-")


def test_the_fdf_pilot_leads_from_a_request_to_the_released_report(walk, company, step):
    fdf = walk(FDF)
    fdf.asks_to_participate()
    fdf.is_examined(finding="Undetermined")
    coordinator = fdf.coordinator
    with step("2 FDA rules on criterion b by keyboard and determines eligibility"):
        coordinator.reads("Not possible yet: criterion b is undetermined")
        coordinator.rules_by_keyboard(
            "b",
            reason="The inspection of February 2020 was closed without action.",
            source="FDA’s compliance system, read today",
        )
        coordinator.determines_eligible()
    fdf.is_selected()
    fdf.is_planned()
    fdf.submits_metrics()
    with step("5 The contractor sees no metrics anywhere"):
        no_metrics_are_seen_by(fdf.lead, fdf.metrics_path)
    fdf.gets_the_go()
    fdf.is_assessed()
    draft = fdf.is_reported()
    released = fdf.is_released()
    with step("7 The report says only when metrics were submitted"):
        for pdf in (draft, released):
            text = text_of(pdf)
            assert "MetricsweresubmittedtoFDAonApril13,2021" in text
            assert FIRST_RATE not in text
    fdf.is_closed_to(company.official("official@lakeshore.example"))
    fdf.leaves_a_trail_that_holds()


def no_metrics_are_seen_by(lead, metrics_path):
    """Neither a page of the contractor nor an address gives them away."""
    units = COUNTS["complaints"][0][1]
    lead.opens_the_assessment(FDF)
    lead.reads("Metrics go to FDA only")
    lead.reads_nothing_of(FIRST_RATE, units)
    assert lead.main.locator("a[href*='/metrics/']").count() == 0
    lead.goes_to("Metrics")
    lead.reads("No metrics yet")
    lead.reads_nothing_of(FDF.facility, FIRST_RATE, units)
    lead.finds_nothing_at(metrics_path)
