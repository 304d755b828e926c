"""For which firms a person acts, who manages whose account, what sign-in asks of whom.

| Who | Acts for | With |
|---|---|---|
| a person of a firm | her own firm | her roles |
| an agent, authority in force | each firm she represents | the scopes of its letter |
| anyone else | no firm | – |

| Who | Manages |
|---|---|
| firm administrator, contractor administrator | accounts and invitations of her own organization |
| authorized official | the firm's agents, as its administrator does |
| FDA administrator | every account, contractors, invitations to FDA and contractors; no case data |

Authority is read at every request, so that it ends at once, in an open session too (A14).
"""

from qmm_pilot import clock

from .models import Organization, Representation
from .roles import ADMINISTRATORS, Role, Scope, Side


def firms_of(user, *scopes, at=None):
    """Ids of the firms whose records of these scopes this person sees: a subquery for `__in`.

    Her own firm, whatever the scope; and each firm that she represents now with any of them.
    """
    if not user.is_active:
        return Organization.objects.none().values("pk")
    own = Organization.objects.filter(pk=user.organization_id, kind=Side.FIRM)
    if not user.has_role(Role.FIRM_AGENT):
        return own.values("pk")
    represented = representations_of(user, *scopes, at=at).values("firm")
    return (own | Organization.objects.filter(pk__in=represented)).values("pk")


def represents(user, organization_id, *scopes, at=None) -> bool:
    """Whether this person may act for this firm now as its agent, with any of these scopes.

    Each request reads her letters once, when it loads her; another moment is asked for anew.
    """
    if not user.has_role(Role.FIRM_AGENT):
        return False
    if at is None:
        own = (row for row in user.authorities if row.firm_id == organization_id)
        return any(set(row.scopes) & set(scopes or Scope) for row in own)
    return representations_of(user, *scopes, at=at).filter(firm=organization_id).exists()


def representations_of(user, *scopes, at=None):
    """The authorities in force now that this person holds with any of these scopes."""
    in_force = Representation.objects.in_force(at or clock.now()).filter(agent=user)
    return in_force.with_any(scopes or Scope)


def needs_second_factor(user):
    """FDA and contractor people read other firms' records; firms choose for themselves (A8)."""
    return user.side in (Side.FDA, Side.CONTRACTOR)


def lacks_second_factor(user):
    return needs_second_factor(user) and not user.has_second_factor


def may_reset_factors(user):
    return user.has_role(Role.FDA_ADMINISTRATOR)


def manages_people(user) -> bool:
    """Whether this person manages accounts: of her organization, or FDA's administrator all."""
    return user.has_role(*ADMINISTRATORS)


def may_administer(user, organization) -> bool:
    """Whether this person manages the accounts of this organization."""
    if user.has_role(Role.FDA_ADMINISTRATOR):
        return True
    return organization.pk == user.organization_id and manages_people(user)


def may_administer_contractors(user) -> bool:
    return user.has_role(Role.FDA_ADMINISTRATOR)


def may_authorize_agents(user, firm) -> bool:
    """Whether this person gives and takes the authority to act for this firm."""
    own = firm is not None and firm.pk == user.organization_id
    return own and user.has_role(Role.FIRM_ADMINISTRATOR, Role.FIRM_OFFICIAL)
