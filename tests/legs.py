"""Runs the tests leg by leg (`make test`) and says at the end which legs ran, and why others not.

Legs: SQLite always; PostgreSQL and Redis on servers of the run's own, or on those that
TEST_DATABASE_URL and TEST_REDIS_URL name; the browser leg where a Chromium is found. All run side
by side, the long ones dealt to two processes each by file, so that no core idles before the end;
the browser, where people wait for pages and codes, goes before those that never wait. With
REQUIRE_ALL_LEGS=1 a leg that cannot run fails the whole.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.servers import (
    DidNotStart,
    NotInstalled,
    end_with_parent,
    temporary_postgresql,
    temporary_redis,
)

ROOT = Path(__file__).resolve().parent.parent
NOTHING_COLLECTED = 5


@dataclass(frozen=True)
class Result:
    """What one leg did: counts of tests, seconds, and a sentence where it did not run."""

    leg: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    not_run: str = ""


@dataclass(frozen=True)
class Leg:
    """A part of the suite, and the server or program it needs, which adds to the environment."""

    name: str
    marker: str
    needs: Callable[[], contextlib.AbstractContextManager[dict[str, str]]]
    processes: int = 1
    leaves_out: str = ""  # what this leg does not run, and which one does


@contextlib.contextmanager
def nothing() -> Iterator[dict[str, str]]:
    """Need nothing beyond Python."""
    yield {}


@contextlib.contextmanager
def postgresql() -> Iterator[dict[str, str]]:
    """Give the named PostgreSQL server, else one of our own."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield {"TEST_DATABASE_URL": named}
        return
    with temporary_postgresql() as url:
        yield {"TEST_DATABASE_URL": url, "TEST_SERVER_IS_OWN": "1"}


@contextlib.contextmanager
def redis() -> Iterator[dict[str, str]]:
    """Give the named Redis server, else one of our own."""
    named = os.environ.get("TEST_REDIS_URL")
    with contextlib.nullcontext(named) if named else temporary_redis() as url:
        yield {"TEST_REDIS_URL": url}


