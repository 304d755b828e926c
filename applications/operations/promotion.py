"""Deeds on alternates: promote one to a free place, or tell them all that none comes (C6, C10)."""

import hashlib
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef

from applications.access import may_select
from applications.models import Decision, Hold, ParticipationRequest
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.proofs import Proof, limited
from qmm_pilot.records.signatures import named_in_trail, sign
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import day_in_words

from .barring import refuse_while_barred
from .changes import Found
from .decision_letters import later_words, letter_words, words_in_force
from .holds import on_hold_in_words
from .persons_asked import asking_one_more
from .places import alternates_waiting, close_free_place, free_places, take_seat
from .rechecks import speaks_against
from .selection import acceptance_day, in_one_line, locked_for_decision, release_one

Status = ParticipationRequest.Status
Kind = Decision.Kind
PROMOTION_LETTER = "decision_selected"
CLOSING_LETTER = "alternate_not_selected"


@dataclass(frozen=True)
class Proposal:
    """What speaks for and against promoting one alternate at a moment; page and deed read it."""

    program: Program
    participation_request: ParticipationRequest
    decision: Decision
    free: int
    hold: str
    against: list[Found]
    today: date

    @property
    def days_left(self) -> int:
        """Calendar days until the program ends."""
        return (self.program.ends_on - self.today).days

    @property
    def is_too_late(self) -> bool:
        return self.today > self.program.last_promotion_day()

    @property
    def obstacles(self) -> list[str]:
        """Why this alternate cannot be promoted now, in sentences that say what to do."""
        found = []
        if not self.free:
            found.append(
                f"No place of {self.program.short_name} is free: all {self.program.cap} are used."
            )
        if self.hold:
            found.append(self.hold)
        found += [
            f"The newest data speak against criterion {each.result.criterion.code}: "
            f"{each.reason} A coordinator settles that on the sheet of the request; or promote "
            "the next alternate and say why this one is passed over."
            for each in self.against
        ]
        if self.is_too_late:
            found.append(
                f"The program ends on {day_in_words(self.program.ends_on)}, and an alternate needs "
                f"{self.program.promotion_days_needed} calendar days: the last day was "
                f"{day_in_words(self.program.last_promotion_day())}. The notice is silent; a "
                "coordinator may change that setting or move the end of the program, or the "
                "alternates are told that no place comes."
            )
        return found


def waiting_decisions(program):
    """The decisions of the alternates who wait, in the order of their ranks, with their firms.

    Each knows whether its request is on hold (`is_held`).
    """
    held = Hold.objects.standing().filter(participation_request=OuterRef("participation_request"))
    return (
        Decision.objects.standing()
        .filter(
            participation_request__in=alternates_waiting(program),
            kind=Kind.ALTERNATE,
            released_at__isnull=False,
        )
        .annotate(is_held=Exists(held))
        .select_related(
            "participation_request__program",
            "participation_request__facility",
            "participation_request__organization",
            "participation_request__started_by",
        )
        .order_by("rank", "pk")
    )


def proposal_for(decision, *, program, free, at) -> Proposal:
    """Recheck one alternate against the newest data on record, and count the days that are left.

    `decision` is one of waiting_decisions(), `free` how many places are free.
    """
    row = decision.participation_request
    hold = Hold.objects.standing().on(row).first() if decision.is_held else None
    return Proposal(
        program=program,
        participation_request=row,
        decision=decision,
        free=free,
        hold=on_hold_in_words(row, hold) if hold else "",
        against=speaks_against(row),
        today=program.today(at),
    )


def passed_over(decision, decisions) -> list[Decision]:
    """The alternates of a better rank than this one's, among those who wait."""
    return decisions[: decisions.index(decision)]


