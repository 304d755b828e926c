"""Decision letters: a program's words for them, one firm's own, and telling a firm once (C8)."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, FilteredRelation, Q

from applications.access import may_write_letters
from applications.letter_texts import (
    KINDS,
    Words,
    default_words,
    faults,
    filled,
    signed_off,
)
from applications.models import (
    Decision,
    DecisionLetter,
    LetterOverride,
    LetterText,
    ParticipationRequest,
)
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records.actions import close_item
from qmm_pilot.records.jobs import queue_job
from qmm_pilot.records.letters import hold_letters, overtake_letters, queue_letter
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import day_in_words

from .letters import firm_people

PRINT_LETTER = "print_decision_letter"
OWN_WORDS = ("kind", "decision_id", "subject", "body", "based_on")
Status = ParticipationRequest.Status


@dataclass(frozen=True)
class PendingLetter:
    """One letter of the next release: its words as they go out, and where they come from.

    `is_edited` says that it has words for this firm alone; `is_stale` that the program's words
    have changed since those were written or last kept.
    """

    kind: str
    words: Words
    is_edited: bool = False
    is_stale: bool = False


def texts_in_force(program) -> dict[str, LetterText]:
    """The program's own words by kind of letter, the newest version of each."""
    rows = LetterText.objects.filter(program=program).select_related("written_by__organization")
    return {row.kind: row for row in rows.order_by("kind", "version")}


def words_in_force(program) -> dict[str, Words]:
    """The words that hold for each kind of letter: the program's own, or those given in code."""
    own = texts_in_force(program)
    return {kind: own[kind].words if kind in own else default_words(kind) for kind in KINDS}


def letter_words(words: Words, participation_request, *, accept_by=None) -> Words:
    """These words as they go out to one firm, {recipient} alone left open, signed off."""
    values = {
        "facility": participation_request.facility.name,
        "firm": participation_request.organization.name,
        "receipt_number": participation_request.receipt_number,
        "program": participation_request.program.name,
    }
    if accept_by:
        values["accept_by"] = day_in_words(accept_by)
    return signed_off(filled(words, values))


def with_own_words(requests):
    """These requests, each with the words that were written for its firm alone (OWN_WORDS)."""
    standing = FilteredRelation("letter_overrides", condition=Q(letter_overrides__ended_at=None))
    return requests.alias(own=standing).annotate(
        **{f"own_{name}": F(f"own__{name}") for name in OWN_WORDS}
    )


def pending_letters(program, drafts_by_request, *, accept_by) -> dict:
    """The letter of each of these requests: request id to PendingLetter.

    `drafts_by_request` maps a request, as with_own_words() gives it, to its drafted decision, or
    to None where it is told that it is not eligible. `accept_by` is the last Eastern day to accept
    a place.
    """
    held = words_in_force(program)
    letters = {}
    for row, decision in drafts_by_request.items():
        kind = letter_kind(decision)
        # Words for a decision that was taken back do not count for the next one.
        is_edited = (row.own_kind, row.own_decision_id) == (kind, decision and decision.pk)
        words = letter_words(
            Words(row.own_subject, row.own_body) if is_edited else held[kind],
            row,
            accept_by=accept_by if KINDS[kind].offers_a_place else None,
        )
        is_stale = is_edited and row.own_based_on != held[kind].sha256
        letters[row.pk] = PendingLetter(kind, words, is_edited, is_stale)
    return letters


def letter_kind(decision) -> str:
    """The kind of letter that tells of a drafted decision; without one, of not being eligible."""
    return f"decision_{decision.kind if decision else Status.NOT_ELIGIBLE}"


