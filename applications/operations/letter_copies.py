"""Deeds on decision letters that went out: their copy as PDF, and who was reached by them (C8)."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Coalesce

from applications.access import may_review_requests
from applications.letter_paper import unprintable_words
from applications.models import DecisionLetter, ParticipationRequest
from qmm_pilot.accounts.roles import Role
from qmm_pilot.clock import EASTERN
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.printing import unprintable
from qmm_pilot.programs.models import Program
from qmm_pilot.records import letters as outbox
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.files import keep_document, storing
from qmm_pilot.records.jobs import queue_job
from qmm_pilot.records.models import ActionItem, Job, Letter, LetterCall
from qmm_pilot.records.trail import record
from qmm_pilot.uswds.moments import day_in_words

from .decision_letters import PRINT_LETTER, unopened_key

Request = ParticipationRequest.Status
SUBJECT_KIND = "applications.participationrequest"


def mails_of(letter):
    """The mails by which this decision letter went to each of the firm's people."""
    return Letter.objects.filter(
        subject_kind=SUBJECT_KIND,
        subject_id=str(letter.participation_request_id),
        kind=letter.kind,
        at=letter.at,
    )


def keep_letter_copy(letter_id, pdf: bytes, *, job) -> DecisionLetter | None:
    """Keep the PDF that this job printed; None when one is kept already."""
    with storing() as keys:
        letter = _locked(letter_id)
        if letter.stored_file_id or letter.job_id != job.pk:
            return None
        letter.stored_file = keep_document(
            pdf,
            name=f"fda-letter-{letter.participation_request.receipt_number}.pdf",
            media_type="application/pdf",
            by=None,
            at=job.moment,
            about=letter,
            keys=keys,
        )
        letter.save(update_fields=["stored_file"])
        record(
            "keep_letter_copy",
            letter.participation_request,
            by=None,
            at=job.moment,
            after={"letter": letter.kind, "sha256": letter.stored_file.sha256},
        )
    return letter


def give_up_letter_copy(job) -> None:
    """Make a copy that could not be printed the coordinators' task; the decision stands.

    The task says what to do: how to write names that the fonts lack, or to have it made again.
    """
    letter = DecisionLetter.objects.select_related("participation_request__program").get(
        pk=job.subject_id
    )
    if letter.participation_request.program.is_rehearsal:
        return
    what = (
        "Say how a name is written in Latin letters for the PDF of FDA’s letter"
        if unspelled(letter)
        else "Have the PDF of FDA’s letter made again, which failed"
    )
    raise_item(
        f"letter_copy:{letter.pk}",
        title=f"{what}: {letter.addressee[1]}",
        about=letter.participation_request,
        url_name="applications:decision_letter",
        url_kwargs={"pk": letter.pk},
        at=job.moment,
        due_on=job.moment.astimezone(EASTERN).date(),
        role=Role.FDA_COORDINATOR,
    )


def unspelled(letter) -> list[str]:
    """The words of a letter that its PDF cannot show until a person says how to write them."""
    return [word for word in unprintable_words(letter) if word not in letter.spelling]


@transaction.atomic
def retry_letter_copy(letter, *, spelling=None, by, at) -> DecisionLetter:
    """Have the PDF of a letter made whose making failed, or which never had one.

    `spelling` maps each of unspelled() to what the PDF writes instead. Raises Refusal for anyone
    but a coordinator, and as long as the fonts lack letters: it would fail again.
    """
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators have copies of letters made again.")
    letter = _locked(letter.pk)
    if letter.stored_file_id or (letter.job and letter.job.status != Job.Status.FAILED):
        raise IllegalMove("The PDF of this letter is made, or on its way. Reload the page.")
    given = {word: (spelling or {}).get(word, "").strip() for word in unspelled(letter)}
    if missing := [word for word, written in given.items() if not written]:
        raise Refusal(
            f"The fonts of the PDF have no letters for {' and '.join(missing)}. Say how the firm "
            "writes it in Latin letters."
        )
    if foreign := [written for written in given.values() if unprintable(written)]:
        raise Refusal(
            f"The fonts have no letters for {' and '.join(foreign)} either. Write it in Latin, "
            "Greek or Cyrillic letters."
        )
    letter.spelling = {**letter.spelling, **given}
    letter.job = queue_job(PRINT_LETTER, letter, at=at, by=by)
    letter.save(update_fields=["spelling", "job"])
    close_item(f"letter_copy:{letter.pk}", by=by, at=at)
    record(
        "retry_letter_copy",
        letter.participation_request,
        by=by,
        at=at,
        after={"letter": letter.kind, **({"spelling": given} if given else {})},
    )
    return letter


