"""Deeds on a change of owner: offer, decline, withdraw, pass the site on, attest anew (A15).

Live requests and places go to the new owner with the site, for the assessment goes on at the site;
the former owner keeps a frozen copy of what it submitted and sees nothing later. Requests that have
ended stay where they were.
"""

from django.db import transaction

from applications.access import may_accept_facility, may_offer_facility, may_sign_request
from applications.models import (
    Attestation,
    Facility,
    Handover,
    Hold,
    KeptCopy,
    OwnershipChange,
    Participation,
    ParticipationRequest,
    StandingMark,
)
from qmm_pilot.accounts.roles import Role
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Criterion, Program
from qmm_pilot.records import proofs
from qmm_pilot.records.actions import close_item, close_items_about, raise_item
from qmm_pilot.records.models import ActionItem
from qmm_pilot.records.proofs import Proof
from qmm_pilot.records.signatures import named_in_trail, sign
from qmm_pilot.records.trail import record

from .claims import open_ruling
from .decision_letters import end_own_words
from .declarations import expire_declarations, undeclared
from .facilities import WITH_FDA
from .finding import make_findable
from .handovers import end_handover
from .holds import end_hold, place_hold, review_day
from .keeping import submitted_sections
from .letters import coordinators, firm_people, write_letter
from .standing import mark_active_places
from .versions import ANEW, anew_bytes

Status = ParticipationRequest.Status
Change = OwnershipChange.Status
LIVE_PLACES = [Participation.Status.OFFERED, Participation.Status.ACTIVE]
NEW_OWNER = Hold.Cause.NEW_OWNER
WHY = "The facility has a new owner, whose official has not attested the commitments yet."
SOLD = "The facility has a new owner, in whom an interest was never declared."


@transaction.atomic
def offer_facility(facility, *, to_email, since, by, at) -> OwnershipChange:
    """The owner's official names the new owner's official by e-mail; nothing passes yet.

    The answer is the same whether an account has this address or not. Raises Refusal for anyone
    but an official of the owner, for a day to come, and while an offer of the site is open.
    """
    facility = _locked_facility(facility)
    if not may_offer_facility(by, facility):
        raise Refusal("Only an authorized official of the owner passes a facility on.")
    _refuse_day_to_come(since, at)
    if by.email.lower() == to_email.strip().lower():
        raise Refusal("Enter the address of the new owner’s official, not your own.")
    _refuse_open_offer(facility)
    change = OwnershipChange.objects.create(
        facility=facility,
        former=facility.organization,
        successor_email=to_email.strip().lower(),
        since=since,
        proposed_by=by,
        proposed_at=at,
    )
    write_letter(
        "facility_offered",
        to=[change.successor_email],
        subject="A facility is said to have passed to your firm",
        about=change,
        at=at,
        change=change,
    )
    record("offer_facility", facility, by=by, at=at, after={"change": change.pk, "since": since})
    return change


@transaction.atomic
def withdraw_offer(change, *, by, at) -> OwnershipChange:
    """The owner's official takes the offer back."""
    change = _locked_change(change)
    if not may_offer_facility(by, change.facility):
        raise Refusal("Only an authorized official of the owner takes the offer back.")
    return _settle(change, Change.WITHDRAWN, "withdraw_offer", by=by, at=at)


@transaction.atomic
def decline_facility(change, *, by, at) -> OwnershipChange:
    """Whom it was offered to says that the site did not pass to her firm."""
    change = _locked_change(change)
    if not may_accept_facility(by, change):
        raise Refusal("Only the official to whom the facility was offered answers.")
    return _settle(change, Change.DECLINED, "decline_facility", by=by, at=at)


@transaction.atomic
def accept_facility(change, *, keepsakes=None, by, at) -> OwnershipChange:
    """The new owner's official confirms the sale, and the site passes to her firm.

    `keepsakes` maps ids of requests to further sections that the former owner keeps. Raises
    Refusal for anyone else, once the offer is settled, and as pass_on() does.
    """
    change = _locked_change(change)
    if not may_accept_facility(by, change):
        raise Refusal("Only the official to whom the facility was offered answers.")
    if change.status != Change.PROPOSED:
        raise IllegalMove("This offer is settled already.")
    return _pass_on(change, by.organization, keepsakes or {}, by=by, at=at)


@transaction.atomic
def record_new_owner(
    facility, *, successor, since, reason, source, keepsakes=None, by, at
) -> OwnershipChange:
    """FDA alone records a sale, with reason and source, where a firm does not confirm it."""
    facility = _locked_facility(facility)
    if not by.has_role(Role.FDA_COORDINATOR):
        raise Refusal("Only FDA coordinators record a new owner.")
    if not reason.strip() or not source.strip():
        raise Refusal("Recording a new owner needs its reason and the source that it rests on.")
    _refuse_day_to_come(since, at)
    OwnershipChange.objects.filter(facility=facility, status=Change.PROPOSED).update(
        status=Change.WITHDRAWN, settled_by=by, settled_at=at
    )
    change = OwnershipChange.objects.create(
        facility=facility,
        former=facility.organization,
        since=since,
        reason=reason,
        source=source,
        proposed_by=by,
        proposed_at=at,
    )
    return _pass_on(change, successor, keepsakes or {}, by=by, at=at)


