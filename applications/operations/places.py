"""Places: taking one, and the selectors' task when one is free while alternates wait (C4, C6)."""

from django.db import IntegrityError, transaction

from applications.models import ParticipationRequest, Seat
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.actions import close_item, raise_item

Status = ParticipationRequest.Status
NUMBER_WORDS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven",
                8: "eight", 9: "nine"}  # fmt: skip


class NoSeatLeft(Refusal):
    """Every place of the program is taken."""


def take_seat(participation_request, *, by, at) -> Seat:
    """Take the lowest free place of the program, inside the caller's transaction.

    The table refuses a second seat of a number, a request, a facility or an FEI. Losing a race
    for one number is not "full": the next free number is tried until none is free.
    """
    program = participation_request.program
    while True:
        taken = Seat.objects.filter(program=program, freed_at=None)
        if taken.filter(participation_request=participation_request).exists():
            raise IllegalMove("This request holds a place already.")
        if taken.filter(fei_key=participation_request.fei_key).exists():
            raise Refusal("Another request for the same site holds a place in this program.")
        numbers = set(taken.values_list("number", flat=True))
        # Read anew each time: were it lowered meanwhile, the table would refuse for ever.
        cap = Program.objects.values_list("cap", flat=True).get(pk=program.pk)
        free = [n for n in range(1, cap + 1) if n not in numbers]
        if not free:
            taken_words = f"All {NUMBER_WORDS[cap]} places are" if cap > 1 else "The one place is"
            raise NoSeatLeft(f"{taken_words} taken. Nothing was changed.")
        try:
            with transaction.atomic():
                return Seat.objects.create(
                    program=program,
                    number=free[0],
                    participation_request=participation_request,
                    facility=participation_request.facility,
                    fei_key=participation_request.fei_key,
                    taken_by=by,
                    taken_at=at,
                )
        except IntegrityError:
            continue  # another person took it at the same moment: look again


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
