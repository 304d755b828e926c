"""Geometry of the profile chart: one bar of steps per line; templates need no arithmetic."""

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
