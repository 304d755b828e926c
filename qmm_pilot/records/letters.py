"""The outbox: a letter is a row of the deed's transaction and a mail after it."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.text import Truncator

from qmm_pilot import clock

from .jobs import queue_job
from .models import LONGEST_LINE, AboutSubject, Letter

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


def give_up(letter_id) -> None:
    """Mark a letter that could not be sent, so that a person deals with it."""
    Letter.objects.filter(pk=letter_id).exclude(status=Letter.Status.SENT).update(
        status=Letter.Status.FAILED, secret=""
    )
