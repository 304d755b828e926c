"""What start pages and the deadline board show: facts of all floors, computed when read."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Case, Count, F, Q, Value, When

from applications.models import (
    Declaration,
    Hold,
    Participation,
    ParticipationRequest,
    Seat,
    participation_is_held,
    participation_is_marked,
)
from applications.operations.handovers import DRAFT_TASKS
from assessments import milestones
from assessments.models import Assessment, Milestone, Report, TeamMember
from metrics.models import MetricsSubmission
from qmm_pilot.accounts.roles import Role, Side
from qmm_pilot.clock import EASTERN
from qmm_pilot.programs.models import Program
from qmm_pilot.programs.windows import OpenWindows
from qmm_pilot.records.closed_sites import without_closed
from qmm_pilot.records.models import ActionItem

DUE_FIRST = (F("due_on").asc(nulls_last=True), "raised_at", "pk")
SOON = 7  # days: what falls due within a week stands out
OPEN = "open"  # no date holds: there is none, or it fell with a no-go or an end
CANCELLED, ON_HOLD = "Cancelled", "On hold"
OWNERS = {Side.FIRM: "Firm", Side.FDA: "FDA", Side.CONTRACTOR: "Contractor"}
Status = Assessment.Status


def today_of(at: datetime) -> date:
    """The Eastern calendar day of a moment, by which every due date counts."""
    return at.astimezone(EASTERN).date()


def end_of_day(day: date) -> datetime:
    """The moment at which an Eastern day is over, exclusive."""
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=EASTERN)


def due_in_words(due_on: date | None, today: date) -> str:
    """How far off a due date is: "Overdue by 3 days", "Due today", "Due in 5 days"."""
    if due_on is None:
        return "No due date"
    return f"{'Overdue' if due_on < today else 'Due'} {_distance(due_on, today)}"


def _distance(due_on, today):
    left = (due_on - today).days
    if left < 0:
        return f"by {_days(-left)}"
    return {0: "today", 1: "tomorrow"}.get(left, f"in {_days(left)}")


def _days(count):
    return f"{count} day{'' if count == 1 else 's'}"


# --- what is due (A11) -------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """One thing to do: what, until when, who holds it, where it is done."""

    item: ActionItem
    holder: str
    standing: str
    due_words: str

    @property
    def ends_at(self) -> datetime | None:
        """The exclusive end of the due day, Eastern."""
        return end_of_day(self.item.due_on) if self.item.due_on else None


def tasks_of(user, *, at, most=None) -> list[Task]:
    """Everything open that this person, her role or her organization holds; next due first.

    With `most`, no more than so many, her own before those that she shares with others: FDA's
    coordinators share a task for every request that nobody has taken.

    A task names its facility, so a contractor's person loses it when her file closes (A9), though
    to declare her interests she is told for which one; an agent sees those within her authority
    alone (A14).
    """
    today = today_of(at)
    items = ActionItem.objects.open().held_by(user).order_by(*DUE_FIRST)
    if user.side == Side.FIRM:
        items = items.exclude(_of_a_draft(), due_on__lt=today)
    if user.reads_cases:
        items = without_closed(items, user)
    if user.side == Side.CONTRACTOR:
        items = items.filter(_about(Assessment, user) | _about(Declaration, user))
    if user.is_agent:
        items = items.filter(_within_authority(user))
    if user.has_role(Role.FDA_APPROVER):
        # Whoever was ever on a team never approves there (F11), so nothing is asked of her.
        joined = TeamMember.objects.filter(user=user).values_list("assessment", flat=True)
        items = items.exclude(
            role=Role.FDA_APPROVER,
            subject_kind=Assessment._meta.label_lower,
            subject_id__in=[str(pk) for pk in joined],
        )
    chosen = list(items if most is None else items.order_by(_others_last(user), *DUE_FIRST)[:most])
    if most is not None:
        chosen.sort(key=lambda item: (item.due_on or date.max, item.raised_at, item.pk))
    held = _visits_on_hold() if chosen else frozenset()
    return [
        Task(item, _holder(item, user), OPEN, ON_HOLD)
        if item.subject_id in held
        else Task(
            item,
            _holder(item, user),
            _urgency(item.due_on, today),
            due_in_words(item.due_on, today),
        )
        for item in chosen
    ]


def _of_a_draft():
    """The tasks that end with their day: after its window a draft cannot be submitted (A2)."""
    return reduce(or_, (Q(key__startswith=beginning) for beginning in DRAFT_TASKS))


def _visits_on_hold():
    """The ids of the assessments and metrics whose participation is on hold: no clock runs."""
    rows = Hold.objects.standing().exclude(participation=None)
    found = rows.values_list("participation__assessment", "participation__metrics_submission")
    return {str(pk) for pks in found for pk in pks if pk}


def _others_last(user):
    return Case(When(user=user, then=Value(0)), default=Value(1))


def _within_authority(user):
    """Her own items, those of her own firm, and those about what her letters let her see."""
    within = Q(user=user)
    if user.organization_id:
        within |= Q(organization_id=user.organization_id)
    for noun in (ParticipationRequest, Participation, Assessment, MetricsSubmission, Report):
        within |= _about(noun, user)
    return within


def _about(noun, user):
    seen = noun.objects.visible_to(user).values_list("pk", flat=True)
    return Q(subject_kind=noun._meta.label_lower, subject_id__in=[str(pk) for pk in seen])


def _holder(item, user):
    role = Role(item.role).label if item.role else ""
    if item.user_id:
        return "You"
    if item.organization_id:
        firms = {firm.pk: firm for firm, _ in user.stands_in_for}
        own = str(firms.get(item.organization_id, user.organization))
        return f"{role} at {own}" if role else f"Everyone at {own}"
    return f"Any {role}"


def _urgency(due_on, today):
    if due_on is None or (due_on - today).days > SOON:
        return OPEN
    return milestones.standing(due_on, None, today)


# --- facts by side -----------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnSite:
    """How far one facility of a firm has come in one pilot, and the page that says more."""

    participation_request: ParticipationRequest
    participation: Participation | None
    assessment: Assessment | None
    is_closed: bool = False  # a draft whose window has passed


def sites_of(user, *, at) -> list[OwnSite]:
    """The firm's requests, newest first, each with its place and assessment where it has them."""
    requests = (
        ParticipationRequest.objects.visible_to(user)
        .select_related("facility", "organization", "program", "participation__assessment")
        .order_by("-saved_at", "pk")
    )
    requests = list(requests)
    draft = ParticipationRequest.Status.DRAFT
    drafts = [row for row in requests if row.status == draft]
    windows = OpenWindows(at, {row.organization_id for row in drafts}) if drafts else None
    closed = {row.pk for row in drafts if windows.of(row.program_id, row.organization_id) is None}
    return [_site(row, row.pk in closed) for row in requests]


