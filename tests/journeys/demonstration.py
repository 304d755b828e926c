"""Runs the demonstration for the journeys: web server, worker with beat, all in one folder."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import end_with_parent, spare_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
STOP_SECONDS = 20
# What the tests' own process uses, or a shell may hold, is not the demonstration's.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "BROKER_DIR", "TEST_DATABASE_URL", "TEST_REDIS_URL")


@dataclass
class Demonstration:
    """A demonstration that runs; `worker` is None for one that somebody else started."""

    address: str
    var_dir: Path | None
    worker: subprocess.Popen | None = None
    logs: list[Path] = field(default_factory=list)

    @contextlib.contextmanager
    def worker_held(self) -> Iterator[bool]:
        """Hold the worker still meanwhile, so that a queued job is seen queued for certain.

        Yields False where the worker is somebody else's and goes on.
        """
        if self.worker is None:
            yield False
            return
        os.killpg(self.worker.pid, signal.SIGSTOP)
        try:
            yield True
        finally:
            os.killpg(self.worker.pid, signal.SIGCONT)

    def verify_trail(self) -> subprocess.CompletedProcess:
        """Run `manage.py verify_trail` on this demonstration's database."""
        assert self.var_dir, "JOURNEY_VAR_DIR names the folder of the running demonstration."
        return subprocess.run(
            [sys.executable, "manage.py", "verify_trail"], cwd=ROOT, check=False, text=True,
            env=_environment(self.var_dir), capture_output=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def last_lines_of_logs(self, most: int = 30) -> str:
        """What server and worker wrote last, for who looks into a failure."""
        return "\n".join(
            f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-most:])
            for log in self.logs
        )


@contextlib.contextmanager
def own_demonstration(var_dir: Path) -> Iterator[Demonstration]:
    """Migrate, load the demonstration, run web server and worker; end both afterwards."""
    port = spare_port()
    environment = _environment(var_dir) | {"PORT": str(port), "LOG_LEVEL": "WARNING"}
    for command in (["migrate", "-v", "0"], ["load_demo"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    address = f"http://localhost:{port}"
    web = ["gunicorn", "-c", "deploy/gunicorn.conf.py", "qmm_pilot.wsgi:application"]
    worker = ["celery", "--quiet", "-A", "qmm_pilot", "worker", "--beat", "--concurrency", "2",
              "--loglevel", "WARNING"]  # fmt: skip
    logs = [var_dir / "web.log", var_dir / "worker.log"]
    with (
        _running(web, environment, logs[0]) as server,
        _running(worker, environment, logs[1]) as worker_process,
    ):
        demonstration = Demonstration(address, var_dir, worker_process, logs)
        _wait_for(address, server, demonstration)
        yield demonstration


def running_demonstration(address: str) -> Demonstration:
    """The demonstration that runs already at this address; JOURNEY_VAR_DIR is its folder."""
    folder = os.environ.get("JOURNEY_VAR_DIR")
    return Demonstration(address.rstrip("/"), Path(folder).resolve() if folder else None)


def _environment(var_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return kept | {"VAR_DIR": str(var_dir), "DEBUG": "true"}


@contextlib.contextmanager
def _running(module: list[str], environment: dict[str, str], log: Path) -> Iterator:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *module], cwd=ROOT, env=environment,
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(address: str, server: subprocess.Popen, demonstration: Demonstration) -> None:
    last_moment = time.monotonic() + START_SECONDS
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while server.poll() is None and time.monotonic() < last_moment:
        try:
            direct.open(address, timeout=30).close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError(f"{address} did not answer.\n{demonstration.last_lines_of_logs()}")
