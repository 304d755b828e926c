"""Cloning a program into a new round or a rehearsal, on all floors."""

from django.db import transaction

from metrics.catalogue import copy_metric_definitions
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Opening, Program
from qmm_pilot.records.trail import record

# Rows of a program that a new round inherits; openings and agreements are made anew.
INHERITED = ("criteria", "topics", "milestone_offsets")


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
    is_demonstration=False,
    rehearsal=False,
    by,
    at,
) -> Program:
    """Make a new round with this one's settings, criteria, topics, offsets and metrics (A4).

    No request comes along, and no agreement: each is signed for its own program. `closes_at` is
    exclusive. Raises Refusal for a slug that is taken.
    """
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    if Program.objects.filter(slug=slug).exists():
        raise Refusal(f"A program with the short address “{slug}” exists already.")
    facts = {
        field.name: getattr(program, field.name)
        for field in Program._meta.concrete_fields
        if not field.primary_key
    }
    facts |= {
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
    for relation in INHERITED:
        _copy_rows(getattr(program, relation), clone)
    copy_metric_definitions(program, clone)
    record(
        "clone_program",
        clone,
        by=by,
        at=at,
        after={"from": program.slug, "slug": slug, "name": name, "ends_on": ends_on},
    )
    return clone


def _copy_rows(rows, clone):
    model = rows.model
    names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    model.objects.bulk_create(
        model(**{name: getattr(row, name) for name in names} | {"program": clone})
        for row in rows.all()
    )
