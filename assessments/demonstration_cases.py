"""Rarer cases of the demonstration's intake: a contested site, a former FEI, FDA's questions."""

from datetime import date

from django.core.files.base import ContentFile

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


def hand_over(participation_request, *, preparer, official) -> None:
    """The preparer has completed a draft, which waits for its official's signature."""
    intake.hand_over(
        participation_request,
        to=official,
        note="Everything is answered; the dates that do not suit are those of the shutdown.",
        by=preparer,
        at=eastern(date(2020, 11, 13), 11),
    )


def return_for_information(way: Walkthrough, *, reasons, note, answer_by, at) -> None:
    """FDA asks the firm about its request under review; the mail goes out as proposed."""
    subject, body = proposed_mail(way.participation_request, reasons)
    intake.ask_for_information(
        way.participation_request,
        reasons=reasons,
        note=note,
        subject=subject,
        body=body,
        answer_by=answer_by,
        by=way.cast.coordinator,
        at=at,
    )


def answer(way: Walkthrough, answers, *, note, at) -> None:
    """The firm's official answers FDA's questions and signs."""
    draft = intake.save_answer_draft(
        way.participation_request, answers, note=note, by=way.official, at=at
    )
    intake.answer_information(
        way.participation_request,
        seen=mark_of_draft(draft),
        proof=way.cast.proof,
        by=way.official,
        at=at,
    )
