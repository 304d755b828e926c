"""Deeds on organizations and their people: accounts, roles, ends of access."""

from django.db import transaction

from qmm_pilot.accounts.access import may_administer
from qmm_pilot.accounts.models import Organization, RoleGrant, User
from qmm_pilot.accounts.roles import ADMINISTRATORS, REGISTRANT_ROLES, Role, Side
from qmm_pilot.accounts.sessions import end_sessions_of
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records.actions import pass_items_of
from qmm_pilot.records.trail import record

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
    grant(person, REGISTRANT_ROLES, by=person, at=at)
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
    check_roles(organization, roles)
    user = User.objects.create_user(
        email, password, name=name, organization=organization, time_zone=time_zone, title=title
    )
    grant(user, roles, by=by, at=at)
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
        raise Refusal("People change these details themselves.")
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


class LastOfficial(Refusal):
    """The deed would leave a firm without anyone who signs; it needs to be said knowingly."""


@transaction.atomic
def change_roles(user, roles, *, knowing=False, by, at) -> User:
    """Give and take roles, so that the person holds just these; her sessions end at once.

    `knowing` says that a firm may be left without an authorized official. Raises Refusal for
    anyone but an administrator of hers, for a role of another side, and where no administrator
    would be left; LastOfficial where nobody who signs would be, and `knowing` is not said.
    """
    user = _locked(user)
    refuse_unless_administering(by, user.organization)
    wanted = {Role(role) for role in roles}
    check_roles(user.organization, wanted)
    held = {Role(role) for role in user.roles if role != Role.FIRM_AGENT}
    given, taken = wanted - held, held - wanted
    if not given and not taken:
        return user
    _refuse_to_leave_nobody(user, taken, knowing=knowing)
    RoleGrant.objects.filter(user=user, role__in=taken, revoked_at=None).update(
        revoked_by=by, revoked_at=at
    )
    grant(user, given, by=by, at=at)
    end_sessions_of(user)
    record(
        "change_roles",
        user,
        by=by,
        at=at,
        before={"roles": sorted(held)},
        after={"roles": sorted(wanted)},
    )
    return user


@transaction.atomic
def deactivate(user, *, reason, knowing=False, by, at) -> User:
    """End a person's access at once; the account and all that it did stay on record.

    What she alone was to do passes to her firm, or to FDA's coordinators. `by` is an administrator
    of hers, or None where the system ends a rehearsal. Raises Refusal without a reason, for one's
    own account and for a last administrator; LastOfficial as change_roles() does.
    """
    user = _locked(user)
    passed = 0
    if by is not None:
        refuse_unless_administering(by, user.organization)
        _refuse_to_deactivate(user, reason, knowing=knowing, by=by)
        passed = _pass_items(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions_of(user)
    record(
        "deactivate",
        user,
        by=by,
        at=at,
        before={"is_active": True},
        after={"is_active": False, **({"tasks_passed_on": passed} if passed else {})},
        reason=reason,
    )
    return user


@transaction.atomic
def reactivate(user, *, by, at) -> User:
    """Let a deactivated person sign in again, with the roles that she held.

    Raises Refusal for anyone but an administrator of hers, and for an account that is active.
    """
    user = _locked(user)
    refuse_unless_administering(by, user.organization)
    if user.is_active:
        raise Refusal(f"The account of {user} is active already.")
    user.is_active = True
    user.save(update_fields=["is_active"])
    record("reactivate", user, by=by, at=at, before={"is_active": False}, after={"is_active": True})
    return user


@transaction.atomic
def create_contractor(*, by, at, name, **address) -> Organization:
    """Enter a contractor, whose administrator is invited next; it sees nothing by this alone (A9).

    Raises Refusal for anyone but FDA's administrators, and for a name that is taken.
    """
    if not by.has_role(Role.FDA_ADMINISTRATOR):
        raise Refusal("Only FDA administrators enter contractors.")
    contractors = Organization.objects.filter(kind=Side.CONTRACTOR, is_rehearsal=False)
    if contractors.filter(name__iexact=name).exists():
        raise Refusal(f"A contractor named {name} is entered already.")
    organization = Organization.objects.create(kind=Side.CONTRACTOR, name=name, **address)
    record(
        "create_contractor",
        organization,
        by=by,
        at=at,
        after={"name": name, **{field: str(address.get(field, "")) for field in ADDRESS}},
    )
    return organization


def is_last(user, *roles) -> bool:
    """Whether no other active person of her organization holds any of these roles, but she does."""
    if not user.is_active or user.roles.isdisjoint(roles):
        return False
    others = User.objects.filter(organization=user.organization_id, is_active=True)
    return not others.exclude(pk=user.pk).holding(*roles).exists()


def refuse_unless_administering(by, organization) -> None:
    """Refuse whoever does not manage the accounts of this organization."""
    if not may_administer(by, organization):
        raise Refusal("Only the organization’s own administrator or FDA’s manages its accounts.")


def check_roles(organization, roles) -> None:
    """Refuse roles of another side, and the agent's, which a letter of authority gives."""
    for role in map(Role, roles):
        if role == Role.FIRM_AGENT:
            raise Refusal("Nobody is given the role of an agent: a letter of authority makes one.")
        if role.side != organization.kind:
            raise Refusal(
                f"The role “{role.label}” cannot be held at {organization}: it belongs to "
                f"the side “{Side(role.side).label}”."
            )


def grant(user, roles, *, by, at) -> None:
    """Give roles that the person does not hold."""
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=role, granted_by=by, granted_at=at) for role in roles
    )


def _locked(user):
    """The person, her organization locked first: two administrators may remove each other."""
    Organization.objects.select_for_update(no_key=True).filter(pk=user.organization_id).first()
    return (
        User.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization")
        .get(pk=user.pk)
    )


def _refuse_to_deactivate(user, reason, *, knowing, by):
    if user.pk == by.pk:
        raise Refusal("Nobody deactivates the own account. Ask another administrator.")
    if not reason.strip():
        raise Refusal("Give the reason; it stays on record.")
    if not user.is_active:
        raise Refusal(f"The account of {user} is deactivated already.")
    _refuse_to_leave_nobody(user, user.roles, knowing=knowing)


def _refuse_to_leave_nobody(user, taken, *, knowing):
    """An organization keeps an administrator; it loses its last official only knowingly."""
    for role in ADMINISTRATORS & set(taken):
        if is_last(user, role):
            raise Refusal(
                f"{user} is the last administrator of {user.organization}, so the role and "
                "the account stay. Make somebody else an administrator first."
            )
    if Role.FIRM_OFFICIAL in taken and not knowing and is_last(user, Role.FIRM_OFFICIAL):
        raise LastOfficial(
            f"{user} is the last authorized official of {user.organization}. Without one, nobody "
            "attests and submits its requests or answers the offer of a place. Give the role to "
            "somebody else first, or confirm that nobody shall hold it for now."
        )


def _pass_items(user):
    """What a firm's person was to do, her firm is; what FDA's or a contractor's was, coordinators.

    A contractor's tasks name facilities that its other people may not know of (A9), and FDA's
    coordinators name the substitute.
    """
    if user.organization.kind == Side.FIRM:
        return pass_items_of(user, organization=user.organization)
    return pass_items_of(user, role=Role.FDA_COORDINATOR)
