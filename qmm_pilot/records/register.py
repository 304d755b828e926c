"""A firm's access register: who outside it opened which of its records, and when (A13).

The register is written behind the pages, by their addresses and not by their code: each floor
declares which address opens whose record, so that a page under such an address cannot forget it.
The line is written before the page leaves; where it cannot be written, nobody reads the page.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.apps import apps
from django.db.models import Exists

from qmm_pilot import clock

from .access import FDA, FIRM
from .models import RecordAccess, StoredFile

How = RecordAccess.How
LIST = "list"  # the subject's kind where a page lists the records of many firms


class Whose(NamedTuple):
    """The firm that a record belongs to, with what its line in the register names."""

    organization_id: UUID
    site: str
    program_name: str


@dataclass(frozen=True)
class Record:
    """One kind of record, and the paths that lead from its row to firm, site and program."""

    kind: str
    what: str
    firm: str
    site: str
    program: str
    is_confidential: bool

    def whose(self, pk, *, noted) -> tuple[Whose | None, bool]:
        """Whose record this is, None where it is gone; and whether `noted` holds a line already.

        One query for both: most pages are opened more than once in an hour.
        """
        paths = [path for path in (self.firm, self.site, self.program) if path]
        rows = apps.get_model(self.kind)._default_manager.filter(pk=pk)
        row = rows.annotate(is_noted=Exists(noted)).values_list(*paths, "is_noted").first()
        if row is None:
            return None, False
        *facts, is_noted = row
        return Whose(*facts, *[""] * (3 - len(facts))), is_noted


@dataclass(frozen=True)
class Listing:
    """A page with lines about many firms; FDA's hold all of them, others those of `firms`."""

    what: str
    firms: Callable[..., Iterable[UUID]] | None
    is_confidential: bool


RECORDS: dict[str, Record] = {}
ADDRESSES: dict[str, tuple[str, str]] = {}  # beginning of a route: the record's kind, its argument
LISTS: dict[str, Listing] = {}
BESIDE: dict[str, Callable[..., Iterable[UUID]]] = {}  # route: ids that it shows besides its own
FILES: dict[str, str] = {}  # beginning of a route that hands out a file: the argument


def declare_record(
    kind, what, *, firm, addresses, site="", program="", is_confidential=True
) -> None:
    """Declare whose the records of one kind ("app.model") are, and which addresses open them.

    `addresses` maps the beginning of a route to the argument that holds the record's id.
    `is_confidential`: every page under them carries the banner, whatever the firm has designated.
    """
    RECORDS[kind] = Record(kind, what, firm, site, program, is_confidential)
    for beginning, argument in addresses.items():
        ADDRESSES[beginning] = (kind, argument)


def declare_beside(route, ids_beside) -> None:
    """Declare that this page shows further records of its kind, perhaps of other firms.

    `ids_beside` takes the route's arguments and gives the ids of those records.
    """
    BESIDE[route] = ids_beside


def declare_list(route, what, *, firms=None, is_confidential=False) -> None:
    """Declare a page that lists many firms; `firms(user)` are those a contractor's person sees."""
    LISTS[route] = Listing(what, firms, is_confidential)


def declare_files(beginning, argument="pk") -> None:
    """Declare an address that hands out files; each belongs to the record that it is about."""
    FILES[beginning] = argument


def page_mark(request) -> dict[str, bool]:
    """Context of base.html: whether this address always carries confidential information (A10)."""
    match = request.resolver_match
    if match is None:
        return {"carries_confidential": False}
    if match.route in LISTS:
        return {"carries_confidential": LISTS[match.route].is_confidential}
    beginning = _longest(match.route, ADDRESSES)
    carries = beginning is not None and RECORDS[ADDRESSES[beginning][0]].is_confidential
    return {"carries_confidential": carries}


def note(match, user, *, is_download=False) -> None:
    """Note that this person was shown what the address of this match opens.

    Nobody is noted in her own firm's register. One query where the same person opened the record
    within the same hour, one more otherwise; each download is a line by itself.
    """
    if user.side == FIRM and not user.is_agent:
        return  # the walls open to her the records of her own firm alone
    if match.route in LISTS:
        _note_list(match.route, LISTS[match.route], user)
        return
    how = How.DOWNLOADED if is_download else How.OPENED
    if beginning := _longest(match.route, FILES):
        _note_file(match.kwargs[FILES[beginning]], user, how)
    elif beginning := _longest(match.route, ADDRESSES):
        kind, argument = ADDRESSES[beginning]
        _note_record(RECORDS[kind], match.kwargs[argument], user, how)
        beside = BESIDE.get(match.route)
        for pk in beside(**match.kwargs) if beside else ():
            _note_record(RECORDS[kind], pk, user, how)


def _longest(route, beginnings):
    fitting = [beginning for beginning in beginnings if route.startswith(beginning)]
    return max(fitting, key=len, default=None)


def _note_record(record, pk, user, how):
    access = _access(user, how, subject_kind=record.kind, subject_id=str(pk), what=record.what)
    _write(access, record, pk, user)


def _note_file(pk, user, how):
    stored_file = StoredFile.objects.get(pk=pk)
    record = RECORDS.get(stored_file.subject_kind)
    if record is None:
        return  # FDA's own file, or a contractor's agreement: no firm's record
    access = _access(
        user,
        how,
        subject_kind=StoredFile._meta.label_lower,
        subject_id=str(pk),
        what=f"File: {record.what[0].lower()}{record.what[1:]}",
    )
    _write(access, record, stored_file.subject_id, user)


def _note_list(route, listing, user):
    access = _access(user, How.LISTED, subject_kind=LIST, subject_id=route, what=listing.what)
    if _same_hour(access).exists():
        return
    if user.side == FDA:
        _insert([access])
        return
    firms = set(listing.firms(user)) if listing.firms else set()
    lines = []
    for organization_id in sorted(firms):
        line = _access(user, How.LISTED, subject_kind=LIST, subject_id=route, what=listing.what)
        line.organization_id = organization_id
        lines.append(line)
    _insert(lines)


def _access(user, how, **subject):
    at = clock.now()
    return RecordAccess(
        how=how,
        user_id=user.pk,
        person_name=user.name,
        office=user.organization.name if user.organization_id else "Agent",
        at=at,
        hour=at.replace(minute=0, second=0, microsecond=0),
        noted_at=clock.real_now(),
        **subject,
    )


def _same_hour(access):
    """The lines of this person and record that the same hour has already.

    Asked before writing, since on SQLite a write waits for every other writer.
    """
    return RecordAccess.objects.filter(
        user_id=access.user_id,
        subject_kind=access.subject_kind,
        subject_id=access.subject_id,
        hour=access.hour,
    ).exclude(how=How.DOWNLOADED)


def _write(access, record, pk, user):
    whose, is_noted = record.whose(pk, noted=_same_hour(access))
    if whose is None or whose.organization_id == user.organization_id:
        return
    if access.how == How.DOWNLOADED or not is_noted:
        access.organization_id, access.site, access.program_name = whose
        _insert([access])


def _insert(accesses):
    # Two pages that one person opens at once write one line, and none of them fails.
    RecordAccess.objects.bulk_create(accesses, ignore_conflicts=True)
