"""The assessment report: frozen content as pure data, and its HTML for printing."""

from __future__ import annotations

import dataclasses
import json
import textwrap
import types
import typing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from qmm_pilot.printing import render_pdf

EASTERN = ZoneInfo("America/New_York")
HIGHEST_LEVEL = 5

NOT_RATED = "not rated"
NOT_APPLICABLE = "not applicable"
NOT_ASSESSED = "not assessed"
WITHOUT_LEVEL = (NOT_RATED, NOT_APPLICABLE, NOT_ASSESSED)

# The order of priority: what matters more comes first, then what costs less.
IMPACT_ORDER = {"high": 0, "medium": 1, "low": 2, "": 3}
EFFORT_ORDER = {"low": 0, "medium": 1, "high": 2, "": 3}

TITLE = "Quality Management Maturity Assessment Report"
CONFIDENTIALITY = "Confidential commercial information — 21 CFR 20.61. Do not disclose."

PURPOSE = (
    "This report tells the facility what an independent team saw of the maturity of its quality "
    "management, topic by topic: what is strong, where it can grow, and what the next level looks "
    "like. Taking part is voluntary. FDA staff joined the assessment and accept the report.",
)
LIMITS = (
    "The assessment is not an inspection and does not rest on FDA’s inspection authority.",
    "It does not judge compliance with current good manufacturing practice (CGMP), and it does "
    "not judge the quality of any product.",
    "A level describes the state of a practice during the assessment. It is a qualitative "
    "judgment, not a measurement.",
    "A topic that is not rated, not applicable, or not assessed has no level. It never counts "
    "as zero.",
    "Whether levels are disclosed to others is the manufacturer’s own choice.",
)


@dataclass(frozen=True)
class Term:
    """One line of the glossary."""

    term: str
    meaning: str


GLOSSARY = (
    Term("API", "Active pharmaceutical ingredient, here with the intermediates used to make it."),
    Term("CGMP", "Current good manufacturing practice, the requirements for making drugs."),
    Term("Effort", "What a recommendation asks of the facility: low, medium, or high."),
    Term("FDF", "Finished dosage form, the drug product as it reaches a patient."),
    Term("FEI", "FDA Establishment Identifier, the number FDA gives to a facility."),
    Term("Impact", "What a recommendation can bring for the practice: low, medium, or high."),
    Term("Level", "The maturity of a practice, from Level 1 (lowest) to Level 5 (highest)."),
    Term("Not applicable", "The topic does not concern this facility."),
    Term("Not assessed", "The topic concerns the facility but was left out of the assessment."),
    Term("Not rated", "The topic was assessed; what was seen does not support a level."),
    Term("OOS", "Out of specification: a test result outside its acceptance criteria."),
    Term(
        "QMM",
        "Quality management maturity: how well a facility’s practices keep quality, supply, and "
        "improvement going beyond what CGMP requires.",
    ),
)


@dataclass(frozen=True)
class StatementSection:
    """One heading of FDA's statement of use, with its sentences."""

    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class RecommendationLine:
    """What the team recommends; `impact` and `effort` are high, medium, low, or blank."""

    text: str
    impact: str = ""
    effort: str = ""

    def __post_init__(self) -> None:
        if self.impact not in IMPACT_ORDER or self.effort not in EFFORT_ORDER:
            raise ValueError("Impact and effort are high, medium, low, or blank.")


@dataclass(frozen=True)
class FindingLine:
    """One finding: `kind` is its label on paper ("Strength", "Opportunity"), evidence optional."""

    kind: str
    text: str
    evidence: str = ""


