"""Deeds on how a program scores: its criteria, weights and range, and whether it scores at all."""

from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists

from applications.models import Review, ScoringCriterion
from applications.models.review import HIGHEST_WEIGHT
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.access import may_manage_programs
from qmm_pilot.programs.models import Program
from qmm_pilot.records.trail import record

from .review_tasks import refresh_tasks_of

HIGHEST_SCORE = 100
SET_BY_FDA = "FDA’s setting"


class ScoredBy(NamedTuple):
    """One scoring criterion as a coordinator sets it; `weight` is 1 to 10."""

    title: str
    guidance: str
    weight: int


FROZEN = (
    "A score was submitted under these criteria already, so they stay for every request of this "
    "round. Set up a new round for other rules."
)


def scoring_is_frozen(program) -> str:
    """Why the scoring rules of this program cannot be changed any more; empty where they can."""
    return FROZEN if _submitted(program).exists() else ""


def scoring_rules_of(program) -> tuple[list[ScoringCriterion], str]:
    """The standing criteria, and why they are frozen or nothing; by one query."""
    rows = list(
        program.scoring_criteria.standing().annotate(has_scores=Exists(_submitted(program)))
    )
    return rows, FROZEN if any(row.has_scores for row in rows) else ""


def _submitted(program):
    return Review.objects.submitted().filter(assignment__participation_request__program=program)


@transaction.atomic
def change_scoring(program, *, criteria, lowest, highest, reason, by, at) -> list:
    """Set the scoring criteria in this order (ScoredBy each), and the range of every score.

    One that is missing is left out, and comes back when it is named again. Raises Refusal once a
    score was submitted, for a weight outside 1 to 10, and for a range that is none.
    """
    program = _locked(program, by)
    _refuse_bad_rules(criteria, lowest, highest)
    known = {row.title: row for row in program.scoring_criteria.all()}
    before = _in_words(row for row in known.values() if not row.is_left_out)
    for row in known.values():
        row.is_left_out = True
        row.lowest, row.highest = lowest, highest
    for order, wanted in enumerate(criteria, 1):
        row = known.setdefault(
            wanted.title, ScoringCriterion(program=program, title=wanted.title, source=SET_BY_FDA)
        )
        row.guidance, row.weight, row.order = wanted.guidance, wanted.weight, order
        row.lowest, row.highest, row.is_left_out = lowest, highest, False
    for row in known.values():
        row.save()
    standing = list(program.scoring_criteria.standing())
    after = _in_words(standing)
    if before == after:
        raise Refusal("Nothing was changed.")
    _record("change_scoring", program, before, after, reason, by=by, at=at)
    return standing


@transaction.atomic
def switch_scoring(program, *, is_scored, reason, by, at) -> Program:
    """Switch scoring off for a program, or on again; the reason is shown to staff.

    Raises Refusal once a score was submitted.
    """
    program = _locked(program, by)
    if program.is_scored == is_scored:
        raise Refusal("Scoring is on already." if is_scored else "Scoring is off already.")
    before = {"is_scored": program.is_scored}
    program.is_scored = is_scored
    program.unscored_reason = "" if is_scored else reason.strip()
    if not reason.strip():
        raise Refusal("Give the reason. It is shown to staff and kept in the trail.")
    program.save(update_fields=["is_scored", "unscored_reason"])
    refresh_tasks_of(program, by=by, at=at)
    _record("switch_scoring", program, before, {"is_scored": is_scored}, reason, by=by, at=at)
    return program


def copy_scoring(from_program, to_program) -> None:
    """Copy the scoring criteria to a new round, within the deed that clones a program."""
    ScoringCriterion.objects.bulk_create(
        ScoringCriterion(
            program=to_program,
            **{
                name: getattr(row, name)
                for name in (
                    "title", "guidance", "weight", "lowest", "highest", "source", "order",
                )
            },
        )
        for row in from_program.scoring_criteria.standing()
    )  # fmt: skip


def _locked(program, by):
    if not may_manage_programs(by):
        raise Refusal("Only FDA coordinators change how a program scores.")
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    if why := scoring_is_frozen(program):
        raise Refusal(why)
    return program


def _refuse_bad_rules(criteria, lowest, highest):
    if not criteria:
        raise Refusal("Name at least one scoring criterion, or switch scoring off.")
    titles = [wanted.title.casefold() for wanted in criteria]
    if len(set(titles)) < len(titles):
        raise Refusal("A scoring criterion is named twice. Take one of them out.")
    if any(not 1 <= wanted.weight <= HIGHEST_WEIGHT for wanted in criteria):
        raise Refusal(f"A weight is a whole number from 1 to {HIGHEST_WEIGHT}.")
    if not 0 <= lowest < highest <= HIGHEST_SCORE:
        raise Refusal("The highest score must be above the lowest, and both between 0 and 100.")


def _in_words(rows):
    rows = list(rows)
    return {
        "criteria": [f"{row.title} (weight {row.weight}): {row.guidance}" for row in rows],
        "range": sorted({f"{row.lowest} to {row.highest}" for row in rows}),
    }


def _record(deed, program, before, after, reason, *, by, at):
    if not reason.strip():
        raise Refusal("Give the reason for the change. It is kept in the trail.")
    record(deed, program, by=by, at=at, before=before, after=after, reason=reason.strip())
