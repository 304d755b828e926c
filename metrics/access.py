"""Who may do what with metrics; what each person sees is visible_to() in models.py.

| Who | Sees | May |
|---|---|---|
| metrics person, official of the firm | own submissions, drafts too | enter, submit |
| agent of the firm with scope metrics | the firm's submissions, drafts too | enter, submit |
| everyone else of the firm | own submissions, drafts too | – |
| FDA coordinator | all submissions, no drafts | accept, query, promise, waive |
| other FDA staff on cases | all submissions, no drafts | – |
| FDA analyst, FDA administrator | nothing | – |
| engaged contractor | submitted versions, where the program gives metrics to it | – |
| any other contractor, any other firm | nothing | – |
"""

from qmm_pilot.accounts.access import represents
from qmm_pilot.accounts.roles import Role, Scope


def may_enter_metrics(user, submission) -> bool:
    """Whether this person enters and submits for this firm."""
    firm = submission.participation.organization_id
    own = user.organization_id == firm and user.has_role(Role.FIRM_METRICS, Role.FIRM_OFFICIAL)
    return own or represents(user, firm, Scope.METRICS)


def may_review_metrics(user) -> bool:
    """Whether this person accepts, queries, records a promise, or waives, for FDA."""
    return user.has_role(Role.FDA_COORDINATOR)
