"""FDA's drug-establishment registrations on record, read by FEI.

Current data cannot show that a site was registered in 2020: every registration expires on
31 December of its year. They are evidence of what a site does and where it is, no proof.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from applications.models import Registration
from applications.public_data.registration_rows import SEPARATOR


@dataclass(frozen=True)
class Registered:
    """What FDA's published registrations say of one FEI, all its rows together.

    `country` is ISO 3166-1 alpha-3 ("" when not told); `operations` and `registrants` are in
    alphabetical order and as FDA writes them ("MANUFACTURE" is not "API MANUFACTURE").
    `is_published` is false when the newest file on record no longer lists the FEI; then the
    rest is what the last file that did list it said.
    """

    fei_key: str
    firm_name: str
    address: str
    country: str
    duns: str
    operations: tuple[str, ...]
    registrants: tuple[str, ...]
    expires_on: date | None
    is_published: bool
    file_name: str


def registered_as(fei_keys: Iterable[str]) -> list[Registered]:
    """How these FEIs (without leading zeros) are registered, in the order of the FEIs.

    An FEI that no file on record lists is left out. One query.
    """
    wanted = list(dict.fromkeys(fei_keys))
    rows: dict[str, list[Registration]] = {}
    for row in (
        Registration.objects.filter(fei_key__in=wanted, closed_by=None)
        .select_related("first_import")
        .order_by("-first_import__number", "id")
    ):
        rows.setdefault(row.fei_key, []).append(row)
    return [_united(rows[fei_key]) for fei_key in wanted if fei_key in rows]


def operations_listed(registrations: Iterable[Registered]) -> tuple[set[str] | None, bool]:
    """What the newest file lists for a site; where it lists nothing, what an older one did.

    The operations of all its FEIs, None where no file lists any, and whether the newest file does.
    """
    known = list(registrations)
    published = [each for each in known if each.is_published]
    operations = {name for each in published or known for name in each.operations}
    return (operations if known else None), bool(published)


def _united(rows: list[Registration]) -> Registered:
    published = [row for row in rows if row.absent_since_id is None]
    counted = published or rows
    first = counted[0]
    operations = {name for row in counted for name in row.operations.split(SEPARATOR) if name}
    return Registered(
        fei_key=first.fei_key,
        firm_name=first.firm_name,
        address=first.address,
        country=first.country,
        duns=first.duns,
        operations=tuple(sorted(operations)),
        registrants=tuple(sorted({row.registrant_name for row in counted} - {""})),
        expires_on=max((row.expires_on for row in counted if row.expires_on), default=None),
        is_published=bool(published),
        file_name=first.first_import.file_name,
    )
