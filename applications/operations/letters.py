"""Letters of this floor: plain text from templates/letters, to the people they concern."""

from django.conf import settings
from django.db.models import Q
from django.template.loader import render_to_string

from applications.models import Barring
from qmm_pilot.accounts.access import represents
from qmm_pilot.accounts.models import Representation, User
from qmm_pilot.accounts.operations import people_with
from qmm_pilot.accounts.roles import Role, Scope
from qmm_pilot.records.closed_sites import SITES
from qmm_pilot.records.letters import queue_letter


def write_letter(kind, *, to, subject, about, at, **context) -> None:
    """Queue the letter templates/letters/<kind>.txt for each person of `to`, each once.

    Whom a conflict closes the site to is not written to about it (C2).
    """
    for person in open_to(to, about):
        facts = {"person": person, "site_address": settings.SITE_ADDRESS, **context}
        body = render_to_string(f"letters/{kind}.txt", facts)
        queue_letter(kind=kind, to=person, subject=subject, body=body, about=about, at=at)


def open_to(people, about) -> list:
    """Those of these people, each once, to whom the site of this record is not closed (C2).

    Some are addresses of people without an account, to whom nothing is closed.
    """
    people = list(dict.fromkeys(people))
    path = SITES.get(about._meta.label_lower)
    if path is None:
        return people
    site = type(about)._default_manager.filter(pk=about.pk).values(path)
    known = [person for person in people if isinstance(person, User)]
    closed = Barring.objects.standing().filter(person__in=known, fei_key__in=site)
    barred = set(closed.values_list("person", flat=True))
    return [person for person in people if getattr(person, "pk", None) not in barred]


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
