"""Deeds on organizations and people."""

from django.db import transaction

from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.trail import record

from .models import Organization, RoleGrant, User
from .roles import REGISTRANT_ROLES, Role, Side
from .sessions import end_sessions_of

ADDRESS = ("address_line_1", "address_line_2", "city", "state", "postal_code", "country")


@transaction.atomic
def register_organization(*, by, at, name, **address) -> Organization:
    """Register the firm of a person who has none yet; she holds its four roles at first.

    Raises Refusal when the person already belongs to an organization.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if person.organization_id:
        raise Refusal(f"You already belong to {person.organization}. Nothing was registered.")
    organization = Organization.objects.create(kind=Side.FIRM, name=name, **address)
    person.organization = organization
    person.save(update_fields=["organization"])
    _grant(person, REGISTRANT_ROLES, by=person, at=at)
    record(
        "register_organization",
        organization,
        by=person,
        at=at,
        after={
            "name": name,
            **{field: str(address.get(field, "")) for field in ADDRESS},
            "roles": [str(role) for role in REGISTRANT_ROLES],
        },
    )
    return organization


@transaction.atomic
def open_account(
    *,
    email,
    name,
    organization,
    roles,
    by,
    at,
    password=None,
    time_zone="America/New_York",
    title="",
) -> User:
    """Open the account of a person on any side, with roles of that side only.

    Raises Refusal for a role of another side or an address that has an account.
    """
    if User.objects.filter(email__iexact=email).exists():
        raise Refusal("This e-mail address already has an account.")
    _check_side(organization, roles)
    user = User.objects.create_user(
        email, password, name=name, organization=organization, time_zone=time_zone, title=title
    )
    _grant(user, roles, by=by, at=at)
    record(
        "open_account",
        user,
        by=by,
        at=at,
        after={"organization": organization.pk, "roles": sorted(str(role) for role in roles)},
    )
    return user


@transaction.atomic
def update_person(user, *, by, at, **changes) -> User:
    """Change a person's own name, title, phone or time zone."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if by.pk != user.pk:
        raise Refusal("Only the person herself changes these details.")
    before = {field: getattr(user, field) for field in changes}
    for field, value in changes.items():
        setattr(user, field, value)
    user.save(update_fields=list(changes))
    record("update_person", user, by=by, at=at, before=before, after=changes)
    return user


def people_with(role, organization=None):
    """The active people who hold this role, in one organization or anywhere but in rehearsals."""
    people = User.objects.filter(
        is_active=True, grants__role=role, grants__revoked_at=None
    ).distinct()
    if organization is None:
        return people.filter(organization__is_rehearsal=False)
    return people.filter(organization=organization)


@transaction.atomic
def deactivate(user, *, reason, by, at) -> User:
    """End a person's access at once; the account and all that it did stay on record.

    `by` is an FDA administrator, or None where the system ends a rehearsal.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if by is not None and not by.has_role(Role.FDA_ADMINISTRATOR):
        raise Refusal("Only FDA administrators deactivate accounts.")
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions_of(user)
    record(
        "deactivate",
        user,
        by=by,
        at=at,
        before={"is_active": True},
        after={"is_active": False},
        reason=reason,
    )
    return user


def _check_side(organization, roles):
    for role in map(Role, roles):
        if role.side != organization.kind:
            raise Refusal(
                f"The role “{role.label}” cannot be held at {organization}: it belongs to "
                f"the side “{Side(role.side).label}”."
            )


def _grant(user, roles, *, by, at):
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=role, granted_by=by, granted_at=at) for role in roles
    )
