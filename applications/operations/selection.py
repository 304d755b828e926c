"""Deeds of selection: take a place, draft the other decisions, release them together."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from applications.access import may_select
from applications.letter_texts import Words
from applications.models import (
    Decision,
    Hold,
    Participation,
    ParticipationRequest,
    Seat,
)
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.programs.working_days import add_working_days
from qmm_pilot.records.actions import close_item
from qmm_pilot.records.proofs import Proof, limited
from qmm_pilot.records.signatures import named_in_trail, named_with, sign, signatures_of
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import moment_in_words

from .barring import refuse_while_barred
from .decision_letters import (
    pending_letters,
    tell_decision,
    tell_later_decision,
    with_own_words,
)
from .holds import refuse_while_on_hold
from .offers import raise_acceptance_item
from .places import take_seat
from .review_tasks import refresh_tasks_of

Status = ParticipationRequest.Status
SHA256_LENGTH = 64  # hex digits


@transaction.atomic
def select_participant(participation_request, *, reason, by, at) -> Decision:
    """Take a place for an eligible facility and draft its selection.

    Raises NoSeatLeft when every place of the program is taken, IllegalMove when the request is
    not eligible, Refusal when the site has a place already; then nothing is written.
    """
    # Taking a place reads the cap, so the program comes first in the order of locks.
    participation_request = locked_for_decision(participation_request, by, with_program=True)
    _refuse_unless_open_for_decision(participation_request)
    seat = take_seat(participation_request, by=by, at=at)
    return _draft(participation_request, Decision.Kind.SELECTED, reason, by=by, at=at, seat=seat)


@transaction.atomic
def decide_alternate(participation_request, *, rank, reason, by, at) -> Decision:
    """Draft that an eligible facility is an alternate, ranked from 1; no two share a rank."""
    # Two people may choose one rank at the same moment.
    participation_request = locked_for_decision(participation_request, by, with_program=True)
    _refuse_unless_open_for_decision(participation_request)
    if rank < 1:
        raise Refusal("Alternates are ranked from 1.")
    refuse_taken_rank(participation_request, rank, by=by)
    return _draft(participation_request, Decision.Kind.ALTERNATE, reason, by=by, at=at, rank=rank)


@transaction.atomic
def decide_not_selected(participation_request, *, reason, by, at) -> Decision:
    """Draft that an eligible facility is not selected."""
    participation_request = locked_for_decision(participation_request, by)
    _refuse_unless_open_for_decision(participation_request)
    return _draft(participation_request, Decision.Kind.NOT_SELECTED, reason, by=by, at=at)


@transaction.atomic
def undo_decision(decision, *, by, at) -> Decision:
    """Take back a decision that was not released; its place becomes free at once."""
    participation_request = locked_for_decision(decision.participation_request, by)
    decision = Decision.objects.select_for_update(of=("self",), no_key=True).get(pk=decision.pk)
    if decision.released_at or decision.withdrawn_at:
        raise IllegalMove("This decision is no longer a draft, so it cannot be taken back.")
    decision.withdrawn_at = at
    decision.save(update_fields=["withdrawn_at"])
    Seat.objects.filter(pk=decision.seat_id, freed_at=None).update(
        freed_at=at, freed_reason="The draft decision was taken back."
    )
    record(
        "undo_decision",
        participation_request,
        by=by,
        at=at,
        before={"decision": decision.kind},
        after={"decision": ""},
    )
    return decision


@dataclass(frozen=True)
class PendingRelease:
    """What the next release of a program would tell whom; the same for its page and the deed."""

    waiting: list[ParticipationRequest]
    drafts: dict
    letters: dict  # of each that is decided: its letter, as it goes out

    @property
    def undecided(self) -> list[ParticipationRequest]:
        """The eligible requests that lack a drafted decision."""
        return [r for r in self.waiting if r.status == Status.ELIGIBLE and r.pk not in self.drafts]

    @property
    def listed(self) -> list[str]:
        """What is signed: each request with what it is told, and the hash of its letter.

        An alternate stands with its rank, which the letter does not tell.
        """
        return [f"{r.pk} {self._told(r)}" for r in self.waiting]

    @property
    def content(self) -> bytes:
        """The bytes that the signature is bound to."""
        return "\n".join(self.listed).encode()

    @property
    def sha256(self) -> str:
        """The hash of what is signed, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    def kind_of(self, participation_request) -> str:
        """The kind of decision, and so of letter: of the draft, or not_eligible."""
        decision = self.drafts.get(participation_request.pk)
        return decision.kind if decision else participation_request.status

    def _told(self, participation_request):
        decision = self.drafts.get(participation_request.pk)
        letter = self.letters.get(participation_request.pk)
        return in_one_line(
            self.kind_of(participation_request),
            decision.rank if decision else None,
            letter.words.sha256 if letter else "",
        )


