"""Which entries of the trail are asked for: by record, person, deed and period, in the address."""

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode

from qmm_pilot.clock import EASTERN

SYSTEM = "system"  # in place of a person's id: what the system did by itself
LONGEST_CHOICE = 200  # characters


class ChoiceError(ValueError):
    """What was chosen cannot be read; the text is a sentence for the person who chose it."""


@dataclass(frozen=True)
class TrailChoice:
    """One choice among the entries; an empty text chooses everything.

    kind is a model's label, record its id, person a user's id or SYSTEM, since and until Eastern
    days of the deed (ISO, both included).
    """

    kind: str = ""
    record: str = ""
    person: str = ""
    deed: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def from_query(cls, query) -> "TrailChoice":
        """Read the choice from an address or a form."""
        # PostgreSQL takes no NUL in a text, not even to compare with it.
        asked = {f.name: query.get(f.name, "").replace("\0", "").strip() for f in fields(cls)}
        return cls(**{name: text[:LONGEST_CHOICE] for name, text in asked.items()})

    def among(self, entries):
        """The chosen ones of these entries. Raises ChoiceError."""
        same = {"subject_kind": self.kind, "subject_id": self.record, "deed": self.deed}
        entries = entries.filter(**{name: text for name, text in same.items() if text})
        if self.person:
            entries = entries.filter(actor=None if self.person == SYSTEM else _id(self.person))
        if self.since:
            entries = entries.filter(at__gte=_midnight(_day(self.since)))
        if self.until:
            entries = entries.filter(at__lt=_midnight(_day(self.until) + timedelta(days=1)))
        return entries

    def facts(self) -> dict[str, str]:
        """What was chosen, without what was left open."""
        return {name: text for name, text in asdict(self).items() if text}

    def address(self, **more) -> str:
        """The address of the trail with this choice and, for example, the place to go on from."""
        query = {**self.facts(), **{name: value for name, value in more.items() if value}}
        trail = reverse("records:trail")
        return f"{trail}?{urlencode(query)}" if query else trail


def trail_address(subject) -> str:
    """The address of all entries about one record."""
    return TrailChoice(kind=subject._meta.label_lower, record=str(subject.pk)).address()


def _day(text) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # The ends of the calendar have no day before or after them.
    if day is None or not 1900 <= day.year <= 9000:
        raise ChoiceError(f"“{text}” is not a day. Write it as 2020-11-30.")
    return day


def _midnight(day) -> datetime:
    """The moment at which a day begins by Eastern clocks."""
    return datetime.combine(day, time(), tzinfo=EASTERN)


def _id(text) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ChoiceError("Choose a person from the list.") from None
