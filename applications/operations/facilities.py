"""Deeds on facilities: register, change, and the FEIs that they bore before."""

from django.db import IntegrityError, transaction

from applications.access import may_add_identifier, may_change_facility, may_register_facility
from applications.eligibility import canonical_duns
from applications.models import Facility, FacilityIdentifier, ParticipationRequest, StandingMark
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.disclosure import withhold
from qmm_pilot.records.holds import refuse_if_held
from qmm_pilot.records.trail import record

from .finding import make_findable
from .letters import coordinators, write_letter
from .standing import mark_active_places

Status = ParticipationRequest.Status
# A request in one of these states that FDA has received: its outcome still rests on the facility.
WITH_FDA = [status for status in ParticipationRequest.LIVE if status != Status.DRAFT]
# What the criteria are examined against; the rest describes the site.
DECISIVE = {"fei_key": "FEI", "country": "country"}


@transaction.atomic
def register_facility(organization, *, by, at, fei, duns, **fields) -> Facility:
    """Register a site of the person's own firm.

    Raises Refusal for another firm's people, for an FEI or DUNS that is none, and for a second
    facility of the firm with the same FEI (compared without leading zeros).
    """
    if by.organization_id != organization.pk or not may_register_facility(by):
        raise Refusal("Only people of the firm who prepare requests may register its facilities.")
    facility = Facility(organization=organization, **fields)
    _take_numbers(facility, fei, duns)
    _save(facility, force_insert=True)
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


