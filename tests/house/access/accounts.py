"""Doors of accounts: one's own details, and the people whom an administrator looks after.

An organization's administrator manages its people, FDA's everybody's accounts; a letter of
authority and its agents are the business of the firm's administrators and officials.
"""

from .doors import Door
from .people import ADMINISTRATOR, AUTHORITY, EVERYBODY, MEMBERS, NOBODY, SIGNED_IN, UNENROLLED

ADMINISTRATOR_A = frozenset({"A administrator"})
ADMINISTRATOR_ONE = frozenset({"one's administrator"})
ADMINISTRATORS = ADMINISTRATOR | ADMINISTRATOR_A | ADMINISTRATOR_ONE
AUTHORIZING_A = frozenset({"A administrator", "A official"})
AUTHORIZING_B = frozenset({"B official"})
HER_OWN = "a letter that names A's administrator"


def account(methods, of_an_agent=ADMINISTRATOR):
    """One person's account, for the administrator of her organization and FDA's."""
    return [
        Door(methods, "A's colleague", yes=ADMINISTRATOR_A | ADMINISTRATOR),
        Door(methods, "B's colleague", yes=ADMINISTRATOR),
        Door(methods, "one's colleague", yes=ADMINISTRATOR_ONE | ADMINISTRATOR),
        Door(methods, "coordinator", yes=ADMINISTRATOR),
        # She belongs to no organization that could give roles or take her access.
        Door(methods, "an agent", yes=of_an_agent),
    ]


def invitation(methods):
    """An invitation, for who may invite: FDA's administrators to no firm."""
    return [
        Door(methods, "A's invitation", yes=ADMINISTRATOR_A),
        Door(methods, "A's invitation of an agent", yes=AUTHORIZING_A),
        Door(methods, "B's invitation", yes=NOBODY),
        Door(methods, "B's invitation of an agent", yes=AUTHORIZING_B),
        Door(methods, "one's invitation", yes=ADMINISTRATOR_ONE | ADMINISTRATOR),
    ]


def contractor(methods):
    return [
        Door(methods, "contractor one", yes=ADMINISTRATOR),
        Door(methods, "contractor two", yes=ADMINISTRATOR),
        Door(methods, "the contractor of a rehearsal", yes=NOBODY),
    ]


DOORS = {
    # Who belongs to an organization is led on to her own details.
    "accounts:register_organization": [Door("GET POST", yes=SIGNED_IN - UNENROLLED)],
    "accounts:profile": [Door("GET POST", yes=MEMBERS)],
    # How long the session lasts: to who is signed out it says that none does.
    "accounts:session": [Door("GET POST", yes=EVERYBODY)],
    "accounts:own_address": [Door("GET POST", yes=MEMBERS)],
    # The token in the address is the key; who has none finds nothing.
    "accounts:confirm_address": [
        Door("GET POST", "A's token of an address", yes=EVERYBODY),
        Door("GET POST", "B's token of an address", yes=EVERYBODY),
    ],
    "accounts:join": [
        Door("GET POST", "A's token of an invitation", yes=EVERYBODY),
        Door("GET POST", "B's token of an invitation", yes=EVERYBODY),
    ],
    # --- people -----------------------------------------------------------------------------
    "accounts:people": [Door("GET", yes=ADMINISTRATORS)],
    "accounts:invite": [Door("GET POST", yes=ADMINISTRATORS)],
    "accounts:person_find": [Door("POST", yes=ADMINISTRATOR)],
    "accounts:person": account("GET"),
    "accounts:person_roles": account("GET POST", of_an_agent=NOBODY),
    "accounts:person_deactivate": account("GET POST", of_an_agent=NOBODY),
    "accounts:person_reactivate": account("POST", of_an_agent=NOBODY),
    "accounts:person_address": [
        Door("GET POST", "A's colleague", yes=ADMINISTRATOR),
        Door("GET POST", "coordinator", yes=ADMINISTRATOR),
    ],
    "accounts:reset_factors": [
        Door("GET POST", "A's official", yes=ADMINISTRATOR),
        Door("GET POST", "coordinator", yes=ADMINISTRATOR),
    ],
    "accounts:invitation_resend": invitation("POST"),
    "accounts:invitation_revoke": invitation("GET POST"),
    # --- contractors ------------------------------------------------------------------------
    "accounts:contractor_list": [Door("GET", yes=ADMINISTRATOR)],
    "accounts:contractor_new": [Door("GET POST", yes=ADMINISTRATOR)],
    "accounts:contractor_detail": contractor("GET"),
    "accounts:contractor_invite": contractor("GET POST"),
    # --- agents -----------------------------------------------------------------------------
    "accounts:agents": [Door("GET", yes=AUTHORIZING_A | AUTHORIZING_B | frozenset(AUTHORITY))],
    "accounts:agent_invite": [Door("GET POST", yes=AUTHORIZING_A | AUTHORIZING_B)],
    "accounts:agent_revoke": [
        Door("GET POST", "A's letter of authority", yes=AUTHORIZING_A),
        Door("GET POST", "B's letter of authority", yes=AUTHORIZING_B),
        # It makes her an agent of another firm, which alone takes that back.
        Door("GET POST", HER_OWN, yes=NOBODY),
    ],
    "accounts:agent_letter": [
        Door(
            "GET",
            "A's letter of authority",
            yes=AUTHORIZING_A | {"A agent"},
            leaves="records_download",
        ),
        Door(
            "GET",
            "B's letter of authority",
            yes=AUTHORIZING_B | {"agent of A and B"},
            leaves="records_download",
        ),
        Door("GET", HER_OWN, yes=ADMINISTRATOR_A, leaves="records_download"),
    ],
}
