"""Two firms claim one FEI: both on hold with the same words, two people rule, one goes on (B17)."""

from dataclasses import replace

import pytest

from tests.journeys.story import FDF
from tests.journeys.walk import COORDINATOR, Walk

pytestmark = pytest.mark.browser
COLLEAGUE = "coordinator2@fda.example"
SITE = "Tampa tablet site"
ONE = replace(
    FDF,
    person="Nadia Brooks",
    email="nadia.brooks@clearwater.example",
    firm="Clearwater Tablets",
    facility=SITE,
    fei="37755001",
    duns="810555771",
)
TWO = replace(
    ONE,
    person="Omar Haddad",
    email="omar.haddad@suncoast.example",
    firm="Suncoast Holdings",
    fei="0037755001",
)
NEUTRAL = "FDA has put this request on hold while it checks details of the facility."


def test_a_site_that_two_firms_claim_asks_to_participate(company, demonstration, step):
    receipts = {
        story.email: Walk(story, company, demonstration, step, {}).asks_to_participate()
        for story in (ONE, TWO)
    }
    with step("Both firms read the same neutral words, and nothing of each other"):
        for mine, other in ((ONE, TWO), (TWO, ONE)):
            firm = company.firm(mine)
            firm.goes_to("Requests")
            firm.reads("On hold")
            firm.follows(SITE)
            firm.reads(NEUTRAL)
            firm.reads_nothing_of(receipts[other.email], other.firm, other.person)
            company.operator().reads_mail(mine.email, "Your request is on hold")
    coordinator = company.staff(COORDINATOR)
    with step("A coordinator compares the claims and rules"):
        coordinator.goes_to("Request queue")
        coordinator.follows(receipts[TWO.email])
        coordinator.follows("Compare the claims and rule")
        coordinator.reads(ONE.firm, TWO.firm, "Every claim is on hold")
        coordinator.ticks(f"{ONE.firm}, {receipts[ONE.email]}")
        coordinator.fills("Reason", "The registration of 2020 names this firm.")
        coordinator.fills("Source", "Drug establishment registration of 2020")
        coordinator.presses("Record the ruling")
        coordinator.reads("You made this ruling, so a colleague confirms it.")
    colleague = company.staff(COLLEAGUE)
    with step("A second person confirms"):
        colleague.goes_to("Request queue")
        colleague.follows(receipts[ONE.email])
        colleague.follows("Compare the claims and rule")
        colleague.presses("Confirm the ruling")
        colleague.reads("Nothing is contested")
    with step("One firm goes on, the other reads why in neutral words"):
        one, two = company.firm(ONE), company.firm(TWO)
        one.reloads()
        one.reads_nothing_of(NEUTRAL)
        two.reloads()
        two.reads("Closed by FDA", "FDA could not confirm that your firm may make this request")
        two.reads_nothing_of(receipts[ONE.email], ONE.firm)
        company.operator().reads_mail(ONE.email, "Your request goes on")
        company.operator().reads_mail(TWO.email, "Your request is closed")
