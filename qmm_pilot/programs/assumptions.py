"""Where the notices are silent: the settings of a program that are FDA's assumption, in words."""

from typing import NamedTuple

from qmm_pilot.uswds.moments import day_in_words

from .models import Criterion, Program


class Assumption(NamedTuple):
    """One setting, its value, and why it is not the notice's own word.

    `concerns` is the kind of criterion that it decides, empty where it decides none.
    """

    setting: str
    value: str
    why: str
    concerns: str = ""


UNREAD = "The notice was not read."


def look_back_in_words(program: Program) -> str:
    """The window of criterion b: "on or after October 1, 2015, and before October 1, 2020"."""
    since = day_in_words(program.inspections_since)
    return f"on or after {since}, and before {day_in_words(program.inspections_before)}"


def assumptions_of(program: Program) -> list[Assumption]:
    """The settings of this program that its notice leaves open, most telling first."""
    counted = "domestic" if program.territories_are_domestic else "outside the United States"
    found = [
        Assumption(
            "US territories",
            f"Count as {counted}",
            "The notice does not mention Puerto Rico, the U.S. Virgin Islands, Guam, the "
            "Northern Mariana Islands or American Samoa.",
            Criterion.Check.LOCATION,
        ),
        Assumption(
            "What the site makes",
            "A declaration or registration without the operation asked for is undetermined until a "
            "person rules; a site that no registration file lists stands as the firm declares it",
            "The notice names no source. FDA’s registrations expire each year, so today’s say "
            "nothing of 2020.",
            Criterion.Check.LOCATION,
        ),
        Assumption(
            "Products inspected",
            "Every inspection of the facility counts, of drugs or not; others are flagged",
            "The notice says “all FDA inspection(s)” and names no product.",
            Criterion.Check.INSPECTIONS,
        ),
        Assumption(
            "No answer in the data",
            "No inspection in the window, or one without final classification, is undetermined "
            "until a person rules",
            "The notice does not say what follows.",
            Criterion.Check.INSPECTIONS,
        ),
        Assumption(
            "Inspections beside public data",
            "What FDA’s staff enter counts as public rows do. What the firm declares only counts "
            "against it: an OAI fails, one without class is undetermined, an NAI or VAI proves "
            "nothing",
            "The notice does not say which records show a final classification.",
            Criterion.Check.INSPECTIONS,
        ),
        Assumption(
            "Time to accept a place",
            f"{program.acceptance_working_days} working days after the release",
            "The notice sets no time.",
        ),
        Assumption(
            "Time that an alternate needs",
            f"At least {program.promotion_days_needed} calendar days before the program ends: "
            f"promoted through {day_in_words(program.last_promotion_day())}",
            "The notice is silent on alternates; the days leave time to prepare, assess and "
            "report.",
        ),
        Assumption(
            "Declaration of interests",
            "A person who declares none is let in at once; a declared interest waits for FDA",
            "21 CFR 20.90 asks for a written agreement and names no declaration; FAR 52.203-16 has "
            "each person disclose interests when first assigned.",
        ),
        Assumption(
            "Handing in after access has ended",
            f"Work already begun, within {program.hand_in_days} calendar days",
            "21 CFR 20.90 ends the reading with the agreement; it does not mention work under way.",
        ),
        Assumption(
            "Time to answer a request for information",
            f"{program.information_working_days} working days, unless FDA sets another day",
            "The notice does not mention questions after a request was made.",
        ),
        Assumption(
            "Time to confirm a request that was mailed",
            f"{program.confirmation_days} calendar days from the first link",
            "The notice tells firms to write to a mailbox and asks for no confirmation.",
        ),
    ]
    if program.inspections_are_assumed and program.pilot == Program.Pilot.API:
        look_back = Assumption(
            "Look-back window of criterion b",
            f"Inspections that ended {look_back_in_words(program)}",
            "The notice says “over the last five years” and no reference date was found; the "
            "window of the pilot for finished dosage forms is used.",
            Criterion.Check.INSPECTIONS,
        )
        found.insert(0, look_back)
    if program.pilot == Program.Pilot.BOTH:
        # What the notices of 2020 say or leave open is not known of this one.
        found = [
            a._replace(why=UNREAD) if a.why.startswith("The notice") else a
            for a in found
            if not a.concerns
        ]
        latest = Assumption(
            "Which inspection is the latest",
            f"The last one that ended {look_back_in_words(program)}",
            "The notice was not read. FDA publishes inspections since its fiscal year 2009, and "
            "the close of the window is taken as the reference date.",
            Criterion.Check.LATEST_INSPECTION,
        )
        found.insert(0, latest)
    return found