@proofs.limited
def attest_anew(participation_request, *, attested, proof: Proof, by, at) -> ParticipationRequest:
    """The new owner's official attests each commitment and signs; the hold on the request ends.

    Raises Refusal for anyone without authority to sign, while a commitment is missing, and when
    the proof is not hers.
    """
    participation_request = (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization", "started_by")
        .get(pk=participation_request.pk)
    )
    if not may_sign_request(by, participation_request.organization_id):
        raise Refusal("Only an authorized official of the firm attests its commitments.")
    if not awaits_attestation(participation_request):
        raise IllegalMove("The commitments of this request are attested.")
    commitments = list(
        participation_request.program.criteria.filter(check_kind=Criterion.Check.COMMITMENT)
    )
    open_ones = [criterion for criterion in commitments if criterion.pk not in set(attested)]
    if open_ones:
        raise Refusal(
            "Each commitment is attested separately. Not yet attested: "
            + "; ".join(f"{criterion.code}, {criterion.title}" for criterion in open_ones)
            + "."
        )
    Attestation.objects.bulk_create(
        Attestation(
            participation_request=participation_request,
            criterion=criterion,
            text=criterion.commitment_text,
            attested_by=by,
            attested_at=at,
        )
        for criterion in commitments
    )
    signature = sign(
        participation_request,
        by=by,
        at=at,
        meaning=ANEW,
        proof=proof,
        content=anew_bytes(
            participation_request,
            participation_request.attestations.select_related("criterion"),
            at=at,
        ),
    )
    end_hold(participation_request, cause=NEW_OWNER, reason="Attested anew.", by=by, at=at)
    close_item(_attest_key(participation_request), by=by, at=at)
    record(
        "attest_anew",
        participation_request,
        by=by,
        at=at,
        after={
            "attested": [criterion.code for criterion in commitments],
            **named_in_trail(signature),
        },
    )
    return participation_request


@transaction.atomic
def note_declarations(change, *, by, at) -> OwnershipChange:
    """A coordinator notes that everybody has declared anew, as the new owner makes necessary.

    Raises Refusal for anybody else and while somebody on a team has not declared or waits for a
    ruling; IllegalMove where nothing is awaited.
    """
    change = _locked_change(change)
    if not by.has_role(Role.FDA_COORDINATOR):
        raise Refusal("Only FDA coordinators note that declarations are in.")
    if change.status != Change.CONFIRMED or change.declared_at:
        raise IllegalMove("No declarations are awaited here.")
    if missing := undeclared(change.facility):
        names = ", ".join(str(member.user) for member in missing)
        raise Refusal(f"Still missing: {names}. Take off the team who does not declare.")
    change.declared_at = at
    change.save(update_fields=["declared_at"])
    close_item(_declare_key(change), by=by, at=at)
    record("note_declarations", change.facility, by=by, at=at, after={"change": change.pk})
    return change


def awaits_attestation(participation_request) -> bool:
    """Whether a new owner's official has yet to attest the commitments of this request."""
    holds = Hold.objects.standing().on(participation_request)
    return holds.filter(cause=NEW_OWNER).exists()


def _pass_on(change, successor, keepsakes, *, by, at):
    facility, former = change.facility, change.former
    if successor.kind != "firm" or successor.pk == former.pk:
        raise Refusal("Choose the firm that holds the facility now.")
    if Facility.objects.filter(organization=successor, fei_key=facility.fei_key).exists():
        raise Refusal(
            f"{successor} has registered a facility with FEI {facility.fei} itself. "
            "FDA settles which record goes on; nothing was changed."
        )
    moved = _locked_requests(facility)
    contested = [row for row in moved if open_ruling(row)]
    if contested:
        raise Refusal("A ruling on rival claims to this facility is open. Settle it first.")
    _withdraw_drafts(facility, by=by, at=at)
    for row in moved:
        KeptCopy.objects.create(
            change=change,
            organization=former,
            participation_request=row,
            facility_name=row.site.name,
            program_name=row.program.name,
            receipt_number=row.receipt_number,
            content=[*submitted_sections(row), *keepsakes.get(row.pk, [])],
            kept_at=at,
        )
        _take_over(row, successor, by=by, at=at)
    places = list(facility.participations.filter(status__in=LIVE_PLACES).select_related("program"))
    facility.participations.filter(pk__in=[p.pk for p in places]).update(organization=successor)
    _give_items(former, successor, [*moved, *places])
    facility.organization = successor
    facility.save(update_fields=["organization"])
    change.successor, change.status = successor, Change.CONFIRMED
    change.settled_by, change.settled_at = by, at
    change.save()
    if any(not place.program.is_rehearsal for place in places):
        _ask_for_declarations(change, places[0].program, at=at)
    _tell(change, moved, former, at=at)
    mark_active_places(
        facility,
        cause=StandingMark.Cause.NEW_OWNER,
        what=f"{facility} passed from {former} to {successor}.",
        source=change.source or "Confirmed by the officials of both firms",
        happened_on=change.since,
        by=by if by.reads_cases else None,
        at=at,
    )
    if places:
        expire_declarations(facility, reason=SOLD, by=by, at=at)
    record(
        "change_owner",
        facility,
        by=by,
        at=at,
        before={"organization": former.pk},
        after={
            "organization": successor.pk,
            "since": change.since,
            "requests": [row.pk for row in moved],
            "source": change.source,
        },
        reason=change.reason,
    )
    return change


