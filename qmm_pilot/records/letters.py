"""The outbox: a letter is a row of the deed's transaction and a mail after it."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.text import Truncator

from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

from .access import ADMINISTRATOR, COORDINATOR, may_resend_letters
from .actions import close_item, raise_item
from .jobs import queue_job
from .models import LONGEST_LINE, AboutSubject, Letter
from .trail import record

SECRET = "__secret__"


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
    """Send one letter, once. Raises what the mail server raises; the job tries again."""
    letter = Letter.objects.get(pk=letter_id)
    if letter.status == Letter.Status.SENT:
        return
    EmailMessage(
        subject=letter.subject,
        body=letter.body.replace(SECRET, letter.secret) if letter.secret else letter.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.address],
        headers={"Message-ID": letter.message_id},
    ).send()
    Letter.objects.filter(pk=letter.pk).update(
        status=Letter.Status.SENT, sent_at=clock.real_now(), secret=""
    )


@transaction.atomic
def give_up(letter_id, *, at) -> None:
    """Mark a letter that could not be sent, and make it a task of FDA's people (C8).

    Not one to the people of a rehearsal: its letters are absent from the tasks of real people.

    A letter that held a secret cannot be sent again, since the secret is erased: whoever looks
    after accounts invites anew.
    """
    letter = Letter.objects.select_for_update(no_key=True).get(pk=letter_id)
    if letter.status != Letter.Status.QUEUED:
        return
    letter.status, letter.secret = Letter.Status.FAILED, ""
    letter.save(update_fields=["status", "secret"])
    if not _is_of_a_rehearsal(letter):
        raise_item(
            f"letter:{letter.pk}",
            title="A letter could not be sent: send it again, or tell the person otherwise",
            about=letter,
            url_name="records:letter",
            url_kwargs={"pk": letter.pk},
            at=at,
            role=ADMINISTRATOR if had_secret(letter) else COORDINATOR,
        )
    record("fail_letter", letter, by=None, at=at, after={"status": letter.status})


def _is_of_a_rehearsal(letter):
    organization = letter.person.organization if letter.person else None
    return organization is not None and organization.is_rehearsal


def had_secret(letter) -> bool:
    """Whether this letter held a key that is erased by now, as an invitation does."""
    return SECRET in letter.body


@transaction.atomic
def resend_letter(letter, *, by, at) -> Letter:
    """Send a letter that failed once more, to the address that the person has now.

    Raises Refusal for anyone but FDA's coordinators and administrators, for a letter that did not
    fail, and for one whose secret is erased.
    """
    letter = _failed(letter, by)
    if had_secret(letter):
        raise Refusal("The key in this letter is erased. Invite the person anew from her page.")
    if letter.person:
        letter.address = letter.person.email
    letter.status = Letter.Status.QUEUED
    letter.save(update_fields=["status", "address"])
    queue_job("send_letter", letter, at=at, by=by)
    close_item(f"letter:{letter.pk}", by=by, at=at)
    record(
        "resend_letter",
        letter,
        by=by,
        at=at,
        before={"status": Letter.Status.FAILED},
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
    if not may_resend_letters(by):
        raise Refusal("Only FDA coordinators and administrators deal with failed letters.")
    letter = Letter.objects.select_for_update(no_key=True, of=("self",)).get(pk=letter.pk)
    if letter.status != Letter.Status.FAILED:
        raise Refusal("This letter has not failed, so there is nothing to do about it.")
    return letter
