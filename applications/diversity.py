"""How diverse a choice of facilities is: five properties, each counted; imports no Django (C3)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

NOT_STATED = "Not stated"
# key of a candidate, title of its table, what has to be said beside it
PROPERTIES = (
    ("sector", "Sector", ""),
    ("size", "Size", ""),
    ("place", "Country or state", "The state where every facility is in the United States."),
    ("sterile", "Sterile products", ""),
    ("products", "Product type", "A facility that makes several types counts in each."),
)


@dataclass(frozen=True)
class Candidate:
    """One eligible facility as the counts see it; labels, "" where nothing was stated."""

    sector: str
    size: str
    place: str
    sterile: str
    products: tuple[str, ...]
    has_place: bool  # drafted or offered
    is_ticked: bool  # in the choice that is tried

    def labels(self, key: str) -> tuple[str, ...]:
        """What this facility counts as under one property."""
        held = getattr(self, key)
        return (held if isinstance(held, tuple) else (held,) if held else ()) or (NOT_STATED,)


@dataclass(frozen=True)
class Spread:
    """One property: each label with how many were considered, have a place, would have one."""

    key: str
    title: str
    note: str
    series: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


def spreads(candidates: Iterable[Candidate]) -> list[Spread]:
    """Count every property; the third number stands only while something is ticked.

    Considered: every eligible facility. The most frequent label comes first, equals by name.
    """
    candidates = list(candidates)
    series: tuple[str, ...] = ("considered", "with a place")
    if any(one.is_ticked for one in candidates):
        series += ("with this choice",)
    return [_spread(candidates, key, title, note, series) for key, title, note in PROPERTIES]


def _spread(
    candidates: list[Candidate], key: str, title: str, note: str, series: tuple[str, ...]
) -> Spread:
    considered: Counter[str] = Counter()
    placed: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for one in candidates:
        for label in one.labels(key):
            considered[label] += 1
            placed[label] += one.has_place
            tried[label] += one.has_place or one.is_ticked
    order = sorted(considered, key=lambda label: (-considered[label], label))
    rows = tuple(
        (label, (considered[label], placed[label], tried[label])[: len(series)]) for label in order
    )
    return Spread(key, title, note, series, rows)