def _site(participation_request, is_closed):
    participation = getattr(participation_request, "participation", None)
    assessment = getattr(participation, "assessment", None)
    return OwnSite(participation_request, participation, assessment, is_closed)


@dataclass(frozen=True)
class ProgramFacts:
    """Where one program stands, in counts."""

    program: Program
    received: int
    under_review: int
    eligible: int
    places_used: int
    visits: int
    completed: int
    ended_early: int
    overdue: int


def programs_in_counts(user, *, at) -> list[ProgramFacts]:
    """Every real program with its counts; six queries, however many rows there are."""
    state = ParticipationRequest.Status
    requests = _counted(
        ParticipationRequest.objects.visible_to(user).filter(told_at=None), "program", "status"
    )
    seats = _counted(Seat.objects.filter(freed_at=None), "program")
    visits = _counted(Assessment.objects.visible_to(user), "participation__program", "status")
    overdue = Counter(
        milestone.assessment.participation.program_id
        for milestone in _milestones(user)
        if is_overdue(milestone, today_of(at))
    )
    facts = []
    for program in Program.objects.visible_to(user).real():
        by_status = {status: visits.get((program.pk, status), 0) for status in Status}
        completed, ended_early = by_status.pop(Status.COMPLETED), by_status.pop(Status.ENDED_EARLY)
        facts.append(
            ProgramFacts(
                program,
                received=requests.get((program.pk, state.SUBMITTED), 0),
                under_review=requests.get((program.pk, state.UNDER_REVIEW), 0),
                eligible=requests.get((program.pk, state.ELIGIBLE), 0),
                places_used=seats.get((program.pk,), 0),
                visits=sum(by_status.values()),
                completed=completed,
                ended_early=ended_early,
                overdue=overdue[program.pk],
            )
        )
    return facts


def _counted(rows, *columns):
    """How many of these rows share the values of these columns."""
    counts = rows.order_by().values_list(*columns).annotate(Count("pk"))
    return {tuple(values): count for *values, count in counts}


# --- milestones --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deadline:
    """One milestone as read on a day: done, due, overdue, or without a date that holds.

    label and words read as one: "Due" "in 5 days", "Overdue" "by 3 days", "Done" "2 days late".
    """

    milestone: Milestone
    standing: str
    label: str
    words: str

    @property
    def owner(self) -> str:
        """Who sees to it: Firm, FDA or Contractor."""
        return OWNERS[Side(self.milestone.owner)]


def deadline_of(milestone, status, today, *, stops="") -> Deadline:
    """Read one milestone of an assessment in this status; load it by with_metrics_day().

    A no-go takes the agreed dates back: until new ones are agreed nothing is due (D12). Nothing is
    due either while the participation `stops`: the word that says why (stopping()).
    """
    if milestone.day_done:
        late = (milestone.day_done - milestone.due_on).days
        words = f"{_days(late)} late" if late > 0 and status != Status.PLANNING else ""
        return Deadline(milestone, str(milestones.Standing.DONE), "Done", words)
    if stops or status == Status.ENDED_EARLY:
        return Deadline(milestone, OPEN, stops or CANCELLED, "")
    if status == Status.PLANNING:
        return Deadline(milestone, OPEN, "No date", "")
    label = str(milestone.standing(today)).capitalize()
    return Deadline(
        milestone,
        _urgency(milestone.due_on, today),
        label,
        _distance(milestone.due_on, today),
    )


