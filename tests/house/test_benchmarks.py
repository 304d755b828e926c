"""What `make bench` says of a figure is what was measured."""

from tests.benchmarks.__main__ import BENCHMARKS
from tests.benchmarks.figure import Figure, interleaved


def test_a_figure_holds_up_to_its_reach_and_not_beyond():
    assert Figure("P", "x", 13.0, 10.0, 1.3).as_row()["holds"]
    beyond = Figure("P", "x", 13.1, 10.0, 1.3).as_row()
    assert (beyond["ratio"], beyond["holds"]) == (1.31, False)
    assert Figure("P", "x", 129.0, None, 130.0).holds


def test_product_and_floor_are_measured_in_turns_after_a_warm_up():
    calls = []
    mine, theirs = interleaved(
        lambda: calls.append("product"), lambda: calls.append("floor"), repetitions=4
    )
    assert (len(mine), len(theirs)) == (4, 4)
    assert calls[:2] == ["product", "floor"]
    assert calls[2:] == ["floor", "product", "product", "floor"] * 2


def test_every_benchmark_is_a_module_beside_the_others():
    from importlib.util import find_spec

    assert all(find_spec(f"tests.benchmarks.{name}") for name, _ in BENCHMARKS)
