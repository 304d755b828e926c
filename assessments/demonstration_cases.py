"""Rarer cases of the demonstration's intake: a contested site, a former FEI, FDA's questions."""

from datetime import date

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from applications import operations as intake
from applications.demonstration import DemonstratedSite, History
from applications.operations.information import proposed_mail
from applications.operations.questions import mark_of_draft
from assessments.walkthrough import Walkthrough, eastern

FORMER_FEI = "3990000001"


def site_under_its_former_fei(site) -> DemonstratedSite:
    """How FDA's file names this site under the FEI that it bore until 2018."""
    return DemonstratedSite(
        FORMER_FEI,
        f"{site.firm}, formerly",
        site.city,
        site.state,
        site.postal_code,
        site.fda_country,
        History.OFFICIAL_ACTION_BEFORE_THE_WINDOW,
    )


def add_former_fei(facility, *, by) -> None:
    """The firm adds the FEI that its site bore before; inspections are on record under it."""
    intake.add_identifier(
        facility,
        fei=FORMER_FEI,
        kind="former",
        until=date(2018, 3, 2),
        source="FDA’s letter of March 3, 2018",
        by=by,
        at=eastern(date(2020, 10, 12)),
    )


def declare_inspections(participation_request, *, by) -> None:
    """The firm declares one inspection that FDA's data classify, and one that they lack so far."""
    common = {
        "fei_key": participation_request.fei_key,
        "by": by,
        "at": eastern(date(2020, 10, 20), 12),
    }
    letter = ContentFile(b"Closed out with no action indicated.", name="fmd-145-letter.txt")
    intake.declare_inspection(
        participation_request,
        ended_on=date(2019, 6, 14),
        classification="NAI",
        letter=letter,
        **common,
    )
    intake.declare_inspection(
        participation_request,
        ended_on=date(2020, 2, 28),
        note="Pre-approval inspection. We have answered FDA’s points and await its letter.",
        **common,
    )


def contest(program, facility, *, rival, answers, cast) -> None:
    """Another firm asks for this facility too: both requests are on hold."""
    described = facility.facts()
    fei, duns = described.pop("fei"), described.pop("duns")
    described.pop("fei_key")
    at = eastern(date(2020, 11, 13), 14)
    twin = intake.register_facility(
        rival.organization, by=rival, at=at, fei=fei, duns=duns, **described
    )
    way = Walkthrough(program, twin, official=rival, cast=cast)
    way.start(answers, at=at)
    way.submit(at=eastern(date(2020, 11, 13), 16))


def file_letter(official) -> None:
    """The firm files the letter that lets its official sign for it, and marks it."""
    text = (
        f"{official.organization} authorizes {official}, {official.title}, to sign for it.\n"
        "This paper was made for a demonstration and binds nobody.\n"
    )
    intake.file_authority_letter(
        official.organization,
        official=official,
        letter=SimpleUploadedFile("letter-of-authority.txt", text.encode()),
        since=date(2020, 9, 1),
        until=date(2022, 12, 31),
        is_confidential=True,
        by=official,
        at=eastern(date(2020, 10, 12), 9),
    )


def hand_over(participation_request, *, preparer, official) -> None:
    """The preparer has completed a draft, which waits for its official's signature."""
    intake.hand_over(
        participation_request,
        to=official,
        note="Everything is answered; the dates that do not suit are those of the shutdown.",
        by=preparer,
        at=eastern(date(2020, 11, 13), 11),
    )


def ask_for_information(waiting: Walkthrough, answered: Walkthrough, *, answers_of) -> None:
    """FDA returned two requests with questions; the firm of the second one has answered."""
    for way in (waiting, answered):
        way.start(answers_of(way), at=eastern(date(2020, 10, 27)))
        way.submit(at=eastern(date(2020, 10, 28), 9, 40))
        way.take_up(at=eastern(date(2020, 11, 6)))
        reasons = ["inspections", "size"]
        subject, body = proposed_mail(way.participation_request, reasons)
        intake.ask_for_information(
            way.participation_request,
            reasons=reasons,
            note="FDA’s data show an inspection that your list does not name. Please complete the "
            "list, and say how many people work at the site.",
            subject=subject,
            body=body,
            answer_by=date(2020, 11, 23),
            by=way.cast.coordinator,
            at=eastern(date(2020, 11, 9), 15),
        )
    at = eastern(date(2020, 11, 13), 10, 30)
    draft = intake.save_answer_draft(
        answered.participation_request,
        {"declared_inspections": "March 2016: NAI. June 2019: NAI.", "size_band": "large"},
        note="The inspection of 2016 was left out by mistake. The site has grown since 2019.",
        by=answered.official,
        at=at,
    )
    intake.answer_information(
        answered.participation_request,
        seen=mark_of_draft(draft),
        proof=answered.cast.proof,
        by=answered.official,
        at=at,
    )


MAIL = """\
Received: from mail.juniper.example by mailbox.fda.example; Thu, 12 Nov 2020 16:14:09 -0500
From: Nora Juniper <nora@juniper.example>
To: QMM pilot mailbox <qmm-pilot@fda.example>
Subject: Request to participate in the QMM pilot
Date: Thu, 12 Nov 2020 16:13:40 -0500
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Dear Sir or Madam,

we ask to participate in the pilot for finished dosage forms with our site in Dayton, Ohio
(FEI 3990000199). We make over-the-counter tablets and employ about 220 people there. I am the
contact: +1 937 555 0117.

Nora Juniper, Juniper Tablets
"""


def enter_mailed_request(program, *, cast) -> None:
    """A firm that FDA did not know wrote to the mailbox; its confirmation is awaited."""
    at = eastern(date(2020, 11, 13), 15)
    upload = SimpleUploadedFile("juniper.eml", MAIL.encode(), "message/rfc822")
    row = intake.file_message(upload, program=program, by=cast.coordinator, at=at)
    intake.enter_mailed_request(
        row,
        arrived_at=row.received_at,
        firm_name="Juniper Tablets",
        described={
            "name": "Juniper Tablets, Dayton site",
            "fei": "3990000199",
            "duns": "",
            "address_line_1": "",
            "city": "Dayton",
            "state": "Ohio",
            "postal_code": "",
            "country": "US",
            "time_zone": "America/New_York",
        },
        answers={
            "contact_name": row.sender_name,
            "contact_email": row.sender_address,
            "contact_phone": "+1 937 555 0117",
            "products": ["otc"],
            "size_band": "medium",
        },
        by=cast.coordinator,
        at=at,
    )


def ask_questions(program, *, firms, cast) -> None:
    """Two firms asked: FDA has answered everybody once, and one question is open."""
    first, second = firms
    answered = intake.ask_question(
        program,
        "We lease a packaging line at our contract site in Ohio. Does that site count as ours?",
        by=first,
        at=eastern(date(2020, 10, 21)),
    )
    intake.answer_question(
        answered,
        answer="Yes, where the site is registered with FDA and the firm that asks is responsible "
        "for its quality system. Otherwise the site’s own firm asks.",
        is_published=True,
        published_question="May a firm ask for a site where it leases a line?",
        by=cast.coordinator,
        at=eastern(date(2020, 10, 23), 14),
    )
    intake.ask_question(
        program,
        "Our official is away until December 2. May her deputy sign the request?",
        by=second,
        at=eastern(date(2020, 11, 13), 9),
    )
