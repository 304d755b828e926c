"""Runs the demonstration (`make demo`): sets up, then keeps web server and worker running together.

Runs on a bare Python with nothing but its standard library:  python3 -m deploy.demo
Writes only into .venv, VAR_DIR and pip's cache. Stops everything on Ctrl-C, TERM or HUP, and when
one of its processes ends.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from deploy.setup import ROOT, Missing, ready_environment, ready_machine

FIRST_PAGE_SECONDS = 60
STOP_SECONDS = 20


class Stopped(Exception):  # noqa: N818 - the person's wish
    """Somebody asked the demonstration to end."""


def environment(port):
    """Return the environment of every process of the demonstration, all paths absolute."""
    var = (ROOT / os.environ.get("VAR_DIR", "var")).resolve()
    found = {name: value for name, value in os.environ.items() if (name, value) != ("HOME", "")}
    found.update(
        PORT=str(port),
        VAR_DIR=str(var),
        TMPDIR=str(var / "tmp"),
        XDG_CACHE_HOME=str(var / "cache"),
        PYTHONUNBUFFERED="1",
    )
    found.setdefault("LOG_LEVEL", "WARNING")
    for folder in ("VAR_DIR", "TMPDIR", "XDG_CACHE_HOME"):
        Path(found[folder]).mkdir(parents=True, exist_ok=True)
    return found


def chosen_port():
    """Return PORT, 8000 if unset. Raises Missing when it is no port or somebody else has it."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Missing(f"PORT is {text!r}, which is not a port number.")
    port = int(text)
    # Somebody on the other address of "localhost" would answer the browser instead of us.
    with contextlib.suppress(OSError):
        socket.create_connection(("localhost", port), timeout=2).close()
        raise Missing(_refusal(port, "another program answers there"))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Missing(_refusal(port, error.strerror)) from error
    return port


def _refusal(port, trouble):
    other = port + 1 if port < 65535 else 8000
    return f"Port {port} cannot be used: {trouble}. Choose another: PORT={other} make demo"


@contextlib.contextmanager
def only_one(var):
    """Hold VAR_DIR for this demonstration. Raises Missing when another one runs in it."""
    with open(os.path.join(var, "demonstration.lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Missing(
                f"A demonstration already runs in {var}. Stop it, or name another VAR_DIR."
            ) from None
        yield


class Children:
    """The processes of the demonstration, each in its own group; leaving ends them all."""

    def __init__(self, env):
        self.env = env
        self.running = {}

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        if self.running:
            print("\nStopping; a job in hand is finished first.", flush=True)
        for child in self.running.values():
            _signal_group(child, signal.SIGTERM, whole=False)
        last_moment = time.monotonic() + STOP_SECONDS
        for child in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, last_moment - time.monotonic()))
        for child in self.running.values():
            _signal_group(child, signal.SIGKILL, whole=True)
            child.wait()

    def finish(self, name, *command, keep_output=False):
        """Run a command to its end and return its output. Raises Missing when it fails."""
        self._start(name, command, stdout=subprocess.PIPE if keep_output else None)
        child = self.running[name]
        output = child.communicate()[0]
        del self.running[name]
        if child.returncode:
            if output:
                print(output, end="", flush=True)
            raise Missing(f"{name} failed (status {child.returncode}).")
        return output

    def start(self, name, *command):
        """Start a process that stays."""
        self._start(name, command)

    def _start(self, name, command, stdout=None):
        self.running[name] = subprocess.Popen(
            [str(part) for part in command], cwd=str(ROOT), env=self.env, stdin=subprocess.DEVNULL,
            stdout=stdout, universal_newlines=True, start_new_session=True,
            preexec_fn=_end_with_parent(),
        )  # fmt: skip

    def check(self):
        """Raise Missing as soon as one of them has ended."""
        for name, child in self.running.items():
            if child.poll() is not None:
                raise Missing(
                    f"The {name} ended by itself (status {child.returncode}), "
                    "so the demonstration stops."
                )


def _signal_group(child, number, *, whole):
    with contextlib.suppress(ProcessLookupError):
        if whole:
            os.killpg(child.pid, number)
        elif child.poll() is None:
            child.send_signal(number)


def _end_with_parent():
    pr_set_pdeathsig = 1
    library = ctypes.CDLL(None) if sys.platform == "linux" else None

    def ask_the_kernel():
        if library:
            library.prctl(pr_set_pdeathsig, signal.SIGTERM)

    return ask_the_kernel


def wait_for_first_page(address, children):
    """Return once the web server answers. Raises Missing when it does not in time."""
    last_moment = time.monotonic() + FIRST_PAGE_SECONDS
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < last_moment:
        children.check()
        try:
            direct.open(address, timeout=10).close()
            return
        except urllib.error.HTTPError as error:
            raise Missing(f"{address} answers with status {error.code}.") from error
        except OSError:
            time.sleep(0.2)
    raise Missing(f"{address} did not answer in {FIRST_PAGE_SECONDS} seconds.")


def block(address, people):
    """Return the text that a person reads when everything runs."""
    line = "=" * 78
    return (
        f"\n{line}\nThe demonstration runs at {address}\n\n{people.strip()}\n\n"
        f"Stop it with Ctrl-C.\n{line}"
    )


def run():
    """Set up and run until somebody stops it. Raises Missing with a sentence on any trouble."""
    port = chosen_port()
    ready_machine()
    python = ready_environment(ROOT / "requirements" / "base.txt")
    env = environment(port)
    address = f"http://localhost:{port}/"
    with only_one(env["VAR_DIR"]), Children(env) as children:
        children.finish("migrate", python, "manage.py", "migrate", "--noinput", "-v", "0")
        people = children.finish("load_demo", python, "manage.py", "load_demo", keep_output=True)
        children.start(
            "web server", python, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py",
            "qmm_pilot.wsgi:application",
        )  # fmt: skip
        children.start(
            "worker", python, "-W", "ignore:You're running the worker",
            "-m", "celery", "--quiet", "-A", "qmm_pilot", "worker", "--beat",
            "--concurrency", "2", "--loglevel", "WARNING",
        )  # fmt: skip
        wait_for_first_page(address, children)
        print(block(address, people), flush=True)
        while True:
            children.check()
            time.sleep(0.5)


def main():
    def stop(_number, _frame):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # once is enough: let it end tidily
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        run()
    except Stopped:
        print("\nThe demonstration has stopped.", flush=True)
    except Missing as trouble:
        sys.exit(f"\n{trouble}")


if __name__ == "__main__":
    main()