@transaction.atomic
def write_letter_text(program, kind, *, subject, body, reason, seen, by, at) -> LetterText:
    """Write a program's words for one kind of letter, as its next version (from 1).

    `seen` is the version that the writer had before her, 0 for the words given in code. Raises
    Refusal for words that letter_texts.faults finds something in, without a reason, when nothing
    is changed, and when somebody wrote another version meanwhile.
    """
    if not may_write_letters(by):
        raise Refusal("Only FDA coordinators and selectors write letters.")
    if kind not in KINDS:
        raise Refusal("There is no letter of this kind.")
    program = Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    words = _checked(kind, subject, body)
    if not reason.strip():
        raise Refusal("Say why the words change. The reason is kept with the version.")
    last = LetterText.objects.filter(program=program, kind=kind).order_by("version").last()
    version = last.version if last else 0
    if seen != version:
        raise Refusal(
            f"Somebody wrote version {version} of this letter meanwhile. Read it, then write yours."
        )
    if words == (last.words if last else default_words(kind)):
        raise Refusal("Nothing was changed.")
    row = LetterText.objects.create(
        program=program,
        kind=kind,
        version=version + 1,
        subject=words.subject,
        body=words.body,
        reason=reason.strip(),
        written_by=by,
        written_at=at,
    )
    record(
        "write_letter_text",
        program,
        by=by,
        at=at,
        before={"letter": kind, "version": version},
        after={"letter": kind, "version": row.version, "sha256": words.sha256},
        reason=row.reason,
    )
    return row


def copy_letter_texts(program, clone, *, by, at) -> None:
    """Give a new round the words that hold in this one, each as version 1 of its own (A4)."""
    LetterText.objects.bulk_create(
        LetterText(
            program=clone,
            kind=row.kind,
            version=1,
            subject=row.subject,
            body=row.body,
            reason=f"Copied from {program.short_name}, version {row.version}.",
            written_by=by,
            written_at=at,
        )
        for row in texts_in_force(program).values()
    )


@transaction.atomic
def edit_letter(participation_request, *, subject, body, by, at) -> LetterOverride:
    """Write words for one firm in place of its program's, for the decision drafted now.

    Placeholders stay open in them. Raises Refusal as write_letter_text does, and for a request
    that waits for no release.
    """
    participation_request, decision, standing = _pending(participation_request, by)
    kind = letter_kind(decision)
    words = _checked(kind, subject, body)
    held = words_in_force(participation_request.program)[kind]
    if words == (standing.words if standing else held):
        raise Refusal("Nothing was changed.")
    return _override(
        participation_request, decision, standing, words, held, "edit_letter", by=by, at=at
    )


