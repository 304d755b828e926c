"""The API pilot from sign-up to the released report, by clicking as each person (steps 1 to 8)."""

import pytest

from tests.journeys.story import API, FDF, FIRST_RATE
from tests.journeys.walk import text_of

pytestmark = pytest.mark.browser


def test_a_manufacturer_asks_to_participate_in_the_api_pilot_from_a_phone(walk):
    assert walk(API).asks_to_participate(on_a_phone=True).startswith("API-")


def test_the_api_pilot_leads_from_a_request_to_the_released_report(walk, company, step):
    api = walk(API)
    api.asks_to_participate(on_a_phone=True)
    api.is_examined(finding="Meets")
    with step("2 FDA determines eligibility"):
        api.coordinator.determines_eligible()
    api.is_selected()
    api.is_planned()
    api.submits_metrics()
    with step("5 The assigned contractor reads the metrics, another contractor finds nothing"):
        api.lead.opens_the_assessment(API)
        api.lead.follows("Open the metrics")
        api.lead.reads(FIRST_RATE, "Read by FDA and the assigned contractor")
        company.lead(FDF).finds_nothing_at(api.metrics_path)
    api.gets_the_go()
    api.is_assessed()
    draft = api.is_reported()
    released = api.is_released()
    with step("7 The report holds the metrics"):
        for pdf in (draft, released):
            assert FIRST_RATE in text_of(pdf)
    api.is_closed_to(company.official("official@godavari.example"))
    api.leaves_a_trail_that_holds()