def pending_release(program, *, at, locked=False) -> PendingRelease:
    """What waits for the next release of this program; `locked` holds its rows until commit.

    The letters are those of a release at this moment, from which the day to accept counts. A
    request on hold waits for no release: it is told by a later one.
    """
    rows = with_own_words(
        ParticipationRequest.objects.filter(
            program=program, status__in=[Status.ELIGIBLE, Status.NOT_ELIGIBLE], told_at=None
        )
        .exclude(pk__in=Hold.objects.held_requests())
        .select_related("facility", "organization", "program", "started_by")
        .order_by("pk")
    )
    waiting = list(rows.select_for_update(of=("self",), no_key=True) if locked else rows)
    drafts = Decision.objects.filter(
        participation_request__in=waiting, released_at=None, withdrawn_at=None
    ).select_related("seat")
    by_request = {draft.participation_request_id: draft for draft in drafts}
    decided = {
        row: by_request.get(row.pk)
        for row in waiting
        if row.pk in by_request or row.status == Status.NOT_ELIGIBLE
    }
    letters = pending_letters(program, decided, accept_by=acceptance_day(program, at))
    return PendingRelease(waiting, by_request, letters)


def close_selection_without_work(program, *, by, at) -> None:
    """Close the selectors' task when no request of the program waits for a decision any more."""
    waiting = ParticipationRequest.objects.filter(
        program=program, status__in=[Status.ELIGIBLE, Status.NOT_ELIGIBLE], told_at=None
    )
    if not waiting.exists():
        close_item(f"select:{program.pk}", by=by, at=at)


def acceptance_day(program: Program, at: datetime) -> date:
    """The last Eastern day on which a place offered at this moment is accepted in time."""
    return add_working_days(program.today(at), program.acceptance_working_days)


@limited
def release_decisions(program, *, proof: Proof, by, at, seen=None) -> list[Decision]:
    """Release every drafted decision of a program together, signed.

    Creates the participations, tells every firm by letter, and tells those whose requests are
    not eligible. `seen` is the PendingRelease.sha256 that the signer had before her eyes. Raises
    Refusal when nothing is drafted, when an eligible request has no decision, when the decisions
    are no longer those seen, or when the proof is not the signer's; then nothing is released.
    """
    if not may_select(by):
        raise Refusal("Only FDA selectors release decisions.")
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    pending = pending_release(program, at=at, locked=True)
    _refuse_released_already(program, seen)
    refuse_while_barred(pending.waiting, by=by)
    if pending.undecided:
        raise Refusal(
            "Every eligible request needs a decision before the release. Undecided: "
            + "; ".join(str(r.facility) for r in pending.undecided)
            + "."
        )
    if not pending.waiting:
        raise Refusal("There is nothing to release: no decision is drafted.")
    if seen is not None and seen != pending.sha256:
        raise Refusal(
            "The decisions or their letters changed after this page was opened. Nothing was "
            "released; read them again and sign what they are now."
        )
    signature = sign(
        program,
        by=by,
        at=at,
        meaning="Released the decisions of this program",
        proof=proof,
        content=pending.content,
    )
    for participation_request in pending.waiting:
        pk = participation_request.pk
        release_one(
            participation_request, pending.drafts.get(pk), at=at, letter=pending.letters[pk]
        )
    decisions = list(pending.drafts.values())
    Decision.objects.filter(pk__in=[d.pk for d in decisions]).update(released_at=at)
    close_selection_without_work(program, by=by, at=at)
    refresh_tasks_of(program, by=by, at=at)
    record(
        "release_decisions",
        program,
        by=by,
        at=at,
        after={"released": pending.listed, **named_in_trail(signature)},
    )
    return decisions


def signed_releases(program_id, signatures, row=None) -> dict:
    """What each of these signatures on a program's releases covers, as the rows have it now.

    The release's trail entry tells which requests it was about; their rows tell what they were
    told, and in which words. Until letters were signed with the decisions, an entry named none. A
    signature that the trail does not name covers nothing that could be found.
    """
    told: dict = {}
    letters: dict = {}
    rows = ParticipationRequest.objects.filter(program=program_id, told_at__isnull=False)
    decided = ("decisions__kind", "decisions__rank", "decisions__released_at")
    written = ("decision_letters__at", "decision_letters__subject", "decision_letters__body")
    for pk, status, kind, rank, at, told_at, *words in rows.values_list(
        "pk", "status", *decided, *written
    ):
        told[str(pk), None] = [status, None]  # who is not eligible was told without a decision
        if at:
            told[str(pk), at] = [kind, rank]
        if told_at:
            letters[str(pk), told_at] = Words(*words).sha256

    def as_told(line, at):
        pk, *words = line.split()
        kind, rank = told.get((pk, at)) or told.get((pk, None), ["nothing", None])
        names_letter = len(words[-1]) == SHA256_LENGTH
        letter = letters.get((pk, at), "none") if names_letter else ""
        return f"{pk} {in_one_line(kind, rank, letter)}"

    return {
        signature.pk: "\n".join(as_told(line, signature.at) for line in listed).encode()
        for signature in signatures
        if (listed := named_with(signature).get("released"))
    }


