"""The outbox: a letter is a row of the deed's transaction and a mail after it."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils.text import Truncator

from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

from .access import ADMINISTRATOR, COORDINATOR, may_resend_letters
from .actions import close_item, raise_item
from .closed_sites import name_of_site
from .jobs import queue_job
from .models import LONGEST_LINE, AboutSubject, Letter, LetterCall
from .trail import record

SECRET = "__secret__"
LONGEST_BOUNCE = 500  # characters
OVERTAKEN = "A later letter took this one’s place, so it is not sent any more."


def queue_letter(*, kind, to, subject, body, about, at, secret="") -> Letter:
    """Put one letter in the outbox; `to` is a User or an e-mail address.

    `secret` takes the place of SECRET in the body when the letter is sent, and is then erased: the
    letters on record open nothing.

    The subject becomes one line of at most LONGEST_LINE characters: it may name a facility, and
    mail refuses a line break in it.
    """
    person = None if isinstance(to, str) else to
    letter = Letter.objects.create(
        **AboutSubject.naming(about),
        kind=kind,
        person=person,
        address=to if person is None else person.email,
        subject=Truncator(" ".join(subject.split())).chars(LONGEST_LINE),
        body=body,
        secret=secret,
        at=at,
    )
    queue_job("send_letter", letter, at=at)
    return letter


def send(letter_id, *, at) -> None:
    """Send one letter, once. Raises what the mail server raises; the job tries again.

    An address that the server refuses for good (a 5xx reply) is a bounce at once: to ask seven
    more times would only tell FDA later.
    """
    letter = Letter.objects.get(pk=letter_id)
    if letter.status != Letter.Status.QUEUED:
        return
    mail = EmailMessage(
        subject=letter.subject,
        body=letter.body.replace(SECRET, letter.secret) if letter.secret else letter.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.address],
        headers={"Message-ID": letter.message_id},
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        codes = {code for code, _ in refused.recipients.values()}
        if not all(code >= 500 for code in codes):
            raise
        named = ", ".join(str(code) for code in sorted(codes))
        give_up(letter_id, at=at, bounced=f"The mail server refused the address ({named}).")
        return
    Letter.objects.filter(pk=letter.pk).update(
        status=Letter.Status.SENT, sent_at=clock.real_now(), secret=""
    )


@transaction.atomic
def give_up(letter_id, *, at, bounced="") -> None:
    """Mark a letter that could not be sent, and make it a task of FDA's people (C8).

    `bounced` says why its address was refused, where it was.

    Not one to the people of a rehearsal: its letters are absent from the tasks of real people.

    A letter that held a secret cannot be sent again, since the secret is erased: whoever looks
    after accounts invites anew.
    """
    letter = Letter.objects.select_for_update(no_key=True).get(pk=letter_id)
    if letter.status != Letter.Status.QUEUED:
        return
    letter.status, letter.secret = Letter.Status.FAILED, ""
    letter.bounced_at, letter.bounce_reason = at if bounced else None, bounced
    letter.save(update_fields=["status", "secret", "bounced_at", "bounce_reason"])
    _make_it_a_task(letter, "A letter could not be sent", at=at)
    record("fail_letter", letter, by=None, at=at, after={"status": letter.status}, reason=bounced)


@transaction.atomic
def record_bounce(letter, *, reason, by, at) -> Letter:
    """Note that a letter that was sent came back; it becomes the same task as one that failed.

    Raises Refusal for anyone but FDA's coordinators and administrators, without the reason, and
    for a letter that was not sent or is known to have come back.
    """
    letter = _locked(letter, by)
    if not reason.strip():
        raise Refusal("Say what came back, for example “Mailbox unknown”.")
    if letter.status != Letter.Status.SENT or letter.bounced_at:
        raise Refusal("Only a letter that was sent, and is not known to have come back, bounces.")
    letter.bounced_at, letter.bounce_reason = at, reason.strip()[:LONGEST_BOUNCE]
    letter.save(update_fields=["bounced_at", "bounce_reason"])
    _make_it_a_task(letter, "A letter came back", at=at)
    record("record_bounce", letter, by=by, at=at, after={"bounced": True}, reason=reason.strip())
    return letter


@transaction.atomic
def note_call(letter, *, spoke_to, called_on, note="", by, at) -> LetterCall:
    """Note that somebody was told by telephone what a letter says; its tasks are closed.

    Raises Refusal for anyone but FDA's coordinators and administrators, without a name, and for
    a day that is still to come.
    """
    letter = _locked(letter, by)
    if not spoke_to.strip():
        raise Refusal("Say whom you spoke to.")
    if called_on > at.astimezone(clock.EASTERN).date():
        raise Refusal("The day of the call is still to come. Note it after the call.")
    call = LetterCall.objects.create(
        subject_kind=letter.subject_kind,
        subject_id=letter.subject_id,
        letter=letter,
        spoke_to=spoke_to.strip(),
        called_on=called_on,
        note=note.strip(),
        noted_by=by,
        noted_at=at,
    )
    close_item(f"letter:{letter.pk}", by=by, at=at)
    record(
        "note_call",
        letter,
        by=by,
        at=at,
        after={"spoke_to": call.spoke_to, "called_on": called_on},
        reason=call.note,
    )
    return call


def note_opened(letters, *, by, at) -> None:
    """Note that this person opened, for the first time, what was written to her."""
    letters.filter(person=by, opened_at=None).update(opened_at=at)


def hold_letters(subject, kind) -> None:
    """Hold the letters of this kind about this record until commit, in the order of their keys."""
    told = Letter.objects.filter(**AboutSubject.naming(subject), kind=kind).order_by("pk")
    list(told.select_for_update(no_key=True).values_list("pk", flat=True))


def overtake_letters(subject, kind, *, at) -> None:
    """Keep what waits in the outbox of this kind about this record from being sent any more.

    For the deed that writes the later letter, whose entry in the trail says so.
    """
    told = Letter.objects.filter(**AboutSubject.naming(subject), kind=kind)
    waits = told.filter(status__in=[Letter.Status.QUEUED, Letter.Status.FAILED])
    waits.update(status=Letter.Status.OVERTAKEN)
    for pk in told.values_list("pk", flat=True):  # one that came back is a task too
        close_item(f"letter:{pk}", by=None, at=at)


def _make_it_a_task(letter, what, *, at):
    """Ask for it on the very day, so that what waits longest stands first."""
    if _is_of_a_rehearsal(letter):
        return
    site = name_of_site(letter)
    raise_item(
        f"letter:{letter.pk}",
        title=f"{what}{f' about {site}' if site else ''}: send it again, or tell the person",
        about=letter,
        url_name="records:letter",
        url_kwargs={"pk": letter.pk},
        at=at,
        due_on=at.astimezone(clock.EASTERN).date(),
        role=ADMINISTRATOR if had_secret(letter) else COORDINATOR,
    )


def _is_of_a_rehearsal(letter):
    organization = letter.person.organization if letter.person else None
    return organization is not None and organization.is_rehearsal


def had_secret(letter) -> bool:
    """Whether this letter held a key that is erased by now, as an invitation does."""
    return SECRET in letter.body


@transaction.atomic
def resend_letter(letter, *, by, at) -> Letter:
    """Send a letter that failed or was sent once more, to the address that the person has now.

    Raises Refusal for anyone but FDA's coordinators and administrators, for a letter that is on
    its way or overtaken, and for one whose secret is erased.
    """
    letter = _locked(letter, by)
    before = letter.status
    if before == Letter.Status.QUEUED:
        raise Refusal("This letter is on its way. Wait until it is sent.")
    if before == Letter.Status.OVERTAKEN:
        raise Refusal(OVERTAKEN)
    if had_secret(letter):
        raise Refusal(
            "The key in this letter is erased. Invite the person anew from the page of people."
        )
    if letter.person:
        letter.address = letter.person.email
    if before == Letter.Status.SENT:
        letter.times_sent_again += 1
    letter.status, letter.bounced_at, letter.bounce_reason = Letter.Status.QUEUED, None, ""
    try:
        with transaction.atomic():
            letter.save()
    except IntegrityError as fault:  # the floor above lets no letter go out against its decision
        raise Refusal(OVERTAKEN) from fault
    queue_job("send_letter", letter, at=at, by=by)
    close_item(f"letter:{letter.pk}", by=by, at=at)
    record(
        "resend_letter",
        letter,
        by=by,
        at=at,
        before={"status": before},
        after={"status": letter.status},
    )
    return letter


@transaction.atomic
def tell_otherwise(letter, *, how, by, at) -> Letter:
    """Note how the person was told what a failed letter says, for example by telephone."""
    letter = _failed(letter, by)
    if not how.strip():
        raise Refusal("Say how and when the person was told, for example by telephone.")
    close_item(f"letter:{letter.pk}", by=by, at=at)
    record("tell_otherwise", letter, by=by, at=at, reason=how.strip())
    return letter


def _failed(letter, by):
    letter = _locked(letter, by)
    if letter.status != Letter.Status.FAILED and not letter.bounced_at:
        raise Refusal("This letter has not failed, so there is nothing to do about it.")
    return letter


def _locked(letter, by):
    if not may_resend_letters(by):
        raise Refusal("Only FDA coordinators and administrators deal with failed letters.")
    return Letter.objects.select_for_update(no_key=True, of=("self",)).get(pk=letter.pk)
