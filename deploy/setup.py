"""Makes a fresh machine ready: system libraries, then .venv with the pinned packages.

Runs on a bare Python with nothing but its standard library:  python3 -m deploy.setup FILE
where FILE is requirements/base.txt or requirements/dev.txt. Everything the machine lacks is found
first and together; only then is anything made.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "pins.sha256"
OLDEST = (3, 11)

# Debian's package for each shared library that WeasyPrint and python-magic load.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libmagic.so.1": "libmagic1",
}


class Missing(Exception):  # noqa: N818 - a fact about the machine
    """The machine lacks something that this script may not install; the text is for the person."""


def missing_packages():
    """Return the Debian names of everything this machine lacks, sorted."""
    missing = {package for library, package in LIBRARIES.items() if not _loads(library)}
    if not (importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv")):
        missing.add("python{}.{}-venv".format(*sys.version_info[:2]))
    return sorted(missing)


def _loads(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_packages(packages):
    """Install Debian packages where this account may, else raise Missing naming them all."""
    command = _apt_get()
    if command is None:
        raise Missing(
            "This machine lacks: {0}. Install them as root (on Debian or Ubuntu: "
            "apt-get install {0}) and run the command again.".format(" ".join(packages))
        )
    print("Installing {} with apt-get.".format(" ".join(packages)), flush=True)
    # An unreachable list of packages does not stop us: the one at hand may be enough.
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        result = subprocess.run(
            [*command, "-qq", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    if result.returncode:
        raise Missing(
            "{}\napt-get could not install: {}.".format(result.stdout[-2000:], " ".join(packages))
        )


def _apt_get():
    program = shutil.which("apt-get")
    if program is None:
        return None
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", program]
    if os.geteuid() == 0:
        return quiet
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
        return [sudo, "-n", *quiet]
    return None


def ready_machine():
    """Check everything the machine must bring, together; install what may be. Raises Missing."""
    if sys.version_info[:2] < OLDEST:
        raise Missing(
            "Python {}.{} or newer is needed; this is {}.{}. Name another, for instance: "
            "make demo PYTHON=python3.11".format(*OLDEST, *sys.version_info[:2])
        )
    lacking = missing_packages()
    if not lacking:
        return
    install_packages(lacking)
    # A child looks afresh: this process may remember that a library was not there.
    look = [sys.executable, "-c", "from deploy.setup import *; print(*missing_packages())"]
    still = subprocess.run(look, cwd=str(ROOT), capture_output=True, text=True).stdout.strip()
    if still:
        raise Missing(f"Still missing after apt-get: {still}.")


def ready_environment(pins):
    """Make .venv hold the packages of the pin file, by hash; re-use it while the pins are the same.

    Returns the path of its Python. Two runs in one checkout wait for each other.
    """
    with _checkout_lock():
        python = VENV / "bin" / "python"
        if not _works(python):
            print("Making .venv with Python {}.{}.{}.".format(*sys.version_info[:3]), flush=True)
            _run([sys.executable, "-m", "venv", "--clear", str(VENV)])
        if _digest(pins) not in _installed_digests():
            STAMP.unlink(missing_ok=True)
            print(f"Installing {pins.relative_to(ROOT)} into .venv.", flush=True)
            _run(
                [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 "--no-input", "--require-hashes", "-r", str(pins)]
            )  # fmt: skip
            STAMP.write_text("\n".join(_digest(file) for file in _covered_by(pins)) + "\n")
    return python


def _covered_by(pins):
    """The development pins contain the product's, so installing them serves both."""
    base = ROOT / "requirements" / "base.txt"
    return {pins, base} if pins.name == "dev.txt" else {pins}


def _digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _installed_digests():
    return STAMP.read_text().split() if STAMP.exists() else []


def _works(python):
    check = f"import sys, pip; sys.exit(sys.version_info[:2] < {OLDEST!r})"
    try:
        return subprocess.run([str(python), "-c", check], capture_output=True).returncode == 0
    except OSError:
        return False


def _run(command):
    environment = {
        name: value for name, value in os.environ.items() if (name, value) != ("HOME", "")
    }
    status = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL).returncode
    if status:
        raise Missing("This command failed (status {}): {}".format(status, " ".join(command)))


@contextlib.contextmanager
def _checkout_lock():
    """Lock the checkout's folder itself, so that no lock file is left behind."""
    folder = os.open(str(ROOT), os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def main():
    try:
        ready_machine()
        ready_environment(ROOT / sys.argv[1])
    except Missing as lack:
        sys.exit(str(lack))


if __name__ == "__main__":
    main()
