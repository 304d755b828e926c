"""What FDA's queue was asked for: filters and order, as they stand in its address.

An address holds codes and ids alone. What a person searches for is the name or number of a firm,
so it stays out of addresses: the session keeps it (B16).
"""

from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.http import urlencode

from applications.models import CriterionResult, Hold, ParticipationRequest
from qmm_pilot.clock import EASTERN

Status = ParticipationRequest.Status
RECEIVED = [status for status in Status if status != Status.DRAFT]
MINE, NOBODY, GONE = "me", "none", "gone"  # owners; GONE: coordinators no more
OWNERS = (MINE, NOBODY, GONE)
LONGEST_CODE = 40  # characters


class Age(NamedTuple):
    """A band of whole Eastern days since a request reached FDA, both ends included."""

    label: str
    least: int
    most: int | None

    def moments(self, today: date) -> tuple[datetime | None, datetime]:
        """The moments between which such requests reached FDA: from (None: ever), and before."""
        since = _midnight(today - timedelta(days=self.most)) if self.most is not None else None
        return since, _midnight(today - timedelta(days=self.least - 1))


def age_in_words(submitted_at: datetime, today: date) -> str:
    """How many Eastern days ago a request reached FDA: "today", "1 day", "12 days"."""
    days = (today - submitted_at.astimezone(EASTERN).date()).days
    if days <= 0:
        return "today"
    return "1 day" if days == 1 else f"{days} days"


# Bands of our choice: one week, two, a month. No notice names any.
AGES = {
    "week": Age("Up to 7 days", 0, 7),
    "fortnight": Age("8 to 14 days", 8, 14),
    "month": Age("15 to 30 days", 15, 30),
    "older": Age("More than 30 days", 31, None),
}
MARKS = {
    "held": "On hold",
    "undetermined": "A criterion is undetermined",
    "second_person": "A ruling waits for a second person",
}


class Order(NamedTuple):
    """One order of the list; equal values follow the requests' ids, so that it is stable."""

    label: str
    column: str
    is_falling: bool = False


ORDERS = {
    "": Order("Newest first", "submitted_at", is_falling=True),
    "oldest": Order("Oldest first", "submitted_at"),
    "receipt": Order("Receipt number", "receipt_number"),
    "name": Order("Facility name", "sort_name"),
}


@dataclass(frozen=True)
class Choice:
    """One choice among the received requests; an empty text chooses everything.

    program is a slug, state a status, owner MINE, NOBODY, GONE or a person's id, age and mark are
    keys of AGES and MARKS, sort one of ORDERS.
    """

    program: str = ""
    state: str = ""
    owner: str = ""
    age: str = ""
    mark: str = ""
    sort: str = ""

    @classmethod
    def from_query(cls, query) -> "Choice":
        """Read the choice from an address; a code that nobody offers chooses everything."""
        given = {field.name: query.get(field.name, "")[:LONGEST_CODE] for field in fields(cls)}
        offered = {
            "state": given["state"] in RECEIVED,
            "owner": given["owner"] in OWNERS or _id(given["owner"]) is not None,
            "age": given["age"] in AGES,
            "mark": given["mark"] in MARKS,
            "sort": given["sort"] in ORDERS,
        }
        return cls(
            **{name: text if offered.get(name, True) else "" for name, text in given.items()}
        )

    def within(self, programs, officers) -> "Choice":
        """The same without a program or an owner who is none of these (slugs and ids)."""
        owner = self.owner if self.owner in OWNERS or _id(self.owner) in officers else ""
        return replace(self, program=self.program if self.program in programs else "", owner=owner)

    @property
    def order(self) -> Order:
        return ORDERS[self.sort]

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter leaves some requests out."""
        return self != Choice(sort=self.sort)

    def query(self, **changed) -> str:
        """The choice as the end of an address, "?state=…" or empty, with these parts changed."""
        parts = {name: text for name, text in {**asdict(self), **changed}.items() if text}
        return f"?{urlencode(parts)}" if parts else ""

    def among(self, received, *, user, officers, today):
        """The chosen ones of the received requests, for this person on this Eastern day.

        `officers` are the ids of all coordinators.
        """
        if self.program:
            received = received.filter(program__slug=self.program)
        if self.state:
            received = received.filter(status=self.state)
        if self.owner == GONE:
            received = received.filter(officer__isnull=False).exclude(officer__in=officers)
        elif self.owner:
            received = received.filter(officer=self._officer(user))
        if self.age:
            since, before = AGES[self.age].moments(today)
            received = received.filter(submitted_at__lt=before)
            if since:
                received = received.filter(submitted_at__gte=since)
        return _marked(received, self.mark)

    def _officer(self, user):
        if self.owner == NOBODY:
            return None
        return user.pk if self.owner == MINE else UUID(self.owner)


def _marked(received, mark):
    if mark == "held":
        return received.filter(pk__in=Hold.objects.held_requests())
    results = {
        "undetermined": CriterionResult.objects.undetermined,
        "second_person": CriterionResult.objects.awaiting_second_person,
    }
    if mark in results:
        return received.filter(Exists(results[mark]().filter(participation_request=OuterRef("pk"))))
    return received


def _id(text) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=EASTERN)