@transaction.atomic
def keep_edited_letter(participation_request, *, by, at) -> LetterOverride:
    """Say that one firm's own words hold, though the program's have changed since."""
    participation_request, decision, standing = _pending(participation_request, by)
    if standing is None:
        raise Refusal("This letter has no words of its own any more.")
    held = words_in_force(participation_request.program)[letter_kind(decision)]
    return _override(
        participation_request, decision, standing, standing.words, held, "keep_edited_letter",
        by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def regenerate_letter(participation_request, *, by, at) -> None:
    """Take one firm's own words back: its letter is made of its program's words again."""
    participation_request, _, standing = _pending(participation_request, by)
    if standing is None:
        raise Refusal("This letter has no words of its own any more.")
    standing.ended_at = at
    standing.save(update_fields=["ended_at"])
    record(
        "regenerate_letter",
        participation_request,
        by=by,
        at=at,
        before={"letter": standing.kind, "sha256": standing.words.sha256},
        after={"letter": standing.kind},
    )


def end_own_words(participation_request, *, at) -> None:
    """End one firm's own words inside the deed by which their determination or decision falls."""
    LetterOverride.objects.filter(
        participation_request=participation_request, ended_at=None
    ).update(ended_at=at)


def tell_decision(participation_request, kind, words: Words, *, at, follows) -> DecisionLetter:
    """Tell a firm of a decision by letter, inside the deed that decides; the one way to do it.

    Each of its people gets a mail, and the firm one copy as PDF, which the worker prints. `words`
    are as letter_words() gives them. With `follows` the letter that stood is overtaken, and what
    of it was not sent yet is not sent; without it, a second letter is refused by the database.
    """
    if follows:
        overtake_decision_letters(participation_request, at=at)
    people = firm_people(participation_request)
    program = participation_request.program
    letter = DecisionLetter(
        participation_request=participation_request,
        organization_id=participation_request.organization_id,
        kind=kind,
        subject=words.subject,
        body=words.body,
        letterhead=[
            program.letterhead_name,
            program.letterhead_office,
            *program.letterhead_address.splitlines(),
        ],
        addressee=[
            participation_request.organization.name,
            participation_request.facility.name,
            participation_request.facility.address,
        ],
        recipients=[person.name for person in people],
        at=at,
    )
    letter.job = queue_job(PRINT_LETTER, letter, at=at)
    letter.save(force_insert=True)
    for person in people:
        subject, body = filled(words, {"recipient": person.name})
        queue_letter(
            kind=kind, to=person, subject=subject, body=body, about=participation_request, at=at
        )
    return letter


def overtake_decision_letters(participation_request, *, at) -> None:
    """End the letter that stands, inside the deed by which it is true no longer.

    What of it was not sent yet is not sent, and its tasks end.
    """
    for earlier in hold_letters_of(participation_request):
        earlier.superseded_at = at
        earlier.save(update_fields=["superseded_at"])
        overtake_letters(participation_request, earlier.kind, at=at)
        close_item(unopened_key(earlier), by=None, at=at)


def unopened_key(letter) -> str:
    """The key of the coordinators' task about a letter that nobody opened."""
    return f"unopened:{letter.pk}"


def hold_letters_of(participation_request) -> list[DecisionLetter]:
    """The letter that stands, held until commit with its mails.

    A deed of several entries holds them before the first entry holds the trail's head: the mailer
    holds a mail, and then wants the head.
    """
    standing = DecisionLetter.objects.standing().filter(participation_request=participation_request)
    held = list(standing.select_for_update(no_key=True))
    for letter in held:
        hold_letters(participation_request, letter.kind)
    return held


def later_words(participation_request, kind, *, accept_by=None) -> Words:
    """The letter, in its program's words, that tells what became of an earlier decision."""
    held = words_in_force(participation_request.program)[kind]
    return letter_words(held, participation_request, accept_by=accept_by)


def tell_later_decision(participation_request, kind, *, at, accept_by=None) -> DecisionLetter:
    """Tell a firm of what became of an earlier decision; its letter overtakes the earlier one."""
    words = later_words(participation_request, kind, accept_by=accept_by)
    return tell_decision(participation_request, kind, words, at=at, follows=True)


def _override(participation_request, decision, standing, words, held, deed, *, by, at):
    end_own_words(participation_request, at=at)
    row = LetterOverride.objects.create(
        participation_request=participation_request,
        decision=decision,
        kind=letter_kind(decision),
        subject=words.subject,
        body=words.body,
        based_on=held.sha256,
        written_by=by,
        written_at=at,
    )
    record(
        deed,
        participation_request,
        by=by,
        at=at,
        before={"letter": row.kind, "sha256": standing.words.sha256 if standing else ""},
        after={"letter": row.kind, "sha256": words.sha256, "written_against": held.sha256},
    )
    return row


def _pending(participation_request, by):
    """The request that waits for a release, its drafted decision, and its own words if any."""
    if not may_write_letters(by):
        raise Refusal("Only FDA coordinators and selectors write letters.")
    # A release reads the words under a lock on the program, so none are written meanwhile.
    Program.objects.select_for_update(no_key=True).get(pk=participation_request.program_id)
    participation_request = (
        ParticipationRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("program", "facility", "organization")
        .get(pk=participation_request.pk)
    )
    decision = Decision.objects.filter(
        participation_request=participation_request, released_at=None, withdrawn_at=None
    ).first()
    waits = participation_request.status == Status.NOT_ELIGIBLE or decision
    if participation_request.told_at or not waits:
        raise Refusal("No decision about this request waits for its release, so it has no letter.")
    standing = LetterOverride.objects.filter(
        participation_request=participation_request,
        ended_at=None,
        kind=letter_kind(decision),
        decision=decision,
    ).first()
    return participation_request, decision, standing


def _checked(kind, subject, body) -> Words:
    words = Words(subject.strip(), body.replace("\r\n", "\n").strip())
    if found := faults(kind, words):
        raise Refusal(" ".join(found))
    return words
