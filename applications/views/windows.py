"""Which programs a person may ask to join at a moment, with few queries for a whole list."""

from applications.eligibility import Outcome, located_for_the_pilot
from qmm_pilot.accounts.access import firms_of
from qmm_pilot.accounts.roles import Scope
from qmm_pilot.programs.models import Program
from qmm_pilot.programs.windows import OpenWindows


def open_windows(user, at) -> OpenWindows:
    """The windows that hold now for the firms whose requests this person sees."""
    return OpenWindows(at, firms_of(user, Scope.PREPARE, Scope.SUBMIT))


def open_programs(user, at) -> list:
    """The programs that this person may ask to join now, each with the window that holds.

    A late admission counts for the firm that it names; an agent reads it for each of her firms.
    """
    windows = OpenWindows(at, firms_of(user, Scope.PREPARE)).by_program()
    programs = Program.objects.visible_to(user).filter(pk__in=windows).prefetch_related("criteria")
    return [(program, windows[program.pk]) for program in programs]


def fitting_programs(programs, facility) -> list:
    """Those of these programs that are for facilities in this facility’s country (B3)."""
    return [
        program
        for program in programs
        if location_opinion(program, facility).outcome is not Outcome.FAILS
    ]


def location_opinion(program, facility):
    """Whether the facility lies where this pilot’s facilities are, with the reason in words."""
    return located_for_the_pilot(
        str(facility.country),
        facilities_are=program.facilities_are,
        territories_are_domestic=program.territories_are_domestic,
    )
