"""The criteria of the pilots as pure functions: facts in, an opinion with its reason out.

Sources: 85 FR 65824-65825 (finished dosage forms, docket FDA-2020-N-2031) and
85 FR 65828-65830 (active pharmaceutical ingredients). An opinion is the machine's; the ruling
is a person's. Nothing here knows the database.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from functools import total_ordering
from typing import NamedTuple


class Outcome(StrEnum):
    """What is known about one criterion; OVERRIDDEN is given by a ruling, never by an opinion."""

    MEETS = "meets"
    FAILS = "fails"
    UNDETERMINED = "undetermined"
    OVERRIDDEN = "overridden"


@total_ordering
class Classification(Enum):
    """FDA's final classification of an inspection, mildest first: NAI < VAI < OAI."""

    NAI = "NAI"
    VAI = "VAI"
    OAI = "OAI"

    @property
    def label(self) -> str:
        """The words that FDA prints before the abbreviation."""
        return {
            "NAI": "No Action Indicated",
            "VAI": "Voluntary Action Indicated",
            "OAI": "Official Action Indicated",
        }[self.value]

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Classification):
            return NotImplemented
        order = list(Classification)
        return order.index(self) < order.index(other)


class ProjectAreaRow(NamedTuple):
    """One published row of an inspection: FDA classifies each project area by itself."""

    project_area: str
    classification: Classification | None
    product_type: str


@dataclass(frozen=True)
class Inspection:
    """One inspection of a facility with the rows of all its project areas.

    `classification` is None while undetermined; `conflicting` says that the file which brought
    it held two rows for one project area that contradict each other; `fei_key` is the FEI under
    which it was found.
    """

    id: str
    ended_on: date
    classification: Classification | None
    project_areas: tuple[ProjectAreaRow, ...] = ()
    conflicting: bool = False
    fei_key: str = field(default="", compare=False)

    def as_evidence(self, *, since: date, before: date) -> dict:
        """The inspection as plain data, dates ISO 8601, with its place in the window."""
        return {
            "id": self.id,
            "ended_on": self.ended_on.isoformat(),
            "classification": self.classification and self.classification.value,
            "in_window": is_in_window(self.ended_on, since=since, before=before),
            "project_areas": [
                {
                    "project_area": row.project_area,
                    "classification": row.classification and row.classification.value,
                    "product_type": row.product_type,
                }
                for row in self.project_areas
            ],
        }


@dataclass(frozen=True)
class Opinion:
    """What the facts say about one criterion, with the reason as full sentences."""

    outcome: Outcome
    reason: str


# The insular areas that the program setting may count as domestic (ISO 3166-1 alpha-2):
# Puerto Rico, U.S. Virgin Islands, Guam, Northern Mariana Islands, American Samoa.
TERRITORIES = frozenset({"PR", "VI", "GU", "MP", "AS"})


def worst_classification(
    rows: Iterable[Classification | None],
) -> Classification | None:
    """The class of a whole inspection from those of its rows.

    OAI if any row is OAI; else None if any row lacks its class, or when there is no row; else
    the worst. One inspection may be NAI in one project area and OAI in another: FDA's
    Inspection Classification Database publishes one row per project area.
    """
    classes = list(rows)
    if Classification.OAI in classes:
        return Classification.OAI
    final = [each for each in classes if each is not None]
    if not final or len(final) < len(classes):
        return None
    return max(final)


def is_in_window(ended_on: date, *, since: date, before: date) -> bool:
    """Whether an inspection that ended on this day counts: since <= ended_on < before."""
    return since <= ended_on < before


