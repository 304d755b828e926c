"""The words under which FDA finds a request in its queue (B16), without Django.

A request is found by any word of its facility's or firm's name, by an FEI or DUNS number and by its
receipt number. Words are compared in lower case and without accents, numbers without leading zeros.
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_WORD = 40  # characters; longer words are cut, when kept and when sought
MOST_WORDS = 8  # of one search
# Letters that Unicode does not take apart into a letter and its accent.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"[0-9][0-9\s\-]*")
_LABELLED = re.compile(rf"(?:fei|duns)[\s:#-]*({_NUMBER.pattern})", re.IGNORECASE)
# A pilot and eight letters or digits without those that are mistaken for others; no more, lest the
# name of a firm ("Bio-Tech-Labs") be taken for one.
_RECEIPT = re.compile(r"(?:fdf|api|qmm)(?:-[2-9a-hjkmnp-tv-z]{4}){2}", re.IGNORECASE)


def folded(text: str) -> str:
    """The text in lower case and without accents: how names are sorted and compared."""
    apart = unicodedata.normalize("NFKD", text.replace("\0", ""))
    bare = "".join(each for each in apart if not unicodedata.combining(each))
    return " ".join(bare.casefold().translate(_PLAIN).split())


def words_of(*names: str) -> set[str]:
    """Every word of these names."""
    return {_kept(word) for name in names for word in _WORD.findall(folded(name))}


def number_word(text: str) -> str:
    """An FEI, DUNS or receipt number as one word: no hyphens, spaces or leading zeros."""
    joined = "".join(_WORD.findall(folded(text)))
    return joined.lstrip("0")[:LONGEST_WORD] or joined[:1]


def words_sought(text: str) -> tuple[list[str], bool]:
    """The words that a search asks for, and whether they are one whole number or receipt.

    A number is compared whole; of names the beginning of each word is enough.
    """
    typed = text.strip().removesuffix(".0")  # a spreadsheet's trace
    if labelled := _LABELLED.fullmatch(typed):
        typed = labelled[1]
    if _NUMBER.fullmatch(typed) or _is_receipt(typed):
        return [number_word(typed)], True
    return sorted(words_of(typed))[:MOST_WORDS], False


def all_words(names: Iterable[str], numbers: Iterable[str]) -> set[str]:
    """What is kept of a request with these names and numbers."""
    return words_of(*names) | {word for number in numbers if (word := number_word(number))}


def _kept(word):
    # A word of digits alone is found as the number that it is.
    return number_word(word) if word.isdecimal() else word[:LONGEST_WORD]


def _is_receipt(text):
    return _RECEIPT.fullmatch(text) is not None
