"""Who sees which scores: the one place where they are hidden (C1).

A reviewer sees her colleagues' scores of a request once her own are in. Selectors and approvers who
do not review it see the means once every assigned reviewer's are in. Coordinators and everybody
else see how many are in, and no number.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from applications import scoring
from applications.access import may_read_means
from applications.models import Review, ReviewAssignment, ScoringCriterion
from applications.operations.reviews import weighted


class Scored(NamedTuple):
    """What one reviewer submitted last."""

    reviewer: str
    scores: dict
    comment: str
    number: int
    mean: Decimal | None

    @property
    def mean_in_words(self) -> str:
        return scoring.shown(self.mean)


@dataclass
class Standing:
    """How far the scoring of one request is, and what of it this person may see."""

    assigned: int = 0
    reviews: list[Scored] = field(default_factory=list)
    is_own: bool = False
    own_is_in: bool = False
    reads_means: bool = False

    @property
    def submitted(self) -> int:
        """How many of the assigned reviewers' scores are in."""
        return len(self.reviews)

    @property
    def progress(self) -> str:
        """The progress in words, which everybody on the board may read."""
        if not self.assigned:
            return "No reviewer assigned"
        return f"{self.submitted} of {self.assigned} in"

    @property
    def is_shown(self) -> bool:
        """Whether this person may see the numbers."""
        if self.is_own:
            return self.own_is_in
        return self.reads_means and 0 < self.assigned == self.submitted

    @property
    def shown_reviews(self) -> list[Scored]:
        """The reviews that this person may see; none while they are hidden."""
        return self.reviews if self.is_shown else []

    @property
    def mean(self) -> str:
        """The mean of all reviewers with one decimal; empty while it is hidden."""
        numbers = [one.mean for one in self.shown_reviews if one.mean is not None]
        return scoring.shown(scoring.mean(numbers))

    @property
    def in_words(self) -> str:
        """The cell of the board: "3.8 by 2 reviewers", or the progress alone."""
        if not self.mean:
            return self.progress
        count = self.submitted
        return f"{self.mean} by {count} reviewer{'' if count == 1 else 's'}"


def standings(user, *, program=None, participation_request=None) -> dict[UUID, Standing]:
    """The standing of each request that has reviewers; two queries, however many there are."""
    asked = (
        {"assignment__participation_request": participation_request}
        if participation_request
        else {"assignment__participation_request__program": program}
    )
    here = {name.removeprefix("assignment__"): value for name, value in asked.items()}
    found: dict[UUID, Standing] = {}
    reads_means = may_read_means(user)
    assigned = ReviewAssignment.objects.standing().filter(**here)
    for request_id, reviewer_id in assigned.values_list("participation_request", "reviewer"):
        standing = found.setdefault(request_id, Standing(reads_means=reads_means))
        standing.assigned += 1
        standing.is_own = standing.is_own or reviewer_id == user.pk
    if not found:
        return found
    criteria = criteria_of(program or participation_request.program)
    newest = Review.objects.newest().filter(**asked, assignment__ended_at=None)
    for review in newest.select_related("assignment__reviewer").order_by(
        "assignment__assigned_at", "assignment__pk"
    ):
        standing = found[review.assignment.participation_request_id]
        standing.reviews.append(
            Scored(
                review.assignment.reviewer.name,
                review.scores,
                review.comment,
                review.number,
                scoring.weighted_mean(review.scores, weighted(criteria)),
            )
        )
        standing.own_is_in = standing.own_is_in or review.assignment.reviewer_id == user.pk
    return found


def standing_of(user, participation_request) -> Standing:
    """The same for one request."""
    found = standings(user, participation_request=participation_request)
    return found.get(participation_request.pk) or Standing(reads_means=may_read_means(user))


def criteria_of(program) -> list[ScoringCriterion]:
    """The standing scoring criteria of a program in their order."""
    return list(program.scoring_criteria.standing())


class ByCriterion(NamedTuple):
    """One line of the table of scores: a criterion, each shown reviewer's score, their mean."""

    criterion: ScoringCriterion
    scores: list[int | str]
    mean: str


def table_of(standing: Standing, criteria) -> list[ByCriterion]:
    """The shown scores by criterion; empty while they are hidden."""
    shown = standing.shown_reviews
    if not shown:
        return []
    rows = []
    for criterion in criteria:
        scores = [one.scores.get(str(criterion.pk)) for one in shown]
        given = [score for score in scores if score is not None]
        rows.append(
            ByCriterion(
                criterion,
                ["" if score is None else score for score in scores],
                scoring.shown(scoring.mean(given)),
            )
        )
    return rows