def inspected_without_official_action(
    inspections: Iterable[Inspection], *, since: date, before: date
) -> Opinion:
    """Criterion b: every inspection in the window ended NAI or VAI.

    85 FR 65824: a final classification NAI or VAI "on all FDA inspection(s) of the
    manufacturing facility conducted within the five years prior to October 1, 2020"; the API
    notice (85 FR 65828) says "over the last five years". Counts inspections with
    since <= ended_on < before. FAILS on any OAI; else UNDETERMINED when one lacks its final
    classification or has rows that contradict each other, or when there is none (the notices
    are silent); else MEETS. Public data can disprove this criterion, never prove it: they omit
    inspections that await FDA's final decision.
    """
    inside = [i for i in inspections if is_in_window(i.ended_on, since=since, before=before)]
    period = f"from {_day(since)} up to, but not including, {_day(before)}"
    official = [i for i in inside if _has_official_action(i)]
    if official:
        return Opinion(
            Outcome.FAILS,
            f"{_listed(official)} ended in Official Action Indicated (OAI) in the period {period}.",
        )
    if not inside:
        return Opinion(
            Outcome.UNDETERMINED,
            f"No inspection of this facility is on record in the period {period}; the notice "
            "does not say what follows.",
        )
    open_questions = [i for i in inside if _is_unsettled(i)]
    if open_questions:
        return Opinion(
            Outcome.UNDETERMINED,
            f"{_listed(open_questions)} in the period {period}: at least one project area has "
            "no final classification, or the published rows contradict each other.",
        )
    return Opinion(
        Outcome.MEETS,
        f"{_listed(inside)} in the period {period}: every final classification on record is "
        "NAI or VAI. Public data can disprove this criterion, never prove it.",
    )


def latest_inspection_without_official_action(
    inspections: Iterable[Inspection], *, since: date, before: date
) -> Opinion:
    """Rounds since 2024, as recalled, not read: the current classification is NAI or VAI.

    Looks at the inspection that ended last within since <= ended_on < before; of several that
    ended on that day the worst counts. FAILS on OAI; UNDETERMINED when it lacks its final
    classification, or when none is on record; else MEETS. A later inspection may await FDA's final
    decision, which public data omit.
    """
    inside = [i for i in inspections if is_in_window(i.ended_on, since=since, before=before)]
    if not inside:
        return Opinion(
            Outcome.UNDETERMINED,
            f"No inspection of this facility that ended before {_day(before)} is on record.",
        )
    last_day = max(i.ended_on for i in inside)
    latest = [i for i in inside if i.ended_on == last_day]
    if any(_has_official_action(i) for i in latest):
        return Opinion(
            Outcome.FAILS,
            f"The latest on record, {_listed(latest)}, ended in Official Action Indicated (OAI).",
        )
    if any(_is_unsettled(i) for i in latest):
        return Opinion(
            Outcome.UNDETERMINED,
            f"The latest on record, {_listed(latest)}: at least one project area has no final "
            "classification, or the published rows contradict each other.",
        )
    return Opinion(
        Outcome.MEETS,
        f"The latest on record, {_listed(latest)}, ended NAI or VAI. A later one may await FDA’s "
        "final decision, which public data omit.",
    )


def left_to_staff() -> Opinion:
    """A criterion that no data of this system decide: FDA's own records and a person do."""
    return Opinion(
        Outcome.UNDETERMINED,
        "No data in this system decide this criterion. A person rules on it from FDA’s own records "
        "and names the source.",
    )


def _has_official_action(inspection: Inspection) -> bool:
    return inspection.classification is Classification.OAI or any(
        row.classification is Classification.OAI for row in inspection.project_areas
    )


def _is_unsettled(inspection: Inspection) -> bool:
    return (
        inspection.conflicting
        or inspection.classification is None
        or any(row.classification is None for row in inspection.project_areas)
    )


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _listed(inspections: list[Inspection], at_most: int = 5) -> str:
    named = [f"{i.id} (ended {_day(i.ended_on)})" for i in inspections[:at_most]]
    if len(inspections) > at_most:
        named.append(f"{len(inspections) - at_most} more")
    noun = "Inspection" if len(inspections) == 1 else "Inspections"
    return f"{noun} {', '.join(named)}"


