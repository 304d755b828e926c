"""Which records of this floor are closed with a site, for rows that know subjects by id (C2)."""

from qmm_pilot.records.closed_sites import declare_closed, declare_sites

from .models import Barring

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
    declare_closed(lambda user: Barring.objects.feis_of(user).values_list("fei_key", flat=True))
