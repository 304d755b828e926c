"""Who may do what with assessments; what each person sees is visible_to() in models.py.

| Who | Sees | May |
|---|---|---|
| official, preparer of the firm | own assessments, the released report | propose, confirm dates |
| agent of the firm, scope prepare | the firm's assessments | propose, confirm dates |
| agent of the firm, scope submit or report | the same | – |
| agent of the firm, scope report | the firm's released report | – |
| everyone else of the firm | own assessments, the released report | – |
| lead, engagement in force | the assessment, topics, findings, reports | all contractor's deeds |
| assessor, substitute, engagement in force | the same | findings, ratings, topics, files |
| interpreter, engagement in force | the same | – |
| who was let in once, and is not any more | nothing | hand in what she had begun |
| FDA coordinator | all assessments and reports | assign, dates, consultations, go |
| FDA approver without any row on that team | the same | return, accept, release |
| FDA records officer | the same, archives | have a program archived |
| other FDA staff on cases | the same | – |
| FDA analyst, FDA administrator | nothing | – |
| any other contractor, any other firm | nothing | – |

A predicate takes the moment of the deed, since an engagement is in force from a day to a day.
"""

from django.db.models import Q

from applications.models import EngagementMember
from assessments.models import AssessedTopic, Finding, Report
from qmm_pilot.accounts.access import represents
from qmm_pilot.accounts.roles import Role, Scope, Side

# Interpreters read what the team reads, and record nothing.
RECORDING = [
    EngagementMember.Function.LEAD,
    EngagementMember.Function.ASSESSOR,
    EngagementMember.Function.SUBSTITUTE,
]


def may_assign_team(user) -> bool:
    """Whether this person names the contractor's team and the FDA people who join."""
    return user.has_role(Role.FDA_COORDINATOR)


def may_agree_dates(user, assessment, *, at) -> bool:
    """Whether this person proposes and confirms dates for her side."""
    firm = assessment.participation.organization_id
    own_firm = user.organization_id == firm
    return (
        (own_firm and user.has_role(Role.FIRM_OFFICIAL, Role.FIRM_PREPARER))
        or represents(user, firm, Scope.PREPARE, at=at)
        or user.has_role(Role.FDA_COORDINATOR)
        or is_lead(user, assessment, at=at)
    )


def may_record_consultation(user, assessment, *, at) -> bool:
    """Whether this person records that a consultation was held."""
    return user.has_role(Role.FDA_COORDINATOR) or is_lead(user, assessment, at=at)


def may_mark_milestone(user, milestone, *, at) -> bool:
    """Whether this person marks a milestone as done: FDA's coordinator, or its owner's people."""
    if user.has_role(Role.FDA_COORDINATOR):
        return True
    owns = user.side == milestone.owner and user.side in (Side.FIRM, Side.CONTRACTOR)
    return owns and may_agree_dates(user, milestone.assessment, at=at)


def may_decide_go(user) -> bool:
    """Whether this person gives FDA's go or no-go."""
    return user.has_role(Role.FDA_COORDINATOR)


def may_record_findings(user, assessment, *, at) -> bool:
    """Whether this person rates topics and records findings: the contractor's team."""
    return is_engaged(user, assessment, at=at, function__in=RECORDING)


def may_lead(user, assessment, *, at) -> bool:
    """Whether this person begins and closes the visit, renders and signs the report."""
    return is_lead(user, assessment, at=at)


def may_approve(user, assessment) -> bool:
    """Whether this person returns, accepts and releases the report (F11)."""
    return user.has_role(Role.FDA_APPROVER) and not was_on_team(user, assessment)


def may_archive(user) -> bool:
    """Whether this person has whole programs archived, and reads the archives."""
    return user.has_role(Role.FDA_RECORDS_OFFICER)


def may_retry_rendering(user, assessment, *, at) -> bool:
    """Whether this person has a failed rendering tried again."""
    return user.has_role(Role.FDA_COORDINATOR, Role.FDA_APPROVER) or is_lead(
        user, assessment, at=at
    )


def may_settle_copies(user, engagement) -> bool:
    """Whether this person notes what became of a contractor's copies: FDA, or its own."""
    own = user.organization_id == engagement.organization_id
    return user.has_role(Role.FDA_COORDINATOR) or (
        own and user.has_role(Role.CONTRACTOR_ADMINISTRATOR)
    )


def may_read_hand_ins(user) -> bool:
    """Whether this person reads what was handed in after access had ended."""
    return user.reads_cases


def may_rule_on_hand_ins(user) -> bool:
    """Whether this person enters what was handed in into the record, or sets it aside."""
    return user.has_role(Role.FDA_COORDINATOR)


def may_read_file(user, stored_file) -> bool:
    """Whether this person downloads a file: an attachment, or an edition of a report."""
    return may_read_attachment(user, stored_file) or may_read_edition(user, stored_file)


def may_read_edition(user, stored_file) -> bool:
    """Whether this person reads this PDF of a report: the firm the released edition alone."""
    is_edition = Q(released_file=stored_file)
    if user.side != Side.FIRM:
        is_edition |= Q(stored_file=stored_file)
    return Report.objects.visible_to(user).filter(is_edition).exists()


def may_read_attachment(user, stored_file) -> bool:
    """Whether this person sees the topic or finding that a file is about; the firm does not."""
    for noun in (AssessedTopic, Finding):
        if stored_file.subject_kind == noun._meta.label_lower:
            return noun.objects.visible_to(user).filter(pk=stored_file.subject_id).exists()
    return False


def is_lead(user, assessment, *, at) -> bool:
    """Whether this person leads the team of the engagement in force at this moment."""
    lead = EngagementMember.Function.LEAD
    return user.has_role(Role.CONTRACTOR_LEAD) and is_engaged(
        user, assessment, at=at, function=lead
    )


def is_engaged(user, assessment, *, at, **facts) -> bool:
    """Whether this person belongs to the team of the engagement in force at this moment."""
    members = EngagementMember.objects.in_force(at).filter(
        engagement=assessment.engagement_id, user=user, **facts
    )
    return user.has_role(Role.CONTRACTOR_LEAD, Role.CONTRACTOR_ASSESSOR) and members.exists()


def was_on_team(user, assessment) -> bool:
    """Whether this person ever joined this assessment for FDA; an ended row counts too."""
    return assessment.team_members.filter(user=user).exists()