@limited
def promote_alternate(
    participation_request, *, reason, skip_reason="", clearance="", proof: Proof, by, at
) -> Decision:
    """Give a free place to an alternate after a recheck, signed; its firm is told at once.

    The decision that made it an alternate ends and stays readable. `skip_reason` says why
    alternates of a better rank are passed over, `clearance` under which reference a tenth person
    is asked (44 U.S.C. 3502(3)). Raises Refusal for each of Proposal.obstacles, without a reason
    that is needed, and for who is promoted already; then nothing is written.
    """
    participation_request = locked_for_decision(participation_request, by, with_program=True)
    program = Program.objects.get(pk=participation_request.program_id)
    decisions = list(waiting_decisions(program))
    own = next(
        (d for d in decisions if d.participation_request_id == participation_request.pk), None
    )
    if own is None:
        raise IllegalMove(no_alternate_in_words(participation_request))
    proposal = proposal_for(own, program=program, free=free_places(program), at=at)
    participation_request, skipped = own.participation_request, passed_over(own, decisions)
    asking = asking_one_more(program, participation_request.fei_key, at=at)
    if proposal.obstacles:
        raise Refusal(" ".join(proposal.obstacles))
    if not reason.strip():
        raise Refusal("A decision needs its reason.")
    if skipped and not skip_reason.strip():
        ranks = ", ".join(str(d.rank) for d in skipped)  # no names: a site may be closed to her
        raise Refusal(f"A better rank comes first: say why it is passed over ({ranks}).")
    if asking.needs_reference and not clearance.strip():
        raise Refusal(
            f"This would be person number {asking.would_be} asked the same questions within "
            "twelve months. Give the reference of the clearance or the OMB control number first "
            "(44 U.S.C. 3502(3), 5 CFR 1320.3(c))."
        )
    _end(own, at=at)
    decision = Decision.objects.create(
        participation_request=participation_request,
        kind=Kind.SELECTED,
        seat=take_seat(participation_request, by=by, at=at),
        reason=reason.strip(),
        skip_reason=skip_reason.strip() if skipped else "",
        clearance=(clearance.strip() or asking.clearance) if asking.needs_clearance else "",
        drafted_by=by,
        drafted_at=at,
        released_at=at,
    )
    words = later_words(
        participation_request, PROMOTION_LETTER, accept_by=acceptance_day(program, at)
    )
    line = f"{participation_request.pk} {in_one_line(Kind.SELECTED, None, words.sha256)}"
    signature = sign(
        program,
        by=by,
        at=at,
        meaning="Promoted an alternate to a place of this program",
        proof=proof,
        content=line.encode(),
    )
    release_one(participation_request, decision, at=at, later=PROMOTION_LETTER)
    close_free_place(program, by=by, at=at)
    record(
        "promote_alternate",
        program,
        by=by,
        at=at,
        before={"rank": own.rank},
        after={
            "released": [line],
            "place": decision.seat.number,
            "passed_over": [str(d.participation_request_id) for d in skipped],
            "skip_reason": decision.skip_reason,
            "persons_asked": asking.would_be,
            "clearance": decision.clearance,
            **named_in_trail(signature),
        },
        reason=decision.reason,
    )
    return decision


@dataclass(frozen=True)
class PendingClose:
    """The alternates that are told together that no place comes; for its page and the deed."""

    decisions: list[Decision]
    letters: dict  # request id to the words of its letter, as they go out

    @property
    def listed(self) -> list[str]:
        """What is signed: each request with what it is told, and the hash of its letter."""
        return sorted(
            f"{pk} {in_one_line(Kind.NOT_SELECTED, None, words.sha256)}"
            for pk, words in self.letters.items()
        )

    @property
    def content(self) -> bytes:
        """The bytes that the signature is bound to."""
        return "\n".join(self.listed).encode()

    @property
    def sha256(self) -> str:
        """The hash of what is signed, in hex."""
        return hashlib.sha256(self.content).hexdigest()


def pending_close(program) -> PendingClose:
    """The alternates who wait and are not on hold: who is, waits for the hold to end."""
    decisions = list(waiting_decisions(program).filter(is_held=False))
    words = words_in_force(program)[CLOSING_LETTER]
    letters = {
        d.participation_request_id: letter_words(words, d.participation_request) for d in decisions
    }
    return PendingClose(decisions, letters)


@limited
def close_waiting_list(program, *, reason, proof: Proof, by, at, seen=None) -> list[Decision]:
    """Tell all waiting alternates together, signed, that they are not selected.

    Early or late: their letter says nothing of the time. `seen` is PendingClose.sha256 as the
    signer read it. Raises Refusal without a reason, when nobody waits (any more), and when the list
    is no longer the one seen; then nobody is told.
    """
    if not may_select(by):
        raise Refusal("Only FDA selectors decide about places.")
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    rows = alternates_waiting(program).order_by("pk").select_for_update(no_key=True)
    list(rows.values_list("pk", flat=True))
    pending = pending_close(program)
    refuse_while_barred([each.participation_request for each in pending.decisions], by=by)
    if not pending.decisions:
        raise Refusal("No alternate waits any more, so there is nobody to tell.")
    if seen is not None and seen != pending.sha256:
        raise Refusal(
            "The alternates changed after this page was opened. Nobody was told; read the list "
            "again and sign what it is now."
        )
    if not reason.strip():
        raise Refusal("A decision needs its reason.")
    signature = sign(
        program,
        by=by,
        at=at,
        meaning="Told the alternates of this program that they are not selected",
        proof=proof,
        content=pending.content,
    )
    told = []
    for ended in pending.decisions:
        _end(ended, at=at)
        decision = Decision.objects.create(
            participation_request=ended.participation_request,
            kind=Kind.NOT_SELECTED,
            reason=reason.strip(),
            drafted_by=by,
            drafted_at=at,
            released_at=at,
        )
        release_one(ended.participation_request, decision, at=at, later=CLOSING_LETTER)
        told.append(decision)
    close_free_place(program, by=by, at=at)
    record(
        "close_waiting_list",
        program,
        by=by,
        at=at,
        after={"released": pending.listed, **named_in_trail(signature)},
        reason=reason.strip(),
    )
    return told


def _end(decision, *, at):
    decision.ended_at = at
    decision.save(update_fields=["ended_at"])


def no_alternate_in_words(participation_request) -> str:
    """Why a request cannot be promoted that does not wait (any more) as an alternate."""
    facility = participation_request.facility
    if participation_request.status == Status.SELECTED:
        return f"{facility} has its place already. Nothing was done twice."
    state = participation_request.get_status_display()
    return f"{facility} is “{state}”, so it waits for no place as an alternate."