def stopping(participation_status, is_held) -> str:
    """Why no deadline of a participation runs now, in a word; empty while they run."""
    if participation_status in Participation.ENDING:
        return CANCELLED
    return ON_HOLD if is_held else ""


def is_overdue(milestone, today) -> bool:
    """Whether this milestone is overdue, of rows that _milestones() gives."""
    assessment = milestone.assessment
    stops = stopping(assessment.participation.status, milestone.is_held)
    deadline = deadline_of(milestone, assessment.status, today, stops=stops)
    return deadline.standing == milestones.Standing.OVERDUE


def deadlines_of(assessment, *, at) -> list[Deadline]:
    """The milestones of one assessment in the program's order; load it with_hold()."""
    rows = assessment.milestones.with_metrics_day().select_related("done_by__organization")
    today = assessment.program.today(at)
    stops = stopping(assessment.participation.status, assessment.is_held)
    return [deadline_of(milestone, assessment.status, today, stops=stops) for milestone in rows]


def _milestones(user):
    return (
        Milestone.objects.visible_to(user)
        .filter(assessment__participation__program__rehearsal_of=None)
        .with_metrics_day()
        .annotate(is_held=participation_is_held("assessment__participation"))
        .select_related("assessment__participation")
    )


# --- the deadline board (D7) -------------------------------------------------------------------


@dataclass(frozen=True)
class BoardRow:
    """One facility: its assessment, the next date, and one cell per column of the board."""

    assessment: Assessment
    next: Deadline | None
    cells: list[Deadline | None]
    stops: str  # why no deadline runs, or ""


@dataclass(frozen=True)
class Board:
    """All facilities against all milestones, as they stand on one Eastern day."""

    columns: list[str]
    rows: list[BoardRow]
    overdue: list[tuple[str, int]]  # how many are overdue, by owner
    unassigned: list[Participation]

    @property
    def overdue_in_all(self) -> int:
        """How many milestones are overdue, whoever owns them."""
        return sum(count for _, count in self.overdue)


def board_for(user, *, program=None, at) -> Board:
    """The board of one program, or of all but rehearsals; three queries in all."""
    today = today_of(at)
    assessments = (
        Assessment.objects.visible_to(user)
        .real()
        .annotate(
            is_held=participation_is_held("participation"),
            is_marked=participation_is_marked("participation"),
        )
    )
    waiting = (
        Participation.objects.visible_to(user)
        .real()
        .filter(status=Participation.Status.ACTIVE, assessment=None)
    )
    rows = _milestones(user)
    if program:
        assessments = assessments.filter(participation__program=program)
        waiting = waiting.filter(program=program)
        rows = rows.filter(assessment__participation__program=program)
    by_assessment = defaultdict(dict)
    titles = {}
    for milestone in rows.order_by("order", "due_on"):
        titles.setdefault(milestone.key, milestone.title)
        assessment = milestone.assessment
        stops = stopping(assessment.participation.status, milestone.is_held)
        deadline = deadline_of(milestone, assessment.status, today, stops=stops)
        by_assessment[milestone.assessment_id][milestone.key] = deadline
    found = [
        deadline
        for deadlines in by_assessment.values()
        for deadline in deadlines.values()
        if deadline.standing == milestones.Standing.OVERDUE
    ]
    owners = Counter(deadline.owner for deadline in found)
    return Board(
        columns=list(titles.values()),
        rows=[
            _board_row(assessment, by_assessment[assessment.pk], titles)
            for assessment in assessments.select_related(
                "participation__program", "participation__facility", "participation__organization"
            ).order_by(
                ends_last(), "participation__program__slug", "participation__facility__name", "pk"
            )
        ],
        overdue=[(owner, owners[owner]) for owner in OWNERS.values() if owners[owner]],
        unassigned=list(
            waiting.select_related("program", "facility").order_by(
                "program__slug", "facility__name"
            )
        ),
    )


def ends_last():
    """An order of assessments: those that ended early after all others."""
    return Case(When(status=Status.ENDED_EARLY, then=Value(1)), default=Value(0))


def _board_row(assessment, deadlines, titles):
    ahead = [
        deadline
        for deadline in deadlines.values()
        if deadline.standing != milestones.Standing.DONE
        and assessment.status not in (Status.PLANNING, Status.ENDED_EARLY)
        and deadline.label not in (CANCELLED, ON_HOLD)
    ]
    following = min(ahead, key=lambda deadline: deadline.milestone.due_on, default=None)
    stops = stopping(assessment.participation.status, assessment.is_held)
    return BoardRow(assessment, following, [deadlines.get(key) for key in titles], stops)
