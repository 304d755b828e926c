"""One of FDA's published files as downloaded: hashed, examined, opened as rows of cells.

Text (CSV or tab-delimited; UTF-8, with or without byte order mark, or Windows-1252), an Excel
workbook, or a zip archive that holds one such text. What a column may hold is said elsewhere.
"""

import codecs
import csv
import hashlib
import heapq
import io
import json
import os
import re
import shutil
import subprocess  # nosec B404 - a fixed program of our own, no shell
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from qmm_pilot.lifecycle import Refusal

from . import workbook_cells
from .columns import Column

MEGABYTE = 1024 * 1024
LARGEST_FILE = 512 * MEGABYTE  # FDA's whole export of inspections was about 60 MB in March 2026
LARGEST_CONTENT = 768 * MEGABYTE  # of a workbook or archive, unpacked
UNPACKS_TO_MOST = 200  # times its size; sheets of true data unpack to about 12 times
RATIO_COUNTS_FROM = 32 * MEGABYTE
MOST_PARTS = 500
PORTION = 200  # rows judged at a time; more of them leave the processor's cache
LINE_BREAK = re.compile(r"\r\n|\r|\n")
TITLE_ROWS = 50  # how far down the line of column names is looked for
SCRIPT = Path(workbook_cells.__file__)

OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
ZIPPED = b"PK\x03\x04"
# What zipfile raises for broken, encrypted and unknown ways of packing.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
NOT_IN_WINDOWS_1252 = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])
WORKBOOK_REFUSED = {
    workbook_cells.ENCRYPTED: "The Excel workbook is protected by a password.",
    workbook_cells.WITHOUT_ROWS: "The Excel workbook holds no sheet with rows.",
    workbook_cells.TOO_LARGE: "The Excel workbook needs more memory than may be used to read it.",
    workbook_cells.BROKEN: "The Excel workbook is broken.",
}


class Layout(NamedTuple):
    """What distinguishes one published file from another.

    `headers` maps our columns to the names that FDA prints, then variants seen in public loaders
    of the file; `called` completes "The file is not …"; `wanted` tells where to get it.
    """

    headers: dict[str, tuple[str, ...]]
    called: str
    wanted: str
    noun: str
    delimiter: str
    largest_content: int  # bytes of text
    names_persons: bool  # then a row whose values may be shifted is not quoted


class Form(Enum):
    """How the rows are packed."""

    TEXT = "text"
    WORKBOOK = "workbook"
    ARCHIVE = "archive"


class FileFacts(NamedTuple):
    """What examining told; `member` is the one text of an archive."""

    form: Form
    encoding: str
    ends_with_newline: bool
    member: str = ""


class Reject(NamedTuple):
    """A row that was not taken: its line in the file, counted from 1, and why."""

    line: int
    reason: str


class SetAside:
    """The rows that become none of their own: rejected, or saying again what another says.

    The rejected ones are kept on disk in the order of the file: a file may hold millions.
    """

    def __init__(self):
        self.rejected = 0
        self.repeats = 0
        # They vanish with this object.
        self._spools = [
            tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115
            for _ in range(2)
        ]

    def reject(self, line: int, reason: str, cells) -> None:
        """Note a row that breaks a row rule; lines must ascend."""
        self._note(self._spools[0], line, reason, cells)

    def contradict(self, line: int, first_line: int, cells) -> None:
        """Note a row that contradicts an earlier one; lines must ascend among these."""
        reason = (
            f"contradicts line {first_line}: the same inspection, project area and product type "
            "with other values"
        )
        self._note(self._spools[1], line, reason, cells)

    def refuse_to_unite(self, line: int, first_line: int, cells) -> None:
        """Note a row that is too much for one with an earlier one; lines as of `contradict`."""
        reason = f"names more, together with line {first_line}, than one establishment can do"
        self._note(self._spools[1], line, reason, cells)

    def _note(self, spool, line, reason, cells):
        self.rejected += 1
        spool.write(json.dumps([line, " ".join(reason.split()), list(cells)]) + "\n")

    def __iter__(self) -> Iterator[Reject]:
        return (Reject(line, reason) for line, reason, _ in self.with_cells())

    def with_cells(self) -> Iterator[tuple[int, str, list[str]]]:
        """Each rejected row with its line, the reason, and its values as published."""
        return heapq.merge(*map(self._read, self._spools), key=lambda noted: noted[0])

    @staticmethod
    def _read(spool):
        spool.seek(0)
        for text in spool:
            yield tuple(json.loads(text))


