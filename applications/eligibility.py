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


class Origin(StrEnum):
    """Who says that an inspection took place; the values stand in stored evidence."""

    PUBLIC = "public"  # FDA's published classifications
    FDA = "fda"  # entered by FDA's staff from FDA's own systems
    FIRM = "firm"  # declared by the firm


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
    which it was found. What FDA's staff enter and what the firm declares has no published rows.
    """

    id: str
    ended_on: date
    classification: Classification | None
    project_areas: tuple[ProjectAreaRow, ...] = ()
    conflicting: bool = False
    fei_key: str = field(default="", compare=False)
    origin: Origin = Origin.PUBLIC

    def as_evidence(self, *, since: date, before: date) -> dict:
        """The inspection as plain data, dates ISO 8601, with its place in the window."""
        return {
            "id": self.id,
            "ended_on": self.ended_on.isoformat(),
            "classification": self.classification and self.classification.value,
            "in_window": is_in_window(self.ended_on, since=since, before=before),
            "origin": self.origin.value,
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


class InWindow(NamedTuple):
    """What is known of a facility's inspections inside the window, as three answers.

    `official`: one ended in OAI; `unsettled`: one lacks its final classification, or what is
    known of it is contradictory; `on_record`: FDA, by its data or its staff, knows of one.
    """

    official: bool
    unsettled: bool
    on_record: bool


def outcome_in_window(found: InWindow) -> Outcome:
    """Criterion b from the three answers: the one place where they become an outcome."""
    if found.official:
        return Outcome.FAILS
    if found.unsettled or not found.on_record:
        return Outcome.UNDETERMINED
    return Outcome.MEETS


NO_CLASS = "no final classification is known, or the published rows contradict each other."
OWN_STATEMENT = (
    "FDA’s data do not hold it, and a firm’s own statement does not prove the criterion."
)


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

    What FDA's staff enter from FDA's own systems counts as public rows do. What the firm declares
    can only speak against it: an OAI fails, an inspection without class leaves the criterion
    undetermined unless FDA's records classify one of the same FEI and day; a declared NAI or VAI
    proves nothing.
    """
    inside = [i for i in inspections if is_in_window(i.ended_on, since=since, before=before)]
    period = f"from {_day(since)} up to, but not including, {_day(before)}"
    found, unsettled = _answers(inside)
    outcome = outcome_in_window(found)
    if outcome is Outcome.FAILS:
        official = [i for i in inside if _has_official_action(i)]
        reason = (
            f"{_listed(official)} ended in Official Action Indicated (OAI) in the period {period}."
        )
    elif unsettled:
        reason = f"{_listed(unsettled)} in the period {period}: {NO_CLASS}"
    elif not inside:
        reason = (
            f"No inspection of this facility is on record in the period {period}; the notice "
            "does not say what follows."
        )
    elif outcome is Outcome.UNDETERMINED:
        reason = f"{_listed(inside)} in the period {period}: {OWN_STATEMENT}"
    else:
        on_record = [i for i in inside if i.origin is not Origin.FIRM]
        reason = (
            f"{_listed(on_record)} in the period {period}: every final classification on record is "
            "NAI or VAI. Public data can disprove this criterion, never prove it."
        )
    return Opinion(outcome, reason)


def latest_inspection_without_official_action(
    inspections: Iterable[Inspection], *, since: date, before: date
) -> Opinion:
    """Rounds since 2024, as recalled, not read: the current classification is NAI or VAI.

    Looks at the inspection that ended last within since <= ended_on < before; of several that
    ended on that day the worst counts. FAILS on OAI; UNDETERMINED when it lacks its final
    classification, when the firm alone declares it, or when none is on record; else MEETS. A later
    inspection may await FDA's final decision, which public data omit.
    """
    inside = [i for i in inspections if is_in_window(i.ended_on, since=since, before=before)]
    if not inside:
        return Opinion(
            Outcome.UNDETERMINED,
            f"No inspection of this facility that ended before {_day(before)} is on record.",
        )
    last_day = max(i.ended_on for i in inside)
    latest = [i for i in inside if i.ended_on == last_day]
    found, unsettled = _answers(latest)
    outcome = outcome_in_window(found)
    said = f"The latest on record, {_listed(latest)}"
    if outcome is Outcome.FAILS:
        reason = f"{said}, ended in Official Action Indicated (OAI)."
    elif unsettled:
        reason = f"{said}: {NO_CLASS}"
    elif outcome is Outcome.UNDETERMINED:
        reason = f"The latest is {_listed(latest)}; {OWN_STATEMENT}"
    else:
        reason = (
            f"{said}, ended NAI or VAI. A later one may await FDA’s final decision, which public "
            "data omit."
        )
    return Opinion(outcome, reason)


