"""The deadline graph: from the agreed first and last day to every date that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from assessments.scheduling import shift

# The two anchors that everything hangs on; any other anchor is the key of another milestone.
START = "start"
END = "end"


class Key(StrEnum):
    """Milestones that operations know by name; further rows of a program need no code."""

    ORIENTATION = "orientation"
    QUESTIONNAIRE = "questionnaire"
    METRICS = "metrics"
    PRE_CONSULTATION = "pre_consultation"
    AGENDA = "agenda"
    GO_NO_GO = "go_no_go"
    ASSESSMENT_START = "assessment_start"
    ASSESSMENT_END = "assessment_end"
    DRAFT_FINDINGS = "draft_findings"
    FACTUAL_REVIEW = "factual_review"
    FINAL_REPORT = "final_report"
    POST_CONSULTATION = "post_consultation"
    SURVEY = "survey"


class Standing(StrEnum):
    """What a reader is told about one milestone on a given day."""

    DONE = "done"
    DUE = "due"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Offset:
    """One default of a program: this many days of this unit from that anchor."""

    key: str
    anchor: str
    days: int
    unit: str


def propose(offsets: Iterable[Offset], *, starts_on: date, ends_on: date) -> dict[str, date]:
    """The due date of every milestone, by key, in the order of the offsets.

    An offset hangs on the first day ("start"), the last day ("end") or on another milestone's
    date. Raises ValueError when an anchor is unknown or when anchors run in a circle.
    """
    offsets = list(offsets)
    known = {START: starts_on, END: ends_on}
    waiting = offsets
    while waiting:
        ready = [offset for offset in waiting if offset.anchor in known]
        if not ready:
            names = ", ".join(sorted(offset.key for offset in waiting))
            raise ValueError(f"No date can be computed for: {names}.")
        for offset in ready:
            known[offset.key] = shift(known[offset.anchor], offset.days, offset.unit)
        waiting = [offset for offset in waiting if offset.key not in known]
    return {offset.key: known[offset.key] for offset in offsets}


def standing(due_on: date, done_on: date | None, today: date) -> Standing:
    """Done, due or overdue as read on a day; the due day itself is still in time."""
    if done_on is not None:
        return Standing.DONE
    return Standing.OVERDUE if due_on < today else Standing.DUE


def breaches(proposed: Mapping[str, date], program_ends_on: date) -> list[str]:
    """Keys of the milestones that would fall after the program's last day, in their order."""
    return [key for key, due_on in proposed.items() if due_on > program_ends_on]
