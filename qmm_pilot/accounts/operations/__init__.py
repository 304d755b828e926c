"""Every deed on organizations and people: one transaction each, recorded last."""

from .addresses import ask_for_address, change_address_by_call, confirm_address
from .factors import (
    change_own_factors,
    note_recovery_code,
    note_wrong_codes,
    reset_factors,
)
from .invitations import (
    accept_invitation,
    invite,
    invited_by,
    note_refused_invitation,
    resend_invitation,
    revoke_invitation,
)
from .people import (
    LastOfficial,
    change_roles,
    create_contractor,
    deactivate,
    is_last,
    open_account,
    people_with,
    reactivate,
    register_organization,
    update_person,
)
from .representations import invite_agent, revoke_representation

__all__ = [
    "LastOfficial",
    "accept_invitation",
    "ask_for_address",
    "change_address_by_call",
    "change_own_factors",
    "change_roles",
    "confirm_address",
    "create_contractor",
    "deactivate",
    "invite",
    "invite_agent",
    "invited_by",
    "is_last",
    "note_recovery_code",
    "note_refused_invitation",
    "note_wrong_codes",
    "open_account",
    "people_with",
    "reactivate",
    "register_organization",
    "resend_invitation",
    "reset_factors",
    "revoke_invitation",
    "revoke_representation",
    "update_person",
]
