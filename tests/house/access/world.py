"""The world that the access table is tried in: everything that a door opens to, for two firms.

Firm A takes part in the FDF pilot with contractor one, firm B in the API pilot with contractor
two. Each has requests in every state that opens a door, and visits at several stages. `things`
maps the names that the tables use to ids.
"""

from datetime import UTC, date, datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.test import Client

from applications import operations as intake
from applications import tasks as background
from applications.models import (
    Barring,
    CriterionResult,
    Decision,
    DecisionLetter,
    Declaration,
    Engagement,
    EngagementMember,
    Facility,
    InspectionImport,
    ParticipationRequest,
    Seat,
    VerdictChange,
)
from assessments import operations as deeds
from assessments import tasks
from assessments.models import Assessment, Milestone, Report
from assessments.operations.consultations import DONE_BY_DEED
from metrics.operations import save_metrics_draft, submit_metrics
from qmm_pilot import clock
from qmm_pilot.accounts import operations as accounts
from qmm_pilot.accounts.models import Representation, User
from qmm_pilot.accounts.roles import REGISTRANT_ROLES, Role, Scope
from qmm_pilot.programs.models import Agreement, LateAdmission, Opening, Program
from qmm_pilot.programs.operations import approve_subcontractor
from qmm_pilot.records import trail_exports
from qmm_pilot.records.actions import raise_item
from qmm_pilot.records.files import keep_document, storing
from qmm_pilot.records.holds import place_hold
from qmm_pilot.records.jobs import queue_job, run_job
from qmm_pilot.records.models import (
    Download,
    Letter,
    LocalMail,
    RecordAccess,
    StatementOfUse,
    StoredFile,
    TrailEntry,
    TrailExport,
)
from qmm_pilot.records.statement import current_statement
from qmm_pilot.records.trail_choice import TrailChoice
from tests import factories
from tests.assessments.visits import AT, PASSWORD, STAGES, Visit, active_participation
from tests.factories import AFTER_CLOSE
from tests.metrics.people import good_cells

from .people import AUTHORITY, PEOPLE, UNENROLLED

assert tasks  # register the work of jobs
assert background
Status = ParticipationRequest.Status
KINDS = {"firm": "firm", "contractor": "contractor", "FDA": "fda"}


class Stay(Visit):
    """A visit to one facility of a firm of this world, taken to a stage by deeds."""

    def __init__(self, world, side, stage):
        self.program = world.program[side]
        self.firm, self.official = world.organization[f"firm {side}"], world.registrant[side]
        self.contractor = world.organization[world.contractor[side]]
        self.lead, self.assessor = world.team[side]
        self.coordinator = world.people["coordinator"]
        self.observer = world.fda_person[side]
        self.approver = world.people["approver"]
        self.participation = active_participation(
            self.program, self.firm, self.official, facility_name=f"{side}, {stage}"
        )
        self.colleagues = [world.people["one's lead who assesses"]] if side == "A" else []
        self.at = AT
        if stage:
            self.to(stage)

    def assigned(self):
        colleagues = [person for person in self.colleagues if self.belongs(person)]
        deeds.assign_team(
            self.participation,
            contractor=self.contractor,
            lead=self.lead,
            assessors=[self.assessor, *colleagues],
            fda_people=[self.observer],
            mode="on_site",
            by=self.coordinator,
            at=self.at,
        )

    def released_at_last(self):
        """Returned by FDA, written anew, and released."""
        deeds.return_report(self.report, comments="Say more.", by=self.approver, at=self.at)
        deeds.revise_report(self.report, by=self.lead, at=self.at)
        for stage in STAGES[STAGES.index("rendering") :]:
            getattr(self, stage)()

    def belongs(self, person):
        return person.organization_id == self.contractor.pk