@dataclass(frozen=True)
class TopicReport:
    """One topic: a level from 1 to 5, or a state without level and its reason, never zero."""

    name: str
    order: int
    level: int | None = None
    level_name: str = ""
    without_level: str = ""
    reason: str = ""
    descriptor: str = ""
    rationale: str = ""
    strengths: tuple[str, ...] = ()
    opportunities: tuple[str, ...] = ()
    next_level: str = ""
    evidence: tuple[str, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    recommendations: tuple[RecommendationLine, ...] = ()

    def __post_init__(self) -> None:
        if self.level is None:
            if self.without_level not in WITHOUT_LEVEL:
                raise ValueError(f"{self.name}: a topic has a level or says why it has none.")
        elif self.without_level or not 1 <= self.level <= HIGHEST_LEVEL:
            raise ValueError(f"{self.name}: a level is 1 to {HIGHEST_LEVEL} and stands alone.")

    @property
    def outcome(self) -> str:
        """The level's name, or the state without level, as words."""
        if self.level is None:
            return self.without_level.capitalize()
        return self.level_name or f"Level {self.level}"


@dataclass(frozen=True)
class QuarterRate:
    """One quarter of a metric: counts as reported (None: not measured) and the rate as text."""

    quarter: str
    numerator: int | None
    denominator: int | None
    rate: str


@dataclass(frozen=True)
class MetricRates:
    """One metric, quarter by quarter, with its basis (definition) and period."""

    label: str
    numerator_label: str
    denominator_label: str
    basis: str
    period: str
    quarters: tuple[QuarterRate, ...]
    comment: str = ""


@dataclass(frozen=True)
class InterviewedFunction:
    """People interviewed, by function and never by name; `people` is how many, None if unsaid."""

    function: str
    people: int | None = None


@dataclass(frozen=True)
class SignatureLine:
    """One signature: `at` is the moment of the deed, `signed_at` the computer's real time."""

    printed_name: str
    role: str
    meaning: str
    at: datetime
    signed_at: datetime | None = None

    @property
    def at_text(self) -> str:
        return eastern_moment(self.at)

    @property
    def signed_at_text(self) -> str:
        """The real time when it is another minute than the deed's moment, else blank."""
        if self.signed_at is None or eastern_moment(self.signed_at) == self.at_text:
            return ""
        return eastern_moment(self.signed_at)


@dataclass(frozen=True)
class PrioritizedRecommendation:
    """A recommendation with its rank and topic, in the order of priority."""

    rank: int
    topic_name: str
    text: str
    impact: str
    effort: str


@dataclass(frozen=True)
class ReportContent:
    """Everything an assessment report prints, frozen; the template receives this, no models.

    `assessed_on` are calendar days at the site, ascending; moments are aware. Metrics are given
    only where the program gives them to the contractor; else `metrics_submitted_on` alone is
    printed (85 FR 65824, d; 85 FR 65828, c(2)).
    """

    program_name: str
    pilot: str
    round_name: str
    facility_name: str
    facility_address: tuple[str, ...]
    fei: str
    firm_name: str
    contractor_name: str
    mode: str
    assessed_on: tuple[date, ...]
    version: int
    is_draft: bool
    prepared_at: datetime
    summary: str
    topics: tuple[TopicReport, ...]
    notice_citation: str = ""
    mark: str = ""
    confidentiality: str = CONFIDENTIALITY
    purpose: tuple[str, ...] = PURPOSE
    limits: tuple[str, ...] = LIMITS
    statement: tuple[StatementSection, ...] = ()
    statement_version: int | None = None
    statement_since: datetime | None = None
    metrics: tuple[MetricRates, ...] = ()
    metrics_submitted_on: date | None = None
    method: str = ""
    rubric_version: str = ""
    people_interviewed: tuple[InterviewedFunction, ...] = ()
    firm_comments: str = ""
    signatures: tuple[SignatureLine, ...] = ()
    trail_position: int | None = None
    trail_hash: str = ""
    glossary: tuple[Term, ...] = GLOSSARY
    layout_version: int = 1

    def to_json(self) -> str:
        """Return the content as one canonical line of JSON: same content, same bytes."""
        return json.dumps(
            dataclasses.asdict(self),
            default=_iso,
            ensure_ascii=False,
            separators=(",", ":"),
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> ReportContent:
        """Read what `to_json` wrote. Raises TypeError or ValueError on anything else."""
        return _build(cls, json.loads(text))

    @property
    def title(self) -> str:
        return f"{TITLE}: {self.facility_name}"

    @property
    def version_text(self) -> str:
        return f"{'Draft' if self.is_draft else 'Version'} {self.version}"

    @property
    def prepared_text(self) -> str:
        return eastern_moment(self.prepared_at)

    @property
    def statement_since_text(self) -> str:
        return us_date(self.statement_since.astimezone(EASTERN)) if self.statement_since else ""

    @property
    def assessed_text(self) -> str:
        return days_text(self.assessed_on)

    @property
    def metrics_submitted_text(self) -> str:
        return us_date(self.metrics_submitted_on) if self.metrics_submitted_on else ""

    @property
    def coverage_text(self) -> str:
        """How many topics have a level, and how many are in each state without one."""
        parts = [f"{sum(topic.level is not None for topic in self.topics)} rated"]
        for state in WITHOUT_LEVEL:
            if count := sum(topic.without_level == state for topic in self.topics):
                parts.append(f"{count} {state}")
        noun = "topic" if len(self.topics) == 1 else "topics"
        return f"{len(self.topics)} {noun}: {', '.join(parts)}."

    @property
    def recommendations(self) -> tuple[PrioritizedRecommendation, ...]:
        """Every topic's recommendations: higher impact first, then lower effort, then topic."""
        lines = [(topic, line) for topic in self.topics for line in topic.recommendations]
        lines.sort(
            key=lambda pair: (
                IMPACT_ORDER[pair[1].impact],
                EFFORT_ORDER[pair[1].effort],
                pair[0].order,
            )
        )
        return tuple(
            PrioritizedRecommendation(rank, topic.name, line.text, line.impact, line.effort)
            for rank, (topic, line) in enumerate(lines, start=1)
        )


@dataclass(frozen=True)
class OutlineEntry:
    """One line of the contents: its number, title, anchor, and the lines under it."""

    number: str
    title: str
    anchor: str
    entries: tuple[OutlineEntry, ...] = ()


def outline(content: ReportContent) -> tuple[OutlineEntry, ...]:
    """Number the sections that this content fills; an empty one is left out."""
    sections = [
        ("purpose", "Purpose and limits"),
        ("use", "Use of information"),
        ("summary", "Summary"),
        ("topics", "Topics"),
        ("metrics", "Metrics"),
        ("recommendations", "Recommendations in order of priority"),
        ("method", "Method"),
        ("comments", "Comments of the firm"),
        ("signatures", "Signatures and record"),
        ("glossary", "Glossary"),
    ]
    empty = {
        "use": not content.statement,
        "topics": not content.topics,
        "metrics": not (content.metrics or content.metrics_submitted_on),
        "comments": not content.firm_comments.strip(),
        "glossary": not content.glossary,
    }
    sections = [section for section in sections if not empty.get(section[0])]
    entries = []
    for number, (anchor, title) in enumerate(sections, start=1):
        below: tuple[OutlineEntry, ...] = ()
        if anchor == "topics":
            below = tuple(
                OutlineEntry(f"{number}.{place}", topic.name, f"topic-{place}")
                for place, topic in enumerate(content.topics, start=1)
            )
        entries.append(OutlineEntry(str(number), title, anchor, below))
    return tuple(entries)


@dataclass(frozen=True)
class ChartBar:
    """One row of the profile chart; lengths in the chart's own units."""

    lines: tuple[tuple[int, str], ...]
    top: int
    middle: int
    length: int
    outcome: str
    outcome_x: int
    has_level: bool


@dataclass(frozen=True)
class ProfileChart:
    """The bar profile of levels per topic, drawn 670 units wide, with its text alternative."""

    height: int
    axis_y: int
    bars: tuple[ChartBar, ...]
    ticks: tuple[tuple[int, str], ...]
    alternative: str


CHART_LEFT, CHART_STEP, CHART_ROW, CHART_AXIS = 250, 68, 28, 22
CHART_NAME_WIDTH = 42


def profile_chart(topics: tuple[TopicReport, ...]) -> ProfileChart:
    """Lay out one bar per topic, its length the level; without a level there is no bar."""
    bars = []
    for place, topic in enumerate(topics):
        top = CHART_AXIS + place * CHART_ROW
        middle = top + CHART_ROW // 2
        lines = textwrap.wrap(topic.name, CHART_NAME_WIDTH, max_lines=2, placeholder=" …")
        length = (topic.level or 0) * CHART_STEP
        first = middle + 4 if len(lines) == 1 else middle - 2
        bars.append(
            ChartBar(
                lines=tuple((first + 12 * number, line) for number, line in enumerate(lines)),
                top=top + 6,
                middle=middle + 4,
                length=length,
                outcome=topic.outcome,
                outcome_x=CHART_LEFT + length + 8,
                has_level=topic.level is not None,
            )
        )
    bottom = CHART_AXIS + len(topics) * CHART_ROW
    ticks = tuple(
        (CHART_LEFT + level * CHART_STEP, str(level)) for level in range(1, HIGHEST_LEVEL + 1)
    )
    told = "; ".join(f"{topic.name}: {topic.outcome}" for topic in topics)
    return ProfileChart(bottom + 6, bottom, tuple(bars), ticks, f"Levels by topic. {told}.")


def report_html(content: ReportContent) -> str:
    """Return the whole report as HTML for printing; people's text comes through escaped."""
    entries = outline(content)
    return render_to_string(
        "reports/assessment.html",
        {
            "content": content,
            "outline": entries,
            "number": {entry.anchor: entry.number for entry in entries},
            "topics": tuple(
                (entry, topic)
                for section in entries
                for entry, topic in zip(section.entries, content.topics, strict=False)
            ),
            "chart": profile_chart(content.topics),
        },
    )


def report_pdf(content: ReportContent) -> bytes:
    """Return the report as tagged PDF/UA-1. Raises `printing.PrintingFailed`, naming the fault."""
    return render_pdf(report_html(content), title=content.title, moment=content.prepared_at)


def us_date(day: date) -> str:
    """November 30, 2020."""
    return f"{day:%B} {day.day}, {day.year}"


def eastern_moment(moment: datetime) -> str:
    """November 30, 2020, 11:59 p.m. ET, from an aware moment."""
    there = moment.astimezone(EASTERN)
    half = "a.m." if there.hour < 12 else "p.m."
    return f"{us_date(there)}, {there.hour % 12 or 12}:{there.minute:02} {half} ET"


def days_text(days: tuple[date, ...]) -> str:
    """Calendar days as people write them; an unbroken run becomes first to last."""
    if not days:
        return "Not yet agreed"
    if len(days) == 1:
        return us_date(days[0])
    if (days[-1] - days[0]).days == len(days) - 1:
        return f"{us_date(days[0])} to {us_date(days[-1])}"
    return "; ".join(us_date(day) for day in days)


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"A report holds plain data, not {type(value).__name__}.")


def _build(kind: typing.Any, value: typing.Any) -> typing.Any:
    """Turn parsed JSON into the dataclasses, days and moments that `kind` declares."""
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _build(hints[name], part) for name, part in value.items()})
    if isinstance(kind, types.UnionType):
        inner = next(part for part in kind.__args__ if part is not type(None))
        return None if value is None else _build(inner, value)
    if typing.get_origin(kind) is tuple:
        inner = typing.get_args(kind)[0]
        return tuple(_build(inner, part) for part in value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    return value
