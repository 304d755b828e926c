"""Deeds on decision letters that went out: their copy as PDF, and who was reached by them (C8)."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from applications.access import may_review_requests
from applications.models import DecisionLetter, ParticipationRequest
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.programs.models import Program
from qmm_pilot.records import letters as outbox
from qmm_pilot.records.actions import close_item, raise_item
from qmm_pilot.records.files import keep_document, storing
from qmm_pilot.records.jobs import queue_job
from qmm_pilot.records.models import ActionItem, Job, Letter, LetterCall
from qmm_pilot.records.trail import record

from .decision_letters import PRINT_LETTER

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
    """Make a copy that could not be printed the coordinators' task; the decision stands."""
    letter = DecisionLetter.objects.select_related("participation_request__program").get(
        pk=job.subject_id
    )
    if letter.participation_request.program.is_rehearsal:
        return
    raise_item(
        f"letter_copy:{letter.pk}",
        title=f"The PDF of a letter was not made: {letter.participation_request.receipt_number}",
        about=letter.participation_request,
        url_name="applications:decision_letter",
        url_kwargs={"pk": letter.pk},
        at=job.moment,
        role=Role.FDA_COORDINATOR,
    )


@transaction.atomic
def retry_letter_copy(letter, *, by, at) -> DecisionLetter:
    """Have the PDF of a letter made whose making failed, or which never had one."""
    if not may_review_requests(by):
        raise Refusal("Only FDA coordinators have copies of letters made again.")
    letter = _locked(letter.pk)
    if letter.stored_file_id or (letter.job and letter.job.status != Job.Status.FAILED):
        raise IllegalMove("The PDF of this letter is made, or on its way. Reload the page.")
    letter.job = queue_job(PRINT_LETTER, letter, at=at, by=by)
    letter.save(update_fields=["job"])
    close_item(f"letter_copy:{letter.pk}", by=by, at=at)
    record(
        "retry_letter_copy",
        letter.participation_request,
        by=by,
        at=at,
        after={"letter": letter.kind},
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
    close_item(_unopened_key(letter), by=by, at=at)
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
    close_item(_unopened_key(letter), by=by, at=at)
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
    of the last time it was sent again. The task of one that no longer is so is closed. Passed by
    are letters of rehearsals, overtaken ones, those told by telephone, those whose firm has
    answered the offer or withdrawn since, those whose request is closed, and those
    from before openings were noted, which have no job.
    """
    standing = (
        DecisionLetter.objects.standing()
        .filter(
            reached_at=None,
            job__isnull=False,
            participation_request__program__rehearsal_of=None,
            participation_request__participation__answered_at=None,
        )
        .exclude(participation_request__status__in=[Request.WITHDRAWN, Request.CLOSED])
        .annotate(
            counted_from=Coalesce("sent_again_at", "at"),
            days=F("participation_request__program__letter_unopened_days"),
        )
        .select_related("participation_request__program", "participation_request__facility")
    )
    opened = set(
        Letter.objects.filter(subject_kind=SUBJECT_KIND, opened_at__isnull=False).values_list(
            "subject_id", "kind", "at"
        )
    )
    tasks = set(
        ActionItem.objects.open().filter(key__startswith="unopened:").values_list("key", flat=True)
    )
    due = set()
    for letter in standing:
        if (str(letter.participation_request_id), letter.kind, letter.at) in opened:
            continue
        program = letter.participation_request.program
        last_day = program.today(letter.counted_from) + timedelta(days=letter.days)
        if program.today(at) <= last_day:
            continue
        due.add(_unopened_key(letter))
        if _unopened_key(letter) not in tasks:
            _ask_to_follow_up(letter, at=at)
    for key in tasks - due:
        close_item(key, by=None, at=at)
    return len(due)


@transaction.atomic
def _ask_to_follow_up(letter, *, at):
    Program.objects.select_for_update(no_key=True).get(pk=letter.participation_request.program_id)
    raise_item(
        _unopened_key(letter),
        title=f"Nobody opened FDA’s letter: {letter.participation_request.facility}",
        about=letter.participation_request,
        url_name="applications:decision_letter",
        url_kwargs={"pk": letter.pk},
        at=at,
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


def _unopened_key(letter) -> str:
    return f"unopened:{letter.pk}"