def in_one_line(kind, rank, letter="") -> str:
    return " ".join(str(word) for word in (kind, rank, letter) if word)


def _draft(participation_request, kind, reason, *, by, at, seat=None, rank=None):
    if not reason.strip():
        raise Refusal("A decision needs its reason.")
    decision = Decision.objects.create(
        participation_request=participation_request,
        kind=kind,
        rank=rank,
        seat=seat,
        reason=reason,
        drafted_by=by,
        drafted_at=at,
    )
    record(
        {
            Decision.Kind.SELECTED: "select_participant",
            Decision.Kind.ALTERNATE: "decide_alternate",
            Decision.Kind.NOT_SELECTED: "decide_not_selected",
        }[kind],
        participation_request,
        by=by,
        at=at,
        after={"decision": kind, "place": seat.number if seat else None, "rank": rank},
        reason=reason,
    )
    return decision


def release_one(participation_request, decision, *, at, letter=None, later="") -> None:
    """Let one decision hold and tell its firm, inside the caller's signed deed and locks.

    Without a decision the request is not eligible. `letter` is the PendingLetter that was signed;
    instead of it, `later` names the kind of letter that tells what became of an earlier decision.
    """
    accept_by = None
    if decision:
        participation_request.become(decision.kind)
    if decision and decision.kind == Decision.Kind.SELECTED:
        accept_by = acceptance_day(participation_request.program, at)
        _offer_place(participation_request, decision.seat, accept_by, at=at)
    participation_request.told_at = participation_request.told_at or at
    participation_request.save(update_fields=["status", "told_at"])
    if later:
        tell_later_decision(participation_request, later, at=at, accept_by=accept_by)
    else:
        tell_decision(participation_request, letter.kind, letter.words, at=at, follows=False)


def _offer_place(participation_request, seat, accept_by, *, at):
    participation = Participation.objects.create(
        seat=seat,
        participation_request=participation_request,
        program=participation_request.program,
        organization=participation_request.organization,
        facility=participation_request.facility,
        offered_at=at,
        accept_by=accept_by,
    )
    raise_acceptance_item(participation, at=at)


def locked_for_decision(participation_request, by, *, with_program=False):
    """The request, held until commit, for a selector; its program before it where asked for."""
    if not may_select(by):
        raise Refusal("Only FDA selectors decide about places.")
    refuse_while_barred([participation_request], by=by)
    if with_program:
        Program.objects.select_for_update(no_key=True).get(pk=participation_request.program_id)
    return (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility")
        .get(pk=participation_request.pk)
    )


def _refuse_released_already(program, seen):
    """Tell a second signer, or a second press, that what she read is released."""
    signature = signatures_of(program).filter(sha256=seen).last() if seen else None
    if signature:
        raise Refusal(
            f"These decisions were released already by {signature.printed_name}, "
            f"{moment_in_words(signature.at)}. Nothing was released twice."
        )


def refuse_taken_rank(participation_request, rank, *, by):
    """Refuse a rank that another alternate of the program holds; callers hold the program.

    An alternate whose site a conflict closes to this person is not named (C2).
    """
    holder = (
        Decision.objects.standing()
        .filter(
            participation_request__program=participation_request.program_id,
            kind=Decision.Kind.ALTERNATE,
            rank=rank,
        )
        .exclude(participation_request=participation_request)
        .select_related("participation_request__facility")
        .first()
    )
    if holder:
        seen = ParticipationRequest.objects.visible_to(by)
        is_seen = seen.filter(pk=holder.participation_request_id).exists()
        name = holder.participation_request.facility if is_seen else "Another facility"
        raise Refusal(
            f"{name} is alternate number {rank} already. "
            "Choose another rank, or take that decision back first."
        )


def _refuse_unless_open_for_decision(participation_request):
    if participation_request.status != Status.ELIGIBLE:
        raise IllegalMove(
            f"{participation_request.facility} is "
            f"“{participation_request.get_status_display()}”, so it cannot be decided about now."
        )
    refuse_while_on_hold(participation_request)
    if Decision.objects.standing().filter(participation_request=participation_request).exists():
        raise IllegalMove(
            f"A decision about {participation_request.facility} is drafted already. "
            "Change it, or take it back first."
        )
