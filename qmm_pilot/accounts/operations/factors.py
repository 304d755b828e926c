"""Deeds on second factors: what people do to their own, and what an administrator resets (A8)."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.template.loader import render_to_string

from qmm_pilot.accounts.access import may_reset_factors
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.sessions import end_sessions_of
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.letters import queue_letter
from qmm_pilot.records.trail import record


@transaction.atomic
def change_own_factors(deed, change, *, removes=None, by, at):
    """Let allauth's `change` add, rename or remove a factor, and record the deed with it.

    `change` is called once and its answer returned. The person stays locked meanwhile, so that two
    tabs cannot remove her last two factors side by side. Raises Refusal, and calls nothing, when
    it `removes` the last factor of a person who needs one.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    adapter = get_adapter()
    if removes is not None and not adapter.can_delete_authenticator(removes):
        raise Refusal(adapter.error_messages["cannot_delete_authenticator"])
    before = _kinds(person)
    answer = change()
    record(
        deed,
        person,
        by=person,
        at=at,
        before={"factors": before},
        after={"factors": _kinds(person)},
    )
    return answer


@transaction.atomic
def note_recovery_code(factor, *, at) -> None:
    """Record that allauth has just used up one of a person's recovery codes."""
    factor.refresh_from_db()  # allauth used the code up in a row of its own
    left = len(factor.wrap().get_unused_codes())
    record(
        "use_recovery_code",
        factor.user,
        by=factor.user,
        at=at,
        before={"unused_codes": left + 1},
        after={"unused_codes": left},
    )


@transaction.atomic
def note_wrong_codes(person, *, address, at) -> None:
    """Record that somebody who knows a person's password must wait after five wrong codes."""
    record("delay_second_step", person, by=None, at=at, after={"address": address})


@transaction.atomic
def reset_factors(person, *, reason, by, at) -> User:
    """Remove every factor of a person who lost hers; her sessions end and she enrols anew.

    Raises Refusal when `by` is no FDA administrator or is the person herself, when no reason is
    given, and when there is nothing to reset.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not may_reset_factors(by):
        raise Refusal("Only FDA administrators reset the second step of sign-in.")
    if by.pk == person.pk:
        raise Refusal("Another administrator resets yours: nobody resets their own.")
    if not reason.strip():
        raise Refusal("Say why the second step is reset, and how you know who asked for it.")
    before = _kinds(person)
    if not before:
        raise Refusal(f"{person} has no second step. Nothing was reset.")
    Authenticator.objects.filter(user=person).delete()
    end_sessions_of(person)
    queue_letter(
        kind="factors_reset",
        to=person,
        subject="The second step of your sign-in was reset",
        body=render_to_string("letters/factors_reset.txt", {"person": person}),
        about=person,
        at=at,
    )
    record(
        "reset_factors",
        person,
        by=by,
        at=at,
        before={"factors": before},
        after={"factors": []},
        reason=reason,
    )
    return person


def _kinds(person):
    return sorted(Authenticator.objects.filter(user=person).values_list("type", flat=True))
