"""Deeds on facilities."""

from django.db import IntegrityError, transaction

from applications.access import may_register_facility
from applications.eligibility import canonical_duns
from applications.models import Facility
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.disclosure import withhold
from qmm_pilot.records.trail import record


@transaction.atomic
def register_facility(organization, *, by, at, fei, duns, **fields) -> Facility:
    """Register a site of the person's own firm.

    Raises Refusal for another firm's people, for an FEI or DUNS that is none, and for a second
    facility of the firm with the same FEI (compared without leading zeros).
    """
    if by.organization_id != organization.pk or not may_register_facility(by):
        raise Refusal("Only people of the firm who prepare requests may register its facilities.")
    facility = Facility(organization=organization, **fields)
    try:
        facility.take_fei(fei)
        facility.duns = canonical_duns(duns)
    except ValueError as fault:
        raise Refusal(str(fault)) from fault
    try:
        with transaction.atomic():
            facility.save(force_insert=True)
    except IntegrityError as fault:
        raise Refusal(
            f"Your firm has already registered a facility with FEI {facility.fei}. "
            "Choose it from the list of your facilities."
        ) from fault
    withhold(facility, at=at)  # FDA sees sites of submitted requests only (A13)
    record(
        "register_facility",
        facility,
        by=by,
        at=at,
        after={
            "name": facility.name,
            "fei": facility.fei,
            "duns": facility.duns,
            "address": facility.address,
            "time_zone": facility.time_zone,
        },
    )
    return facility
