"""Mail servers that misbehave as true ones do, for settings.EMAIL_BACKEND."""

import smtplib

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend


class RefusesRecipients(BaseEmailBackend):
    """Answers every recipient with the code settings.REFUSED_WITH."""

    def send_messages(self, messages):
        to = messages[0].to
        raise smtplib.SMTPRecipientsRefused(dict.fromkeys(to, (settings.REFUSED_WITH, b"No")))


class MayBeAway(EmailBackend):
    """Refuses the connection while settings.MAIL_SERVER_IS_AWAY."""

    def send_messages(self, messages):
        if settings.MAIL_SERVER_IS_AWAY:
            raise ConnectionRefusedError
        return super().send_messages(messages)
