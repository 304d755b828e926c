"""Moving the end of a program, and what stands at odds with the new day (A4)."""

from datetime import date
from typing import NamedTuple

from django.db import transaction

from applications.models import Decision, ParticipationRequest
from assessments.models import Assessment, Milestone
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.access import may_manage_programs
from qmm_pilot.programs.models import Agreement, Program
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import last_minute_before, moment_in_words


class AtOdds(NamedTuple):
    """What a new end of a program touches, each list in the order of its days."""

    agreements: list[Agreement]  # in force or to come, that end before the new day
    milestones: list[Milestone]  # open ones that fall due after the new day
    ending_earlier: list[Milestone]  # open ones that fall due on or before it
    alternates: list[Decision]  # alternates who wait for a place until the program ends


def at_odds(program, ends_on: date, *, at, seen_by=None) -> AtOdds:
    """The agreements, open milestones and waiting alternates beside a new last day, inclusive.

    Of milestones and alternates those that `seen_by` may know of, where a person is given (C2).
    """
    agreements = [
        agreement
        for agreement in program.agreements.filter(ended_at=None)
        .select_related("organization", "superseded_by")
        .order_by("until", "pk")
        if agreement.last_day() < ends_on
    ]
    still_open = [
        milestone
        for milestone in _seen(Milestone, seen_by)
        .filter(assessment__participation__program=program)
        .exclude(assessment__status__in=Assessment.OVER)
        .with_metrics_day()
        .select_related("assessment__participation__facility")
        .order_by("due_on", "order", "pk")
        if milestone.day_done is None
    ]
    alternates = (
        Decision.objects.standing()
        .filter(
            participation_request__in=_seen(ParticipationRequest, seen_by).filter(program=program),
            participation_request__status=ParticipationRequest.Status.ALTERNATE,
            kind=Decision.Kind.ALTERNATE,
            released_at__lte=at,
        )
        .select_related("participation_request__facility")
    )
    return AtOdds(
        agreements,
        [milestone for milestone in still_open if milestone.due_on > ends_on],
        [milestone for milestone in still_open if milestone.due_on <= ends_on],
        list(alternates.order_by("rank", "pk")),
    )


def _seen(model, person):
    return model.objects.visible_to(person) if person else model.objects.all()


@transaction.atomic
def move_program_end(program, *, ends_on, reason, by, at) -> Program:
    """Move a program's last day, inclusive; agreements and milestones stay where they are.

    The trail keeps what stood at odds with the new day. Raises Refusal without a reason, for the
    day that it has, and before the last window closes.
    """
    if not may_manage_programs(by):
        raise Refusal("Only FDA coordinators move the end of a program.")
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    if not reason.strip():
        raise Refusal("Give the reason for moving the end. It is kept in the trail.")
    if ends_on == program.ends_on:
        raise Refusal("This is the program’s last day already.")
    closes_at = program.last_close()
    if closes_at and program.today(last_minute_before(closes_at)) > ends_on:
        raise Refusal(
            "Requests are accepted through "
            f"{moment_in_words(last_minute_before(closes_at))}. Choose a later end, or close the "
            "window early first."
        )
    found = at_odds(program, ends_on, at=at)
    before = program.ends_on
    program.ends_on = ends_on
    program.save(update_fields=["ends_on"])
    record(
        "move_program_end",
        program,
        by=by,
        at=at,
        before={"ends_on": before},
        after={
            "ends_on": ends_on,
            "agreements_that_end_before": [row.reference for row in found.agreements],
            "milestones_due_after": len(found.milestones),
            "alternates_waiting": len(found.alternates),
        },
        reason=reason.strip(),
    )
    return program
