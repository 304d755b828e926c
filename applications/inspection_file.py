"""FDA's published inspection classifications, read row by row from the file as downloaded.

The export of FDA's Data Dashboard is CSV with 15 columns, one row per project area of an
inspection, `-` for missing, MM/DD/YYYY. The row rules are applied here, once, for both database
engines.
"""

import codecs
import csv
import hashlib
import heapq
import io
import re
import tempfile
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import BinaryIO, NamedTuple

from applications.eligibility import Classification, canonical_fei
from applications.models import InspectionRecord
from qmm_pilot.lifecycle import Refusal

# Raised whenever a rule below changes: a file read under older rules is then read anew.
ROW_RULES = 1
LARGEST_FILE = 512 * 1024 * 1024  # bytes; FDA's whole export was about 60 MB in March 2026
TITLE_ROWS = 50  # how far down the line of column names is looked for
LONGEST_TEXT_OF_OTHERS = 100  # characters; FEI, dates, year and class have their own rule
FDA_FOUNDED_IN = 1906

# Our column: the name that FDA prints, then variants seen in public loaders of the file.
HEADERS = {
    "fei": ("FEI Number", "FEI"),
    "legal_name": ("Legal Name", "Company Name"),
    "city": ("City",),
    "state": ("State",),
    "postal_code": ("Zip", "Zip Code"),
    "country": ("Country/Area", "Country"),
    "fiscal_year": ("Fiscal Year",),
    "inspection_id": ("Inspection ID",),
    "posted_citations": ("Posted Citations",),
    "ended_on": ("Inspection End Date",),
    "classification": ("Classification",),
    "project_area": ("Project Area",),
    "product_type": ("Product Type",),
    "additional_details": ("Additional Details",),
    "fmd145_on": ("FMD-145 Date",),
}
# What a row becomes, in this order, after its line number.
FIELDS = ("fei", "fei_key", *list(HEADERS)[1:])
TEXTS = set(HEADERS) - {"fei", "fiscal_year", "ended_on", "classification", "fmd145_on"}
LONGEST = tuple(
    (name in TEXTS and InspectionRecord._meta.get_field(name).max_length) or LONGEST_TEXT_OF_OTHERS
    for name in HEADERS
)

WANTED = "Please download the inspection classifications from FDA's Data Dashboard as CSV."
SIGNATURES = {
    b"%PDF": "The file is a PDF.",
    b"PK\x03\x04": "The file is an Excel workbook or a zip archive.",
    b"\xd0\xcf\x11\xe0": "The file is an old Excel workbook.",
}
NOT_IN_WINDOWS_1252 = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])


class Reject(NamedTuple):
    """A row that was not taken: its line in the file, counted from 1, and why."""

    line: int
    reason: str


class Rejects:
    """The rejected rows in the order of the file, kept on disk: a file may hold millions."""

    def __init__(self):
        self.count = 0
        # They vanish with this object.
        self._spools = [
            tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115
            for _ in range(2)
        ]

    def add(self, line: int, reason: str) -> None:
        """Note a row that breaks a row rule; lines must ascend."""
        self._note(self._spools[0], line, reason)

    def add_contradiction(self, line: int, first_line: int) -> None:
        """Note a row that contradicts an earlier one; lines must ascend among these."""
        reason = (
            f"contradicts line {first_line}: the same inspection, project area and product type "
            "with other values"
        )
        self._note(self._spools[1], line, reason)

    def _note(self, spool, line, reason):
        self.count += 1
        spool.write(f"{line}\t{' '.join(reason.split())}\n")

    def __iter__(self) -> Iterator[Reject]:
        return heapq.merge(*map(self._read, self._spools))

    @staticmethod
    def _read(spool) -> Iterator[Reject]:
        spool.seek(0)
        for text in spool:
            line, reason = text.rstrip("\n").split("\t", 1)
            yield Reject(int(line), reason)


class FileFacts(NamedTuple):
    """What one pass over the bytes tells; `size` in bytes."""

    sha256: str
    size: int
    encoding: str
    ends_with_newline: bool


def examine(stream: BinaryIO) -> FileFacts:
    """Hash the file and learn its encoding: UTF-8, else Windows-1252. Leaves it at its start.

    Raises Refusal for an empty file, one above LARGEST_FILE, and what is not text.
    """
    stream.seek(0, io.SEEK_END)
    size = stream.tell()
    if size == 0:
        raise Refusal(f"The file is empty. {WANTED}")
    if size > LARGEST_FILE:
        limit = LARGEST_FILE // (1024 * 1024)
        raise Refusal(f"The file is larger than {limit} MB, the most that is read. {WANTED}")
    stream.seek(0)
    start = stream.read(8)
    for signature, sentence in SIGNATURES.items():
        if start.startswith(signature):
            raise Refusal(f"{sentence} {WANTED}")
    stream.seek(0)
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, is_windows_1252, chunk = True, True, b""
    while piece := stream.read(1 << 20):
        chunk = piece
        digest.update(chunk)
        if b"\0" in chunk:
            raise Refusal(f"The file is not a text file. {WANTED}")
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        if is_windows_1252 and chunk != chunk.translate(None, NOT_IN_WINDOWS_1252):
            is_windows_1252 = False
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    if not (is_utf8 or is_windows_1252):
        raise Refusal(f"The file is neither UTF-8 nor Windows-1252 text. {WANTED}")
    stream.seek(0)
    encoding = "utf-8" if is_utf8 else "cp1252"
    return FileFacts(digest.hexdigest(), size, encoding, chunk[-1:] in (b"\n", b"\r"))


