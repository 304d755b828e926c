"""Letters of this floor: plain text from templates/letters, to the people they concern."""

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string

from qmm_pilot.accounts.access import represents
from qmm_pilot.accounts.models import Representation, User
from qmm_pilot.accounts.operations import people_with
from qmm_pilot.accounts.roles import Role, Scope
from qmm_pilot.records.letters import queue_letter


def write_letter(kind, *, to, subject, about, at, **context) -> None:
    """Queue the letter templates/letters/<kind>.txt for each person of `to`, each once."""
    for person in dict.fromkeys(to):
        facts = {"person": person, "site_address": settings.SITE_ADDRESS, **context}
        body = render_to_string(f"letters/{kind}.txt", facts)
        queue_letter(kind=kind, to=person, subject=subject, body=body, about=about, at=at)


def firm_people(participation_request):
    """Who hears of a request: its officials, and who started it while she acts for the firm."""
    return firm_people_of([participation_request])[participation_request.pk]


def firm_people_of(participation_requests):
    """The same for many requests by one query: request id to its people, each once."""
    officials = {}
    firms = {r.organization_id for r in participation_requests}
    for person in User.objects.filter(
        organization__in=firms,
        is_active=True,
        grants__role=Role.FIRM_OFFICIAL,
        grants__revoked_at=None,
    ).distinct():
        officials.setdefault(person.organization_id, []).append(person)
    return {
        r.pk: [
            person
            for person in dict.fromkeys([*officials.get(r.organization_id, []), r.started_by])
            if person.is_active and _still_acts_for(person, r.organization_id)
        ]
        for r in participation_requests
    }


def _still_acts_for(person, organization_id):
    """Whether who started a request hears of it still: an agent only while her authority lasts."""
    return person.organization_id == organization_id or represents(person, organization_id)


def coordinators():
    """FDA's coordinators."""
    return people_with(Role.FDA_COORDINATOR)


def signers(participation_request, *, at):
    """Who may attest and submit this request (may_sign_request), as a queryset.

    The officials of its firm, and the agents whose letter of authority includes *submit*.
    """
    firm = participation_request.organization_id
    letters = Representation.objects.in_force(at).with_any([Scope.SUBMIT]).filter(firm=firm)
    officials = people_with(Role.FIRM_OFFICIAL, firm).values("pk")
    return User.objects.filter(
        Q(pk__in=officials) | Q(pk__in=letters.values("agent")), is_active=True
    )
