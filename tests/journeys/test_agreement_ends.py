"""A contractor's agreement ends while its lead writes: nothing is read, her words go in (A9)."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.journeys.story import FDF
from tests.journeys.walk import COORDINATOR

pytestmark = pytest.mark.browser
SITE = "Cascade Sterile Products, Spokane site"  # the demonstration's visit in progress
TOPIC = "Planning"
SEEN = "Three plans wait for one signature."
ADVICE = "Name a deputy who may sign."


def test_a_contractors_agreement_ends_while_its_lead_writes_a_finding(company, step):
    visit = replace(FDF, facility=SITE)
    lead, coordinator = company.lead(FDF), company.staff(COORDINATOR)
    with step("The lead is writing a finding"):
        lead.opens_the_assessment(visit)
        assessment = urlsplit(lead.page.url).path
        lead.follows("Open the topics and findings")
        lead.opens_a_topic(TOPIC)
        topic = urlsplit(lead.page.url).path
        lead.follows("Record an opportunity")
        lead.fills("What was seen", SEEN)
        lead.fills("Evidence", "Plans of the last quarter.")
        lead.fills("Recommendation", ADVICE)
        lead.ticks("High", of="Impact")
        lead.ticks("Low", of="Effort")
    with step("FDA ends the agreement, having read which visit that closes"):
        coordinator.goes_to("Agreements")
        coordinator.follows("Agreement FDF demo 2019")
        coordinator.follows("End it early")
        coordinator.reads(SITE, within=coordinator.row("What this touches", SITE))
        coordinator.fills("Reason", "The contract was terminated.")
        coordinator.presses("End the agreement")
        coordinator.reads("The agreement has ended.")
    with step("Her next reading finds nothing, in the session that is open"):
        for path in (assessment, topic):
            lead.finds_nothing_in_another_tab(path)
    with step("The finding that she had typed is handed in, and a receipt answers"):
        lead.presses("Record the opportunity")
        lead.reads("What you had typed was not lost", "Your work is handed in", "SHA-256")
        lead.reads_nothing_of(SEEN, ADVICE)
        receipt = lead.main.locator(".facts strong").first.inner_text()
        lead.goes_to("Assessments")
        lead.reads_nothing_of(SITE)
    with step("FDA reads the finding and enters it in the record, in the lead's name"):
        coordinator.does_her_task(f"Read what was handed in on {SITE}")
        coordinator.reads(receipt, SEEN, ADVICE, visit.lead)
        coordinator.presses("Enter in the record")
        coordinator.opens(topic)
        coordinator.reads(SEEN, ADVICE, visit.lead)
