"""What a visit waits for: its next step, who may take it, the checks before go and beginning."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from applications.models import Participation
from assessments import access
from assessments.models import Assessment, Consultation
from assessments.operations import telling
from assessments.operations.consultations import BEFORE_THE_VISIT, DONE_BY_DEED
from assessments.overview import OWNERS
from assessments.scheduling import both_clocks
from metrics.operations import is_ready_to_begin
from qmm_pilot.accounts.roles import Side
from qmm_pilot.programs.models import Agreement
from qmm_pilot.uswds.moments import day_in_words, moment_elsewhere, place_of, time_in_words

Status = Assessment.Status

# Who takes the next step, and which, where the status alone says so.
STEPS = {
    Status.DATES_AGREED: "FDA decides go or no-go, once the pre-assessment consultation is held "
    "and recorded.",
    Status.READY: "The contractor’s lead begins the assessment on the agreed day. FDA must have "
    "settled the firm’s metrics by then.",
    Status.IN_PROGRESS: "The contractor’s team records its findings. The lead closes the "
    "fieldwork after the closing meeting.",
    Status.FIELDWORK_DONE: "The contractor’s team rates every topic or says why it is not rated. "
    "Then the lead starts the report.",
    Status.REPORTING: "The lead signs the report, and an FDA approver accepts and releases it.",
}


def next_step(assessment, confirmed, consultations) -> str:
    """What happens next and who does it, for all three sides; `confirmed` are sides.

    Load the assessment with is_held, as assessment_detail does.
    """
    if words := _what_stops(assessment):
        return words
    if assessment.status == Status.PLANNING:
        if not confirmed:
            return "Dates are proposed: by the contractor’s lead, the firm, or FDA."
        missing = [OWNERS[side] for side in Side if side not in confirmed]
        return f"Proposed dates are on the table. Still to confirm: {_joined(missing)}."
    if assessment.status == Status.COMPLETED:
        if any(c.kind == Consultation.Kind.POST for c in consultations):
            return "The report is released and the post-assessment consultation was held."
        return "The report is released. The post-assessment consultation follows."
    return STEPS[assessment.status]


def _what_stops(assessment) -> str:
    """Why nothing follows now: the participation is ending, has ended, or is on hold."""
    participation = assessment.participation
    if participation.status == Participation.Status.WITHDRAWING:
        return "The firm has withdrawn from the pilot. FDA closes the assessment."
    if assessment.status == Status.ENDED_EARLY:
        return "The assessment ended early. Nothing more is due; what is on record stays readable."
    if participation.ends_early:
        return "The participation has ended. What is on record stays readable."
    return (
        "On hold: nothing advances until FDA writes that it goes on." if assessment.is_held else ""
    )


def _joined(words):
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


@dataclass(frozen=True)
class Deeds:
    """What one person may do on one assessment as it stands; each page asks again."""

    propose: bool
    confirm: bool
    consult: str  # the kind of consultation that may be recorded, or ""
    decide: bool
    begin: bool
    close: bool
    staff: bool
    marks: frozenset[str]  # the sides whose milestones she marks as done

    def may_mark(self, milestone) -> bool:
        """Whether this milestone is hers to mark by hand, and is not done."""
        by_hand = milestone.key not in DONE_BY_DEED and milestone.done_on is None
        return by_hand and milestone.owner in self.marks


def deeds_of(user, assessment, confirmed, *, at) -> Deeds:
    """The deeds that access.py and the status open to this person; `confirmed` are the sides."""
    status = assessment.status
    if _what_stops(assessment):
        status = Status.ENDED_EARLY  # as little is done as after an end
    leads = access.may_lead(user, assessment, at=at)
    # Of the contractor's people the lead alone agrees and records, so she is asked for once.
    answers = leads or user.side != Side.CONTRACTOR
    agrees = answers and (leads or access.may_agree_dates(user, assessment, at=at))
    records = answers and (leads or access.may_record_consultation(user, assessment, at=at))
    decides = access.may_decide_go(user)
    plans = agrees and status == Status.PLANNING
    return Deeds(
        propose=plans,
        confirm=plans and bool(confirmed) and user.side not in confirmed,
        consult=_consultation_in(status) if records else "",
        decide=decides and status == Status.DATES_AGREED,
        begin=leads and status == Status.READY,
        close=leads and status == Status.IN_PROGRESS,
        staff=access.may_assign_team(user) and status not in Assessment.OVER,
        marks=frozenset(_marked_by(user, decides, agrees) if status != Status.ENDED_EARLY else ()),
    )


def _marked_by(user, decides, agrees):
    return Side if decides else {user.side} if agrees else ()


def _consultation_in(status):
    if status in BEFORE_THE_VISIT:
        return Consultation.Kind.PRE.value
    return Consultation.Kind.POST.value if status == Status.COMPLETED else ""


@dataclass(frozen=True)
class Clocks:
    """How the site's clock stands to Eastern Time, told by one example of a site's morning."""

    place: str
    example: str


def clocks_of(assessment, day) -> Clocks | None:
    """The two clocks on a day of the visit; None where the site keeps Eastern Time."""
    zone = assessment.facility.time_zone
    morning = datetime.combine(day, time(9), tzinfo=ZoneInfo(zone))
    eastern, there = both_clocks(morning, zone)
    if eastern.utcoffset() == there.utcoffset():
        return None
    days = {-1: " on the day before", 0: "", 1: " on the day after"}
    shift = days[(eastern.date() - there.date()).days]
    return Clocks(place_of(zone), f"9:00 a.m. there is {time_in_words(eastern)} ET{shift}")


@dataclass(frozen=True)
class Event:
    """A moment of the visit; `there` is the site's clock where the reader's is another."""

    label: str
    at: datetime
    there: str


def events_of(assessment, user) -> list[Event]:
    """What has happened to this visit so far, oldest first."""
    zone = assessment.facility.time_zone
    happened = [
        ("Team assigned", assessment.assigned_at),
        ("FDA gave the go", assessment.ready_at),
        ("Assessment began", assessment.began_at),
        ("Fieldwork closed", assessment.fieldwork_closed_at),
        ("Report released", assessment.completed_at),
        ("Ended early", assessment.ended_at),
    ]
    return [
        Event(label, at, moment_elsewhere(at, zone) if zone != user.time_zone else "")
        for label, at in happened
        if at
    ]


@dataclass(frozen=True)
class Check:
    """One thing to look at before go or beginning; `is_settled` says whether it is in order."""

    label: str
    is_settled: bool
    words: str
    must_be_settled: bool = False

    @property
    def is_in_the_way(self) -> bool:
        """Whether the deed is refused until this is in order."""
        return self.must_be_settled and not self.is_settled


def doubt_about(due_on, program, *, at) -> str:
    """Why a due date that would follow deserves a second look; empty when it does not (D4)."""
    if due_on > program.ends_on:
        return "After the program ends"
    return "In the past" if due_on < program.today(at) else ""


def checks_before_go(assessment, *, at) -> list[Check]:
    """Agreement, declarations, dates, consultation, metrics, people, mode, for FDA (D12)."""
    held = assessment.consultations.filter(kind=Consultation.Kind.PRE).first()
    return [
        _agreement(assessment, at=at),
        _declarations(assessment),
        Check(
            "Dates",
            assessment.starts_on is not None,
            f"{day_in_words(assessment.starts_on)} to {day_in_words(assessment.ends_on)}, "
            "confirmed by firm, contractor and FDA"
            if assessment.starts_on
            else "Not confirmed by all three sides",
            must_be_settled=True,
        ),
        Check(
            "Pre-assessment consultation",
            held is not None,
            f"Held on {day_in_words(held.held_on)}" if held else "Not recorded",
            must_be_settled=True,
        ),
        _metrics(assessment, names_what_is_missing=True, must_be_settled=False),
        _fda_people(assessment, at=at, must_be_settled=False),
        Check("Mode", True, assessment.get_mode_display()),
    ]


def checks_before_beginning(assessment, user, *, at) -> list[Check]:
    """What stops the lead at the gate; metrics that go to FDA only are not named to her."""
    shared = assessment.program.metrics_visible_to_contractor or user.reads_cases
    return [
        Check(
            "FDA’s go",
            assessment.status == Status.READY,
            "Given" if assessment.status == Status.READY else "Not given",
            must_be_settled=True,
        ),
        Check(
            "Agreed first day",
            assessment.starts_on is not None and assessment.first_day_has_come(at),
            day_in_words(assessment.starts_on) if assessment.starts_on else "Not agreed",
            must_be_settled=True,
        ),
        _metrics(assessment, names_what_is_missing=shared, must_be_settled=True),
        _fda_people(assessment, at=at, must_be_settled=True),
    ]


def _agreement(assessment, *, at):
    agreement = (
        Agreement.objects.in_force(at)
        .filter(program=assessment.program, organization=assessment.contractor)
        .order_by("-until")
        .first()
    )
    label = "Written agreement (21 CFR 20.90)"
    if agreement is None:
        return Check(label, False, f"None in force with {assessment.contractor}")
    covers = assessment.ends_on is None or agreement.until >= assessment.ends_on
    words = f"{agreement.reference}, in force until {day_in_words(agreement.until)}"
    return Check(label, covers, words if covers else f"{words}, before the assessment ends")


def _declarations(assessment):
    members = assessment.engagement.members.on_the_team().select_related("user")
    missing = names_without_declaration(members)
    words = f"Still missing: {', '.join(missing)}" if missing else "Each accepted for this facility"
    return Check("Declarations of interest", not missing, words)


def names_without_declaration(members) -> list[str]:
    """Of members on_the_team(), those who read nothing since none of hers is accepted, by name."""
    return sorted(member.user.name for member in members if not member.has_declared)


def _metrics(assessment, *, names_what_is_missing, must_be_settled):
    missing = is_ready_to_begin(assessment.participation)
    words = "Each is accepted, promised or waived"
    if missing:
        words = " ".join(missing) if names_what_is_missing else "FDA has not settled them yet"
    return Check("Metrics", not missing, words, must_be_settled)


def _fda_people(assessment, *, at, must_be_settled):
    people = telling.fda_people_of(assessment, at=at)
    names = ", ".join(str(person) for person in people) or "Nobody joins for FDA yet"
    return Check("FDA people who join", bool(people), names, must_be_settled)
