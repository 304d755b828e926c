"""Who may do what with requests, places and imports; each in three lines."""

from qmm_pilot import clock
from qmm_pilot.accounts.access import represents
from qmm_pilot.accounts.models import Representation
from qmm_pilot.accounts.roles import Role, Scope

from .models import EngagementMember, Participation, ParticipationRequest, firms_known_to_fda
from .models.authority import FILING

Status = ParticipationRequest.Status


def may_register_facility(user):
    return user.has_role(Role.FIRM_PREPARER, Role.FIRM_OFFICIAL, Role.FIRM_ADMINISTRATOR)


def may_change_facility(user, facility):
    return user.organization_id == facility.organization_id and may_register_facility(user)


def may_add_identifier(user, facility):
    return may_change_facility(user, facility) or may_review_requests(user)


def may_offer_facility(user, facility):
    return user.organization_id == facility.organization_id and user.has_role(Role.FIRM_OFFICIAL)


def may_accept_facility(user, change):
    is_she = user.email.lower() == change.successor_email and user.has_role(Role.FIRM_OFFICIAL)
    return is_she and user.organization_id not in (None, change.former_id)


def may_prepare_request(user, organization_id):
    own = user.organization_id == organization_id
    may_own = own and user.has_role(Role.FIRM_PREPARER, Role.FIRM_OFFICIAL)
    return may_own or represents(user, organization_id, Scope.PREPARE)


def may_start_requests(user):
    """Whether there is a firm, her own or one that she represents, whose requests she starts."""
    if user.has_role(Role.FIRM_PREPARER, Role.FIRM_OFFICIAL):
        return True
    return user.has_role(Role.FIRM_AGENT) and any(
        Scope.PREPARE in letter.scopes for letter in user.authorities
    )


def may_sign_request(user, organization_id):
    own = user.organization_id == organization_id and user.has_role(Role.FIRM_OFFICIAL)
    return own or represents(user, organization_id, Scope.SUBMIT)


def may_ask_questions(user):
    """The firm's own people; an agent, whose role a letter of authority gives, asks nothing."""
    return user.has_role(
        Role.FIRM_PREPARER, Role.FIRM_OFFICIAL, Role.FIRM_ADMINISTRATOR, Role.FIRM_METRICS
    )


def may_file_authority(user, organization_id):
    return user.organization_id == organization_id and user.has_role(*FILING)


def may_read_authority(user):
    """Whether she files her firm's letters of authority, or reads those of firms for FDA."""
    return user.has_role(*FILING) or user.reads_cases


def agent_letters_read_by(user):
    """The agents' letters of authority of the firms that FDA knows, for its case staff."""
    if not user.reads_cases:
        return Representation.objects.none()
    return Representation.objects.filter(firm__in=firms_known_to_fda())


def may_read_requests(user):
    return user.reads_cases


def may_review_requests(user):
    return user.has_role(Role.FDA_COORDINATOR)


def may_assign_requests(user):
    return user.has_role(Role.FDA_COORDINATOR)


def may_import_inspections(user):
    return user.has_role(Role.FDA_COORDINATOR)


def may_assign_reviewers(user):
    return user.has_role(Role.FDA_COORDINATOR)


def may_score(user):
    return user.has_role(Role.FDA_REVIEWER)


def may_read_means(user):
    return user.has_role(Role.FDA_SELECTOR, Role.FDA_APPROVER)


def may_read_dossiers(user):
    return user.has_role(Role.FDA_SELECTOR, Role.FDA_RECORDS_OFFICER)


def may_select(user):
    return user.has_role(Role.FDA_SELECTOR)


def may_write_letters(user):
    return user.has_role(Role.FDA_COORDINATOR, Role.FDA_SELECTOR)


def may_answer_offer(user, participation):
    return may_sign_request(user, participation.organization_id)


def may_withdraw_participation(user, participation):
    return may_sign_request(user, participation.organization_id)


def may_review_standing(user):
    return user.has_role(Role.FDA_COORDINATOR)


def may_end_participation(user):
    return user.has_role(Role.FDA_COORDINATOR)


def may_engage(user):
    return user.has_role(Role.FDA_COORDINATOR)


def may_rule_on_declarations(user):
    return user.has_role(Role.FDA_COORDINATOR)


def engaged_participations(user, at=None):
    """Ids of the participations whose file is open to this contractor's person now (A9)."""
    if user.side != "contractor" or not user.is_active:
        return Participation.objects.none().values("pk")
    members = EngagementMember.objects.in_force(at or clock.now()).filter(
        user=user, engagement__organization=user.organization_id
    )
    return members.values("engagement__participation")