def read_rows(stream: BinaryIO, facts: FileFacts, rejects: Rejects) -> Iterator[tuple]:
    """Give each acceptable row as (line, *FIELDS) and note the others in `rejects`.

    Texts are trimmed, `-` and empty become missing, dates ISO 8601 text. Blank lines are
    skipped. Raises Refusal, at the first row at the latest, where the 15 columns are not found;
    later where the CSV itself is broken or the file ends inside a row.
    """
    if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
        stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=facts.encoding, newline="")
    try:
        reader = csv.reader(text, strict=True)
        try:
            yield from _checked_rows(reader, facts, rejects)
        except csv.Error as error:
            raise Refusal(
                f"The file is not well-formed CSV: line {reader.line_num}: {error}. {WANTED}"
            ) from error
    finally:
        text.detach()


def _checked_rows(reader, facts: FileFacts, rejects: Rejects) -> Iterator[tuple]:
    positions, width = _find_header(reader)
    pick = itemgetter(*positions)
    line, short_line = reader.line_num + 1, 0
    for cells in reader:
        if len(cells) != width:
            if not any(map(str.strip, cells)):
                line = reader.line_num + 1
                continue
            if len(cells) < width or any(map(str.strip, cells[width:])):
                rejects.add(line, f"has {len(cells)} values where the file has {width} columns")
                short_line = reader.line_num
                line = short_line + 1
                continue
        try:
            row = checked(pick(cells))
        except ValueError as error:
            if any(map(str.strip, cells)):
                rejects.add(line, str(error))
        else:
            yield (line, *row)
        line = reader.line_num + 1
    if short_line == reader.line_num and not facts.ends_with_newline:
        raise Refusal(
            f"The file ends in the middle of line {short_line}: the download was cut off. {WANTED}"
        )


def _find_header(reader) -> tuple[list[int], int]:
    """Pass over title and filter lines; return the place of each column of HEADERS, and the width.

    Raises Refusal naming the columns that are missing or stand twice.
    """
    known = {_plain(name): field for field, names in HEADERS.items() for name in names}
    nearest: list[str | None] = []
    for cells, _ in zip(reader, range(TITLE_ROWS), strict=False):
        fields = [known.get(_plain(cell)) for cell in cells]
        found = set(fields) - {None}
        if found >= HEADERS.keys():
            doubles = [HEADERS[field][0] for field in HEADERS if fields.count(field) > 1]
            if doubles:
                raise Refusal(f"The file has more than one column {_quoted(doubles)}.")
            return [fields.index(field) for field in HEADERS], len(cells)
        if len(found) > len(set(nearest) - {None}):
            nearest = fields
    missing = [names[0] for field, names in HEADERS.items() if field not in nearest]
    if len(missing) > len(HEADERS) // 2:
        raise Refusal(f"The file is not FDA's inspection export: no column names found. {WANTED}")
    raise Refusal(f"The file lacks the column {_quoted(missing)}. {WANTED}")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _quoted(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def checked(cells: tuple[str, ...]) -> tuple:
    """One row's values, in the order of HEADERS, as FIELDS. Raises ValueError with the reason."""
    values = ["" if cell == "-" else cell for cell in map(str.strip, cells)]
    if any(map(int.__gt__, map(len, values), LONGEST)):
        field = next(f for f, v, m in zip(HEADERS, values, LONGEST, strict=True) if len(v) > m)
        raise ValueError(f"has a longer {HEADERS[field][0]} than can be true")
    (
        fei,
        legal_name,
        city,
        state,
        postal_code,
        country,
        fiscal_year,
        inspection_id,
        posted_citations,
        ended_on,
        classification,
        project_area,
        product_type,
        additional_details,
        fmd145_on,
    ) = values
    if not fei:
        raise ValueError("has no FEI")
    if not inspection_id:
        raise ValueError("has no inspection ID")
    if not ended_on:
        raise ValueError("has no inspection end date")
    return (
        fei,
        canonical_fei(fei),
        legal_name,
        city,
        state,
        postal_code,
        country,
        _year(fiscal_year),
        _without_decimal(inspection_id),
        posted_citations,
        _iso_date(ended_on),
        _known_classification(classification),
        project_area,
        product_type,
        additional_details,
        _iso_date(fmd145_on),
    )


# A whole export holds a few thousand different days and a dozen of the other two.
@lru_cache(maxsize=16_384)
def _iso_date(text: str) -> str | None:
    if not text:
        return None
    if american := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text):
        month, day, year = map(int, american.groups())
    elif iso := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text):
        year, month, day = map(int, iso.groups())
    else:
        raise ValueError(f"“{text[:40]}” is not a date: MM/DD/YYYY is expected")
    if year < FDA_FOUNDED_IN:
        raise ValueError(f"“{text}” is no possible date of an inspection")
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise ValueError(f"“{text}” is a date that does not exist") from None


@lru_cache(maxsize=1_024)
def _known_classification(text: str) -> str | None:
    if not text:
        return None
    plain = " ".join(text.split()).casefold()
    for known in Classification:
        if plain in {f"{known.label} ({known.value})".casefold(), known.value.casefold()}:
            return known.value
    raise ValueError(f"“{text[:80]}” is not a known classification")


@lru_cache(maxsize=1_024)
def _year(text: str) -> int | None:
    if not text:
        return None
    year = _without_decimal(text)
    if not re.fullmatch(r"(19|20|21)[0-9]{2}", year):
        raise ValueError(f"“{text[:40]}” is not a fiscal year")
    return int(year)


def _without_decimal(number: str) -> str:
    bare = number.removesuffix(".0")  # what a spreadsheet makes of a number
    return bare if bare.isdecimal() else number
