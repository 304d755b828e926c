"""The demonstration's mail: kept in the database and shown on a local page."""

from django.core.mail.backends.base import BaseEmailBackend

from qmm_pilot import clock

from .models import LocalMail


class LocalMailBackend(BaseEmailBackend):
    """Keeps each message as a LocalMail row; sends nothing."""

    def send_messages(self, messages):
        for message in messages:
            LocalMail.objects.create(
                to=", ".join(message.recipients())[:500],
                subject=message.subject[:200],
                body=message.body,
                at=clock.now(),
                kept_at=clock.real_now(),
            )
        return len(messages)
