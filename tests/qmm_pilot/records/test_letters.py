"""The outbox: a letter is queued with the deed, sent once, tried again when the server is away."""

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.db import transaction

from qmm_pilot import clock
from qmm_pilot.records import jobs, letters, tasks
from qmm_pilot.records.models import Job, Letter
from tests import factories

AT = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)
assert tasks.send_letter  # its import registers the handler, as the worker does


@pytest.fixture
def letter(db):
    user = factories.person(factories.organization())
    with transaction.atomic():
        return letters.queue_letter(
            kind="test", to=user, subject="Subject", body="Body", about=user, at=AT
        )


def test_a_letter_is_sent_once_with_a_message_id_that_stays(letter):
    job = Job.objects.get()
    jobs.run_job(job.pk)
    letters.send(letter.pk, at=AT)
    assert [message.extra_headers["Message-ID"] for message in mail.outbox] == [letter.message_id]
    letter.refresh_from_db()
    assert letter.status == Letter.Status.SENT
    assert mail.outbox[0].to == [letter.address]


@pytest.mark.parametrize(
    ("typed", "mailed"),
    [
        ("Site\r\nBcc: stranger@example.test", "Site Bcc: stranger@example.test"),
        ("N" * 300, "N" * 199 + "…"),
    ],
)
def test_a_subject_becomes_one_line_that_fits(letter, typed, mailed):
    with transaction.atomic():
        long = letters.queue_letter(
            kind="test", to=letter.person, subject=typed, body="Body", about=letter, at=AT
        )
    letters.send(long.pk, at=AT)
    [message] = mail.outbox
    assert message.subject == (
        "Site Bcc: stranger@example.test" if "S" in typed else "N" * 199 + "…"
    )
    assert message.recipients() == [letter.address]


def test_a_deed_that_fails_sends_no_letter(db):
    user = factories.person(factories.organization())

    @transaction.atomic
    def deed():
        letters.queue_letter(kind="x", to=user, subject="S", body="B", about=user, at=AT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deed()
    assert Letter.objects.count() == Job.objects.count() == 0


def test_a_mail_server_that_is_away_is_tried_again_then_the_letter_is_marked(letter, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    job = Job.objects.get()
    jobs.run_job(job.pk)
    letter.refresh_from_db()
    assert letter.status == Letter.Status.QUEUED
    for _ in range(7):
        Job.objects.update(not_before=clock.real_now())
        jobs.run_job(job.pk)
    letter.refresh_from_db()
    assert letter.status == Letter.Status.FAILED
    assert mail.outbox == []
