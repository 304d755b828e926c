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
from applications.models import ReviewAssignment, ScoringCriterion


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
    """The standing of each request that has reviewers, by one query, however many there are.

    It joins reviewers with their versions and with the program's criteria: some hundred short rows.
    """
    assigned = ReviewAssignment.objects.standing()
    if participation_request:
        assigned = assigned.filter(participation_request=participation_request)
    else:
        assigned = assigned.filter(participation_request__program=program)
    criterion = "participation_request__program__scoring_criteria"
    found: dict[UUID, Standing] = {}
    newest: dict[UUID, dict] = {}
    criteria: dict[UUID, scoring.Weighted] = {}
    reads_means = may_read_means(user)
    for row in assigned.order_by("assigned_at", "pk", "reviews__number").values(
        "pk",
        "participation_request",
        "reviewer",
        "reviewer__name",
        "reviews__number",
        "reviews__scores",
        "reviews__comment",
        "reviews__submitted_at",
        f"{criterion}__pk",
        f"{criterion}__weight",
        f"{criterion}__lowest",
        f"{criterion}__highest",
        f"{criterion}__is_left_out",
    ):
        standing = found.setdefault(row["participation_request"], Standing(reads_means=reads_means))
        if row["pk"] not in newest:
            newest[row["pk"]] = {}
            standing.assigned += 1
            standing.is_own = standing.is_own or row["reviewer"] == user.pk
        if row["reviews__submitted_at"]:
            newest[row["pk"]] = row
        if row[f"{criterion}__pk"] and not row[f"{criterion}__is_left_out"]:
            key = row[f"{criterion}__pk"]
            facts = (row[f"{criterion}__{name}"] for name in ("weight", "lowest", "highest"))
            criteria[key] = scoring.Weighted(str(key), *facts)
    for row in filter(None, newest.values()):
        standing = found[row["participation_request"]]
        standing.own_is_in = standing.own_is_in or row["reviewer"] == user.pk
        standing.reviews.append(
            Scored(
                row["reviewer__name"],
                row["reviews__scores"],
                row["reviews__comment"],
                row["reviews__number"],
                scoring.weighted_mean(row["reviews__scores"], criteria.values()),
            )
        )
    return found


def put_scores(rows, user, program) -> None:
    """Put what this person may read of its scores into each row of the board, as words."""
    found = standings(user, program=program) if program.is_scored else {}
    for row in rows:
        row["scores"] = found.get(row["pk"], Standing()).in_words


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
    scores: list[tuple[str, int | str]]  # reviewer and score
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
                [
                    (one.reviewer, "" if score is None else score)
                    for one, score in zip(shown, scores, strict=True)
                ],
                scoring.shown(scoring.mean(given)),
            )
        )
    return rows


def scores_beside(user, participation_request, program) -> dict:
    """What the page of a decision shows of scores: as information, never as a proposal."""
    if not program.is_scored:
        return {"standing": None, "table": []}
    standing = standing_of(user, participation_request)
    criteria = criteria_of(program) if standing.is_shown else []
    return {"standing": standing, "table": table_of(standing, criteria)}
