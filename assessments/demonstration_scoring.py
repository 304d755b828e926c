"""The demonstration's reviewers: one request scored by both, one by one of them, one recusal."""

from datetime import date

from applications import operations as intake
from assessments.walkthrough import eastern

# Scores in the order of the program's criteria, with what the reviewer says.
FIRST = (
    (4, 3, 5, 4),
    "A site that makes several dosage forms under one quality unit: much to compare. The contact "
    "answers within a day.",
)
SECOND = (
    (3, 4, 4, 3),
    "Small, and unlike the other requests in what it makes. Its shutdown in May narrows the dates.",
)
THIRD = (
    (5, 2, 3, 4),
    "Teaches much about investigations; close in kind to two other requests.",
)


def score(requests, *, reviewers, cast) -> None:
    """Assign both reviewers to two requests and one to a third, from which she is recused."""
    both, one, third = requests
    program, (first, second) = both.program, reviewers
    at = eastern(date(2020, 11, 11), 9)
    for reviewer, ids in ((first, [both.pk, one.pk]), (second, [both.pk, one.pk, third.pk])):
        assigned = intake.assign_reviewer(program, ids, reviewer, by=cast.coordinator, at=at)
        for assignment in assigned:
            recused = assignment.participation_request_id == third.pk
            intake.declare_conflict(
                assignment,
                has_conflict=recused,
                reason="I worked for this firm until last March." if recused else "",
                by=reviewer,
                at=eastern(date(2020, 11, 12), 9),
            )
            if assignment.participation_request_id == both.pk:
                _submit(assignment, FIRST if reviewer == first else SECOND)
            elif reviewer == second and not recused:
                _submit(assignment, THIRD)


def _submit(assignment, given) -> None:
    numbers, comment = given
    criteria = assignment.participation_request.program.scoring_criteria.standing()
    intake.submit_review(
        assignment,
        scores={str(row.pk): number for row, number in zip(criteria, numbers, strict=True)},
        comment=comment,
        by=assignment.reviewer,
        at=eastern(date(2020, 11, 12), 15),
    )