def located_for_the_pilot(
    country: str, *, facilities_are: str, territories_are_domestic: bool
) -> Opinion:
    """Criterion a, as far as the address tells: is the facility on the pilot's side of the border?

    `country` is ISO 3166-1 alpha-2, empty when unknown; `facilities_are` is "domestic"
    (85 FR 65824: "United States-based manufacturing facility"), "foreign" (85 FR 65828:
    facilities outside the United States) or "anywhere" (rounds since 2024). Whether a US
    territory is domestic is a setting of the program, since the notices are silent. Raises
    ValueError for another `facilities_are`.
    """
    if facilities_are not in {"domestic", "foreign", "anywhere"}:
        raise ValueError(
            f"facilities_are is “domestic”, “foreign” or “anywhere”, not “{facilities_are}”."
        )
    code = country.strip().upper()
    if not code:
        return Opinion(Outcome.UNDETERMINED, "The country of the facility is not stated.")
    in_territory = code in TERRITORIES
    is_domestic = code == "US" or (in_territory and territories_are_domestic)
    if code == "US":
        place = "The facility is in the United States"
    elif in_territory:
        counted = "domestic" if territories_are_domestic else "outside the United States"
        place = (
            f"The facility is in a US territory ({code}), which this program counts as {counted}"
        )
    else:
        place = f"The facility is outside the United States ({code})"
    if facilities_are == "anywhere":
        return Opinion(Outcome.MEETS, f"{place}; this pilot is for facilities of any country.")
    wanted = (
        "facilities based in the United States"
        if facilities_are == "domestic"
        else "facilities outside the United States"
    )
    meets = is_domestic == (facilities_are == "domestic")
    return Opinion(
        Outcome.MEETS if meets else Outcome.FAILS, f"{place}; this pilot is for {wanted}."
    )


def committed(attested: bool) -> Opinion:
    """A commitment (FDF c, d, e, 85 FR 65824; API c(1), c(2), c(3), 85 FR 65828).

    Each is attested by itself by the firm's authorized official.
    """
    if attested:
        return Opinion(Outcome.MEETS, "The firm's authorized official attested this commitment.")
    return Opinion(
        Outcome.FAILS, "The firm's authorized official has not attested this commitment."
    )


_FEI = re.compile(r"[0-9]{1,10}")
_DUNS = re.compile(r"[0-9]{9}")


def canonical_fei(text: str) -> str:
    """The FDA Establishment Identifier in the form in which it is compared.

    Accepts one to ten digits after trimming spaces and a trailing “.0” (a spreadsheet's
    trace); returns them without leading zeros, as text. FDA's own files hold both padded and
    bare numbers. Raises ValueError, with a sentence for the person, for anything else and for
    zeros alone.
    """
    trimmed = text.strip().removesuffix(".0")
    if not _FEI.fullmatch(trimmed):
        raise ValueError(f"“{text.strip()[:40]}” is not an FEI: enter one to ten digits.")
    significant = trimmed.lstrip("0")
    if not significant:
        raise ValueError("An FEI of zeros alone does not name a facility.")
    return significant


def fei_warning(text: str) -> str:
    """A sentence when a valid FEI has an unusual length, else an empty string.

    FDA's guides speak of seven or ten digits, but shorter numbers exist: warn, never refuse.
    Raises ValueError as `canonical_fei` does.
    """
    significant = canonical_fei(text)
    if len(significant) in {7, 10}:
        return ""
    count = len(significant)
    return (
        f"An FEI usually has seven or ten digits; this one has {count} "
        f"{'digit' if count == 1 else 'digits'} besides leading zeros. Please check it."
    )


def canonical_duns(text: str) -> str:
    """The nine digits of a D-U-N-S number, hyphens and spaces removed, leading zeros kept.

    Raises ValueError, with a sentence for the person, for anything else. It has no check digit.
    """
    digits = re.sub(r"[\s\-]", "", text)
    if not _DUNS.fullmatch(digits):
        raise ValueError(f"“{text.strip()[:40]}” is not a DUNS number: enter nine digits.")
    return digits
