"""Rows for spreadsheets: CSV in which no cell is ever read as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator

# What begins a formula in one spreadsheet or another, the full-width signs included.
BEGINS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
BLANKS = " \u00a0\u3000"
BYTE_ORDER_MARK = "\ufeff"  # by which Excel knows UTF-8


def safe_cell(value) -> str:
    """A value as text that a spreadsheet shows and never computes.

    A text that begins like a formula, also after blanks, gets an apostrophe before it.
    """
    text = "" if value is None else str(value)
    begins = text.startswith(BEGINS_FORMULA) or text.lstrip(BLANKS).startswith(BEGINS_FORMULA)
    return f"'{text}" if begins else text


def csv_lines(rows: Iterable[Iterable]) -> Iterator[bytes]:
    """CSV in UTF-8, every cell quoted and safe, one piece for each row."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    buffer.write(BYTE_ORDER_MARK)
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