@transaction.atomic
def change_facility(facility, *, by, at, fei, duns, **fields) -> Facility:
    """Change what describes a site of the person's own firm.

    What was submitted keeps the facility as it was (ParticipationRequest.site); FDA's coordinators
    are told that it changed. Raises Refusal for FEI and country while FDA has a request for the
    site: a changed one would silently move an eligibility. The same values change nothing.
    """
    facility = _locked(facility)
    if not may_change_facility(by, facility):
        raise Refusal("Only people of the firm who prepare requests may change its facilities.")
    before = facility.facts()
    for name, value in fields.items():
        setattr(facility, name, value)
    _take_numbers(facility, fei, duns)
    after = facility.facts()
    changed = sorted(name for name in after if before[name] != after[name])
    if not changed:
        return facility
    received = list(
        facility.participation_requests.filter(status__in=WITH_FDA).select_related("program")
    )
    decisive = [words for name, words in DECISIVE.items() if name in changed]
    if decisive and received:
        raise Refusal(
            f"FDA has a request for this facility, so its {' and '.join(decisive)} cannot be "
            "changed here. Add a former FEI instead, or withdraw the request and make a new one."
        )
    if "fei_key" in changed and _bears(facility, facility.fei_key):
        raise Refusal(f"FEI {facility.fei} is on record as a former one. Withdraw that first.")
    _save(facility)
    make_findable(*_with_fda(facility))
    facility.participation_requests.filter(status=Status.DRAFT).update(fei_key=facility.fei_key)
    if any(not row.program.is_rehearsal for row in received):
        write_letter(
            "facility_changed",
            to=coordinators(),
            subject=f"A firm changed the details of its facility: {received[0].receipt_number}",
            about=facility,
            at=at,
            participation_request=received[0],
        )
    if "duns" in changed:
        what = f"The DUNS changed from {before['duns']} to {after['duns']}."
        _mark(facility, what, "Entered by the firm", by=by, at=at)
    record(
        "change_facility",
        facility,
        by=by,
        at=at,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return facility


@transaction.atomic
def add_identifier(
    facility, *, fei, kind, since=None, until=None, source, by, at
) -> FacilityIdentifier:
    """Add an FEI that the site bore before; every search for inspections includes it from now on.

    `since` and `until` are days, inclusive, None where unknown. A request that FDA was examining
    or has determined becomes a task: nothing about it is changed. Raises Refusal for strangers,
    without a source, and for an FEI that the facility bears already.
    """
    facility = _locked(facility)
    if not may_add_identifier(by, facility):
        raise Refusal("Only people of the firm and FDA coordinators add a former FEI.")
    if not source.strip():
        raise Refusal("Say where this FEI is documented.")
    if since and until and since > until:
        raise Refusal("The first day of this FEI lies after its last day.")
    identifier = FacilityIdentifier(
        facility=facility, kind=kind, since=since, until=until, source=source, added_by=by,
        added_at=at,
    )  # fmt: skip
    try:
        identifier.take_fei(fei)
    except ValueError as fault:
        raise Refusal(str(fault)) from fault
    if identifier.fei_key == facility.fei_key:
        raise Refusal(f"{identifier.fei} is the present FEI of this facility.")
    if _bears(facility, identifier.fei_key):
        raise Refusal(f"FEI {identifier.fei} is on record for this facility already.")
    identifier.save(force_insert=True)
    make_findable(*_with_fda(facility))
    _ask_to_search(facility, at=at)
    _mark(facility, f"FEI {identifier.fei} was added as a former one.", source, by=by, at=at)
    record("add_identifier", facility, by=by, at=at, after=_facts(identifier), reason=source)
    return identifier


@transaction.atomic
def withdraw_identifier(identifier, *, reason, by, at) -> FacilityIdentifier:
    """Take back a former FEI that was added by mistake; the row stays on record.

    While FDA has a request for the site only FDA does so, since inspections would drop out of it;
    under legal hold nobody does.
    """
    facility = _locked(identifier.facility)
    if not may_add_identifier(by, facility):
        raise Refusal("Only people of the firm and FDA coordinators take back a former FEI.")
    identifier = FacilityIdentifier.objects.get(pk=identifier.pk)
    if identifier.withdrawn_at:
        raise IllegalMove("This former FEI was taken back already.")
    if not reason.strip():
        raise Refusal("Say why this FEI does not belong to the facility.")
    received = facility.participation_requests.filter(status__in=WITH_FDA)
    if may_change_facility(by, facility) and received.exists():
        raise Refusal(
            "FDA has a request for this facility, so only FDA takes back an FEI that it searches."
        )
    refuse_if_held(facility.organization, *facility.participation_requests.all())
    identifier.withdrawn_by, identifier.withdrawn_at = by, at
    identifier.withdrawal_reason = reason
    identifier.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawal_reason"])
    _ask_to_search(facility, at=at)
    _mark(facility, f"The former FEI {identifier.fei} was taken back.", reason, by=by, at=at)
    record("withdraw_identifier", facility, by=by, at=at, before=_facts(identifier), reason=reason)
    return identifier


@transaction.atomic
def note_identifiers(participation_request, *, by, at) -> None:
    """A coordinator has looked up inspections under added FEIs of a request already determined."""
    if not by.has_role(Role.FDA_COORDINATOR):
        raise Refusal("Only FDA coordinators look up inspections.")
    close_item(search_key(participation_request), by=by, at=at)
    record("note_identifiers", participation_request, by=by, at=at)


def search_key(participation_request) -> str:
    """The key of the task to search inspections under the identifiers of today."""
    return f"identifiers:{participation_request.pk}"


def _ask_to_search(facility, *, at):
    examined = facility.participation_requests.filter(
        status__in=[*WITH_FDA, Status.NOT_ELIGIBLE], program__rehearsal_of=None
    ).exclude(status=Status.SUBMITTED)
    for row in examined.select_related("officer"):
        raise_item(
            search_key(row),
            title=f"Search inspections under the FEIs of {row.receipt_number}: they changed",
            about=row,
            url_name="applications:request_review",
            url_kwargs={"pk": row.pk},
            at=at,
            role=Role.FDA_COORDINATOR,
            user=row.officer,
        )


def _mark(facility, what, source, *, by, at):
    """A changed identifier has the standing of an active participation looked at (C11)."""
    cause = StandingMark.Cause.IDENTIFIER
    by = by if by.reads_cases else None
    mark_active_places(facility, cause=cause, what=what, source=source, by=by, at=at)


def _with_fda(facility):
    """Every request for the site that FDA's queue shows, with the facility as it is now."""
    received = facility.participation_requests.filter(submitted_at__isnull=False)
    for row in received.select_related("organization"):
        row.facility = facility
        yield row


def _facts(identifier):
    names = ("fei", "kind", "since", "until", "source")
    return {name: getattr(identifier, name) for name in names}


def _bears(facility, fei_key):
    return facility.identifiers.standing().filter(fei_key=fei_key).exists()


def _take_numbers(facility, fei, duns):
    try:
        facility.take_fei(fei)
        facility.duns = canonical_duns(duns)
    except ValueError as fault:
        raise Refusal(str(fault)) from fault


def _save(facility, **how):
    try:
        with transaction.atomic():
            facility.save(**how)
    except IntegrityError as fault:
        raise Refusal(
            f"Your firm has already registered a facility with FEI {facility.fei}. "
            "Choose it from the list of your facilities."
        ) from fault


def _locked(facility):
    return Facility.objects.select_for_update(of=("self",), no_key=True).get(pk=facility.pk)
