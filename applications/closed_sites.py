"""Which records of this floor are closed with a site, for rows that know subjects by id (C2)."""

import json
from collections.abc import Iterator

from qmm_pilot.records.closed_sites import declare_closed, declare_names, declare_sites

from .models import Barring, ParticipationRequest

REQUEST = "participation_request__fei_key"


def declare_own():
    """Declare where the FEI of each of our records stands, and to whom which are closed."""
    declare_sites(
        {
            "applications.facility": "fei_key",
            "applications.participationrequest": "fei_key",
            "applications.mailedrequest": REQUEST,
            "applications.answerdraft": REQUEST,
            "applications.participation": REQUEST,
            "applications.criterionresult": REQUEST,
            "applications.statedinspection": REQUEST,
            "applications.verdictsheet": REQUEST,
            "applications.decision": REQUEST,
            "applications.reviewassignment": REQUEST,
            "applications.ownershipchange": "facility__fei_key",
            "applications.decisionletter": REQUEST,
            "applications.standingmark": f"participation__{REQUEST}",
            "applications.standingdecision": f"participation__{REQUEST}",
            "applications.engagement": f"participation__{REQUEST}",
            "applications.declaration": f"member__engagement__participation__{REQUEST}",
        }
    )
    declare_closed(_sites_of)
    declare_names(_names_of)


def _sites_of(user):
    return Barring.objects.feis_of(user).values_list("fei_key", "since")


def _names_of(feis) -> Iterator[str]:
    """How the trail's JSON names requests: by their ids, in older entries by their receipts."""
    rows = ParticipationRequest.objects.filter(fei_key__in=feis)
    for pk, receipt_number in rows.values_list("pk", "receipt_number"):
        yield str(pk)
        if receipt_number:
            yield json.dumps(receipt_number)
