"""Runs as a process of its own: a workbook on standard input, its cells as CSV on standard output.

It imports nothing of the application, so that a hostile workbook meets little code, and bounds its
own memory and time. Row n of the sheet becomes line n of the CSV. It ends with one of EXITS.
"""

import csv
import resource
import sys
import zipfile
from datetime import date, datetime

MOST_MEMORY = 1_536 * 1024 * 1024  # bytes; 300,000 rows of 15 columns take about 400 MB
MOST_SECONDS = 90  # of processor time
BROKEN, ENCRYPTED, WITHOUT_ROWS, TOO_LARGE = 3, 4, 5, 6
PIECE = 1 << 20


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    import python_calamine  # noqa: PLC0415 - a library that parses hostile bytes: bounded first

    source = open(0, "rb")  # noqa: SIM115 - standard input, which ends with this process
    try:
        _unpack_as_declared(source)
        source.seek(0)
        with python_calamine.CalamineWorkbook.from_filelike(source) as workbook:
            return _write(workbook)
    except MemoryError:
        return TOO_LARGE
    except python_calamine.PasswordError:
        return ENCRYPTED
    except (python_calamine.CalamineError, zipfile.BadZipFile, EOFError, ValueError, OSError):
        return BROKEN


def _unpack_as_declared(source):
    """Raise BadZipFile where a part holds more, or something else, than the directory says."""
    with zipfile.ZipFile(source) as archive:
        for part in archive.infolist():
            with archive.open(part) as content:
                while content.read(PIECE):
                    pass


def _write(workbook) -> int:
    largest = None
    for index, known in enumerate(workbook.sheets_metadata):
        if "Visible" in str(known.visible) and "WorkSheet" in str(known.typ):
            sheet = workbook.get_sheet_by_index(index)
            if largest is None or sheet.height > largest.height:
                largest = sheet
    if largest is None or largest.start is None:
        return WITHOUT_ROWS
    text = open(1, "w", encoding="utf-8", newline="")  # noqa: SIM115 - as above
    out = csv.writer(text)
    out.writerows([] for _ in range(largest.start[0]))
    for cells in largest.iter_rows():
        out.writerow(map(_as_text, cells))
    text.flush()
    return 0


def _as_text(cell) -> str:
    if isinstance(cell, str):
        return " ".join(cell.splitlines()) if "\n" in cell or "\r" in cell else cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return (
            cell.date().isoformat()
            if cell == datetime.combine(cell, datetime.min.time())
            else (cell.isoformat(" "))
        )
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    sys.exit(main())
