"""Geometry of the charts: bars of steps, bars of counts; templates need no arithmetic."""

from dataclasses import dataclass

WIDTH = 400
_GAP = 3
_BAR = 12
_LINE = 44


@dataclass(frozen=True)
class Step:
    x: float
    width: float
    reached: bool


@dataclass(frozen=True)
class Line:
    label: str
    level: int | None
    reading: str
    text_y: int
    bar_y: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class ProfileChart:
    title: str
    lines: tuple[Line, ...]
    levels: int
    height: int
    width: int = WIDTH
    bar: int = _BAR

    @property
    def description(self) -> str:
        """Say the whole picture in words, for those who do not see it."""
        return "; ".join(f"{line.label}: {line.reading}" for line in self.lines) + "."


def profile_chart(title: str, rows, *, levels: int = 5) -> ProfileChart:
    """Lay out rows of (label, level, reading) as bars of `levels` equal steps.

    `level` is a whole number from 1 to `levels`, or None for what was not rated: then no step is
    filled, and the reading (for example "Not rated") says so; None is never drawn as zero.
    Raises ValueError for a level outside the bounds.
    """
    width = (WIDTH - _GAP * (levels - 1)) / levels
    lines = []
    for number, (label, level, reading) in enumerate(rows):
        if level is not None and not 1 <= level <= levels:
            raise ValueError(f"Level {level} of {label!r} is not between 1 and {levels}.")
        steps = tuple(
            Step(
                round(step * (width + _GAP), 1), round(width, 1), level is not None and step < level
            )
            for step in range(levels)
        )
        top = number * _LINE
        lines.append(Line(label, level, reading, top + 16, top + 22, steps))
    return ProfileChart(title, tuple(lines), levels, max(1, len(lines)) * _LINE)


_COUNT_BAR, _COUNT_LINE, _LABEL_LINE = 10, 16, 22
_COUNT_WIDTH = 250  # of the longest bar; its count stands to the right of it
# One look for each series, by shape and not by color alone: outlined, filled, hatched.
LOOKS = ("outlined", "filled", "hatched")


@dataclass(frozen=True)
class Bar:
    look: str
    width: float
    bar_y: int
    text_x: float
    text_y: int
    reading: str


@dataclass(frozen=True)
class Group:
    label: str
    text_y: int
    bars: tuple[Bar, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class CountChart:
    title: str
    heading: str
    series: tuple[str, ...]
    groups: tuple[Group, ...]
    height: int
    width: int = WIDTH
    bar: int = _COUNT_BAR

    @property
    def description(self) -> str:
        """Say the whole picture in words, for those who do not see it."""
        return (
            "; ".join(
                f"{group.label}: {', '.join(bar.reading for bar in group.bars)}"
                for group in self.groups
            )
            + "."
        )


def count_chart(title: str, heading: str, series, rows) -> CountChart:
    """Lay out rows of (label, counts), one count of each series, as bars side by side.

    Up to three series; `heading` names what the labels are. Raises ValueError for more.
    """
    series = tuple(series)
    if len(series) > len(LOOKS):
        raise ValueError(f"{len(series)} series are more than {len(LOOKS)}.")
    most = max((count for _, counts in rows for count in counts), default=0) or 1
    groups, top = [], 0
    for label, counts in rows:
        bars = []
        for number, (name, count) in enumerate(zip(series, counts, strict=True)):
            width = round(_COUNT_WIDTH * count / most, 1)
            y = top + _LABEL_LINE + number * _COUNT_LINE
            bars.append(Bar(LOOKS[number], width, y, round(width + 6, 1), y + 9, f"{count} {name}"))
        groups.append(Group(label, top + 15, tuple(bars), tuple(counts)))
        top += _LABEL_LINE + len(series) * _COUNT_LINE + 10
    return CountChart(title, heading, series, tuple(groups), max(1, top))
