"""Deeds on a conflict that was declared by mistake: lifted by two other people (C2)."""

from django.db import transaction

from applications.access import may_assign_reviewers
from applications.models import Lifting, ReviewAssignment
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.trail import record

from .barring import hold_person, refuse_while_barred
from .reviews import settle_barring


@transaction.atomic
def propose_lifting(assignment, *, reason, by, at) -> Lifting:
    """Propose that a declared conflict of interest be lifted; a second person opens the site.

    `assignment` is one that the declaration ended. Raises Refusal for anyone but a coordinator to
    whom the site is open, for the person who declared it, without a reason, and while a proposal
    for the same person and site waits; IllegalMove where no conflict stands (any more).
    """
    assignment = _locked(assignment, by)
    if not assignment.conflict_stands:
        raise IllegalMove("No conflict of interest stands here any more. Nothing was changed.")
    if not reason.strip():
        raise Refusal("Say why the declaration was a mistake. It is kept in the trail.")
    if Lifting.objects.open().filter(assignment__in=_same_site(assignment)).exists():
        raise Refusal("It is proposed already and waits for a second person.")
    lifting = Lifting.objects.create(
        assignment=assignment, reason=reason.strip(), proposed_by=by, proposed_at=at
    )
    participation_request = assignment.participation_request
    if not participation_request.program.is_rehearsal:
        raise_item(
            _key(lifting),
            title=f"Second person: lift a conflict of interest for "
            f"{participation_request.receipt_number}?",
            about=participation_request,
            url_name="applications:review_lift",
            url_kwargs={"pk": participation_request.program_id, "assignment_pk": assignment.pk},
            at=at,
            role=Role.FDA_COORDINATOR,
        )
    record(
        "propose_lifting",
        participation_request,
        by=by,
        at=at,
        after={"reviewer": assignment.reviewer.name, "lifting": lifting.pk},
        reason=lifting.reason,
    )
    return lifting


@transaction.atomic
def confirm_lifting(lifting, *, by, at) -> Lifting:
    """Lift a declared conflict as a second person: the site is open to its reviewer again.

    What the declaration ended stays ended; she may be assigned anew. Raises Refusal for who
    proposed it and for the person who declared it; IllegalMove once the proposal is settled.
    """
    assignment, lifting = _waiting(lifting, by)
    if lifting.proposed_by_id == by.pk:
        raise Refusal("You proposed this, so a second person must confirm it.")
    lifting.confirmed_by, lifting.confirmed_at = by, at
    lifting.save(update_fields=["confirmed_by", "confirmed_at"])
    _same_site(assignment).with_conflict().update(conflict_lifted_at=at)
    settle_barring(assignment, at=at)
    close_item(_key(lifting), by=by, at=at)
    record(
        "confirm_lifting",
        assignment.participation_request,
        by=by,
        at=at,
        before={"reviewer": assignment.reviewer.name, "has_conflict": True},
        after={"has_conflict": False, "lifting": lifting.pk},
        reason=lifting.reason,
    )
    return lifting


@transaction.atomic
def take_back_lifting(lifting, *, by, at) -> Lifting:
    """Take a proposal back that waits for its second person; the conflict stands."""
    assignment, lifting = _waiting(lifting, by)
    lifting.withdrawn_by, lifting.withdrawn_at = by, at
    lifting.save(update_fields=["withdrawn_by", "withdrawn_at"])
    close_item(_key(lifting), by=by, at=at)
    record(
        "take_back_lifting",
        assignment.participation_request,
        by=by,
        at=at,
        before={"reviewer": assignment.reviewer.name, "lifting": lifting.pk},
    )
    return lifting


def _waiting(lifting, by):
    """The assignment and the proposal as they are now, held. Raises IllegalMove once settled."""
    assignment = _locked(lifting.assignment, by)
    lifting = Lifting.objects.get(pk=lifting.pk)
    if lifting.confirmed_at or lifting.withdrawn_at:
        raise IllegalMove("This proposal is settled already. Reload the page.")
    return assignment, lifting


def _same_site(assignment):
    """Everything that this reviewer was ever asked to score of the site."""
    return ReviewAssignment.objects.filter(
        reviewer=assignment.reviewer_id,
        participation_request__fei_key=assignment.participation_request.fei_key,
    )


def _key(lifting) -> str:
    return f"lift-conflict:{lifting.pk}"


def _locked(assignment, by):
    """The assignment, its reviewer held, for a coordinator who is neither her nor barred."""
    if not may_assign_reviewers(by):
        raise Refusal("Only FDA coordinators lift a conflict of interest.")
    if by.pk == assignment.reviewer_id:
        raise Refusal("You declared this conflict yourself, so two colleagues decide about it.")
    hold_person(assignment.reviewer)
    assignment = ReviewAssignment.objects.select_related(
        "reviewer", "participation_request__program", "participation_request__facility"
    ).get(pk=assignment.pk)
    refuse_while_barred([assignment.participation_request], by=by)
    return assignment
