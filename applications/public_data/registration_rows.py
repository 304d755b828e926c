"""The row rules of FDA's published drug-establishment registrations (`drls_reg.txt`).

Tab-delimited, CRLF, a leading space in the first header, a trailing tab on each data row, padded
values; 14 columns, of which those that name contact persons are never read. Rows of one site and
registrant that differ in operations or expiration alone are united.
"""

import re
from collections.abc import Iterable, Iterator
from operator import itemgetter

from applications.eligibility import canonical_duns
from applications.models import Registration

from .columns import Column, bare, fei, fei_key, iso_date, or_missing, text_of
from .files import MEGABYTE, Layout, Portion, SetAside

ROW_RULES = 1

HEADERS: dict[str, tuple[str, ...]] = {
    "fei": ("FEI_NUMBER",),
    "duns": ("DUNS_NUMBER",),
    "firm_name": ("FIRM_NAME",),
    "address": ("ADDRESS",),
    "expires_on": ("EXPIRATION_DATE",),
    "operations": ("OPERATIONS",),
    "registrant_name": ("REGISTRANT_NAME",),
}
FIELDS = (
    "fei",
    "fei_key",
    "duns",
    "firm_name",
    "address",
    "country",
    "operations",
    "registrant_name",
    "expires_on",
)
KEY = ("fei_key", "duns", "firm_name", "address", "registrant_name")

LAYOUT = Layout(
    headers=HEADERS,
    called="FDA's file of drug establishment registrations",
    wanted=(
        "Please download drls_reg.zip from FDA's page “Drug Establishments Current Registration "
        "Site” and upload it, or the drls_reg.txt in it, as it is."
    ),
    noun="registrations",
    delimiter="\t",
    largest_content=16 * MEGABYTE,  # the true file has about 10,400 rows and 4 MB
    names_persons=True,
)

SEPARATOR = "; "  # between the operations of one registration


def columns(missing) -> dict[str, tuple[str, Column]]:
    """FIELDS, each with the column that it is read from and its rule, as those of inspections."""
    rules = {
        "fei": Column(fei),
        "fei_key": Column(fei_key),
        "duns": Column(_duns),
        "country": Column(_country),
        "operations": Column(_operations),
        "expires_on": Column(or_missing(missing, iso_date)),
    }
    read_from = {"fei_key": "fei", "country": "address"}
    return {
        field: (
            read_from.get(field, field),
            rules[field] if field in rules else Column(_text(field)),
        )
        for field in FIELDS
    }


def _text(field):
    # In bytes, since all of them together are indexed, and PostgreSQL takes about 2,700.
    longest = Registration._meta.get_field(field).max_length or 0
    return text_of(HEADERS[field][0], longest, in_bytes=True)


def united(portions: Iterable[Portion], aside: SetAside) -> Iterator[Portion]:
    """One row for each site and registrant, with all its operations and its last expiration."""
    key_of = itemgetter(*map(FIELDS.index, KEY))
    operations, expires_on = FIELDS.index("operations"), FIELDS.index("expires_on")
    firsts: dict[tuple, tuple[int, list]] = {}
    for portion in portions:
        for line, row in zip(portion.lines, portion.rows(), strict=True):
            first_line, first = firsts.setdefault(key_of(row), (line, list(row)))
            if first_line != line:
                try:
                    together = _operations(f"{first[operations]};{row[operations]}")
                except ValueError:
                    aside.refuse_to_unite(line, first_line, _as_published(row))
                    continue
                aside.repeats += 1
                first[operations] = together
                first[expires_on] = max(first[expires_on], row[expires_on], key=lambda on: on or "")
    lines, rows = zip(*firsts.values(), strict=True) if firsts else ((), ())
    yield Portion.of_rows(lines, rows, len(FIELDS))


def _as_published(row) -> list[str]:
    """The values of a row in the columns of the file; a missing day, however marked, is empty."""
    values = dict(zip(FIELDS, row, strict=True))
    if not (values["expires_on"] or "")[:1].isdecimal():
        values["expires_on"] = ""
    return [values[name] for name in HEADERS]


def _duns(cell: str) -> str:
    text = bare(cell)
    try:
        return canonical_duns(text) if text else ""
    except ValueError:
        # A DUNS number that is none is no reason to lose what the site does.
        return text[:16]


def _country(cell: str) -> str:
    """ISO 3166-1 alpha-3 from the end of an address: “… United States (USA)”."""
    found = re.search(r"\(([A-Z]{3})\)$", bare(cell))
    return found.group(1) if found else ""


_listed = text_of("OPERATIONS", Registration._meta.get_field("operations").max_length or 0)


def _operations(cell: str) -> str:
    names = {" ".join(name.split()).upper() for name in _listed(cell).split(";")}
    return SEPARATOR.join(sorted(names - {""}))
