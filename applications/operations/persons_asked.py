"""How many persons were asked the same questions in twelve months (C10).

The Paperwork Reduction Act reaches identical questions put to ten or more persons (44 U.S.C.
3502(3)) within twelve months (5 CFR 1320.3(c)). How we count stands in docs/decisions.md.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from applications.models import Seat

MOST_WITHOUT_CLEARANCE = 9  # persons; ten or more need a clearance


@dataclass(frozen=True)
class PersonsAsked:
    """The sites (FEIs) that were offered a place, and those whose place is drafted only."""

    since: date
    offered: frozenset[str]
    drafted: frozenset[str]
    firms: int  # of those that were offered a place

    @property
    def asked(self) -> int:
        """How many were asked in the twelve months."""
        return len(self.offered)


@dataclass(frozen=True)
class AskingOneMore:
    """What asking one more site means: the number that it would be, and the clearance for it."""

    persons: PersonsAsked
    would_be: int  # with this site and with whoever is drafted
    clearance: str  # the program's own, while it holds

    @property
    def needs_clearance(self) -> bool:
        """Whether ten or more persons would be asked within twelve months."""
        return self.would_be > MOST_WITHOUT_CLEARANCE

    @property
    def needs_reference(self) -> bool:
        """Whether a reference has to be given, because the program has no clearance of its own."""
        return self.needs_clearance and not self.clearance


def asking_one_more(program, fei_key: str, *, at: datetime) -> AskingOneMore:
    """What it means to ask this site too. One query."""
    persons = persons_asked(program, at=at)
    would_be = len(persons.offered | persons.drafted | {fei_key})
    return AskingOneMore(persons, would_be, clearance_of(program, at=at))


def persons_asked(program, *, at: datetime) -> PersonsAsked:
    """Who was asked the questions of this program's pilot in the twelve months before `at`.

    Each site that was offered a place counts once, from its offer until the place became free or
    the program ended: in that time it may be asked. One query.
    """
    since = year_before(at)
    in_time = Q(freed_at__gt=since) | Q(freed_at=None, program__ends_on__gte=program.today(since))
    seats = (
        Seat.objects.filter(
            Q(participation__isnull=False) | Q(freed_at=None),
            in_time,
            program__pilot=program.pilot,
            program__is_demonstration=program.is_demonstration,
            program__rehearsal_of=None,
        )
        .order_by()
        .values_list(
            "fei_key", "participation_request__organization_id", "participation__offered_at"
        )
    )
    offered, drafted, firms = set(), set(), set()
    for fei_key, organization_id, offered_at in seats:
        if offered_at:
            offered.add(fei_key)
            firms.add(organization_id)
        else:
            drafted.add(fei_key)
    return PersonsAsked(
        program.today(since), frozenset(offered), frozenset(drafted - offered), len(firms)
    )


def year_before(at: datetime) -> datetime:
    """The same moment a year earlier; of a February 29, that of February 28."""
    try:
        return at.replace(year=at.year - 1)
    except ValueError:
        return at.replace(year=at.year - 1, day=28)


def clearance_of(program, *, at: datetime) -> str:
    """The program's own clearance while it has not expired, in words; empty without one."""
    if not program.shows_pra_block(program.today(at)):
        return ""
    return f"OMB control number {program.pra_control_number}"