@transaction.atomic
def send_letter_again(letter, *, by, at) -> int:
    """Send a decision letter to each of its people once more; how many mails.

    What is on its way already is left alone. Raises Refusal for anyone but a coordinator, and for
    a letter that a later one has overtaken.
    """
    letter = _to_follow_up(letter, by)
    mails = mails_of(letter).exclude(status=Letter.Status.QUEUED)
    # All of them are held before the first entry in the trail holds its head.
    held = list(mails.order_by("pk").select_for_update(of=("self",), no_key=True))
    sent = [outbox.resend_letter(mail, by=by, at=at) for mail in held]
    if not sent:
        raise Refusal("These mails are on their way. Wait until they are sent.")
    letter.sent_again_at = at
    letter.save(update_fields=["sent_again_at"])
    close_item(unopened_key(letter), by=by, at=at)
    record(
        "send_letter_again",
        letter.participation_request,
        by=by,
        at=at,
        after={"letter": letter.kind, "mails": len(sent)},
    )
    return len(sent)


@transaction.atomic
def tell_by_telephone(letter, *, spoke_to, called_on, note="", by, at) -> LetterCall:
    """Note that somebody of the firm was told by telephone what its decision letter says.

    Raises Refusal as records.letters.note_call does, and for a letter that is overtaken.
    """
    letter = _to_follow_up(letter, by)
    mail = mails_of(letter).order_by("pk").first()
    if mail is None:
        raise Refusal("This letter went to nobody, so there is no mail to note the call beside.")
    call = outbox.note_call(mail, spoke_to=spoke_to, called_on=called_on, note=note, by=by, at=at)
    letter.reached_at = at
    letter.save(update_fields=["reached_at"])
    close_item(unopened_key(letter), by=by, at=at)
    record(
        "tell_by_telephone",
        letter.participation_request,
        by=by,
        at=at,
        after={"letter": letter.kind, "spoke_to": call.spoke_to, "called_on": called_on},
        reason=call.note,
    )
    return call


def find_unopened_letters(*, at) -> int:
    """Make each decision letter that nobody opened in time a task; how many stand as one.

    In time is within the program's letter_unopened_days (calendar days, Eastern) of the mail, or
    of the last time it was sent again; the task is due on the day after. That of a letter that no
    longer is unopened is closed. Rehearsals have no tasks.
    """
    tasks = dict(
        ActionItem.objects.open().filter(key__startswith="unopened:").values_list("key", "due_on")
    )
    due = set()
    for letter in unopened_letters(participation_request__program__rehearsal_of=None):
        program, key = letter.participation_request.program, unopened_key(letter)
        due_on = program.today(letter.counted_from) + timedelta(
            days=program.letter_unopened_days + 1
        )
        if program.today(at) < due_on:
            continue
        due.add(key)
        if tasks.get(key) != due_on:
            _ask_to_follow_up(letter, due_on, at=at)
    for key in tasks.keys() - due:
        close_item(key, by=None, at=at)
    return len(due)


def unopened_letters(**chosen) -> list[DecisionLetter]:
    """The letters that nobody opened and that are to be followed up, the oldest first.

    Passed by are overtaken ones, those told by telephone, those whose firm has answered the offer
    or withdrawn since, those whose request is closed, and those from before openings were noted.
    """
    standing = (
        DecisionLetter.objects.standing()
        .filter(
            reached_at=None,
            is_followed_up=True,
            participation_request__participation__answered_at=None,
            **chosen,
        )
        .exclude(participation_request__status__in=[Request.WITHDRAWN, Request.CLOSED])
        .select_related(
            "organization",
            "participation_request__program",
            "participation_request__facility",
            "participation_request__participation",
        )
        .order_by(Coalesce("sent_again_at", "at"), "pk")
    )
    opened = set(
        Letter.objects.filter(subject_kind=SUBJECT_KIND, opened_at__isnull=False).values_list(
            "subject_id", "kind", "at"
        )
    )
    return [
        letter
        for letter in standing
        if (str(letter.participation_request_id), letter.kind, letter.at) not in opened
    ]


@transaction.atomic
def _ask_to_follow_up(letter, due_on, *, at):
    program = letter.participation_request.program
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    day = day_in_words(program.today(letter.counted_from), short=True)
    raise_item(
        unopened_key(letter),
        title=f"Nobody opened FDA’s letter of {day}: {letter.participation_request.facility}",
        about=letter.participation_request,
        url_name="applications:decision_letter",
        url_kwargs={"pk": letter.pk},
        at=at,
        due_on=due_on,
        role=Role.FDA_COORDINATOR,
    )


def _to_follow_up(letter, by):
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators follow letters up.")
    letter = _locked(letter.pk)
    if letter.superseded_at:
        raise Refusal("A later letter took this one’s place. Follow that one up.")
    return letter


def _locked(letter_id):
    """The letter under a lock on its program, which the deeds hold that overtake a letter."""
    program_id = DecisionLetter.objects.values_list(
        "participation_request__program", flat=True
    ).get(pk=letter_id)
    Program.objects.select_for_update(no_key=True).get(pk=program_id)
    return (
        DecisionLetter.objects.select_for_update(of=("self",), no_key=True)
        .select_related("participation_request__program", "job")
        .get(pk=letter_id)
    )
