"""Deeds on inspections that no public file brought: declared by the firm, entered by FDA (B12)."""

from applications.access import may_prepare_request, may_review_requests
from applications.eligibility import Classification, Origin
from applications.models import ParticipationRequest, StatedInspection
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.files import keep_upload, storing
from qmm_pilot.records.holds import refuse_if_held
from qmm_pilot.records.trail import record

from .facilities import WITH_FDA
from .handovers import refuse_while_handed_over
from .rechecks import look_again

Status = ParticipationRequest.Status
MOST_STATED = 40  # per request and origin: a site has a handful of inspections in five years


def declare_inspection(
    participation_request,
    *,
    ended_on,
    fei_key,
    classification="",
    number="",
    note="",
    letter=None,
    is_confidential=False,
    by,
    at,
) -> StatedInspection:
    """Declare, in a draft, one inspection as the firm knows it, with its letter as an upload.

    `ended_on` is the last day of the inspection; an empty `classification` says that the firm knows
    of no final one; `is_confidential` where it designates the letter. Raises Refusal for anyone
    who does not prepare this request, for a day to come, and for an FEI that is not the facility's;
    IllegalMove once it is submitted, since what was declared is signed with the answers.
    """
    with storing() as keys:
        participation_request = _locked(participation_request)
        _refuse_unless_draft(participation_request, by)
        stated = _new(
            participation_request,
            Origin.FIRM,
            ended_on=ended_on,
            fei_key=fei_key,
            classification=classification,
            number=number,
            note=note,
            by=by,
            at=at,
        )
        _keep(stated, letter, designated=is_confidential, by=by, at=at, keys=keys)
        participation_request.saved_at = at
        participation_request.save(update_fields=["saved_at"])
        record(
            "declare_inspection", participation_request, by=by, at=at, after={"stated": stated.pk}
        )
    return stated


def take_back_declared(stated, *, by, at) -> StatedInspection:
    """Take a declared inspection out of a draft; its row stays on record, out of sight."""
    with storing():
        participation_request = _locked(stated.participation_request)
        _refuse_unless_draft(participation_request, by)
        stated = _still_standing(stated, Origin.FIRM)
        _withdraw(stated, reason="", by=by, at=at)
        participation_request.saved_at = at
        participation_request.save(update_fields=["saved_at"])
        record(
            "take_back_declared", participation_request, by=by, at=at, before={"stated": stated.pk}
        )
    return stated


def enter_inspection(
    participation_request,
    *,
    ended_on,
    fei_key,
    source,
    looked_up_on,
    classification="",
    number="",
    note="",
    letter=None,
    by,
    at,
) -> StatedInspection:
    """Enter an inspection that a coordinator looked up in FDA's own systems.

    Under review, criterion b is examined anew with it; a determined request keeps its verdict, and
    where that would change now, it becomes a task. Raises Refusal for anyone but a coordinator,
    without source or day of the look-up, and for a look-up that lies in the future.
    """
    with storing() as keys:
        participation_request = _locked(participation_request)
        _refuse_unless_with_fda(participation_request, by)
        if not source.strip() or looked_up_on is None:
            raise Refusal("Name FDA’s system that you looked into, and the day of the look-up.")
        today = participation_request.program.today(at)
        if looked_up_on > today:
            raise Refusal(
                "The day of the look-up lies in the future. Enter the day on which you looked."
            )
        if looked_up_on < ended_on:
            raise Refusal("The look-up lies before the end of the inspection. Check both days.")
        stated = _new(
            participation_request,
            Origin.FDA,
            ended_on=ended_on,
            fei_key=fei_key,
            classification=classification,
            number=number,
            note=note,
            source=source.strip(),
            looked_up_on=looked_up_on,
            by=by,
            at=at,
        )
        _keep(stated, letter, by=by, at=at, keys=keys)
        followed = look_again(participation_request, by=by, at=at)
        record(
            "enter_inspection",
            participation_request,
            by=by,
            at=at,
            after={**_facts(stated), **followed},
            reason=source.strip(),
        )
    return stated


def withdraw_inspection(stated, *, reason, by, at) -> StatedInspection:
    """Take back an inspection that FDA's staff entered by mistake; the row stays on record."""
    with storing():
        participation_request = _locked(stated.participation_request)
        _refuse_unless_with_fda(participation_request, by)
        stated = _still_standing(stated, Origin.FDA)
        if not reason.strip():
            raise Refusal("Say why this inspection does not count.")
        refuse_if_held(participation_request, participation_request.organization)
        _withdraw(stated, reason=reason, by=by, at=at)
        followed = look_again(participation_request, by=by, at=at)
        record(
            "withdraw_inspection",
            participation_request,
            by=by,
            at=at,
            before=_facts(stated),
            after=followed,
            reason=reason,
        )
    return stated


def _new(participation_request, origin, *, ended_on, fei_key, classification, by, at, **facts):
    if ended_on > participation_request.program.today(at):
        raise Refusal("This inspection would end in the future. Enter the day on which it ended.")
    if classification and classification not in {each.value for each in Classification}:
        raise Refusal("Choose NAI, VAI or OAI, or that no final class is known.")
    if fei_key not in participation_request.fei_keys():
        raise Refusal(f"FEI {fei_key} is none of this facility’s. Add it as a former FEI first.")
    standing = participation_request.stated_inspections.standing().filter(origin=origin.value)
    if standing.count() >= MOST_STATED:
        raise Refusal(
            f"At most {MOST_STATED} inspections are listed here. Name the others in words."
        )
    return StatedInspection(
        participation_request=participation_request,
        origin=origin.value,
        ended_on=ended_on,
        fei_key=fei_key,
        classification=classification,
        added_by=by,
        added_at=at,
        **facts,
    )


def _keep(stated, letter, *, designated=False, by, at, keys):
    if letter is not None:
        stated.letter = keep_upload(
            letter, by=by, at=at, about=stated, keys=keys, designated=designated
        )
    stated.save(force_insert=True)


def _withdraw(stated, *, reason, by, at):
    stated.withdrawn_by, stated.withdrawn_at, stated.withdrawal_reason = by, at, reason
    stated.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawal_reason"])


def _still_standing(stated, origin):
    stated = StatedInspection.objects.get(pk=stated.pk)
    if stated.origin != origin.value:
        raise Refusal("Each side takes back only what it entered itself.")
    if stated.withdrawn_at:
        raise IllegalMove("This inspection was taken back already.")
    return stated


def _refuse_unless_draft(participation_request, by):
    if not may_prepare_request(by, participation_request.organization_id):
        raise Refusal("Only preparers and officials of the firm declare its inspections.")
    if participation_request.status != Status.DRAFT:
        raise IllegalMove(
            "This request was submitted, so what it declares can no longer be changed."
        )
    refuse_while_handed_over(participation_request, by)


def _refuse_unless_with_fda(participation_request, by):
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators enter inspections from FDA’s own systems.")
    if participation_request.status not in {*WITH_FDA, Status.NOT_ELIGIBLE}:
        raise IllegalMove(
            f"This request is “{participation_request.get_status_display()}”, so nothing about it "
            "is examined any more."
        )


def _facts(stated) -> dict:
    """What an entry of the trail says of an inspection that FDA entered."""
    return {
        "stated": stated.pk,
        "ended_on": stated.ended_on,
        "classification": stated.classification or "no final class",
        "fei": stated.fei_key,
        "looked_up_on": stated.looked_up_on,
        "letter_sha256": stated.letter.sha256 if stated.letter_id else "",
    }


def _locked(participation_request):
    return (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization")
        .get(pk=participation_request.pk)
    )
