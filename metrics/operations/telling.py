"""Who is told of a deed on metrics, and whose task it becomes or stops being."""

from applications.operations.letters import write_letter
from metrics.models import MetricStanding
from qmm_pilot.accounts.operations import people_with
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.actions import close_item, raise_item

from .standing import standings_of

Status = MetricStanding.Status


def update_items(submission, *, by, at) -> None:
    """Raise and close the tasks that follow from where the metrics stand."""
    standings = list(standings_of(submission))
    if any(standing.status == Status.QUERIED for standing in standings):
        _raise(submission, "answer", "Answer FDA's question on metrics", at=at)
    else:
        close_item(_key(submission, "answer"), by=by, at=at)
    if not any(standing.status == Status.NOT_STARTED for standing in standings):
        close_item(_key(submission, "due"), by=by, at=at)
    if not any(standing.status == Status.SUBMITTED for standing in standings):
        close_item(review_key(submission), by=by, at=at)


def _key(submission, what):
    return f"metrics-{what}:{submission.pk}"


def promise_key(standing) -> str:
    """The key of the task to hand in one promised metric."""
    return f"metrics-promise:{standing.pk}"


def ask_firm(submission, *, at) -> None:
    """Make the metrics a task of the firm, due on the agreed day."""
    title = f"Submit the metrics of {submission.participation.facility}"
    _raise(submission, "due", title, at=at, due_on=submission.due_on)


def _raise(submission, what, title, *, at, due_on=None):
    raise_item(
        _key(submission, what),
        title=title,
        about=submission,
        url_name="metrics:submission",
        url_kwargs={"pk": submission.pk},
        at=at,
        due_on=due_on,
        organization=submission.participation.organization,
    )


def ask_promised(submission, standing, *, at) -> None:
    """Make one promised metric a task of the firm, due on the promised day."""
    raise_item(
        promise_key(standing),
        title=f"Submit the promised metric: {standing.definition}",
        about=submission,
        url_name="metrics:submission",
        url_kwargs={"pk": submission.pk},
        at=at,
        due_on=standing.promised_on,
        organization=submission.participation.organization,
    )


def review_key(submission) -> str:
    """The key of FDA's task to review a version."""
    return _key(submission, "review")


def ask_fda(submission, *, at) -> None:
    """Make the new version a task of FDA's coordinators; a rehearsal stays out of their list."""
    if submission.participation.program.is_rehearsal:
        return
    what = "the correction of metrics" if submission.is_frozen else "the metrics"
    raise_item(
        review_key(submission),
        title=f"Review {what} of {submission.participation.facility}",
        about=submission,
        url_name="metrics:submission",
        url_kwargs={"pk": submission.pk},
        at=at,
        role=Role.FDA_COORDINATOR,
    )


def tell_firm(submission, kind, subject, *, at, **context) -> None:
    """Write to the firm's metrics people and officials: what to do, never a count or a question.

    Mail leaves FDA's protected systems, so the letter sends its reader to the page.
    """
    organization, program = submission.participation.organization, submission.participation.program
    write_letter(
        kind,
        to=[
            *people_with(Role.FIRM_METRICS, organization),
            *people_with(Role.FIRM_OFFICIAL, organization),
        ],
        subject=f"{program.short_name}: {subject}",
        about=submission,
        at=at,
        program=program,
        submission=submission,
        **context,
    )
