"""Places that become free again while alternates wait: the selectors' task about them (C6)."""

from applications.models import ParticipationRequest, Seat
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.actions import close_item, raise_item

Status = ParticipationRequest.Status


def tell_of_free_place(program, *, at) -> bool:
    """Ask the selectors to look at the alternates, where a place is free and some wait for it.

    For every deed that frees a place, inside its transaction and after the seat is freed. Says
    whether the task stands now; a second call for the same program changes nothing. Nobody is
    seated by it, and a rehearsal raises no task.
    """
    if program.is_rehearsal or not free_places(program) or not alternates_waiting(program).exists():
        return False
    raise_item(
        _key(program),
        title=f"A place of {program.short_name} is free: alternates wait",
        about=program,
        url_name="applications:selection_board",
        url_kwargs={"pk": program.pk},
        at=at,
        role=Role.FDA_SELECTOR,
    )
    return True


def close_free_place(program, *, by, at) -> None:
    """Close that task once no place is free any more, or no alternate waits for one."""
    if not free_places(program) or not alternates_waiting(program).exists():
        close_item(_key(program), by=by, at=at)


def free_places(program) -> int:
    """How many places of the program are free now; the cap is a ceiling, never a target."""
    return max(0, program.cap - Seat.objects.filter(program=program, freed_at=None).count())


def alternates_waiting(program):
    """The requests of this program that were told to be alternates and still are."""
    return ParticipationRequest.objects.filter(program=program, status=Status.ALTERNATE)


def _key(program) -> str:
    return f"free-place:{program.pk}"
