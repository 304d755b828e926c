"""Who at FDA is in charge of a request: taken, passed to a colleague, given back (B16)."""

from typing import NamedTuple

from django.db import transaction

from applications.access import may_assign_requests
from applications.models import ParticipationRequest
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.models import AboutSubject, ActionItem
from qmm_pilot.records.trail import record

from .barring import hold_person, refuse_officer_while_barred
from .letters import coordinators

# The coordinators' tasks that whoever is in charge of the request does; what waits for a second
# person does not follow her.
FOLLOWING = ("take-up", "determine", "identifiers", "overdue-answer")


class Assigned(NamedTuple):
    """The requests that were assigned, and those that somebody else had taken meanwhile."""

    done: list[ParticipationRequest]
    left: list[ParticipationRequest]


@transaction.atomic
def assign_requests(seen, officer, *, by, at) -> Assigned:
    """Put a coordinator in charge of requests, or nobody (None); their tasks follow.

    `seen` maps each request's id to the id of the officer whom `by` saw in charge, None for
    nobody: a request that changed hands meanwhile is left as it is. Raises Refusal for anyone but
    a coordinator, for an officer who is none, and for one to whom a conflict of interest closes
    one of the sites. One entry of the trail for each request.
    """
    if not may_assign_requests(by):
        raise Refusal("Only FDA coordinators assign requests.")
    if officer is not None and not coordinators().filter(pk=officer.pk).exists():
        raise Refusal(
            "Only an FDA coordinator can be in charge of a request. Choose another person."
        )
    if officer is not None:
        hold_person(officer)
    rows = list(
        ParticipationRequest.objects.visible_to(by)
        .filter(pk__in=seen)
        .select_for_update(of=("self",), no_key=True)
        .select_related("officer", "facility")
        .order_by("pk")
    )
    if officer is not None:
        refuse_officer_while_barred(rows, officer)
    assigned = Assigned([], [])
    changed = []
    for participation_request in rows:
        former = participation_request.officer
        if participation_request.officer_id != seen[participation_request.pk]:
            assigned.left.append(participation_request)
            continue
        assigned.done.append(participation_request)
        if former != officer:
            participation_request.officer = officer
            participation_request.save(update_fields=["officer"])
            _pass_tasks(participation_request)
            changed.append((participation_request, former))
    for participation_request, former in changed:
        record(
            "assign_request",
            participation_request,
            by=by,
            at=at,
            before={"officer": _named(former)},
            after={"officer": _named(officer)},
        )
    return assigned


@transaction.atomic
def assign_request(participation_request, officer, *, seen, by, at) -> ParticipationRequest:
    """The same for one request. Raises Refusal where it changed hands meanwhile."""
    assigned = assign_requests({participation_request.pk: seen}, officer, by=by, at=at)
    if assigned.left:
        holder = assigned.left[0].officer
        raise Refusal(
            f"Meanwhile {holder} is in charge of this request. Look at it again first."
            if holder
            else "Meanwhile this request was given back. Look at it again first."
        )
    participation_request.officer = officer
    return participation_request


def give_back(officer, *, fei_key, by, at) -> None:
    """Give back what somebody is in charge of when a conflict closes the site to that person.

    Inside the caller's deed, which holds the person and these requests.
    """
    rows = list(
        ParticipationRequest.objects.filter(fei_key=fei_key, officer=officer).order_by("pk")
    )
    for participation_request in rows:
        participation_request.officer = None
        participation_request.save(update_fields=["officer"])
        _pass_tasks(participation_request)
    for participation_request in rows:
        record(
            "assign_request",
            participation_request,
            by=by,
            at=at,
            before={"officer": _named(officer)},
            after={"officer": ""},
        )


def _pass_tasks(participation_request):
    keys = [f"{kind}:{participation_request.pk}" for kind in FOLLOWING]
    ActionItem.objects.open().filter(
        **AboutSubject.naming(participation_request), key__in=keys
    ).update(user=participation_request.officer)


def _named(officer):
    return str(officer) if officer else ""
