"""How allauth fits this product: addresses in lower case, its deeds in the trail."""

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction

from qmm_pilot import clock
from qmm_pilot.records.trail import record


class AccountAdapter(DefaultAccountAdapter):
    """Keeps addresses in lower case, as the accounts are, and records what people do to them."""

    def clean_email(self, email):
        return super().clean_email(email).lower()

    @transaction.atomic
    def save_user(self, request, user, form, commit=True):
        user = super().save_user(request, user, form, commit)
        record("sign_up", user, by=user, at=clock.now())
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