def _take_over(row, successor, *, by, at):
    row.organization = successor
    row.save(update_fields=["organization"])
    make_findable(row)
    row.attestations.filter(ended_at=None).update(ended_at=at)
    row.answer_drafts.filter(ended_at=None).update(ended_at=at)  # what was not handed in stays hers
    end_own_words(row, at=at)  # they were written to the former owner
    place_hold(row, cause=NEW_OWNER, why=WHY, by=by, at=at)
    raise_item(
        _attest_key(row),
        title=f"Attest the commitments anew: {row.facility}",
        about=row,
        url_name="applications:request_attest_anew",
        url_kwargs={"pk": row.pk},
        at=at,
        due_on=review_day(row.program, at),
        organization=successor,
        role=Role.FIRM_OFFICIAL,
    )


def _withdraw_drafts(facility, *, by, at):
    """Drafts stay with who wrote them, closed: the site is no longer hers to ask for."""
    for draft in facility.participation_requests.filter(status=Status.DRAFT):
        draft.become(Status.WITHDRAWN)
        draft.withdrawn_at = draft.saved_at = at
        draft.withdrawal_reason = "The facility has a new owner."
        draft.save()
        end_handover(draft, Handover.Outcome.WITHDRAWN, by=by, at=at)
        close_items_about(draft, by=by, at=at)


def _give_items(former, successor, subjects):
    """What the former owner's people had to do about these records is the new owner's to do."""
    for subject in subjects:
        ActionItem.objects.open().filter(
            **ActionItem.naming(subject), organization_id=former.pk
        ).update(organization_id=successor.pk)


def _ask_for_declarations(change, program, *, at):
    raise_item(
        _declare_key(change),
        title=f"Have conflicts of interest declared again: {change.facility}",
        about=change,
        url_name="assessments:ownership_detail",
        url_kwargs={"pk": change.pk},
        at=at,
        due_on=review_day(program, at),
        role=Role.FDA_COORDINATOR,
    )


def _tell(change, moved, former, *, at):
    people = [change.proposed_by, change.settled_by, *coordinators()]
    for row in moved:
        people += firm_people(row)
    write_letter(
        "owner_changed",
        to=[person for person in people if person.is_active],
        subject="A facility has a new owner",
        about=change,
        at=at,
        change=change,
    )


def _settle(change, status, deed, *, by, at):
    if change.status != Change.PROPOSED:
        raise IllegalMove("This offer is settled already.")
    change.status, change.settled_by, change.settled_at = status, by, at
    change.save(update_fields=["status", "settled_by", "settled_at"])
    record(deed, change.facility, by=by, at=at, after={"change": change.pk})
    return change


def _refuse_day_to_come(since, at):
    if since > at.astimezone(EASTERN).date():
        raise Refusal("A sale is recorded once its day has come. Enter a day that has.")


def _refuse_open_offer(facility):
    if facility.ownership_changes.filter(status=Change.PROPOSED).exists():
        raise IllegalMove("This facility is offered already. Withdraw that offer first.")


def _attest_key(row):
    return f"attest:{row.pk}"


def _declare_key(change):
    return f"declare:{change.pk}"


def _locked_facility(facility):
    return (
        Facility.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization")
        .get(pk=facility.pk)
    )


def _locked_change(change):
    _locked_facility(change.facility)
    return (
        OwnershipChange.objects.select_for_update(of=("self",), no_key=True)
        .select_related("facility__organization", "former", "proposed_by")
        .get(pk=change.pk)
    )


def _locked_requests(facility):
    """The live requests that go with the site, locked after their programs."""
    going = facility.participation_requests.filter(
        status__in=[*WITH_FDA, Status.NOT_ELIGIBLE]
    ).exclude(status=Status.NOT_ELIGIBLE, told_at__isnull=False)
    programs = going.order_by().values("program")
    list(Program.objects.select_for_update(no_key=True).filter(pk__in=programs).order_by("pk"))
    rows = (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=going.values("pk"))
        .select_related("program", "facility", "organization", "started_by", "submitted_by")
        .order_by("pk")
    )
    ended = Participation.objects.filter(participation_request__in=[r.pk for r in rows]).exclude(
        status__in=LIVE_PLACES
    )
    settled = set(ended.values_list("participation_request", flat=True))
    return [row for row in rows if row.pk not in settled]
