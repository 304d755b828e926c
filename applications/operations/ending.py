"""Deeds that end a place after it was accepted: the firm's withdrawal, and freeing the seat (C12).

The floors above call here last, when what they hold of the participation has ended; see
assessments.operations.ending.
"""

from django.db import transaction

from applications.access import may_end_participation, may_withdraw_participation
from applications.models import Hold, Participation, ParticipationEnding, Seat, VerdictChange
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.actions import close_items_about, hold_items_about
from qmm_pilot.records.models import ActionItem
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import day_in_words

from .changes import settle_changes_of
from .decision_letters import hold_letters_of, tell_later_decision
from .holds import OnHold
from .letters import firm_people, write_letter
from .places import tell_of_free_place
from .standing import settle_standing

Status = Participation.Status
Kind = ParticipationEnding.Kind
KIND_OF = {
    Status.WITHDRAWN: Kind.WITHDRAWAL,
    Status.REMOVED: Kind.REMOVAL,
    Status.ENDED: Kind.PROGRAM_END,
}
# Decisions about one firm, in its program's words; the end of the program tells all of them.
LETTERS = {
    Status.WITHDRAWN: "participation_withdrawn",
    Status.REMOVED: "participation_removed",
}


@transaction.atomic
def begin_withdrawal(
    participation, *, reason, fieldwork_begun, wants_partial_report, may_compare_data, by, at
) -> ParticipationEnding:
    """The firm's official withdraws; FDA closes what remains. The place is free only then.

    The two choices are made where fieldwork has begun, and are None before. Raises Refusal for
    anyone else and without the choices; IllegalMove for a participation that is not active.
    """
    participation = _locked(participation)
    if not may_withdraw_participation(by, participation):
        raise Refusal("Only an authorized official of the firm withdraws from the pilot.")
    choices = (wants_partial_report, may_compare_data)
    if fieldwork_begun and None in choices:
        raise Refusal(
            "Fieldwork has begun. Choose whether you want a partial report, and whether your data "
            "may be compared without your firm’s name."
        )
    participation.become(Status.WITHDRAWING)
    participation.end_reason = reason.strip()
    participation.save(update_fields=["status", "end_reason"])
    ending = ParticipationEnding.objects.create(
        participation=participation,
        kind=Kind.WITHDRAWAL,
        fieldwork_begun=fieldwork_begun,
        wants_partial_report=wants_partial_report if fieldwork_begun else None,
        may_compare_data=may_compare_data if fieldwork_begun else None,
        declared_by=by,
        declared_at=at,
    )
    # Nothing more is asked of the firm.
    for subject in (participation, participation.participation_request):
        ActionItem.objects.open().filter(
            **ActionItem.naming(subject), organization_id=participation.organization_id
        ).update(closed_at=at, closed_by=by)
    _tell_firm(participation, "withdrawal_received", "Your withdrawal", ending, at=at)
    record(
        "withdraw_participation",
        participation,
        by=by,
        at=at,
        before={"status": Status.ACTIVE},
        after={
            "status": participation.status,
            "fieldwork_begun": fieldwork_begun,
            "wants_partial_report": ending.wants_partial_report,
            "may_compare_data": ending.may_compare_data,
        },
        reason=participation.end_reason,
    )
    return ending


@transaction.atomic
def end_participation(
    participation, *, status, fieldwork_begun=False, reason="", by, at
) -> Participation:
    """End a participation early and free its place, which the end of a program leaves taken.

    `status` is WITHDRAWN, REMOVED or ENDED. Called by the floor above once metrics, assessment
    and contractor have ended there; raises Refusal for anyone but a coordinator, IllegalMove
    where the status does not follow.
    """
    participation = _locked(participation)
    if not may_end_participation(by):
        raise Refusal("Only FDA coordinators end a participation.")
    before = participation.status
    participation.become(status)
    if status != Status.WITHDRAWN:
        participation.end_reason = reason.strip()
    participation.save(update_fields=["status", "end_reason"])
    ending, _ = ParticipationEnding.objects.update_or_create(
        participation=participation,
        defaults={"closed_by": by, "closed_at": at},
        create_defaults={
            "kind": KIND_OF[status],
            "fieldwork_begun": fieldwork_begun,
            "declared_by": by,
            "declared_at": at,
            "closed_by": by,
            "closed_at": at,
        },
    )
    settle_standing(participation, by=by, at=at)
    results = participation.participation_request.criterion_results.all()
    settle_changes_of(results, settlement="The participation ended.", by=by, at=at)
    for subject in (participation, participation.participation_request):
        close_items_about(subject, by=by, at=at)
    if status != Status.ENDED:
        Seat.objects.filter(pk=participation.seat_id, freed_at=None).update(
            freed_at=at, freed_reason=ending.get_kind_display()
        )
        tell_of_free_place(participation.program, at=at)
    if status in LETTERS:
        tell_later_decision(participation.participation_request, LETTERS[status], at=at)
    else:
        subject = "Your participation has ended with the program"
        _tell_firm(participation, "participation_ended", subject, ending, at=at)
    record(
        "end_participation",
        participation,
        by=by,
        at=at,
        before={"status": before, "place": participation.seat.number},
        after={"status": participation.status, "place_freed": status != Status.ENDED},
        reason=participation.end_reason,
    )
    return participation


def hold_what_ends(participation) -> None:
    """Hold until commit what end_participation() ends besides the participation itself.

    For the deed of the floor above, before its first entry in the trail: others hold these without
    the participation, and then want the trail's head.
    """
    participation_request = participation.participation_request
    changes = VerdictChange.objects.standing().filter(
        result__participation_request=participation_request
    )
    list(changes.order_by("pk").select_for_update(of=("self",), no_key=True))
    hold_letters_of(participation_request)
    hold_items_about(participation, participation_request)


def refuse_unless_goes_on(participation, *, by) -> None:
    """Raise Refusal where the participation is ending, has ended early, or is on hold.

    For deeds that advance a visit. Firm and contractor are not told why FDA holds it.
    """
    if participation.status == Status.WITHDRAWING:
        raise Refusal("The firm has withdrawn from the pilot, so the assessment does not go on.")
    if participation.ends_early:
        raise Refusal("This participation has ended, so the assessment does not go on.")
    hold = Hold.objects.standing().on(participation).first()
    if hold is None:
        return
    if by is not None and by.reads_cases:
        since = day_in_words(participation.program.today(hold.placed_at))
        raise OnHold(
            f"This participation is on hold since {since}: {hold.why} Nothing advances until two "
            "people have decided to continue."
        )
    raise OnHold(
        "FDA has put this participation on hold, so nothing advances for now. What is on record "
        "stays readable, and FDA writes when it goes on."
    )


def _tell_firm(participation, kind, subject, ending, *, at):
    write_letter(
        kind,
        to=firm_people(participation.participation_request),
        subject=f"{participation.program.short_name}: {subject}",
        about=participation,
        at=at,
        participation=participation,
        ending=ending,
    )


def _locked(participation):
    return (
        Participation.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "program", "facility", "organization", "seat", "participation_request__started_by"
        )
        .get(pk=participation.pk)
    )
