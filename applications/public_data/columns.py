"""The rules of single columns, each applied once to every different cell of a file.

A whole export has 300,000 rows but few different days, states or project areas; looking a cell up
takes a tenth of the time of judging it.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from operator import is_

from applications.eligibility import canonical_fei

MOST_REMEMBERED = 65_536  # cells of one column, so that memory stays bounded
FDA_FOUNDED_IN = 1906


class Column(dict):
    """What a rule made of each cell of a column; the rule raises ValueError, naming the reason.

    `plain`, where given, says of a whole column that the rule would leave every cell as it is.
    """

    def __init__(self, rule: Callable[[str], object], plain=None):
        super().__init__()
        self._rule = rule
        self._plain = plain
        self._same: set[str] = set()  # cells that the rule leaves as they are

    def __missing__(self, cell):
        value = self._rule(cell)
        if len(self) >= MOST_REMEMBERED:
            self.clear()
            self._same.clear()
        self[cell] = value
        if value == cell:
            self._same.add(cell)
        return value

    def of(self, cells: tuple[str, ...]) -> Sequence:
        """What becomes of a whole column."""
        if self._plain is not None and self._plain(cells):
            return cells
        if self._same.issuperset(cells):
            return cells
        return list(map(self.__getitem__, cells))


def digits_alone(most: int) -> Callable[[tuple[str, ...]], bool]:
    """Whether every cell is a number of at most so many digits that begins with none."""

    def plain(cells):
        together = "".join(cells)
        return (
            together.isdecimal()
            and together.isascii()
            and min(cells) >= "1"
            and max(map(len, cells)) <= most
        )

    return plain


class Once:
    """Asks of one column of cells once what two rules ask of it, one after the other."""

    def __init__(self, plain: Callable[[tuple[str, ...]], bool]):
        self._plain = plain
        self._last: tuple[tuple[str, ...], bool] = ((), False)

    def __call__(self, cells: tuple[str, ...]) -> bool:
        """What is true of these cells; they are known by being the same object."""
        asked, answer = self._last
        if asked is not cells:
            answer = self._plain(cells)
            self._last = cells, answer
        return answer


def texts_alone(longest: int) -> Callable[[tuple[str, ...]], bool]:
    """Whether every cell is a text of at most so many characters without blanks around it.

    For columns of many different texts, where nothing is gained by remembering them.
    """

    def plain(cells):
        # strip() gives the same object back where there is nothing to strip.
        return (
            all(map(is_, cells, map(str.strip, cells)))
            and "-" not in cells
            and max(map(len, cells)) <= longest
        )

    return plain


def bare(cell: str) -> str:
    """The cell without blanks around it; `-` is FDA's way of leaving it out."""
    text = cell.strip()
    return "" if text == "-" else text


def text_of(header: str, longest: int, *, in_bytes=False) -> Callable[[str], str]:
    """The rule of a text column of at most so many characters, or bytes of UTF-8."""

    def rule(cell):
        text = bare(cell)
        if len(text) > longest or (in_bytes and len(text.encode()) > longest):
            raise ValueError(f"has a longer {header} than can be true")
        return text

    return rule


def or_missing(missing, rule: Callable[[str], object]) -> Callable[[str], object]:
    """The rule of a column whose cells may be left out: `missing` then stands for the value."""

    def rule_or_missing(cell):
        text = bare(cell)
        return rule(text) if text else missing

    return rule_or_missing


def fei(cell: str) -> str:
    """The FEI as published."""
    text = bare(cell)
    if not text:
        raise ValueError("has no FEI")
    return text


def fei_key(cell: str) -> str:
    """The FEI without leading zeros."""
    return canonical_fei(fei(cell))


def without_decimal(number: str) -> str:
    """The number without the “.0” that a spreadsheet appends."""
    whole = number.removesuffix(".0")
    return whole if whole.isdecimal() else number


def iso_date(text: str) -> str:
    """A day written MM/DD/YYYY, as ISO date, or DD-MON-YYYY, as ISO date."""
    if american := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text):
        month, day, year = map(int, american.groups())
    elif iso := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text):
        year, month, day = map(int, iso.groups())
    elif re.fullmatch(r"[0-9]{1,2}-[A-Za-z]{3}-[0-9]{4}", text):
        try:
            named = datetime.strptime(text.title(), "%d-%b-%Y")  # noqa: DTZ007 - a day alone
        except ValueError:
            raise ValueError(f"“{text}” is a date that does not exist") from None
        year, month, day = named.year, named.month, named.day
    else:
        raise ValueError(f"“{text[:40]}” is not a date: MM/DD/YYYY is expected")
    if year < FDA_FOUNDED_IN:
        raise ValueError(f"“{text}” is no possible date of an inspection")
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise ValueError(f"“{text}” is a date that does not exist") from None
