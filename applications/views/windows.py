"""Which programs accept requests at a moment, with one query for a whole list."""

from qmm_pilot.programs.models import Opening, Program


def accepting_programs(at) -> set:
    """The ids of the programs that accept requests at this moment."""
    return set(_accepting(at))


def open_programs(user, at) -> list:
    """The programs that this person may ask to join now, each with the opening that holds."""
    programs = (
        Program.objects.visible_to(user)
        .filter(pk__in=_accepting(at))
        .prefetch_related("openings", "criteria")
    )
    return [(program, _opening(program, at)) for program in programs]


def _accepting(at):
    openings = Opening.objects.filter(opens_at__lte=at, closes_at__gt=at)
    return openings.values_list("program_id", flat=True)


def _opening(program, at):
    """As Program.current_opening, from what was prefetched."""
    return max(
        (o for o in program.openings.all() if o.opens_at <= at < o.closes_at),
        key=lambda opening: opening.closes_at,
    )
