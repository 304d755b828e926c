"""Setting up a round on all floors: from a program, as a rehearsal, or from a preset (A4)."""

from django.db import transaction

from applications.operations.decision_letters import copy_letter_texts
from applications.operations.scoring_rules import copy_scoring
from applications.scoring_defaults import give_default_scoring
from metrics.catalogue import METRICS_OF, copy_metric_definitions
from metrics.models import MetricDefinition
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.access import may_manage_programs
from qmm_pilot.programs.models import Criterion, MilestoneOffset, Opening, Program, Topic
from qmm_pilot.programs.presets import Preset
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import last_minute_before

# An OMB number clears one collection of information; the next round asks for its own.
NOT_INHERITED = {"pra_control_number": "", "pra_expires_on": None, "pra_burden_statement": ""}
# The metrics of a preset, whose notice was not read: those of the pilot for finished dosage forms.
STAND_IN = "fdf-2020"


@transaction.atomic
def clone_program(
    program,
    *,
    slug,
    name,
    opens_at,
    closes_at,
    ends_on,
    short_name="",
    reason="",
    is_demonstration=False,
    rehearsal=False,
    by,
    at,
) -> Program:
    """Make a new round with this one's settings, criteria, topics, offsets and metrics (A4).

    No request comes along, no agreement, which is signed for its own program, and no OMB number.
    `closes_at` is exclusive. Raises Refusal for a slug that is taken, a window that is none or
    reaches beyond the end.
    """
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    _refuse(slug, opens_at, closes_at, ends_on, by)
    facts = {
        field.name: getattr(program, field.name)
        for field in Program._meta.concrete_fields
        if not field.primary_key
    }
    facts |= NOT_INHERITED | {
        "slug": slug,
        "name": name,
        "short_name": short_name or name[:60],
        "ends_on": ends_on,
        "is_demonstration": is_demonstration,
        "rehearsal_of": program if rehearsal else None,
    }
    clone = Program.objects.create(**facts)
    Opening.objects.create(
        program=clone,
        opens_at=opens_at,
        closes_at=closes_at,
        source=f"Copy of {program.short_name}",
    )
    for rows in (program.criteria, program.topics.standing(), program.milestone_offsets):
        _copy_rows(rows, clone)
    copy_metric_definitions(program, clone)
    copy_scoring(program, clone)
    copy_letter_texts(program, clone, by=by, at=at)
    record(
        "clone_program",
        clone,
        by=by,
        at=at,
        after={"from": program.slug, **_window(clone, opens_at, closes_at)},
        reason=reason.strip(),
    )
    return clone


@transaction.atomic
def make_round(
    preset: Preset, *, slug, name, short_name, opens_at, closes_at, ends_on, reason, by, at
) -> Program:
    """Make a program from a preset; what of it was not read is marked in its rows and notes.

    Raises Refusal as clone_program does.
    """
    _refuse(slug, opens_at, closes_at, ends_on, by)
    own = {"slug": slug, "name": name, "short_name": short_name, "ends_on": ends_on}
    made = Program.objects.create(**preset.facts | own)
    Opening.objects.create(
        program=made,
        opens_at=opens_at,
        closes_at=closes_at,
        source=preset.notice if closes_at == preset.closes_at else "Set by FDA",
    )
    Criterion.objects.bulk_create(Criterion(program=made, **row) for row in preset.criteria)
    Topic.objects.bulk_create(Topic(program=made, **row) for row in preset.topics)
    MilestoneOffset.objects.bulk_create(
        MilestoneOffset(program=made, **row) for row in preset.milestones
    )
    MetricDefinition.objects.bulk_create(
        MetricDefinition(program=made, **metric, order=order, is_assumption=True)
        for order, metric in enumerate(METRICS_OF[STAND_IN], 1)
    )
    give_default_scoring(made)
    record(
        "make_round",
        made,
        by=by,
        at=at,
        after={"from": f"preset {preset.key}", **_window(made, opens_at, closes_at)},
        reason=reason.strip(),
    )
    return made


def _refuse(slug, opens_at, closes_at, ends_on, by):
    if by is not None and not may_manage_programs(by):
        raise Refusal("Only FDA coordinators set up rounds.")
    if Program.objects.filter(slug=slug).exists():
        raise Refusal(f"A program with the short address “{slug}” exists already.")
    if closes_at <= opens_at:
        raise Refusal("The window closes before it opens. Choose a later last day.")
    if last_minute_before(closes_at).astimezone(EASTERN).date() > ends_on:
        raise Refusal("The round ends before its window closes. Choose a later end.")


def _window(program, opens_at, closes_at):
    return {
        "slug": program.slug,
        "name": program.name,
        "opens_at": opens_at,
        "closes_at": closes_at,
        "ends_on": program.ends_on,
    }


def _copy_rows(rows, clone):
    model = rows.model
    names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    model.objects.bulk_create(
        model(**{name: getattr(row, name) for name in names} | {"program": clone})
        for row in rows.all()
    )
