"""What every deed asks about conflicts of interest, and the lock under which they change (C2)."""

from applications.models import Barring
from qmm_pilot.accounts.models import User
from qmm_pilot.lifecycle import Refusal


def hold_person(person) -> None:
    """Lock this person's row until commit: nobody else opens or closes a site to her meanwhile.

    What she declares for one request decides about others of the site, so that their locks do not
    suffice. She is locked after the program, and before requests.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


def refuse_while_barred(requests, *, by) -> None:
    """Refuse a deed on requests one of which is closed to this person by a conflict (C2)."""
    barred = set(Barring.objects.feis_of(by).values_list("fei_key", flat=True))
    if any(one.fei_key in barred for one in requests):
        raise Refusal(
            "A conflict of interest closes one of these sites to you, so a colleague does this."
        )


def refuse_officer_while_barred(requests, officer) -> None:
    """Refuse to put somebody in charge of a request for a site that is closed to that person."""
    barred = set(Barring.objects.feis_of(officer).values_list("fei_key", flat=True))
    for one in requests:
        if one.fei_key in barred:
            raise Refusal(
                f"{one.facility} is closed to {officer} by a conflict of interest, declared or not "
                "yet ruled out. Choose another coordinator, or take this request out of the choice."
            )
