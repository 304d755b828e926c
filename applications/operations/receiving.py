"""What follows each request that reached FDA, whichever way: found, taken up, told, contested."""

from qmm_pilot.accounts.roles import Role
from qmm_pilot.programs.working_days import add_working_days
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import moment_in_words

from .claims import contest
from .finding import make_findable
from .letters import firm_people, write_letter

TAKE_UP_IN = 10  # working days


def receive(participation_request, *, at) -> bool:
    """Make a request that was just submitted FDA's to deal with; says whether it is on hold.

    Part of submit_request and confirm_mailed_request: it is searched for, the coordinators are
    asked to take it up, its firm is told, and where another firm claims the site both wait (B6).
    """
    make_findable(participation_request)
    _raise_intake_items(participation_request, at=at)
    write_letter(
        "request_received",
        to=firm_people(participation_request),
        subject=f"Your request was received: {participation_request.receipt_number}",
        about=participation_request,
        at=at,
        participation_request=participation_request,
        received=moment_in_words(participation_request.submitted_at),
    )
    held = contest(participation_request, at=at)
    for claim in held:
        if claim.pk != participation_request.pk:
            record("place_hold", claim, by=None, at=at, after={"cause": "contested"})
    return bool(held)


def _raise_intake_items(participation_request, *, at):
    """Close the firm's task to finish, and ask the coordinators to take the request up."""
    program = participation_request.program
    close_item(f"finish:{participation_request.pk}", by=participation_request.submitted_by, at=at)
    if program.is_rehearsal:
        return
    raise_item(
        f"take-up:{participation_request.pk}",
        title=f"Take up the request {participation_request.receipt_number}",
        about=participation_request,
        url_name="applications:request_review",
        url_kwargs={"pk": participation_request.pk},
        at=at,
        due_on=add_working_days(program.today(at), TAKE_UP_IN),
        role=Role.FDA_COORDINATOR,
    )