@contextlib.contextmanager
def browser() -> Iterator[dict[str, str]]:
    """Give the path of a Chromium as CHROMIUM. Raises NotInstalled."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            yield {"CHROMIUM": found}
            return
    raise NotInstalled("no Chromium was found (Debian's package is chromium)")


SQLITE = Leg("SQLite", "not browser", nothing, processes=2)
POSTGRESQL = Leg(
    "PostgreSQL",
    "not browser and not pure",
    postgresql,
    processes=2,
    leaves_out="what touches no database, which SQLite’s leg runs alone",
)
BROWSER = Leg("browser", "browser", browser, processes=2)
LEGS = (SQLITE, POSTGRESQL, BROWSER, Leg("Redis", "broker", redis))
QUICK = Leg(
    "SQLite, quick form",
    "not browser and not thorough",
    nothing,
    processes=2,
    leaves_out="what is marked thorough, the other engine and the browser, which `make test` runs",
)
LEFT_OUT = {leg.name: leg.leaves_out for leg in (*LEGS, QUICK)}
GIVES_WAY = (
    5  # how much nicer than the browser the legs are that wait for nothing but the processor
)


class Run:
    """The legs of one run; stop() ends every pytest that is still at work."""

    def __init__(self, legs: tuple[Leg, ...], arguments: list[str]) -> None:
        self.legs = legs
        self.arguments = arguments
        self.at_work: list[subprocess.Popen[str]] = []
        self.stopped = False
        self.prepared = ""  # the folder in which processes leave migrated databases to each other

    def results(self) -> list[Result]:
        with (
            tempfile.TemporaryDirectory(prefix="qmm-prepared-") as self.prepared,
            ThreadPoolExecutor(max_workers=len(self.legs)) as pool,
        ):
            futures = [pool.submit(self.run, leg) for leg in self.legs]
            while not all(future.done() for future in futures):
                time.sleep(0.2)  # the main thread stays free for signals
            return [future.result() for future in futures]

    def stop(self) -> None:
        self.stopped = True
        for process in list(self.at_work):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)  # pytest tears down what its tests started

    def run(self, leg: Leg) -> Result:
        if self.stopped:
            return Result(leg.name, not_run="the run was stopped")
        with tempfile.TemporaryDirectory(prefix="qmm-leg-") as folder:
            try:
                with leg.needs() as found:
                    return self._pytest(leg, found, Path(folder))
            except NotInstalled as missing:
                return Result(leg.name, not_run=str(missing))
            except DidNotStart as trouble:
                _say(f"leg {leg.name}: its server did not start\n{trouble}")
                return Result(leg.name, failed=1)

    def _pytest(self, leg: Leg, found: dict[str, str], folder: Path) -> Result:
        own = {"TEST_DATABASE_URL", "TEST_REDIS_URL", "TEST_SERVER_IS_OWN"}
        environment = {name: value for name, value in os.environ.items() if name not in own}
        # Files and caches of tests, browser and fonts go where the run leaves nothing behind.
        for name in ("TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            environment[name] = str(folder / name.lower())
            Path(environment[name]).mkdir()
        environment |= {**found, "TEST_PREPARED": self.prepared}
        report = folder / "report.xml"
        command = [sys.executable, "-m", "pytest", "-m", leg.marker, "-p", "no:cacheprovider",
                   f"--junit-xml={report}", "--durations=5"]  # fmt: skip
        if leg.processes > 1:
            command += ["-n", str(leg.processes)]  # dealt out by tests/dealing.py
        if BROWSER in self.legs and leg in (SQLITE, POSTGRESQL):
            command = ["nice", "-n", str(GIVES_WAY), *command]
        command += self.arguments
        _say(f"leg {leg.name} begins")
        begun = time.monotonic()
        with (folder / "output").open("w+") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, text=True,
                stdout=output, stderr=subprocess.STDOUT,
                preexec_fn=end_with_parent(signal.SIGTERM),
            )  # fmt: skip
            self.at_work.append(process)
            try:
                status = process.wait()
            finally:
                self.at_work.remove(process)
            output.seek(0)
            seconds = time.monotonic() - begun
            _say(f"leg {leg.name}, {seconds:.0f} s\n{output.read()}")
        if status == NOTHING_COLLECTED:
            return Result(leg.name, not_run="it holds no test", seconds=seconds)
        return _counted(leg.name, report, status, seconds)


def _counted(name: str, report: Path, status: int, seconds: float) -> Result:
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    if report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            for key in counts:
                counts[key] += int(suite.get(key, 0))
    failed = counts["failures"] + counts["errors"]
    if status and not failed:
        failed = 1  # the runner itself broke: that must never read as green
    passed = max(counts["tests"] - counts["failures"] - counts["errors"] - counts["skipped"], 0)
    return Result(name, passed, failed, counts["skipped"], seconds)


def _say(text: str) -> None:
    print(f"\n=== {text}", flush=True)


def _summary(results: list[Result], *, all_required: bool) -> int:
    """Print what ran and the closing line; return the exit status."""
    print("\nLegs:")
    failed = sum(result.failed for result in results)
    for result in results:
        if result.not_run:
            print(f"  {result.leg}: not run, {result.not_run}")
            failed += all_required
        else:
            print(
                f"  {result.leg}: {result.passed} passed, {result.failed} failed, "
                f"{result.skipped} skipped in {result.seconds:.0f} s"
            )
            if leaves_out := LEFT_OUT.get(result.leg):
                print(f"    without {leaves_out}")
    if all_required and any(result.not_run for result in results):
        print("REQUIRE_ALL_LEGS is set, so each leg not run counts as failed.")
    passed = sum(result.passed for result in results)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="SQLite alone, no browser, nothing thorough"
    )
    options, arguments = parser.parse_known_args()
    run = Run((QUICK,) if options.quick else LEGS, arguments)

    def stop(signal_number: int, _frame: object) -> None:
        _say(f"stopping ({signal.Signals(signal_number).name})")
        run.stop()

    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, stop)
    return _summary(run.results(), all_required=os.environ.get("REQUIRE_ALL_LEGS") == "1")


if __name__ == "__main__":
    sys.exit(main())
