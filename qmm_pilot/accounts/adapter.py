"""How allauth fits this product: addresses in lower case, limits, its deeds in the trail."""

import logging
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from django.contrib import messages
from django.db import transaction
from django.template.loader import render_to_string

from qmm_pilot import clock
from qmm_pilot.records.letters import queue_letter
from qmm_pilot.records.statement import note_seen, version_in
from qmm_pilot.records.trail import record

from . import sign_in_limits
from .models import User

logger = logging.getLogger(__name__)

# What a person is told when her sign-in changes, by the template that allauth names.
CHANGES = {
    "account/email/password_changed": "The password of your account was changed.",
    "account/email/password_reset": "A new password was set for your account by a mailed link.",
    "account/email/password_set": "A password was set for your account.",
    "mfa/email/totp_activated": "An authenticator app was added to your sign-in.",
    "mfa/email/totp_deactivated": "The authenticator app was removed from your sign-in.",
    "mfa/email/webauthn_added": "A passkey was added to your sign-in.",
    "mfa/email/webauthn_removed": "A passkey was removed from your sign-in.",
    "mfa/email/recovery_codes_generated": "New recovery codes were made for your sign-in.",
}


class AccountAdapter(DefaultAccountAdapter):
    """Keeps addresses in lower case, as the accounts are, and records what people do to them."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This address and password do not belong together. Check both, "
        "or reset your password.",
        "too_many_login_attempts": "Too many tries. Wait five minutes, then try again; to reset "
        "your password works at once.",
        "incorrect_code": "This is not the code that we mailed last. Check its digits, or ask for "
        "a new one.",
        "rate_limited": "Too many tries in a short time. Wait a minute, then try again.",
    }

    def clean_email(self, email):
        return super().clean_email(email).lower()

    # -- deeds in the trail ----------------------------------------------------------------------
    @transaction.atomic
    def save_user(self, request, user, form, commit=True):
        # An invitation's link proves the address to which it was sent; allauth would give that
        # one to the account, whatever address the person has typed.
        if not self.is_email_verified(request, form.cleaned_data["email"]):
            self.unstash_verified_email(request)
        user = super().save_user(request, user, form, commit)
        at = clock.now()
        seen = version_in(request.POST)
        statement = note_seen("sign_up", user, seen=seen, must_be_current=False, by=user, at=at)
        record("sign_up", user, by=user, at=at, after={"statement_of_use": statement.version})
        return user

    @transaction.atomic
    def confirm_email(self, request, email_address):
        confirmed = super().confirm_email(request, email_address)
        user = email_address.user
        record("confirm_email", user, by=user, at=clock.now(), after={"confirmed": confirmed})
        return confirmed

    @transaction.atomic
    def set_password(self, user, password):
        # Not allauth's save() of the whole row: it would undo what meanwhile ended the sessions.
        user.set_password(password)
        user.save(update_fields=["password"])
        record("set_password", user, by=user, at=clock.now())

    @transaction.atomic
    def login(self, request, user):
        records = get_authentication_records(request, user)
        steps = [step.get("type", step["method"]) for step in records]
        super().login(request, user)
        record("sign_in", user, by=user, at=clock.now(), after={"steps": steps})

    @transaction.atomic
    def logout(self, request):
        user = request.user
        super().logout(request)
        record("sign_out", user, by=user, at=clock.now())

    # -- limits ----------------------------------------------------------------------------------
    def _get_login_attempts_cache_key(self, request, **credentials):
        return sign_in_limits.key_of(request, credentials.get("email", ""))

    def pre_authenticate(self, request, **credentials):
        super().pre_authenticate(request, **credentials)
        sign_in_limits.slow_down(request, credentials.get("email", ""))

    def authentication_failed(self, request, **credentials):
        login = credentials.get("email", "")
        sign_in_limits.count_failure(request, login)
        if not sign_in_limits.has_tries_left(request, login):
            self._record_delay(request, login)

    @transaction.atomic
    def _record_delay(self, request, login):
        """Record that an address must wait; once for five failures, for known accounts only."""
        user = User.objects.filter(email__iexact=login.strip()).first()
        if user is not None:
            address = self.get_client_ip(request)
            record("delay_sign_in", user, by=None, at=clock.now(), after={"address": address})

    # -- mail ------------------------------------------------------------------------------------
    def send_mail(self, template_prefix, email, context):
        """Send a code or a link that opens something at once: the outbox would keep it readable.

        Where the mail server is away the person is told to ask again; nothing else fails.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError) as error:
            logger.error("A mail of sign-in was not sent: %s", type(error).__name__)
            self.add_message(
                self.request,
                messages.ERROR,
                message="We could not send the mail just now. Ask for it again in some minutes.",
            )

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Tell a person through the outbox that her sign-in has changed."""
        change = CHANGES[template_prefix]
        with transaction.atomic():
            queue_letter(
                kind="sign_in_changed",
                to=user,
                subject="Your sign-in has changed",
                body=render_to_string(
                    "letters/sign_in_changed.txt", {"person": user, "change": change}
                ),
                about=user,
                at=clock.now(),
            )
