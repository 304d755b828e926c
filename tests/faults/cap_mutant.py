"""The planted fault of the drill over HTTP: a server that counts places, then takes one (R2).

Loaded by the web server in place of qmm_pilot.wsgi, and only on a database of the drill's own.
"""

import random
import time

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()  # the models below can be read once it is up

from applications.models import Seat  # noqa: E402
from applications.operations import places, selection  # noqa: E402

THINK_SECONDS = (0.2, 0.5)  # of eight threads, so that two of one program meet
RULES = ("seat_number_one_to_nine", "seat_number_taken_once")

__all__ = ["application", "take_the_rules_away"]


def take_the_rules_away():
    """Drop what the table itself refuses: a tenth number, and one number taken twice."""
    from django.db import connection

    with connection.schema_editor() as editor:
        for rule in Seat._meta.constraints:
            if rule.name in RULES:
                editor.remove_constraint(Seat, rule)


def count_then_take(participation_request, *, by, at):
    """Count the places taken, think, and take one more."""
    program = participation_request.program
    used = Seat.objects.filter(program=program, freed_at=None).count()
    if used >= program.cap:
        raise places.NoSeatLeft("All nine places are taken. Nothing was changed.")
    time.sleep(random.uniform(*THINK_SECONDS))
    return Seat.objects.create(
        program=program,
        number=used + 1,
        participation_request=participation_request,
        facility=participation_request.facility,
        fei_key=participation_request.fei_key,
        taken_by=by,
        taken_at=at,
    )


def without_the_program(participation_request, by, **more):
    """Hold the request alone, so that two people may count at the same moment."""
    return held(participation_request, by)


held = selection.locked_for_decision
selection.locked_for_decision = without_the_program
selection.take_seat = count_then_take
