"""What a benchmark says: product, floor and their ratio, measured turn by turn in one run."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One line of bench.json. `product` and `floor` are in `unit`; it holds where ratio <= reach.

    Where a figure has no floor of its own, `floor` is None and product itself is compared.
    """

    id: str
    what: str
    product: float
    floor: float | None
    reach: float
    unit: str = "ms"
    more: str = ""

    @property
    def ratio(self) -> float:
        return self.product if self.floor is None else self.product / self.floor

    @property
    def holds(self) -> bool:
        return self.ratio <= self.reach

    def as_row(self) -> dict:
        """The row as quality.md names its columns, and how it was measured."""
        return {**asdict(self), "ratio": round(self.ratio, 3), "holds": self.holds}


def interleaved(
    product: Callable[[], object],
    floor: Callable[[], object],
    *,
    repetitions: int = 20,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[list[float], list[float]]:
    """Milliseconds of each, taken in turns after one warm-up of both, so that a busy moment of
    the machine falls on both."""
    product()
    floor()
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(repetitions):
        # Who goes first changes, so that neither always finds the other's garbage.
        order = (0, 1) if turn % 2 else (1, 0)
        for which in order:
            begun = clock()
            (product, floor)[which]()
            times[which].append((clock() - begun) * 1000)
    return times


def spread(times: list[float]) -> str:
    """Median, p05 and p95 in words."""
    ordered = sorted(times)
    low = ordered[int(len(ordered) * 0.05)]
    high = ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
    return f"median {median(ordered):.2f}, p05 {low:.2f}, p95 {high:.2f}"
