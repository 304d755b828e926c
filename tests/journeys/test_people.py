"""People of a firm and of FDA: an agent, an invited colleague, an approver whose roles change."""

import dataclasses
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import PASSWORD, Person
from tests.journeys.roles import Firm
from tests.journeys.story import FDF

pytestmark = pytest.mark.browser
OFFICIAL = "official@blueridge.example"
SITE = "Blue Ridge Pharmaceuticals, Asheville site"
ADMINISTRATOR, APPROVER = "admin@fda.example", "approver@fda.example"


def test_an_agent_asks_to_participate_for_her_firm_and_the_official_signs(company, step):
    agent, official = company.official("agent@quillmere.example"), company.official(OFFICIAL)
    with step("The agent opens the draft of the firm that she represents"):
        agent.goes_to("Requests")
        agent.follows(SITE, within=agent.row("Your requests", "FDF 2020"))
        agent.reads("Agent for Blue Ridge Pharmaceuticals")
    with step("She completes its answers"):
        agent.follows("Continue the draft")
        completes_the_answers(agent)
        agent.presses("Save and continue")
    with step("She cannot sign, so she hands it over to the official"):
        agent.reads("The authorized official of your firm reads the request")
        agent.reads_nothing_of("Attest, sign and submit")
        agent.follows("Hand over")
        agent.ticks("Margaret Ellison", of="Who reads, attests and submits it?")
        agent.presses("Hand over for signature")
    with step("The official finds it among her tasks, attests, signs and submits"):
        official.does_her_task(f"Read, attest and submit the request of {SITE}")
        receipt = attests(company, official)
        official.reads("Attested and submitted by Margaret Ellison")
    with step("The agent reads the receipt, and nothing of another firm's metrics"):
        agent.goes_to("Requests")
        agent.follows(SITE, within=agent.row("Your requests", "FDF 2020"))
        agent.reads(receipt)
        agent.goes_to("Metrics")
        agent.reads_nothing_of("Godavari Actives, Hyderabad site")
    with step("The official revokes the authority, and the open page is closed"):
        official.goes_to("Agents")
        official.follows("Revoke", within=official.row("Authorities", "Ravi Quillmere"))
        official.presses("Revoke the authority")
        official.reads("Revoked")
        agent.goes_to("Requests")
        agent.reads_nothing_of("Blue Ridge")


def test_a_colleague_asks_to_join_by_her_invitation_and_sees_the_shared_request(
    company, step, browser, demonstration, eyes
):
    official = company.official(OFFICIAL)
    email = "priscilla@blueridge.example"
    with step("The administrator invites a colleague by mail"):
        official.goes_to("People")
        official.follows("Invite a person")
        official.fills("Full name", "Priscilla Moor")
        official.fills("E-mail address", email)
        official.ticks("Preparer", of="Roles")
        official.presses("Send the invitation")
        official.reads(f"An invitation is on its way to {email}", "Priscilla Moor")
    with step("She opens the link in her mail and creates her account without a code"):
        operator = company.operator()
        operator.reads_mail(email, "invites you")
        letter = operator.main.get_by_role("article").inner_text()
        colleague = Person(browser, demonstration.address, eyes, email)
        colleague.opens(re.search(r"http://[^/]+(/join/\S+/)", letter)[1])
        colleague.reads("Margaret Ellison invites you to join Blue Ridge Pharmaceuticals")
        colleague.presses("Create my account")
        colleague.fills("Full name", "Priscilla Moor")
        expect(colleague.control("Email")).to_have_value(email)
        colleague.fills("Password", "correct horse battery staple")
        colleague.fills("Password (again)", "correct horse battery staple")
        colleague.presses("Create the account")
    with step("She joins, and her home shows the firm's requests"):
        colleague.presses("Join")
        colleague.reads("You have joined Blue Ridge Pharmaceuticals", SITE)
        colleague.follows(f"of {SITE}", within=colleague.row("Your facilities", "FDF 2020"))
        colleague.reads("Request to participate in the pilot")
    with step("The administrator reads that she has joined"):
        official.goes_to("People")
        official.reads("priscilla@blueridge.example")
        assert official.row("Invitations", "Priscilla").count() == 0


def test_an_approvers_session_is_ended_by_a_change_of_her_roles(
    company, step, browser, demonstration, eyes
):
    administrator = company.official(ADMINISTRATOR)
    approver = Person(browser, demonstration.address, eyes, APPROVER)
    with step("The approver reads her assessments"):
        approver.signs_in()
        approver.goes_to("Assessments")
    with step("The administrator gives her another role"):
        administrator.goes_to("People")
        administrator.follows("Thomas Okafor")
        administrator.follows("Change roles")
        administrator.ticks("FDA observer", of="Roles")
        administrator.presses("Save the roles")
        administrator.reads("open sessions of this person are over")
    with step("Her next click leads to the sign-in page; signed in again she has the role"):
        approver.goes_to("Deadline board")
        approver.reads("Sign in")
        approver.signs_in()
        approver.opens("/profile/")
        approver.reads("FDA observer, FDA approver")


def completes_the_answers(agent):
    agent.fills("Telephone", "+1 828 555 0117")
    agent.presses("Save and continue")
    agent.ticks("Manufacture", of="What the facility does")
    agent.ticks("100 to 499 people", of="Size of the site")
    agent.ticks("Generic", of="Sector")
    agent.ticks("Prescription drug products", of="What it makes")
    agent.fills("Describe the products", "Tablets and capsules, immediate release.")
    agent.ticks("No", of="Does it make sterile products?")
    agent.presses("Save and continue")
    agent.ticks("Hybrid", of="How would you like to be assessed?")
    agent.presses("Save and continue")
    agent.reads("confidential commercial information")


def attests(company, official) -> str:
    """The deed of a firm's official (roles.Firm), done by one whom the demonstration has."""
    story = dataclasses.replace(FDF, email=official.email, facility=SITE)
    signer = Firm(*company._tools, story)
    signer.password = PASSWORD
    signer.signs_in()
    signer.opens(official.page.url)
    receipt = signer.attests_and_submits()
    official.reloads()
    return receipt
