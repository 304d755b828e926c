"""Starts a private PostgreSQL or Redis server for a test run, and always stops it again.

Each lives in its own temporary folder on a spare port of 127.0.0.1, behind a password made for the
run. Nothing here touches a server that it did not start.
"""

import contextlib
import ctypes
import glob
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

START_SECONDS = 60


class NotInstalled(Exception):  # noqa: N818 - a fact about the machine, not an error of ours
    """The machine lacks the server's programs; its text says which."""


class DidNotStart(Exception):  # noqa: N818
    """The server's programs are here but it did not come up; its text holds the server's log."""


def spare_port() -> int:
    """Return a TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_with_parent(signal_number: int) -> Callable[[], None]:
    """Return a preexec_fn: the child gets the signal when its parent dies, even by kill -9."""

    pr_set_pdeathsig = 1
    library = ctypes.CDLL(None) if sys.platform == "linux" else None

    def ask_the_kernel() -> None:
        if library:
            library.prctl(pr_set_pdeathsig, signal_number)

    return ask_the_kernel


def postgresql_programs() -> Path:
    """Return the newest folder that holds initdb and postgres. Raises NotInstalled."""
    folders = [Path(found).parent for found in glob.glob("/usr/lib/postgresql/*/bin/postgres")]
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    folders = [folder for folder in folders if (folder / "initdb").exists()]
    if not folders:
        raise NotInstalled("PostgreSQL's server programs (postgres, initdb) are not installed")
    return max(folders, key=lambda folder: int("".join(filter(str.isdigit, str(folder))) or 0))


def _unprivileged() -> pwd.struct_passwd | None:
    """Return the account to run PostgreSQL as, None for our own: it refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NotInstalled("PostgreSQL does not run as root and there is no account postgres")


def _identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def temporary_postgresql() -> Iterator[str]:
    """Run a PostgreSQL server and yield its URL. Raises NotInstalled, DidNotStart.

    Durability is off: the data do not outlive the run.
    """
    programs = postgresql_programs()
    account = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="qmm-postgresql-") as folder:
        data, log = Path(folder, "data"), Path(folder, "log")
        password_file = Path(folder, "password")
        password = secrets.token_hex(16)
        password_file.write_text(password)
        if account:
            for path in (folder, str(password_file)):
                os.chown(path, account.pw_uid, account.pw_gid)
        _run_as(account, log, str(programs / "initdb"), "--no-sync", "-D", str(data), "-U", "qmm",
                "-A", "scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8",
                "--locale=C.UTF-8")  # fmt: skip
        port = spare_port()
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", folder]
        for option in ("listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off",
                       "synchronous_commit=off", "max_connections=200"):  # fmt: skip
            command += ["-c", option]
        # SIGINT is PostgreSQL's fast shutdown: it ends the sessions and leaves.
        with _running(command, log, account=account, stop=signal.SIGINT) as server:
            _wait_for(server, log)
            yield f"postgres://qmm:{password}@127.0.0.1:{port}/qmm"


@contextlib.contextmanager
def temporary_redis() -> Iterator[str]:
    """Run a Redis server that keeps nothing and yield its URL. Raises NotInstalled, DidNotStart."""
    program = shutil.which("redis-server")
    if not program:
        raise NotInstalled("redis-server is not installed")
    with tempfile.TemporaryDirectory(prefix="qmm-redis-") as folder:
        log, port, password = Path(folder, "log"), spare_port(), secrets.token_hex(16)
        configuration = Path(folder, "redis.conf")
        configuration.write_text(
            f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
            f'save ""\nappendonly no\ndir {folder}\n'
        )
        with _running([program, str(configuration)], log, stop=signal.SIGTERM) as server:
            _wait_for(server, log)
            yield f"redis://:{password}@127.0.0.1:{port}/0"


def _run_as(account: pwd.struct_passwd | None, log: Path, *command: str) -> None:
    with log.open("ab") as output:
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False,
            cwd=log.parent, **_identity(account),
        )  # fmt: skip
    if result.returncode:
        raise DidNotStart(f"{command[0]} failed: {log.read_text(errors='replace')[-2000:]}")


@contextlib.contextmanager
def _running(
    command: list[str],
    log: Path,
    *,
    stop: signal.Signals,
    account: pwd.struct_passwd | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=log.parent,
            start_new_session=True, preexec_fn=end_with_parent(stop), **_identity(account),
        )  # fmt: skip
    try:
        yield server
    finally:
        server.send_signal(stop)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the line that both servers write when they take connections."""
    last_moment = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < last_moment:
        if "ready to accept connections" in log.read_text(errors="replace").lower():
            return
        time.sleep(0.1)
    raise DidNotStart(f"{server.args!r}: {log.read_text(errors='replace')[-2000:]}")
