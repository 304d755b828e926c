"""Presets of the rounds of 2024, 2025 and 2026, from which staff set up a round.

They are no programs: a database that is only migrated holds the two pilots of 2020, and a round
that this office does not run shows in no queue and to no firm. Of their notices the summary and
the dates were read (docket FDA-2023-N-5706), not the criteria: those are recalled, marked so in
each row, and never shown as FDA's words.
"""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from qmm_pilot.clock import EASTERN

from .notices import ASSUMED, MILESTONES

DOCKET = "docket FDA-2023-N-5706"
WHITE_PAPER = "FDA white paper on quality management maturity: five practice areas"
# FDA publishes inspections since its fiscal year 2009; earlier ones cannot be the latest.
FIRST_PUBLISHED = date(2008, 10, 1)
ASSUMED_UNREAD = "Assumption: the notice was not read"

PRACTICE_AREAS = [
    "Management Commitment to Quality",
    "Business Continuity",
    "Advanced Pharmaceutical Quality System",
    "Technical Excellence",
    "Employee Engagement and Empowerment",
]
# code, title, substance, check, commitment: all recalled (domain reference, section 2).
CRITERIA = [
    ("1", "Registered establishment",
     "The establishment is registered under section 510 of the Federal Food, Drug, and Cosmetic "
     "Act.", "staff", ""),
    ("2", "What it makes or processes",
     "It makes or processes drugs or active pharmaceutical ingredients for products that are "
     "approved, licensed or marketed under a monograph.", "staff", ""),
    ("3", "Inspected before",
     "It has had at least one FDA inspection for human drugs.", "staff", ""),
    ("4", "Current classification NAI or VAI",
     "Its current inspection classification is NAI or VAI.", "latest", ""),
    ("5", "Orientation and questionnaire",
     "It agrees to an orientation and to the pre-interview questionnaire.", "commitment",
     "We agree to take part in the orientation and to answer the pre-interview questionnaire."),
    ("6", "Assessment",
     "It agrees to an assessment of up to five days.", "commitment",
     "We agree to an assessment of our quality management maturity of up to five days."),
]  # fmt: skip
UNREAD = (
    "The eligibility criteria are recalled, not read: check each against the notice before the "
    "window opens.",
    "The first day of the window is assumed.",
    "The day on which the round ends is assumed.",
    "“Current classification” is taken as that of the latest inspection on record.",
    "Whether metrics were asked for is not known: the three of FDA’s draft guidance of 2016 stand "
    "in, and FDA alone reads them.",
)


class Preset(NamedTuple):
    """One round as far as it is known; days are Eastern, `last_day` is the last one of the window.

    `notes` say what of it was not read in its notice.
    """

    key: str
    name: str
    short_name: str
    notice: str
    opens_on: date
    last_day: date
    ends_on: date
    notes: tuple[str, ...]

    @property
    def closes_at(self) -> datetime:
        """The close of the window as its notice announced it, exclusive."""
        return datetime.combine(self.last_day + timedelta(days=1), time(0), tzinfo=EASTERN)

    @property
    def unread(self) -> tuple[str, ...]:
        """What of this round was not read in its notice, for its notes."""
        return (*self.notes, *UNREAD)

    @property
    def facts(self) -> dict:
        """The columns of its program."""
        return {
            "name": self.name,
            "short_name": self.short_name,
            "pilot": "qmm",
            "facilities_are": "anywhere",
            "notice_citation": self.notice,
            "inspections_since": FIRST_PUBLISHED,
            "inspections_before": self.last_day,
            "inspections_are_assumed": True,
            "metrics_visible_to_contractor": False,
            "ends_on": self.ends_on,
            "notes": "\n".join(self.unread),
        }

    @property
    def criteria(self) -> list[dict]:
        """The columns of its criteria."""
        return [
            {
                "code": code,
                "title": title,
                "quotation": substance,
                "citation": f"Recalled, not read. To be checked against {self.notice}",
                "check_kind": check,
                "commitment_text": commitment,
                "is_recalled": True,
                "order": order,
            }
            for order, (code, title, substance, check, commitment) in enumerate(CRITERIA, 1)
        ]

    @property
    def topics(self) -> list[dict]:
        """The columns of its topics."""
        return [
            {"name": name, "order": order, "citation": WHITE_PAPER}
            for order, name in enumerate(PRACTICE_AREAS, 1)
        ]

    @property
    def milestones(self) -> list[dict]:
        """The columns of its milestone offsets."""
        return [
            {
                "key": key,
                "title": title,
                "anchor": anchor,
                "days": days,
                "unit": unit,
                "owner": owner,
                "source": source.replace(ASSUMED, ASSUMED_UNREAD),
                "is_assumption": assumed,
                "order": order,
            }
            for order, (key, title, anchor, days, unit, owner, source, assumed) in enumerate(
                MILESTONES, 1
            )
        ]


PRESETS = {
    preset.key: preset
    for preset in (
        Preset(
            "qmm-2024",
            "QMM Prototype Assessment Protocol Evaluation Program, 2024",
            "QMM 2024",
            f"89 FR 4950, {DOCKET}",
            date(2024, 1, 25),
            date(2024, 3, 25),
            date(2024, 12, 31),
            (
                "The name of the program is recalled.",
                "Nine facilities were assessed from June to December 2024, by FDA and contractors; "
                "that up to nine were sought is read in secondary sources.",
            ),
        ),
        Preset(
            "qmm-2025",
            "QMM Prototype Assessment Protocol Evaluation Program, 2025",
            "QMM 2025",
            f"90 FR 17069, {DOCKET}",
            date(2025, 4, 23),
            date(2025, 6, 9),
            date(2025, 12, 31),
            (
                "The name of the program is recalled.",
                "Up to nine places: read in a secondary source.",
            ),
        ),
        Preset(
            "qmm-2026",
            "QMM Prototype Assessment Protocol Evaluation Program, 2026",
            "QMM 2026",
            f"91 FR 6229, {DOCKET}",
            date(2026, 2, 11),
            date(2026, 4, 13),
            date(2026, 12, 31),
            (
                "The name of the program is recalled.",
                "Nine places: read in a secondary source.",
            ),
        ),
    )
}
