"""Beside each question of a request: what is asked, why, and where the notice says so (A12).

The notices itemize no content of a request. What goes back to one of their criteria links the
notice; all other questions are ours, to choose different facilities and to plan visits.
"""

import re

from django.utils.html import format_html

from qmm_pilot.programs.models import Criterion, Program
from qmm_pilot.uswds.moments import day_in_words

Kind = Criterion.Check

HELP = {
    "contact_name": "Whom FDA and the contractor write to and call about this facility.",
    "contact_title": "So that a letter reaches the right office.",
    "contact_email": "For questions about this request and, if FDA selects the facility, about "
    "the visit.",
    "contact_phone": "With the country code, for what cannot wait for a letter.",
    "contact_time_zone": "Calls are proposed at hours that suit this zone.",
    "deputy_name": "Who answers when the contact is away.",
    "deputy_email": "So that nothing waits for a vacation to end.",
    "operations": "Choose all that apply, as on the establishment’s registration. Criterion a "
    "asks for a manufacturing facility.",
    "size_band": "People who work at the site. FDA seeks facilities of different sizes.",
    "sector": "The part of the industry that describes the site best. FDA seeks facilities of "
    "different sectors.",
    "products": "Choose all that apply. Criterion a names what the facilities of this pilot make.",
    "product_description": "Dosage forms or substances in a few lines. The team that assesses is "
    "chosen to fit.",
    "makes_sterile": "FDA seeks facilities of different kinds.",
    "preferred_mode": "Your preference helps planning; it does not weigh in the selection. The "
    "commitment that your official attests covers an assessment on site or remote.",
    "blackout_dates": "Shutdowns, audits, holidays of the site. Visits are planned around them.",
    "interview_language": "If other than English, so that an interpreter can be found.",
    "confidential_answers": "FDA treats a marked answer as such, and every page that shows it "
    "says so (21 CFR 20.61). Free texts and what the facility makes are marked from the start. "
    "Take a mark away only if you are content for the answer to be public. You may change marks "
    "until you submit, and add some soon after; they expire after ten years (45 CFR 5.41).",
}
# What goes back to the notice, by the kinds of its criteria.
GROUNDS = {
    "operations": (Kind.LOCATION,),
    "products": (Kind.LOCATION,),
    "declared_inspections": (Kind.INSPECTIONS, Kind.LATEST_INSPECTION),
    "preferred_mode": (Kind.COMMITMENT,),
}


def help_of(name, program) -> str:
    """What stands beside the question of this answer, with a link to the notice where it asks."""
    words = _about_inspections(program) if name == "declared_inspections" else HELP.get(name, "")
    address = notice_address(program)
    if name not in GROUNDS or not address:
        return words
    return format_html('{} <a href="{}">Notice: {}</a>', words, address, program.notice_citation)


def notice_address(program) -> str:
    """The notice in the Federal Register, by volume and page of its citation; "" for others."""
    found = re.search(r"(\d+) FR (\d+)", program.notice_citation)
    return f"https://www.federalregister.gov/citation/{found[1]}-FR-{found[2]}" if found else ""


def criteria_behind(step, program) -> list[Criterion]:
    """The criteria of the notice that this step's questions are about."""
    kinds = {kind for name in step.names for kind in GROUNDS.get(name, ())}
    return list(program.criteria.filter(check_kind__in=kinds)) if kinds else []


def _about_inspections(program):
    about = "" if program.pilot == Program.Pilot.BOTH else "Criterion b is about them; "
    assumed = (
        " The notice gives no reference date for its five years; these dates are our assumption."
        if program.inspections_are_assumed and about
        else ""
    )
    return (
        "FDA inspections of this facility that ended from "
        f"{day_in_words(program.inspections_since)} up to, but not including, "
        f"{day_in_words(program.inspections_before)}: date and classification of each, or "
        f"“none”. {about}FDA compares your list with its own data, which may lack the newest."
        f"{assumed}"
    )
