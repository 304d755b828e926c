"""FDA's statement of use: who reads what firms submit, and what it is not used for (A13).

One versioned text. The first version is written out here once, each sentence with its source;
later ones are published by FDA's coordinator. A sentence whose source is ASSUMPTION is our own
word and not FDA's: the page for FDA's people says so.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from qmm_pilot.lifecycle import Refusal

from .access import may_publish_statement
from .models import AboutSubject, StatementOfUse, StatementSeen
from .trail import record

ASSUMPTION = "assumption"
# The day on which both notices were published (85 FR 65824, 85 FR 65828), Eastern Time.
FIRST_SINCE = datetime(2020, 10, 16, 4, 0, tzinfo=UTC)
HEADINGS = (
    "Who reads what you submit",
    "What it is used for",
    "What it is not used for",
)
# One sentence to a line, with its source in square brackets at the end.
WITH_SOURCE = re.compile(r"^(?P<text>.*\S)\s*\[(?P<source>[^\[\]]+)\]$")

FIRST_VERSION = {
    HEADINGS[0]: (
        (
            "Nobody outside your firm reads a draft. FDA reads a request, or metrics, from the "
            "moment at which you submit them.",
            ASSUMPTION,
        ),
        ("FDA staff who work on the pilot read what you submit.", ASSUMPTION),
        (
            "Metrics go to FDA. In the pilot for active pharmaceutical ingredients they go to the "
            "assigned contractor too.",
            "85 FR 65824, criterion d; 85 FR 65828, criterion c(2)",
        ),
        (
            "The contractor assigned to your facility reads what its assessment needs, while a "
            "written agreement with FDA is in force.",
            "21 CFR 20.90",
        ),
        (
            "What you mark as confidential commercial information is treated as such for ten "
            "years, and you are told before any disclosure.",
            "21 CFR 20.61; 45 CFR 5.41",
        ),
        (
            "Your firm sees every person, office and moment of access to its records.",
            ASSUMPTION,
        ),
    ),
    HEADINGS[1]: (
        (
            "FDA decides by it which facilities are eligible and which take part, plans and "
            "conducts the assessments, and learns from the pilots how quality management "
            "maturity may be assessed.",
            "85 FR 65824; 85 FR 65828",
        ),
    ),
    HEADINGS[2]: (
        (
            "Taking part is voluntary. An assessment is not an inspection and does not rest on "
            "FDA’s inspection authority.",
            ASSUMPTION,
        ),
        (
            "Nobody judges by it whether you comply with current good manufacturing practice, or "
            "the quality of any product.",
            ASSUMPTION,
        ),
        ("That a facility is selected, or is not, says nothing about its quality.", ASSUMPTION),
        (
            "FDA publishes no applicant, participant or level. Whether a level is disclosed is "
            "the manufacturer’s own choice.",
            "85 FR 65824; 85 FR 65828",
        ),
        (
            "The notices do not say what follows where a serious hazard is seen. This statement "
            "does not limit what the law asks of FDA or of you.",
            ASSUMPTION,
        ),
    ),
}


class Sentence(NamedTuple):
    """One sentence of the statement and where it comes from."""

    text: str
    source: str

    @property
    def is_assumption(self) -> bool:
        return self.source == ASSUMPTION


class Section(NamedTuple):
    """One heading with its sentences."""

    heading: str
    sentences: tuple[Sentence, ...]


def sections_of(statement: StatementOfUse) -> tuple[Section, ...]:
    """What one version says, heading by heading."""
    return tuple(
        Section(part["heading"], tuple(Sentence(*sentence) for sentence in part["sentences"]))
        for part in statement.sections
    )


def as_rows(sentences_by_heading) -> list[dict]:
    """Headings with sentences and sources, as the row keeps them."""
    return [
        {"heading": heading, "sentences": [list(sentence) for sentence in sentences]}
        for heading, sentences in sentences_by_heading.items()
    ]


def seed_first_version(statements) -> None:
    """Lay the first version where there is none; for the migration, and tests that empty tables."""
    if not statements.exists():
        statements.create(
            version=1,
            sections=as_rows(FIRST_VERSION),
            since=FIRST_SINCE,
            reason="The first version, drafted with this product; FDA has not confirmed it.",
        )


def current_statement() -> StatementOfUse:
    """The version in force: the newest one."""
    return StatementOfUse.objects.order_by("-version")[:1].get()


def read_sentences(text) -> tuple[Sentence, ...]:
    """Sentences as typed, one to a line; without a source in brackets it is our assumption."""
    sentences = []
    for line in filter(None, map(str.strip, text.splitlines())):
        found = WITH_SOURCE.match(line)
        sentences.append(
            Sentence(found["text"], found["source"].strip())
            if found
            else Sentence(line, ASSUMPTION)
        )
    return tuple(sentences)


def as_typed(section: Section) -> str:
    """The sentences of a section as a person types them."""
    return "\n".join(f"{sentence.text} [{sentence.source}]" for sentence in section.sentences)


@transaction.atomic
def publish_statement(sentences_by_heading, *, reason, seen, by, at) -> StatementOfUse:
    """Publish the next version, in force at once; the earlier ones stay readable.

    `sentences_by_heading` maps each of HEADINGS to its Sentences; `seen` is the version that the
    person started from. Raises Refusal for anyone but FDA's coordinator, without a reason, where a
    heading has no sentence, where nothing differs, and where a colleague published meanwhile.
    """
    if not may_publish_statement(by):
        raise Refusal("Only FDA coordinators publish the statement of use.")
    if not reason.strip():
        raise Refusal("Give the reason for the new version; it is shown beside it.")
    if missing := [heading for heading in HEADINGS if not sentences_by_heading.get(heading)]:
        raise Refusal(f"Write at least one sentence under: {'; '.join(missing)}.")
    current = StatementOfUse.objects.select_for_update(no_key=True).first()
    if seen != current.version:
        raise Refusal(
            f"Version {current.version} was published after you opened this page. Nothing was "
            "published; read it, then change that one."
        )
    sections = as_rows({heading: sentences_by_heading[heading] for heading in HEADINGS})
    if sections == current.sections:
        raise Refusal("This is what the present version says, word for word.")
    last = StatementOfUse.objects.aggregate(Max("version"))["version__max"]
    statement = StatementOfUse.objects.create(
        version=last + 1, sections=sections, since=at, reason=reason.strip(), published_by=by
    )
    record(
        "publish_statement",
        statement,
        by=by,
        at=at,
        before={"version": current.version},
        after={"version": statement.version, "sections": statement.sections},
        reason=statement.reason,
    )
    return statement


def note_seen(deed, subject, *, seen=None, must_be_current=True, by, at) -> StatementOfUse:
    """Keep which version this person had before her at this deed; part of the deed's transaction.

    `seen` is the version that her page showed, None where the deed has no page of its own and the
    version in force is meant. Raises Refusal when that is no longer the one in force, unless the
    deed may go on with the version that was read.
    """
    statement = current_statement()
    if not must_be_current:
        statement = StatementOfUse.objects.filter(version=seen or 0).first() or statement
    elif seen is not None and seen != statement.version:
        raise Refusal(
            "FDA’s statement of use changed after you opened this page. Read the new version "
            "below, then go on."
        )
    StatementSeen.objects.create(
        **AboutSubject.naming(subject), statement=statement, deed=deed, person=by, at=at
    )
    return statement


def last_seen(statement, person) -> datetime | None:
    """When this person last went on with this version before her; None for a stranger to it."""
    if not person.is_authenticated:
        return None
    return StatementSeen.objects.filter(statement=statement, person=person).aggregate(Max("at"))[
        "at__max"
    ]


def version_in(posted) -> int | None:
    """The version that a posted page showed; None where it names none."""
    text = posted.get("statement", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
