"""The way of one facility through a pilot, stage by stage, each step under its name.

The numbers are those of the steps that a person can do at the end of the main road.
"""

import io

from pypdf import PdfReader

from tests.journeys.story import FIRST_RATE, Story
from tests.pdf import pages_of

COORDINATOR = "coordinator@fda.example"
SELECTOR = "selector@fda.example"
APPROVER = "approver@fda.example"
RECORDS_OFFICER = "records@fda.example"
OBSERVER = "Lena Fischer"


class Walk:
    """The stages of one story; `receipts` tells which firms have asked to participate."""

    def __init__(self, story: Story, company, demonstration, step, receipts):
        self.story, self.company = story, company
        self.demonstration, self.step, self.receipts = demonstration, step, receipts
        self.metrics_path = ""
        self.report_path = ""

    @property
    def firm(self):
        return self.company.firm(self.story)

    @property
    def operator(self):
        return self.company.operator()

    @property
    def coordinator(self):
        return self.company.staff(COORDINATOR)

    @property
    def lead(self):
        return self.company.lead(self.story)

    def asks_to_participate(self, *, on_a_phone=False) -> str:
        """Sign up, register, draft, resume, submit; returns the receipt number. Done once."""
        story, firm, operator = self.story, self.firm, self.operator
        if story.program in self.receipts:
            return self.receipts[story.program]
        if on_a_phone:
            firm.takes_the_phone()
        with self.step("1 A manufacturer signs up with a mailed code"):
            firm.signs_up(operator)
        with self.step("1 She describes the organization and the facility"):
            firm.registers_the_organization()
            firm.adds_the_facility()
        with self.step("1 She saves a draft and leaves"):
            firm.starts_a_request()
            firm.answers_half_and_leaves()
        firm.takes_a_desk()
        with self.step("1 She resumes the draft and completes it"):
            firm.resumes_and_completes_the_draft()
        with self.step("1 She attests each commitment, submits, gets a receipt and a mail"):
            receipt = firm.attests_and_submits()
            operator.reads_mail(story.email, receipt)
        self.receipts[story.program] = receipt
        return receipt

    def is_examined(self, *, finding: str) -> None:
        """FDA loads the inspections and takes the request up; criterion b reads `finding`."""
        story, coordinator = self.story, self.coordinator
        with self.step("2 FDA uploads the inspection file; the worker imports it"):
            self.operator.moves_the_clock_to(story.examined_on)
            with self.demonstration.worker_held() as is_held:
                coordinator.uploads_inspections(story)
                if is_held:
                    coordinator.reads("Queued", within=coordinator.page.locator("#state"))
            coordinator.sees_by_itself("#state", "Waits for your decision")
            coordinator.reads("What this file would change", "Nothing is changed yet")
            coordinator.presses("Apply these changes")
            coordinator.sees_by_itself("#state", "Imported")
            coordinator.reads("Rows read", "Every row of the file was taken.")
        with self.step("2 FDA takes the request up and sees each criterion with its evidence"):
            coordinator.takes_up(self.receipts[story.program])
            for code in ("a", *story.commitments):
                coordinator.reads("Meets", within=coordinator.criterion(code))
            inspections = coordinator.criterion("b")
            fei = story.fei.lstrip("0")
            coordinator.reads(finding, "Feb 28, 2020", "Nov 17, 2017", within=inspections)
            coordinator.reads(f"{fei[-5:]}1", f"{fei[-5:]}2", "Inside", within=inspections)

    def is_selected(self) -> None:
        """The selector takes a place, leaves the others out and releases; the official accepts."""
        story = self.story
        selector = self.company.staff(SELECTOR)
        with self.step("3 FDA takes a place, marks the others not selected, and releases"):
            self.operator.moves_the_clock_to(story.released_on)
            selector.takes_a_place_for(story)
            assert selector.leaves_out_the_others() > 0
            selector.releases_the_decisions()
            selector.reads("1 of 9 places", "Place offered", "Not selected")
        with self.step("3 The letter arrives, and the official accepts the place"):
            self.operator.reads_mail(story.email, "FDA’s decision on your request")
            self.operator.reads("has selected", story.facility)
            self.firm.accepts_the_place()

    def is_planned(self) -> None:
        """Team, dates confirmed by all three, milestones that follow."""
        story, lead = self.story, self.lead
        with self.step("4 FDA assigns the contractor's team and an FDA person who joins"):
            self.coordinator.assigns(story, OBSERVER)
            self.coordinator.reads(story.lead, story.assessor, OBSERVER)
        with self.step("4 Lead and assessor declare their interests before the file opens"):
            lead.declares_no_interest(story)
            self.company.assessor(story).declares_no_interest(story)
        with self.step("4 The lead proposes dates; firm and FDA confirm them"):
            lead.proposes_dates(story)
            self.firm.confirms_the_dates(story)
            self.coordinator.confirms_the_dates(story)
            self.coordinator.reads("Dates agreed", "Metrics submitted", "Agenda sent")
        with self.step("4 FDA's board shows the facility and its milestones"):
            self.coordinator.goes_to("Deadline board")
            row = self.coordinator.row("Facilities and their deadlines", story.facility)
            self.coordinator.reads("Orientation held", "Due", within=row)

    def submits_metrics(self) -> None:
        """The firm submits, FDA accepts."""
        story = self.story
        with self.step("5 The firm submits its metrics; rates are computed"):
            self.operator.moves_the_clock_to(story.metrics_on)
            self.metrics_path = self.firm.submits_metrics()
            self.firm.reads(FIRST_RATE)
        with self.step("5 FDA accepts the metrics"):
            self.coordinator.accepts_the_metrics(story)
            self.coordinator.reads("Accepted", FIRST_RATE)

    def gets_the_go(self) -> None:
        """Consultation recorded, go decided."""
        with self.step("4 The consultation is recorded"):
            self.operator.moves_the_clock_to(self.story.consulted_on)
            self.coordinator.records_the_consultation(self.story)
        with self.step("6 FDA decides go"):
            self.coordinator.decides_go(self.story)

    def is_assessed(self) -> None:
        """The lead begins, rates and records every topic, closes the fieldwork."""
        story, lead = self.story, self.lead
        first_day, last_day = story.visit
        with self.step("6 The lead begins the assessment"):
            self.operator.moves_the_clock_to(first_day, "12:00")
            lead.begins(story)
        with self.step("6 The team rates every topic"):
            lead.follows("Open the topics and findings")
            lead.rates_every_topic(story)
        with self.step("6 The team records findings on every topic and attaches a file"):
            lead.records_findings_on_every_topic(story)
        with self.step("6 The lead closes the fieldwork"):
            self.operator.moves_the_clock_to(last_day, "17:00")
            lead.closes_the_fieldwork(story)

    def is_reported(self) -> bytes:
        """The lead has the report rendered, reads the draft, signs it; returns the draft."""
        story, lead = self.story, self.lead
        with self.step("7 The lead has the report rendered and sees it become ready"):
            lead.writes_the_report()
            with self.demonstration.worker_held() as is_held:
                lead.presses("Render the report")
                if is_held:
                    lead.reads("Queued", within=lead.page.locator("#report-status"))
            lead.sees_by_itself("#report-status", "Draft ready")
        with self.step("7 The lead reads the draft and signs it as author"):
            draft = lead.downloads("draft")
            self._check_the_report(draft)
            lead.signs_as_author(story)
        return draft

    def is_released(self) -> bytes:
        """The approver accepts and releases; the firm downloads. Returns the released PDF."""
        story = self.story
        approver = self.company.staff(APPROVER)
        with self.step("8 An approver accepts the report; the released edition is printed"):
            approver.accepts_the_report(story)
            approver.sees_by_itself("#report-status", "Accepted")
            approver.reads("Released edition")
        with self.step("8 The approver releases it"):
            approver.releases_the_report(story)
            approver.reads("Released")
        with self.step("8 The firm reads and downloads the report"):
            self.report_path = self.firm.opens_the_report()
            self.firm.reads(story.facility, story.lead, "Thomas Okafor")
            released = self.firm.downloads("Download the report")
            self._check_the_report(released)
        return released

    def is_closed_to(self, stranger) -> None:
        """Another firm finds neither the report nor its file, metrics or assessment."""
        with self.step("8 Another firm finds nothing"):
            for path in (self.report_path, f"{self.report_path}pdf/", self.metrics_path):
                stranger.finds_nothing_at(path)

    def leaves_a_trail_that_holds(self) -> None:
        """The records officer verifies the trail on its page, the operator by command."""
        officer = self.company.staff(RECORDS_OFFICER)
        with self.step("9 Every deed is in the trail, and the trail holds"):
            officer.goes_to("Audit trail")
            officer.reads(self.story.person, self.story.lead, "Thomas Okafor")
            officer.follows("Verify the chain")
            officer.presses("Verify every entry")
            officer.reads("The trail holds")
            if self.demonstration.var_dir:
                verified = self.demonstration.verify_trail()
                assert verified.returncode == 0, verified.stdout + verified.stderr

    def _check_the_report(self, pdf: bytes) -> None:
        """Tagged, marked as confidential, and holding every word that the team wrote."""
        catalog = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
        assert catalog["/MarkInfo"]["/Marked"]
        assert "/StructTreeRoot" in catalog
        assert catalog["/Lang"].startswith("en")
        text = _joined("".join(pages_of(pdf, running=True)))
        story = self.story
        written = [story.facility, story.firm, story.contractor]
        for topic in story.topics:
            written += [topic, story.rationale(topic), story.recommendation(topic)]
            written += [story.seen(topic, "strength"), story.seen(topic, "opportunity")]
        assert [words for words in written if _joined(words) not in text] == []


def _joined(words: str) -> str:
    """Words without their white space, since lines break where a page is full."""
    return "".join(words.split())


def text_of(pdf: bytes) -> str:
    """The text of a PDF without white space."""
    return _joined("".join(pages_of(pdf, running=True)))
