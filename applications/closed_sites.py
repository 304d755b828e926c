"""Which records of this floor are closed with a site, for rows that know subjects by id (C2)."""

from django.apps import apps

from qmm_pilot.records.closed_sites import (
    SITES,
    declare_closed,
    declare_names,
    declare_site_names,
    declare_sites,
)

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
    # In older entries by their receipts.
    declare_names({"applications.participationrequest": "receipt_number"})
    declare_site_names(name_of_site)


def _sites_of(user):
    return Barring.objects.feis_of(user).values_list("fei_key", "since")


def name_of_site(kind, pk) -> str:
    """The facility that a record of this kind and id is about, once FDA has a request for it.

    "" for all else: FDA learns of no draft (A13).
    """
    path = SITES.get(kind)
    if path is None:
        return ""
    to_site = path.removesuffix("fei_key")
    is_facility = to_site.endswith("facility__") or kind == "applications.facility"
    name = f"{to_site}name" if is_facility else f"{to_site}facility__name"
    request = f"{to_site}participation_requests__" if is_facility else to_site
    known = {f"{request}submitted_at__isnull": False}
    rows = apps.get_model(kind)._default_manager.filter(pk=pk, **known).order_by()
    return rows.values_list(name, flat=True).first() or ""