def fingerprint(stream: BinaryIO, layout: Layout) -> tuple[str, int]:
    """The file's SHA-256 in hex and its size in bytes. Leaves it at its start.

    Raises Refusal for an empty file and for one above LARGEST_FILE, which is not read.
    """
    size = stream.seek(0, io.SEEK_END)
    if size == 0:
        raise Refusal(f"The file is empty. {layout.wanted}")
    if size > LARGEST_FILE:
        limit = LARGEST_FILE // MEGABYTE
        raise Refusal(f"The file is larger than {limit} MB, the most that is read. {layout.wanted}")
    stream.seek(0)
    digest = hashlib.sha256()
    while piece := stream.read(MEGABYTE):
        digest.update(piece)
    stream.seek(0)
    return digest.hexdigest(), size


def examine(stream: BinaryIO, layout: Layout) -> FileFacts:
    """Learn how the rows are packed and written. Leaves the file at its start.

    Raises Refusal for what is neither text nor a workbook nor an archive of one text, and for
    what unpacks to more than may be read; that is told from the directory, without unpacking.
    """
    start = stream.read(4)
    stream.seek(0)
    if start == b"%PDF":
        raise Refusal(f"The file is a PDF. {layout.wanted}")
    if start == OLD_WORKBOOK:
        raise Refusal(f"The file is an old or a protected Excel workbook. {layout.wanted}")
    if start == ZIPPED:
        facts = _examine_zipped(stream, layout)
    else:
        encoding, ends_with_newline = _examine_text(stream, layout)
        facts = FileFacts(Form.TEXT, encoding, ends_with_newline)
    stream.seek(0)
    return facts


def _examine_zipped(stream, layout) -> FileFacts:
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            _refuse_bombs(parts, layout)
            if any(part.filename.startswith("xl/") for part in parts):
                return FileFacts(Form.WORKBOOK, "utf-8", ends_with_newline=True)
            texts = [part for part in parts if part.filename.lower().endswith((".txt", ".csv"))]
            if len(texts) != 1:
                raise Refusal(
                    f"The file is a zip archive with {len(texts)} text files, where one is "
                    f"expected. {layout.wanted}"
                )
            with archive.open(texts[0]) as content:
                encoding, ends_with_newline = _examine_text(content, layout)
            return FileFacts(Form.ARCHIVE, encoding, ends_with_newline, texts[0].filename)
    except ZIP_ERRORS as error:
        raise Refusal(
            f"The file is a broken Excel workbook or zip archive. {layout.wanted}"
        ) from error


def _refuse_bombs(parts, layout):
    packed = sum(part.compress_size for part in parts)
    unpacked = sum(part.file_size for part in parts)
    most = LARGEST_CONTENT if unpacked <= RATIO_COUNTS_FROM else UNPACKS_TO_MOST * packed
    if len(parts) > MOST_PARTS or unpacked > min(LARGEST_CONTENT, most):
        noun = "part" if len(parts) == 1 else "parts"
        raise Refusal(
            f"The file unpacks to {unpacked // MEGABYTE:,} MB in {len(parts):,} {noun}, more than "
            f"such a file can hold. {layout.wanted}"
        )


