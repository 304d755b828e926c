"""The tasks of reviewers: one for each program, saying how many requests they have to score."""

from django.db.models import Count

from applications.models import ReviewAssignment
from qmm_pilot.accounts.models import User
from qmm_pilot.records.actions import close_item, raise_item


def refresh_review_tasks(program, reviewers, *, by, at) -> None:
    """Raise, reword or close the task of each of these reviewers (ids) in this program.

    A deed that assigns, scores, recuses or ends a request calls it within its transaction.
    """
    reviewers = set(reviewers)
    if not reviewers:
        return
    waiting = (
        ReviewAssignment.objects.open()
        .without_score()
        .filter(participation_request__program=program, reviewer__in=reviewers)
    )
    counts = dict(waiting.order_by().values_list("reviewer").annotate(Count("pk")))
    for reviewer in User.objects.filter(pk__in=reviewers).order_by("pk"):
        key = f"score:{program.pk}:{reviewer.pk}"
        count = counts.get(reviewer.pk, 0)
        if not count:
            close_item(key, by=by, at=at)
            continue
        raise_item(
            key,
            title=f"Score {count} request{'' if count == 1 else 's'} of {program.short_name}",
            about=program,
            url_name="applications:review_list",
            url_kwargs={},
            at=at,
            user=reviewer,
        )


def refresh_tasks_about(participation_request, *, by, at) -> None:
    """The same for everybody who reviews this request, because its state changed."""
    assigned = ReviewAssignment.objects.standing().filter(
        participation_request=participation_request
    )
    reviewers = list(assigned.values_list("reviewer", flat=True))
    refresh_review_tasks(participation_request.program, reviewers, by=by, at=at)


def refresh_tasks_of(program, *, by, at) -> None:
    """Bring every reviewer's task of this program up to date, after its decisions are released."""
    assigned = ReviewAssignment.objects.standing().filter(participation_request__program=program)
    refresh_review_tasks(program, assigned.values_list("reviewer", flat=True), by=by, at=at)