class World:
    """People with a session each, and the ids of things by the names that the tables use."""

    def __init__(self):
        self.things = {}
        self.organization = {
            name: factories.organization(KINDS[name.split()[0]], name)
            for name in ("FDA", "firm A", "firm B", "contractor one", "contractor two",
                         "contractor three", "contractor four", "contractor five")
        }  # fmt: skip
        self.people = {name: self._person(*facts) for name, facts in PEOPLE.items()}
        self._forget_second_factors()
        for name, letters in AUTHORITY.items():
            for firm, scopes in letters.items():
                factories.representation(self.people[name], self.organization[firm], *scopes)
        self.program = {"A": factories.program("fdf"), "B": factories.program("api")}
        self.contractor = {"A": "contractor one", "B": "contractor two"}
        self.team = {
            "A": (self.people["one's lead"], self.people["one's assessor"]),
            "B": (self.people["two's lead"], self.people["two's assessor"]),
        }
        self.registrant = {
            side: factories.person(self.organization[f"firm {side}"], *REGISTRANT_ROLES)
            for side in "AB"
        }
        self.fda_person = {
            "A": self.people["approver on the team"],
            "B": factories.person(self.organization["FDA"], Role.FDA_OBSERVER),
        }
        for side in "AB":
            self._open_today(self.program[side])
            self._agree(side, self.contractor[side])
            self._requests(side)
            self._visits(side)
            self._accounts(side)
        self._task_of_a_lead()
        self._doors_that_closed()
        self._agreement_that_just_ended()
        self._contractors_own("one", "A")
        self._contractors_own("two", "B")
        self._declarations()
        self._data_of_fda()
        self._records()
        self._scoring()
        self._verify_addresses()
        self.sessions = {name: self._session(name) for name in PEOPLE}
        # However long the tests take, no session ends meanwhile, and none is prolonged by a write.
        Session.objects.update(expire_date=clock.real_now() + timedelta(hours=11))

    def _person(self, organization, roles):
        home = self.organization[organization] if organization else None
        person = factories.fda(*roles) if organization == "FDA" else factories.person(home, *roles)
        if {Role.CONTRACTOR_LEAD, Role.FDA_APPROVER} & set(roles):
            person.set_password(PASSWORD)  # with which a visit's reports are signed
            person.save()
        return person

    def _forget_second_factors(self):
        """Leave those people without one of whom the table says so."""
        for name in UNENROLLED:
            Authenticator.objects.filter(user=self.people[name]).delete()

    def _verify_addresses(self):
        """Give everybody the verified address that signing up ends with."""
        EmailAddress.objects.bulk_create(
            EmailAddress(user=user, email=user.email, verified=True, primary=True)
            for user in self.people.values()
        )

    @staticmethod
    def _open_today(program):
        """Open a program now, so that pages offer what they offer inside the window."""
        Opening.objects.create(
            program=program,
            opens_at=datetime(2021, 1, 1, tzinfo=UTC),
            closes_at=datetime(2099, 12, 31, tzinfo=UTC),
            source="For the table",
        )

    def _agree(self, side, contractor, until=date(2099, 12, 31)):
        return factories.agreement(self.organization[contractor], self.program[side], until=until)

    # -- intake --------------------------------------------------------------------------------
    def _requests(self, side):
        made = {"by": self.registrant[side], "pilot": self.program[side].pilot}
        offered = factories.participation(accepted=False, **made)
        self._name(side, "offered place", offered)
        self._name(side, "selected request", offered.participation_request)
        waiting = factories.participation_request(Status.ALTERNATE, **made)
        self._name(side, "request of an alternate", waiting)
        under_review = factories.participation_request(Status.UNDER_REVIEW, **made)
        eligible = factories.participation_request(Status.ELIGIBLE, **made)
        site = factories.facility(made["by"], name=f"drafted site of {side}",
                                  country="US" if side == "A" else "IN")  # fmt: skip
        drafted = factories.participation_request(Status.ELIGIBLE, site=site, **made)
        factories.decide(drafted, Status.NOT_SELECTED)
        self._name(side, "request with a draft", drafted)
        told = DecisionLetter.objects.get(participation_request=offered.participation_request)
        run_job(told.job_id)
        self._name(side, "decision letter", told)
        self._name(side, "letter", intake.mails_of(told).get(person=made["by"]))
        self._name(side, "letter without a PDF", DecisionLetter.objects.get(
            participation_request=waiting))  # fmt: skip
        self._name(side, "draft request", factories.participation_request(**made))
        self._evidence(side, made, under_review)
        self._name(
            side, "submitted request", factories.participation_request(Status.SUBMITTED, **made)
        )
        self._name(side, "request under review", under_review)
        self._asked_and_withdrawn(side, made)
        self._name(side, "eligible request", eligible)
        self._name(side, "criterion b", CriterionResult.objects.get(
            participation_request=under_review, criterion__code="b"))  # fmt: skip
        self._name(side, "drafted decision", Decision.objects.get(participation_request=drafted))
        self._name(side, "facility", eligible.facility)
        self._name(side, "former FEI", intake.add_identifier(
            eligible.facility, fei="17", kind="former", source="A letter", by=made["by"],
            at=AFTER_CLOSE))  # fmt: skip
        self._signatures_and_claims(side, made)
        self._sites_bought_and_sold(side, made)
        self._name(side, "facility without a request", factories.facility(
            made["by"], country="US" if side == "A" else "IN"))  # fmt: skip
        self._name(side, "program", self.program[side])
        # Longer than the window of all: that ends in 2099 too.
        self._name(side, "late admission", LateAdmission.objects.create(
            program=self.program[side], organization=self.organization[f"firm {side}"],
            reason="For the table", admitted_by=self.people["coordinator"], admitted_at=AT,
            closes_at=datetime(2100, 1, 31, tzinfo=UTC)))  # fmt: skip

    def _asked_and_withdrawn(self, side, made):
        """A request that FDA returned with questions, half answered, and one that was withdrawn."""
        asked = factories.participation_request(Status.UNDER_REVIEW, **made)
        by = {"by": self.people["coordinator"], "at": AFTER_CLOSE}
        intake.ask_for_information(
            asked, reasons=["size"], subject="FDA asks", body="How large is the site?",
            answer_by=date(2020, 12, 24), **by,
        )  # fmt: skip
        answers = {"size_band": "large"}
        intake.save_answer_draft(asked, answers, note="Grown.", by=made["by"], at=AFTER_CLOSE)
        self._name(side, "request asked about", asked)
        withdrawn = factories.participation_request(Status.SUBMITTED, **made)
        intake.withdraw_request(withdrawn, by=made["by"], at=AFTER_CLOSE)
        self._name(side, "withdrawn request", withdrawn)
        self._mailed(side, made, by)

    def _mailed(self, side, made, by):
        """A request that this firm mailed, one of a firm that FDA did not know, and a message."""
        country = "US" if side == "A" else "IN"
        site = {
            "name": "Site of a mail", "duns": "", "address_line_1": "", "city": "Elsewhere",
            "country": country, "time_zone": "America/New_York",
        }  # fmt: skip
        for number, firm in enumerate((made["by"].organization, None)):
            row = intake.enter_mailed_request(
                self._message(side, by),
                arrived_at=factories.AT,
                organization=firm,
                firm_name="A firm that wrote",
                described={**site, "fei": f"300555{number}" if side == "A" else f"300556{number}"},
                answers={"contact_name": "Ines", "contact_email": "ines@elsewhere.example"},
                **by,
            )
            if firm:
                self._name(side, "unconfirmed request", row)
                self._name(side, "entered message", row.mailed)
            else:
                letter = Letter.objects.get(kind="mailed_request", **Letter.naming(row))
                self.things[f"{side}'s token of a mailed request"] = letter.secret
        asked = intake.ask_question(
            self.program[side],
            f"Does a leased site of firm {side} count?",
            by=made["by"],
            at=factories.AT,
        )
        self._name(side, "question", asked)
        answered = intake.ask_question(
            self.program[side],
            f"Does a second shift of firm {side} count?",
            by=made["by"],
            at=factories.AT,
        )
        intake.answer_question(
            answered, answer="It counts.", is_published=True, published_question="Shifts?", **by
        )
        self._name(side, "answered question", answered)
        which = "a" if side == "A" else "another"
        self.things[f"{which} mailed message"] = self._message(side, by).pk
        aside = self._message(side, by)
        intake.set_message_aside(aside, reason="It asks for a brochure.", **by)
        self.things[f"{which} message set aside"] = aside.pk

    def _message(self, side, by):
        mail = b"From: ines@elsewhere.example\nSubject: We ask to take part\n\nPlease."
        upload = SimpleUploadedFile("request.eml", mail)
        return intake.file_message(upload, program=self.program[side], **by)

    def _signatures_and_claims(self, side, made):
        """A draft that waits for its signer, and a facility that another firm claims too."""
        waiting = factories.participation_request(**made)
        intake.hand_over(waiting, to=made["by"], by=made["by"], at=factories.AT)
        self._name(side, "request with its signer", waiting)
        contested = factories.participation_request(Status.SUBMITTED, **made)
        rival = factories.registrant()
        country = contested.facility.country
        site = factories.facility(rival, fei=contested.facility.fei, country=country)
        factories.participation_request(Status.SUBMITTED, rival, pilot=made["pilot"], site=site)
        self._name(side, "contested request", contested)
        third = factories.registrant()
        site = factories.facility(third, fei=contested.facility.fei, country=country)
        draft = factories.participation_request(by=third, pilot=made["pilot"], site=site)
        self._name(side, "rival's draft", draft)
        self._name(side, "rival's firm", third.organization)

    # -- accounts ------------------------------------------------------------------------------
    def _accounts(self, side):
        """Invitations, letters of authority and wishes for another address, with their tokens."""
        registrant, firm = self.registrant[side], self.organization[f"firm {side}"]
        asked = {"email": "ines@example.test", "name": "Ines New", "by": registrant, "at": AT}
        invited = accounts.invite(firm, roles=[Role.FIRM_PREPARER], **asked)
        agent = accounts.invite_agent(
            firm,
            **asked | {"email": "axel@example.test"},
            scopes=[Scope.PREPARE],
            since=date(2020, 1, 1),
            until=date(2024, 12, 31),
            letter=SimpleUploadedFile("letter.txt", b"Axel acts for us."),
        )
        mover = factories.person(firm, Role.FIRM_METRICS)
        change = accounts.ask_for_address(mover, "moved@example.test", by=mover, at=AFTER_CLOSE)
        self._name(side, "colleague", self.people[f"{side} preparer"])
        self._name(side, "invitation", invited)
        self._name(side, "invitation of an agent", agent)
        agents = Representation.objects.filter(firm=firm, agent__isnull=False, scope_prepare=True)
        self._name(side, "letter of authority", agents.get())
        filed = intake.file_authority_letter(
            firm,
            official=registrant,
            letter=SimpleUploadedFile("letter.txt", b"She signs for us."),
            by=registrant,
            at=AT,
        )
        self._name(side, "official's letter", filed)
        for name, subject in [("an invitation", invited), ("an address", change)]:
            letters = Letter.objects.filter(**Letter.naming(subject))
            self.things[f"{side}'s token of {name}"] = letters.latest("secret").secret
        if side == "A":
            contractor = self.organization["contractor one"]
            invited = accounts.invite(
                contractor,
                **asked | {"by": self.people["one's administrator"]},
                roles=[Role.CONTRACTOR_ASSESSOR],
            )
            self.things["one's invitation"] = invited.pk
            self.things["one's colleague"] = self.people["one's other lead"].pk
            self.things["an agent"] = self.people["A agent"].pk
            elsewhere = factories.registrant().organization
            self.things["a letter that names A's administrator"] = factories.representation(
                self.people["A administrator"], elsewhere, Scope.REPORT
            ).pk
            self.things["the contractor of a rehearsal"] = factories.organization(
                "contractor", "Made for a rehearsal", is_rehearsal=True
            ).pk
            for name in ("contractor one", "contractor two"):
                self.things[name] = self.organization[name].pk

    def _evidence(self, side, made, under_review):
        """Inspections beside the public ones, a printed sheet, a proposal to examine again."""
        coordinator, at = self.people["coordinator"], AFTER_CLOSE
        draft = ParticipationRequest.objects.get(pk=self.things[f"{side}'s draft request"])
        seen = {"ended_on": date(2018, 5, 4), "classification": "VAI"}
        letter = SimpleUploadedFile("letter.txt", b"Close-out letter.")
        declared = {"by": made["by"], "at": factories.AT}
        self._name(side, "declared inspection", intake.declare_inspection(
            draft, **seen, fei_key=draft.fei_key, letter=letter, **declared))  # fmt: skip
        self._name(side, "declared inspection without a letter", intake.declare_inspection(
            draft, ended_on=date(2017, 5, 4), classification="NAI", fei_key=draft.fei_key,
            **declared))  # fmt: skip
        handed_in = factories.participation_request(**made)
        letter = SimpleUploadedFile("letter.txt", b"Close-out letter.")
        self._name(side, "submitted inspection", intake.declare_inspection(
            handed_in, **seen, fei_key=handed_in.fei_key, letter=letter, **declared))  # fmt: skip
        factories.submit(handed_in, made["by"])
        self._name(side, "request with an inspection", handed_in)
        looked_up = {"source": "A system", "looked_up_on": at.date(), "by": coordinator, "at": at}
        letter = SimpleUploadedFile("letter.txt", b"Close-out letter.")
        self._name(side, "entered inspection", intake.enter_inspection(
            under_review, **seen, fei_key=under_review.fei_key, letter=letter,
            **looked_up))  # fmt: skip
        sheet = intake.print_sheet(under_review, by=coordinator, at=at)
        run_job(sheet.job_id)
        self._name(side, "printed sheet", sheet)
        self._name(
            side, "sheet on its way", intake.print_sheet(under_review, by=coordinator, at=at)
        )
        determined = factories.participation_request(Status.NOT_ELIGIBLE, **made)
        seen["classification"] = "VAI"
        self._name(side, "inspection without a letter", intake.enter_inspection(
            determined, **seen, fei_key=determined.fei_key, **looked_up))  # fmt: skip
        self._name(side, "newer data", VerdictChange.objects.get(
            result__participation_request=determined))  # fmt: skip
        self._name(side, "request to reopen", determined)
        self._name(side, "proposal to reopen", intake.propose_reopening(
            determined, reason="A close-out letter", source="Letter", by=coordinator,
            at=at))  # fmt: skip

    def _sites_bought_and_sold(self, side, made):
        """A site that came to this firm, one that left it, and one that is on offer."""
        other = factories.registrant()
        bought = factories.participation_request(Status.SUBMITTED, other, pilot=made["pilot"])
        sold = factories.participation_request(Status.SUBMITTED, **made)
        for row, seller, buyer in ((bought, other, made["by"]), (sold, made["by"], other)):
            change = self._offer(row.facility, buyer, seller)
            deeds.accept_facility(change, by=buyer, at=AFTER_CLOSE)
        self._name(side, "request of a site bought", bought)
        self._name(side, "kept copy", sold.facility.ownership_changes.get().copies.get())
        offered = factories.participation_request(Status.SUBMITTED, **made)
        self._name(side, "offer of a site", self._offer(offered.facility, other, made["by"]))
        if side == "A":
            site = factories.facility(other)
            offer = self._offer(site, self.people["A official"], other)
            self.things["the offer to A's official"] = offer.pk

    def _offer(self, facility, buyer, seller):
        return intake.offer_facility(
            facility, to_email=buyer.email, since=date(2020, 11, 1), by=seller, at=AFTER_CLOSE
        )

    # -- visits --------------------------------------------------------------------------------
    def _visits(self, side):
        self._name(side, "place without a team", Stay(self, side, "").participation)
        self._visit_in_planning(side, Stay(self, side, "proposed"))
        self._visit_with_agreed_dates(side, Stay(self, side, "consulted"))
        self._visit_in_progress(side, Stay(self, side, "rated"))
        for stage, name in [
            ("draft_ready", "draft report"),
            ("printed", "accepted report"),
            ("released", "released report"),
        ]:
            visit = Stay(self, side, stage if stage != "released" or side == "B" else "submitted")
            if visit.report.status == Report.Status.SUBMITTED:
                self._name(side, "returned report", visit.report)
                visit.released_at_last()
            self._name(side, name, visit.report)
            self._name(side, f"PDF of the {name}", visit.report.stored_file)
            self._name(side, f"visit with the {name}", visit.assessment)
        self._name(side, "released edition", visit.report.released_file)
        self._name(side, "visit with a released report", visit.assessment)
        self._name(side, "topic of a released report", visit.topic)

    def _visit_in_planning(self, side, visit):
        self._name(side, "visit in planning", visit.assessment)
        self._name(side, "place in planning", visit.participation)
        self._name(side, "proposal", visit.proposal)
        self._name(side, "FDA person on the team", self.fda_person[side])

    def _visit_with_agreed_dates(self, side, visit):
        """A's counts are a draft still, B's are submitted."""
        self._name(side, "visit with agreed dates", visit.assessment)
        for owner in ("firm", "fda", "contractor"):
            milestone = Milestone.objects.filter(assessment=visit.assessment, owner=owner)
            self._name(side, f"{owner} milestone", milestone.exclude(key__in=DONE_BY_DEED).first())
        deed = save_metrics_draft if side == "A" else submit_metrics
        words = f"unsubmitted counts of {side}"
        cells = [cell._replace(comment=words) for cell in good_cells(visit.submission)]
        deed(visit.submission, cells=cells, by=self.registrant[side], at=visit.at)
        self._name(side, "open metrics", visit.submission)
        self._name(side, "open version", visit.submission.versions.get())

    def _visit_in_progress(self, side, visit):
        topic, finding = visit.topic, visit.topic.findings.first()
        lead = self.team[side][0]
        for name, subject in [("file about a topic", topic), ("file about a finding", finding)]:
            upload = SimpleUploadedFile("notes.txt", b"Seen on the line.")
            stored = deeds.attach_file(subject, upload, by=lead, at=visit.at)
            self._name(side, name, stored)
        upload = SimpleUploadedFile("notes.txt", b"Seen on another line.")
        withdrawn = deeds.attach_file(topic, upload, by=lead, at=visit.at)
        StoredFile.objects.filter(pk=withdrawn.pk).update(withdrawn_at=visit.at)
        self._name(side, "withdrawn file", withdrawn)
        joined = {"person": self.people["selector"], "by": visit.coordinator, "at": visit.at}
        deeds.join_team(visit.assessment, **joined)
        deeds.leave_team(visit.assessment, reason="She moved on.", **joined)
        self.things["who left the team"] = self.people["selector"].pk
        self._name(side, "visit", visit.assessment)
        self._standing(side, visit)
        self._name(side, "place", visit.participation)
        self._name(side, "topic", topic)
        self._name(side, "finding", finding)
        self._name(side, "metrics", visit.submission)
        self._name(side, "version", visit.submission.versions.get())

    def _standing(self, side, visit):
        """A mark on the participation, and a removal that waits for its second person."""
        colleague = factories.person(self.organization["FDA"], Role.FDA_COORDINATOR)
        by = {"by": colleague, "at": visit.at}
        mark = intake.mark_standing(
            visit.participation, cause="recall", what=f"Recalled: lot of {side}.",
            source=f"Recall of {side}", happened_on=visit.at.date(), tell_firm=True, **by,
        )  # fmt: skip
        proposal = intake.propose_decision(
            visit.participation, kind="remove", reason=f"Why {side} goes.", mark=mark, **by
        )
        self._name(side, "standing mark", mark)
        told = Letter.objects.filter(kind="standing_marked", **Letter.naming(visit.participation))
        self._name(side, "letter about a place", told.get(person=self.registrant[side]))
        self._name(side, "proposal about its standing", proposal)
        self._place_that_ends(side)

    def _place_that_ends(self, side):
        """A place from which the firm has withdrawn; all places are needed, so its seat is free."""
        taken = Seat.objects.filter(program=self.program[side], freed_at=None, number=1)
        held = list(taken.values_list("pk", flat=True))
        taken.update(freed_at=AT)
        participation = active_participation(
            self.program[side], self.organization[f"firm {side}"], self.registrant[side],
            facility_name=f"{side}, withdrawn", place=1,
        )  # fmt: skip
        Seat.objects.filter(pk=participation.seat_id).update(freed_at=AT, freed_reason="Ended")
        Seat.objects.filter(pk__in=held).update(freed_at=None)
        deeds.withdraw_participation(participation, by=self.registrant[side], at=AT)
        self._name(side, "place that ends", participation)

    # -- who was here once ---------------------------------------------------------------------
    def _doors_that_closed(self):
        """A's visit had another contractor before, and an assessor who left; four's is lapsed."""
        visit = Assessment.objects.get(pk=self.things["A's visit"])
        self._agree("A", "contractor three")
        self._agree("A", "contractor four", until=date(2021, 12, 31))
        for name, engagement, ended in [
            ("three's lead", self._engagement(visit.participation, "contractor three"), None),
            ("one's former assessor", visit.engagement, AT),
        ]:
            member = EngagementMember.objects.create(
                engagement=engagement,
                user=self.people[name],
                function="assessor" if ended else "lead",
                since=AT,
                until=ended,
            )
            factories.accepted_declaration(member, at=AT)
        lapsed = Stay(self, "A", "")
        lapsed.contractor, lapsed.lead = (
            self.organization["contractor four"],
            self.people["four's lead"],
        )
        lapsed.assessor = factories.person(lapsed.contractor, Role.CONTRACTOR_ASSESSOR)
        lapsed.to("submitted")
        self.things["A's visit under a lapsed agreement"] = lapsed.assessment.pk
        self.things["A's topic under a lapsed agreement"] = lapsed.topic.pk
        self.things["A's submitted report under a lapsed agreement"] = lapsed.report.pk

    def _engagement(self, participation, contractor):
        return Engagement.objects.create(
            participation=participation,
            organization=self.organization[contractor],
            since=date(2020, 1, 1),
            until=date(2099, 12, 31),
            ended_at=AT,
        )

    def _task_of_a_lead(self):
        """What the leads of contractor one are asked to do about a visit of one of them."""
        raise_item(
            "for the table",
            title="Look at the visit of firm A",
            about=Assessment.objects.get(pk=self.things["A's visit"]),
            url_name="assessments:assessment_detail",
            url_kwargs={"pk": self.things["A's visit"]},
            at=AT,
            organization=self.organization["contractor one"],
            role=Role.CONTRACTOR_LEAD,
        )

    def _agreement_that_just_ended(self):
        """Five's lead is in mid-work, and may only hand in; what she and a colleague handed in."""
        visit = Stay(self, "B", "")
        visit.contractor, visit.lead = (
            self.organization["contractor five"],
            self.people["five's lead"],
        )
        visit.assessor = factories.person(visit.contractor, Role.CONTRACTOR_ASSESSOR)
        agreement = self._agree("B", "contractor five")
        visit.to("in_progress")
        now = clock.now()
        end = {"reason": "The contract was terminated.", "by": visit.coordinator, "at": now}
        deeds.end_agreement(agreement, **end)
        upload = SimpleUploadedFile("draft.txt", b"What I had begun.")
        for name, person, work in [
            ("five's file handed in", visit.lead, {"upload": upload}),
            ("five's text handed in", visit.assessor, {"text": "What I had begun."}),
        ]:
            self.things[name] = deeds.hand_in(
                visit.assessment, kind="other", **work, by=person, at=now
            ).pk
        self.things["five's visit"] = visit.assessment.pk
        self.things["five's topic"] = visit.topic.pk
        self.things["five's agreement"] = agreement.pk

    def _contractors_own(self, contractor, side):
        """What a contractor's administrator sees of her own: agreement, copies, certificate."""
        visit = Assessment.objects.get(pk=self.things[f"{side}'s visit"])
        lead, coordinator = self.team[side][0], self.people["coordinator"]
        agreement = Agreement.objects.get(organization=visit.contractor, program=self.program[side])
        days = {"since": agreement.since, "until": agreement.until}
        subcontractor = approve_subcontractor(
            agreement, kind="person", name="Ina Interpreter", **days, by=coordinator, at=AT
        )
        stored_file = StoredFile.objects.get(pk=self.things[f"{side}'s file about a topic"])
        taken = {"stored_file": stored_file, "user": lead, "at": AT, "downloaded_at": AT}
        Download.objects.create(**taken)
        paper = SimpleUploadedFile("certificate.txt", b"Nothing is left.")
        certificate = deeds.file_certificate(
            visit.engagement, statement="Shredded.", document=paper, by=coordinator, at=AT
        )
        for name, thing in [
            ("agreement", agreement),
            ("subcontractor", subcontractor),
            ("engagement", visit.engagement),
            ("copy", Download.objects.create(**taken)),
            ("certificate", certificate),
        ]:
            self.things[f"{contractor}'s {name}"] = thing.pk
        self.things[f"{side}'s assessor on the team"] = self.team[side][1].pk

    def _declarations(self):
        """One who is asked and has not declared, and the lead who has."""
        visit = Assessment.objects.get(pk=self.things["A's visit"])
        deeds.name_member(
            visit,
            person=self.people["one's undeclared assessor"],
            function="assessor",
            by=self.people["coordinator"],
            at=AT,
        )
        for name in ("one's undeclared assessor", "one's lead"):
            self.things[f"the declaration of {name}"] = Declaration.objects.get(
                member__engagement=visit.engagement, member__user=self.people[name]
            ).pk

    # -- FDA's own, and the demonstration's ----------------------------------------------------
    def _data_of_fda(self):
        coordinator = self.people["coordinator"]
        snapshot = InspectionImport.objects.create(
            number=1,
            file_name="inspections.csv",
            sha256="0" * 64,
            bytes_read=1,
            row_rules=1,
            imported_at=AFTER_CLOSE,
            recorded_by=coordinator,
            rows_read=0,
            created=0,
            updated=0,
            unchanged=0,
            rejected=0,
            absent=0,
        )
        upload = intake.upload_public_data(
            SimpleUploadedFile("inspections.csv", b"FEI Number,Legal Name\n1,Acme\n"),
            by=coordinator,
            at=AFTER_CLOSE,
        )
        with storing() as keys:
            upload.reject_file = keep_document(
                b"Line\r\n",
                name="rejected.csv",
                media_type="text/csv",
                by=coordinator,
                at=AFTER_CLOSE,
                about=upload,
                keys=keys,
            )
            upload.save()
        without_rejects = intake.upload_public_data(
            SimpleUploadedFile("inspections.csv", b"FEI Number,Legal Name\n2,Acme\n"),
            by=coordinator,
            at=AFTER_CLOSE,
        )
        rehearsal = deeds.clone_program(
            self.program["A"],
            slug="fdf-rehearsal",
            name="FDF rehearsal",
            opens_at=datetime(2020, 10, 1, tzinfo=UTC),
            closes_at=datetime(2020, 12, 1, tzinfo=UTC),
            ends_on=date(2022, 12, 31),
            rehearsal=True,
            by=coordinator,
            at=AFTER_CLOSE,
        )
        self._open_today(rehearsal)
        mail = LocalMail.objects.create(
            to="rosa@example.test",
            subject="Your code",
            body="4711",
            at=AFTER_CLOSE,
            kept_at=AFTER_CLOSE,
        )
        first = current_statement()
        following = StatementOfUse.objects.create(
            version=2,
            sections=first.sections,
            since=AFTER_CLOSE,
            reason="The notices were read again.",
            published_by=coordinator,
        )
        of_b = [str(thing) for name, thing in self.things.items() if name.startswith("B's ")]
        waiting = Letter.objects.filter(person=coordinator, subject_id__in=of_b).order_by("pk")
        Letter.objects.filter(pk=waiting[0].pk).update(status=Letter.Status.FAILED)
        self.things |= {
            "a letter that failed": waiting[0].pk,
            "a letter on its way": waiting[1].pk,
            "the first statement of use": first.pk,
            "the next statement of use": following.pk,
            "an inspection file": snapshot.pk,
            "an upload of inspections": upload.pk,
            "an upload without rejects": without_rejects.pk,
            "the uploaded inspection file": upload.stored_file.pk,
            "a rehearsal": rehearsal.pk,
            "a mail": mail.pk,
            "coordinator": coordinator.pk,
            "A's official": self.people["A official"].pk,
            "a passkey": 1,
            "no account": "0",
            "no key": "set-password",
            "lot-acceptance": "lot-acceptance",
            "pre": "pre",
            "contact": "contact",
            "decision_selected": "decision_selected",
            "a preset": "qmm-2024",
            "another preset": "qmm-2025",
            "the code of criterion b": "b",
        }

    def _scoring(self):
        """Requests with reviewers: one has scored; two people are barred from A's sites (C2)."""
        by = {"by": self.people["coordinator"], "at": AFTER_CLOSE}
        reviewer, conflicted = self.people["reviewer"], self.people["conflicted reviewer"]
        for side in "AB":
            row = ParticipationRequest.objects.get(pk=self.things[f"{side}'s eligible request"])
            people = [reviewer] if side == "A" else [reviewer, conflicted]
            for person in people:
                (assignment,) = intake.assign_reviewer(row.program, [row.pk], person, **by)
                intake.declare_conflict(assignment, has_conflict=False, by=person, at=AFTER_CLOSE)
                named = "assignment" if person == reviewer else "second assignment"
                self._name(side, named, assignment)
                if person == reviewer:
                    criteria = row.program.scoring_criteria.standing()
                    intake.submit_review(
                        assignment, scores={str(one.pk): 3 for one in criteria},
                        comment=f"words beside a score of {side}", by=person, at=AFTER_CLOSE,
                    )  # fmt: skip
            recused = factories.person(self.organization["FDA"], Role.FDA_REVIEWER)
            (assignment,) = intake.assign_reviewer(row.program, [row.pk], recused, **by)
            intake.declare_conflict(
                assignment, has_conflict=True, reason="A relative", by=recused, at=AFTER_CLOSE
            )
            intake.propose_lifting(assignment, reason="Another firm’s relative", **by)
            self._name(side, "recused assignment", assignment)
            dossier = intake.make_dossier(row.program, by=self.people["selector"], at=AFTER_CLOSE)
            run_job(dossier.job_id)
            self._name(side, "dossier", dossier)
        rehearsal = Program.objects.get(pk=self.things["a rehearsal"])
        on_its_way = intake.make_dossier(rehearsal, by=self.people["selector"], at=AFTER_CLOSE)
        self.things["a dossier on its way"] = on_its_way.pk
        row = ParticipationRequest.objects.get(pk=self.things["A's request under review"])
        (undeclared,) = intake.assign_reviewer(row.program, [row.pk], conflicted, **by)
        self._name("A", "undeclared assignment", undeclared)
        five = Assessment.objects.get(pk=self.things["five's visit"]).participation.facility_id
        sites = Facility.objects.filter(Q(organization=self.organization["firm A"]) | Q(pk=five))
        feis = sorted(set(sites.values_list("fei_key", flat=True)))
        Barring.objects.bulk_create(
            Barring(person=person, fei_key=fei_key, since=AFTER_CLOSE)
            for person in (conflicted, self.people["staff with a conflict"])
            for fei_key in feis
            if person != conflicted or fei_key != row.fei_key  # there the assignment did it
        )

    def _records(self):
        """Entries of the trail, a copy of it that is ready, and one that waits."""
        entries = TrailEntry.objects.order_by("-position")
        for name, about in [("of the trail", "submitted"), ("about a draft", "draft")]:
            subject_id = str(self.things[f"A's {about} request"])
            entry = entries.filter(subject_id=subject_id).first()
            self.things[f"A's entry {name}"] = entry.hash
        officer = self.people["records officer"]
        by = {"by": officer, "at": AFTER_CLOSE}
        export = trail_exports.export_trail(TrailChoice(deed="accept_place"), format="csv", **by)
        waiting = TrailExport.objects.create(
            format="csv", up_to=1, asked_by=officer, asked_at=AFTER_CLOSE
        )
        waiting.job = queue_job(trail_exports.EXPORT_JOB, waiting, **by)
        waiting.save()
        for side in "AB":
            what = {"matter": "A matter", "reason": "Asked for", "since": date(2020, 11, 1)}
            self.things[f"the organization of firm {side}"] = self.organization[f"firm {side}"].pk
            self._name(side, "legal hold", place_hold(self.program[side], **what, **by))
            self._line_of_the_register(side)
            archive = deeds.archive_program(self.program[side], **by)
            self._name(side, "archive", archive)
            if side == "A":
                run_job(archive.job_id)
        self.things |= {"an export of the trail": export.pk, "an export on its way": waiting.pk}

    def _line_of_the_register(self, side):
        """Somebody opened a request of this firm, and an agent a draft: its register says so."""
        for who, opened, site in [
            ("reviewer", "submitted request", f"A site of firm {side}"),
            ("agent of A and B", "draft request", f"a line about a draft of {side}"),
        ]:
            RecordAccess.objects.create(
                organization_id=self.organization[f"firm {side}"].pk,
                subject_kind="applications.participationrequest",
                subject_id=str(self.things[f"{side}'s {opened}"]),
                how=RecordAccess.How.OPENED,
                what="Request",
                site=site,
                user=self.people[who],
                person_name=who,
                office="Somewhere",
                at=AFTER_CLOSE,
                hour=AFTER_CLOSE.replace(minute=0, second=0, microsecond=0),
                noted_at=AFTER_CLOSE,
            )

    def _name(self, side, name, thing):
        self.things[f"{side}'s {name}"] = thing.pk

    def _session(self, name):
        """The session key of a person who has signed in, or none."""
        if name == "anonymous":
            return ""
        client = Client()
        client.force_login(self.people[name])
        if name.startswith("deactivated"):
            User.objects.filter(pk=self.people[name].pk).update(is_active=False)
        return client.cookies["sessionid"].value
