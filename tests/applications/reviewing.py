"""Steps of scoring for tests: reviewers, assignments, declarations, scores, each by its deed."""

from applications import operations
from applications.models import ParticipationRequest
from qmm_pilot.accounts.models import Organization
from qmm_pilot.accounts.roles import Role
from tests import factories

AT = factories.AFTER_CLOSE


def coordinator():
    return factories.fda(Role.FDA_COORDINATOR)


def reviewer(*more):
    """Another FDA reviewer each time; `more` are roles that she holds besides."""
    coordinator()  # makes FDA's organization
    office = Organization.objects.filter(kind="fda").first()
    return factories.person(office, Role.FDA_REVIEWER, *more)


def eligible(**fields):
    return factories.participation_request(ParticipationRequest.Status.ELIGIBLE, **fields)


def of_one_site():
    """Requests for one FEI in two programs, by the firms that give it as theirs."""
    under_review = ParticipationRequest.Status.UNDER_REVIEW
    here = factories.participation_request(under_review)
    other = factories.registrant()
    site = factories.facility(other, fei=here.facility.fei, country="IN")
    return here, factories.participation_request(under_review, other, site=site, pilot="api")


def assign(person, participation_request, *, at=AT):
    (assignment,) = operations.assign_reviewer(
        participation_request.program,
        [participation_request.pk],
        person,
        by=coordinator(),
        at=at,
    )
    return assignment


def declare(assignment, *, conflict="", at=AT):
    return operations.declare_conflict(
        assignment, has_conflict=bool(conflict), reason=conflict, by=assignment.reviewer, at=at
    )


def scores_of(assignment, number=3):
    program = assignment.participation_request.program
    return {str(row.pk): number for row in program.scoring_criteria.standing()}


def score(assignment, number=3, *, comment="", by=None, at=AT, **more):
    return operations.submit_review(
        assignment,
        scores=scores_of(assignment, number),
        comment=comment,
        by=by or assignment.reviewer,
        at=at,
        **more,
    )