def left_to_staff() -> Opinion:
    """A criterion that no data of this system decide: FDA's own records and a person do."""
    return Opinion(
        Outcome.UNDETERMINED,
        "No data in this system decide this criterion. A person rules on it from FDA’s own records "
        "and names the source.",
    )


def _answers(counted: list[Inspection]) -> tuple[InWindow, list[Inspection]]:
    """The three answers of these inspections, and those that are unsettled."""
    on_record = [i for i in counted if i.origin is not Origin.FIRM]
    known = {(i.fei_key, i.ended_on) for i in on_record}
    unsettled = [i for i in counted if _is_unsettled(i, known)]
    official = any(_has_official_action(i) for i in counted)
    return InWindow(official, bool(unsettled), bool(on_record)), unsettled


def _has_official_action(inspection: Inspection) -> bool:
    return inspection.classification is Classification.OAI or any(
        row.classification is Classification.OAI for row in inspection.project_areas
    )


def _is_unsettled(inspection: Inspection, known: set[tuple[str, date]]) -> bool:
    if inspection.origin is Origin.FIRM:
        is_known = (inspection.fei_key, inspection.ended_on) in known
        return inspection.classification is None and not is_known
    return (
        inspection.conflicting
        or inspection.classification is None
        or any(row.classification is None for row in inspection.project_areas)
    )


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _said_by(inspection: Inspection) -> str:
    said = {Origin.FDA: "entered by FDA’s staff, ", Origin.FIRM: "declared by the firm, "}
    return said.get(inspection.origin, "")


def _listed(inspections: list[Inspection], at_most: int = 5) -> str:
    named = [f"{i.id} ({_said_by(i)}ended {_day(i.ended_on)})" for i in inspections[:at_most]]
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


# The operation of FDA's registrations that each pilot asks for; a pilot for both takes either.
OPERATIONS_ASKED = {
    "fdf": frozenset({"MANUFACTURE"}),
    "api": frozenset({"API MANUFACTURE"}),
    "qmm": frozenset({"MANUFACTURE", "API MANUFACTURE"}),
}


def as_registered(operations: Iterable[str]) -> list[str]:
    """The operations that a firm declares, in the words of FDA's registrations."""
    return [each.upper().replace("_", " ") for each in operations]


def manufactures_for_the_pilot(
    declared: Iterable[str],
    registered: Iterable[str] | None,
    *,
    pilot: str,
    is_published: bool = True,
) -> Opinion:
    """Criterion a, as far as operations tell: is the site a manufacturer of what the pilot is for?

    `declared` are the firm's own words for its operations, `registered` those of FDA's published
    registrations of its FEIs (None: no file on record lists them), both as FDA writes them:
    MANUFACTURE is not API MANUFACTURE. Neither disproves, since registrations expire each year
    and today's say nothing of 2020: a list that lacks the operation leaves it UNDETERMINED.
    Without `is_published` the newest file lists the site no longer, and `registered` is older.
    """
    asked = OPERATIONS_ASKED[pilot]
    wanted = " or ".join(sorted(asked))
    for whose, listed in (
        ("The firm declares", declared),
        ("FDA’s registrations list" if is_published else "An older file lists", registered),
    ):
        if listed is not None and not asked & set(listed):
            others = ", ".join(sorted(listed)) or "no operation"
            return Opinion(
                Outcome.UNDETERMINED,
                f"{whose} {others} at this site; this pilot asks for {wanted}.",
            )
    if registered is None:
        return Opinion(
            Outcome.MEETS,
            f"The firm declares {wanted}. No registration file on record lists this site; current "
            "registrations say nothing of 2020.",
        )
    if not is_published:
        return Opinion(
            Outcome.MEETS,
            f"The firm declares {wanted}. An older registration file lists it, too; the newest no "
            "longer lists this site.",
        )
    return Opinion(Outcome.MEETS, f"The firm declares {wanted}, and FDA’s registrations list it.")


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
