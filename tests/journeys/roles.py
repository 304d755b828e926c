"""What each role does in a pilot, page by page, as verbs of the people who do it."""

import re
import time
from datetime import date
from urllib.parse import urlsplit

from playwright.sync_api import Browser, expect

from tests.journeys.eyes import Eyes
from tests.journeys.people import Person
from tests.journeys.story import COUNTS, Story, a_pdf

MAIL_SECONDS = 60  # the worker sends letters; one may wait behind other jobs


class Party(Person):
    """Somebody of firm, FDA or contractor: one of the three sides of an assessment."""

    def opens_the_assessment(self, story: Story) -> None:
        self.goes_to("Assessments")
        self.follows(story.facility)

    def confirms_the_dates(self, story: Story) -> None:
        self.does_her_task(f"Confirm the assessment dates of {story.facility}")
        self.presses("Confirm these dates")


class Operator(Person):
    """Whoever runs the demonstration: reads its mail and moves its clock, without signing in."""

    def code_for(self, email: str) -> str:
        """The code in the newest mail to this address."""
        self.reads_mail(email, "Your code")
        text = self.main.get_by_role("article").inner_text()
        return re.search(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", text, re.M)[1]

    def reads_mail(self, email: str, subject: str) -> None:
        """Open the newest mail to this address whose subject holds these words, once it is here."""
        self.opens("/local/mails/")
        mails = self.row("Mails, newest first", email).filter(has_text=subject)
        last_moment = time.monotonic() + MAIL_SECONDS
        while not mails.count() and time.monotonic() < last_moment:
            self.page.reload()
        self.follows("", within=mails.first)

    def moves_the_clock_to(self, day: date, time: str = "10:00") -> None:
        self.opens("/local/clock/")
        self.fills("Day", day.isoformat())
        self.fills("Time, Eastern", time)
        self.presses("Move the clock to this moment")
        self.reads("It is now")


class Firm(Party):
    """The person who registers a firm: preparer, official and metrics person in one."""

    def __init__(self, browser: Browser, address: str, eyes: Eyes, story: Story) -> None:
        super().__init__(browser, address, eyes, story.email)
        self.story = story
        self.password = "correct horse battery staple"

    def signs_up(self, operator: Operator) -> None:
        self.opens("/accounts/login/")
        self.follows("creates an account")
        self.fills("Full name", self.story.person)
        self.fills("Job title", "Head of Quality")
        self.fills("Email", self.email)
        self.fills("Password", self.password)
        self.fills("Password (again)", self.password)
        self.presses("Create the account")
        self.fills("Code", operator.code_for(self.email))
        self.presses("Confirm")

    def registers_the_organization(self) -> None:
        self.reads("Register your firm")
        self.fills("Legal name", self.story.firm)
        self._fills_the_address()
        self.presses("Register the firm")

    def adds_the_facility(self) -> None:
        self.reads("Add a facility")
        self.fills("Facility legal name", self.story.facility)
        self.fills("FEI number", self.story.fei)
        self.fills("DUNS number", self.story.duns)
        self._fills_the_address()
        self.picks("Time zone of the site", self.story.time_zone)
        self.presses("Add the facility")
        self.reads("Is this your site?", self.story.facility)
        self.presses("Yes, this is our site")
        self.reads(self.story.facility, self.story.fei)

    def _fills_the_address(self) -> None:
        for label, text in self.story.address.items():
            self.fills(label, text)
        self.picks("Country", self.story.country)

    def starts_a_request(self) -> None:
        self.follows("Ask to participate")
        self.ticks(self.story.program_name)
        self.presses("Start the request")

    def answers_half_and_leaves(self) -> None:
        self.reads("FDA cannot see this until you submit")
        self.fills("Name", self.story.person)
        self.fills("E-mail address", self.story.email)
        self.fills("Telephone", "+1 208 555 0142")
        self.presses("Save and leave")
        self.reads("Your draft is saved")

    def resumes_and_completes_the_draft(self) -> None:
        self.goes_to("Requests")
        self.follows(self.story.facility)
        self.follows("Continue the draft")  # to the first step with something left open
        self.reads("What the facility does")
        self.presses("Save and go back")
        expect(self.control("Telephone")).to_have_value("+1 208 555 0142")
        self.picks("Time zone", self.story.time_zone)
        self.presses("Save and continue")
        self.ticks(self.story.operation, of="What the facility does")
        self.ticks("100 to 499 people", of="Size of the site")
        self.ticks(self.story.sector, of="Sector")
        self.ticks(self.story.product, of="What it makes")
        self.fills("Describe the products", "Tablets and capsules, immediate release.")
        self.ticks("No", of="Does it make sterile products?")
        self.presses("Save and continue")
        self.ticks("Hybrid", of="How would you like to be assessed?")
        self.presses("Save and continue")
        self.reads("confidential commercial information")
        self.presses("Save and continue")

    def attests_and_submits(self) -> str:
        """Attest each commitment separately and submit; returns the receipt number."""
        for code in self.story.commitments:
            part = self.main.locator("fieldset").filter(has_text=f"Criterion {code}:")
            part.locator("label").click()
            expect(part.get_by_role("checkbox")).to_be_checked()
        self.enters_her_signature()
        self.presses("Attest, sign and submit to FDA")
        self.reads("Receipt", "Submitted")
        return self.main.locator(".usa-summary-box strong").first.inner_text()

    def accepts_the_place(self) -> None:
        self.does_her_task(f"Accept or decline the place of {self.story.facility}")
        self.reads("FDA offers this facility a place")
        self.follows("Accept the place")
        self.presses("Accept the place")
        self.reads("Taking part")

    def submits_metrics(self) -> str:
        """Enter the counts, save, review, submit; returns the path of the submission."""
        self.does_her_task(f"Submit the metrics of {self.story.facility}")
        path = urlsplit(self.page.url).path
        self.follows("Enter")
        for label, quarters in COUNTS.items():
            grid = self.main.locator(".metric-grid").filter(has_text=label)
            rows = grid.locator("[data-quarter]")
            for row, counts in zip(rows.all(), quarters, strict=True):
                for control, count in zip(
                    row.locator("input[inputmode=numeric]").all(), counts, strict=True
                ):
                    control.fill(count)
        self.presses("Save draft")
        self.presses("Save and review")
        self.presses("Submit to FDA")
        return path

    def opens_the_report(self) -> str:
        """Open the released report from home; returns its path."""
        self.goes_to("Home")
        self.follows(f"assessment of {self.story.facility}")
        self.follows("Open the report")
        return urlsplit(self.page.url).path


class Staff(Party):
    """FDA's people; each method belongs to the role that its first words name."""

    def uploads_inspections(self, story: Story) -> None:
        """The coordinator uploads FDA's export; it is not yet read when she looks."""
        self.goes_to("FDA’s public data")
        self.follows("Upload a file")
        self.chooses_file(
            "File as downloaded", "inspections.csv", story.inspection_file(), "text/csv"
        )
        self.presses("Upload and read")

    def takes_up(self, receipt: str) -> None:
        self.does_her_task(f"Take up the request {receipt}")
        self.presses("Take up the request")

    def criterion(self, code: str):
        return self.section(f"Criterion {code}:")

    def rules_by_keyboard(self, code: str, *, reason: str, source: str) -> None:
        """Rule that a criterion is met, without touching a mouse."""
        link = self.criterion(code).get_by_role("link", name="Rule on")
        self.tabs_to(link)
        self.strikes("Enter")
        self.tabs_to(self.main.get_by_role("radio", name="Yes, it is met"))
        self.page.keyboard.press("Space")
        self.tabs_to(self.control("Reason"))
        self.types(reason)
        self.tabs_to(self.control("Source"))
        self.types(source)
        self.tabs_to(self.main.get_by_role("button", name="Record the ruling"))
        self.strikes("Enter")

    def determines_eligible(self) -> None:
        self.reads("so the request becomes eligible")
        self.presses("Determine: eligible", exact=True)
        self.reads("Eligible")

    def takes_a_place_for(self, story: Story) -> None:
        self._opens_the_board(story)
        self.decides_on(story.facility, "Select: take a place", "Adds a site of its kind.")

    def leaves_out_the_others(self) -> int:
        """Decide not to select every other eligible facility; returns how many there were."""
        others = 0
        undecided = self.main.get_by_role("link", name=re.compile(r"^Decide "))
        while undecided.count():
            facility = undecided.first.inner_text().removeprefix("Decide").strip()
            self.decides_on(facility, "Do not select", "The group has such sites already.")
            others += 1
        return others

    def decides_on(self, facility: str, decision: str, reason: str) -> None:
        self.follows(f"Decide {facility}")
        self.ticks(decision)
        self.fills("Reason", reason)
        self.presses("Draft the decision")

    def releases_the_decisions(self) -> None:
        self.follows("Read the letters and release")
        self.enters_her_signature()
        self.presses("Sign and release")

    def _opens_the_board(self, story: Story) -> None:
        self.goes_to("Selection")
        self.follows(story.program_name)

    def assigns(self, story: Story, observer: str) -> None:
        self.does_her_task(f"Assign a contractor to {story.facility}")
        self.ticks(story.contractor, of="Contractor")
        lead = self.control("Lead assessor")
        lead.select_option(
            label=lead.locator("option").filter(has_text=story.lead).first.inner_text()
        )
        self.ticks(story.assessor, of="Assessors")
        self.ticks(observer, of="FDA people who join")
        self.ticks("Hybrid", of="Mode")
        self.presses("Assign the team")

    def records_the_consultation(self, story: Story) -> None:
        self.opens_the_assessment(story)
        self.follows("Record a consultation")
        self.fills("Held on", story.consulted_on.isoformat())
        self.fills("Who took part", f"{story.person}\n{story.lead}\nLena Fischer")
        self.fills("Notes", "The site sends its organization chart a week ahead.")
        self.presses("Record the consultation")

    def accepts_the_metrics(self, story: Story) -> None:
        self.does_her_task(f"Review the metrics of {story.facility}")
        self.presses("Accept all submitted metrics")

    def decides_go(self, story: Story) -> None:
        self.opens_the_assessment(story)
        self.follows("Decide go or no-go")
        self.presses("Decide go")
        self.reads("Ready")

    def accepts_the_report(self, story: Story) -> None:
        self.does_her_task(f"Accept or return the report on {story.facility}")
        self.follows("Open the report")
        self.follows("Accept the report")
        self.enters_her_signature()
        self.presses("Accept")

    def releases_the_report(self, story: Story) -> None:
        self.does_her_task(f"Release the report on {story.facility}")
        self.follows("Open the report")
        self.follows("Release the report")
        self.enters_her_signature()
        self.presses("Release")


class Assessor(Party):
    """Somebody of the contractor's team."""

    def declares_no_interest(self, story: Story) -> None:
        """From her home, before anything of the assessment is shown to her."""
        self.goes_to("Home")
        self.reads_nothing_of(f"assessment of {story.facility}")
        self.does_her_task(f"Declare your interests for {story.facility}")
        self.reads(story.facility, story.firm)
        self.ticks("I have no interest in this facility or its firm")
        self.presses("Declare this")
        self.reads("Your declaration is on record")


class Lead(Assessor):
    """The lead of the contractor's team."""

    def proposes_dates(self, story: Story) -> None:
        self.does_her_task(f"Propose dates for the assessment of {story.facility}")
        self.follows("Propose dates")
        first_on, last_on = story.visit
        self.fills("First day", first_on.isoformat())
        self.fills("Last day", last_on.isoformat())
        self.ticks("Hybrid", of="Mode")
        self.presses("Show what follows")
        self.presses("Propose these dates")

    def begins(self, story: Story) -> None:
        self.does_her_task(f"Begin the assessment of {story.facility}")
        self.follows("Begin the assessment")
        self.presses("Begin the assessment")
        self.reads("In progress")

    def opens_a_topic(self, topic: str) -> None:
        self.follows(topic, within=self.main.get_by_role("table"))

    def records_a_strength(self, story: Story, topic: str) -> None:
        self.follows("Record a strength")
        self.fills("What was seen", story.seen(topic, "strength"))
        self.fills("Evidence", "Review file of the last four quarters.")
        self.presses("Record the strength")

    def records_an_opportunity(self, story: Story, topic: str) -> None:
        self.follows("Record an opportunity")
        self.fills("What was seen", story.seen(topic, "opportunity"))
        self.fills("Evidence", "Interviews with planning and with quality assurance.")
        self.fills("Recommendation", story.recommendation(topic))
        self.ticks("High", of="Impact")
        self.ticks("Low", of="Effort")
        self.presses("Record the opportunity")

    def rates_every_topic(self, story: Story) -> None:
        """From the list of topics; saving one rating leads to the next, the last to the list."""
        self.opens_a_topic(story.topics[0])
        self.follows("Rate this topic")
        for topic in story.topics:
            self.reads(topic, within=self.main.get_by_role("heading", level=1))
            self.ticks(f"Level {story.level(topic)}", of="Level")
            self.fills("Rationale", story.rationale(topic))
            self.presses("Save, then the next topic")
        self.reads(f"{len(story.topics)} of {len(story.topics)} topics are covered")

    def records_findings_on_every_topic(self, story: Story) -> None:
        self.opens_a_topic(story.topics[0])
        self.attaches_a_file()
        for number, topic in enumerate(story.topics):
            if number:
                self.follows(f"Next: {topic}")
            self.records_a_strength(story, topic)
            self.records_an_opportunity(story, topic)

    def attaches_a_file(self) -> None:
        self.chooses_file("File", "process map.pdf", a_pdf(), "application/pdf")
        self.presses("Attach the file")
        self.reads("process map.pdf")

    def closes_the_fieldwork(self, story: Story) -> None:
        self.opens_the_assessment(story)
        self.follows("Close the fieldwork")
        self.presses("Close the fieldwork")
        self.reads("Fieldwork done")

    def writes_the_report(self) -> None:
        self.follows("Open the topics and findings")
        self.presses("Start the report")
        self.follows("Write the report")
        self.fills("Summary", "The site keeps steady practices in most topics.")
        self.fills("Method", "Interviews by topic and a walk through the plant.")
        self.fills("People interviewed, by function", "Quality assurance: 4\nProduction: 5")

    def signs_as_author(self, story: Story) -> None:
        self.does_her_task(f"Read and sign the report on {story.facility}")
        self.follows("Open the report")
        self.follows("Sign as author")
        self.enters_her_signature()
        self.presses("Sign")
        self.reads("Submitted")