def _examine_text(stream, layout) -> tuple[str, bool]:
    """The encoding and whether the last line is ended."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, is_windows_1252, last, size = True, True, b"", 0
    while piece := stream.read(MEGABYTE):
        last, size = piece, size + len(piece)
        if size > layout.largest_content:
            limit = layout.largest_content // MEGABYTE
            raise Refusal(f"The file holds more than {limit} MB of text. {layout.wanted}")
        if b"\0" in piece:
            raise Refusal(f"The file is not a text file. {layout.wanted}")
        # The table costs more than decoding, and no ASCII is missing in it.
        if not piece.isascii() and piece != piece.translate(None, NOT_IN_WINDOWS_1252):
            is_windows_1252 = False
        if is_utf8:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                is_utf8 = False
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    if not (is_utf8 or is_windows_1252):
        raise Refusal(f"The file is neither UTF-8 nor Windows-1252 text. {layout.wanted}")
    return ("utf-8-sig" if is_utf8 else "cp1252"), last[-1:] in (b"\n", b"\r")


# --- Rows of cells ---------------------------------------------------------------------------


@contextmanager
def cells_of(stream: BinaryIO, facts: FileFacts, layout: Layout):
    """Open the rows as a csv.reader; its line_num counts lines of the text or rows of the sheet.

    Reading raises Refusal where the text is not well-formed or the workbook cannot be read.
    """
    if facts.form is Form.WORKBOOK:
        with _as_file(stream) as source, _workbook_lines(source, layout) as lines:
            yield csv.reader(lines, strict=True)
        return
    with _text_of(stream, facts, layout) as text:
        reader = (
            csv.reader(text, strict=True)
            if layout.delimiter == ","
            else csv.reader(text, delimiter=layout.delimiter, quoting=csv.QUOTE_NONE)
        )
        try:
            yield reader
        except csv.Error as error:
            raise Refusal(
                f"The file is not well-formed CSV: line {reader.line_num}: {error}. {layout.wanted}"
            ) from error


@contextmanager
def _text_of(stream, facts, layout):
    if facts.form is Form.ARCHIVE:
        with zipfile.ZipFile(stream) as archive, archive.open(facts.member) as content:
            text = io.TextIOWrapper(content, encoding=facts.encoding, newline="")
            yield _lines_unpacked(text, layout)
        return
    text = io.TextIOWrapper(stream, encoding=facts.encoding, newline="")
    try:
        yield text
    finally:
        text.detach()


def _lines_unpacked(text, layout):
    try:
        yield from text
    except ZIP_ERRORS as error:
        raise Refusal(f"The zip archive is broken. {layout.wanted}") from error


@contextmanager
def _as_file(stream):
    """The stream as a file of the operating system, which another process can read."""
    name = getattr(stream, "name", None)
    if isinstance(name, str | os.PathLike) and os.path.isfile(name):
        with open(name, "rb") as source:
            yield source
        return
    with tempfile.TemporaryFile() as source:
        shutil.copyfileobj(stream, source)
        source.seek(0)
        yield source


@contextmanager
def _workbook_lines(source, layout):
    """The lines that workbook_cells writes; it is ended with whoever reads them."""
    process = subprocess.Popen(  # nosec B603 - a fixed program of our own, no shell
        [sys.executable, "-I", str(SCRIPT)],
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _lines_until_ended(process, layout)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _lines_until_ended(process, layout):
    yield from io.TextIOWrapper(process.stdout, encoding="utf-8", newline="")
    ended = process.wait()
    if ended:
        # Ended by a signal: the limit of its time, or of the machine's memory.
        too_large = WORKBOOK_REFUSED[workbook_cells.TOO_LARGE]
        raise Refusal(f"{WORKBOOK_REFUSED.get(ended, too_large)} {layout.wanted}")


def find_header(reader, layout: Layout) -> tuple[list[int], int]:
    """Pass over title and filter lines; return the place of each column, and the file's width.

    Raises Refusal naming the columns that are missing or stand twice.
    """
    headers = layout.headers
    known = {_plain(name): field for field, names in headers.items() for name in names}
    nearest: list[str | None] = []
    for cells, _ in zip(reader, range(TITLE_ROWS), strict=False):
        fields = [known.get(_plain(cell)) for cell in cells]
        found = set(fields) - {None}
        if found >= headers.keys():
            doubles = [headers[field][0] for field in headers if fields.count(field) > 1]
            if doubles:
                raise Refusal(f"The file has more than one column {_quoted(doubles)}.")
            return [fields.index(field) for field in headers], len(cells)
        if len(found) > len(set(nearest) - {None}):
            nearest = fields
    missing = [names[0] for field, names in headers.items() if field not in nearest]
    if len(missing) > len(headers) // 2:
        raise Refusal(f"The file is not {layout.called}: no column names found. {layout.wanted}")
    raise Refusal(f"The file lacks the column {_quoted(missing)}. {layout.wanted}")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _quoted(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


class Portion(NamedTuple):
    """Some acceptable rows: their lines in the file, and the values column by column."""

    lines: Sequence[int]
    columns: Sequence[Sequence[str]]

    @classmethod
    def of_rows(cls, lines: Sequence[int], rows: Sequence[Sequence], width: int) -> "Portion":
        """The same from rows of `width` values."""
        return cls(lines, list(zip(*rows, strict=True)) or [()] * width)

    def rows(self) -> Iterator[tuple]:
        """The values row by row."""
        return zip(*self.columns, strict=True)


def portions_of(
    reader,
    facts: FileFacts,
    layout: Layout,
    aside: SetAside,
    columns: dict[str, tuple[str, Column]],
) -> Iterator[Portion]:
    """Give the acceptable rows, some hundred at a time, and set the others aside.

    A row has a value for each entry of `columns`, which names the column of `layout.headers` that
    it is read from, and its rule. Blank lines are skipped. Raises Refusal, at the first row at
    the latest, where the columns are not found; later where the file ends inside a row.
    """
    positions, width = find_header(reader, layout)
    place = dict(zip(layout.headers, positions, strict=True))
    rules = [(place[read_from], column) for read_from, column in columns.values()]
    line, short = reader.line_num + 1, False
    while cells := list(islice(reader, PORTION)):
        portion, short = None, False
        if reader.line_num - line + 1 == len(cells):
            portion = _all_at_once(line, cells, rules, width)
        if portion is None:
            portion, short = _one_by_one(line, cells, rules, width, layout, aside, positions)
        line = reader.line_num + 1
        yield portion
    if short and not facts.ends_with_newline:
        raise Refusal(
            f"The file ends in the middle of line {reader.line_num}: the download was cut off. "
            f"{layout.wanted}"
        )


def _all_at_once(line, cells, rules, width) -> Portion | None:
    """The rows, column by column, which takes half the time; None where one breaks a rule."""
    try:
        by_place = list(zip(*cells, strict=True))  # ValueError where one is longer than another
        if len(by_place) != width:
            return None
        columns = [column.of(by_place[place]) for place, column in rules]
    except ValueError:
        return None
    return Portion(range(line, line + len(cells)), columns)


def _one_by_one(line, portion, rules, width, layout, aside, positions) -> tuple[Portion, bool]:
    """The rows that break no rule, and whether the last one had too few values."""
    lines, rows, short = [], [], False
    for cells in portion:
        short = False
        if not any(map(str.strip, cells)):
            pass
        elif len(cells) < width or any(map(str.strip, cells[width:])):
            reason = f"has {len(cells)} values where the file has {width} columns"
            aside.reject(line, reason, () if layout.names_persons else cells)
            short = len(cells) < width
        else:
            try:
                rows.append([column[cells[place]] for place, column in rules])
                lines.append(line)
            except ValueError as error:
                aside.reject(line, str(error), [cells[place] for place in positions])
        line += 1 + sum(len(LINE_BREAK.findall(cell)) for cell in cells)
    return Portion.of_rows(lines, rows, len(rules)), short
