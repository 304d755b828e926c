"""The commands of the Makefile exist, say what they do, and end clearly on an unfit machine."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE).group(1).split())


@pytest.fixture
def bare_checkout(tmp_path):
    """A checkout with the scripts and pins alone, and nothing set up."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("__py*"))
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def run(folder, module, *arguments, **environment):
    """Run a script on Python alone, without apt-get in reach."""
    return subprocess.run(
        [sys.executable, "-B", "-m", module, *arguments],
        cwd=folder,
        env={"PATH": "/nonexistent", "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_help_lists_every_command():
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"make (\w+)", listed.stdout)) == TARGETS - {"dev"}


def test_every_command_that_the_documents_name_exists():
    for document in (ROOT / "README.md", ROOT / "docs" / "operator.md", ROOT / ".ci" / "run"):
        named = set(re.findall(r"(?:`|^timed |; )make ([a-z]+)", document.read_text(), flags=re.M))
        assert named - TARGETS == set(), document.name


def test_everything_the_machine_lacks_is_named_in_one_line_and_nothing_is_made(bare_checkout):
    script = bare_checkout / "deploy" / "setup.py"
    text = script.read_text()
    planted = text.replace("libpango-1.0.so.0", "libabsent.so.0").replace(
        "libmagic.so.1", "libalsoabsent.so.1"
    )
    assert planted != text
    script.write_text(planted)
    result = run(bare_checkout, "deploy.setup", "requirements/base.txt")
    assert result.returncode == 1
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert "libmagic1 libpango-1.0-0" in line
    assert not (bare_checkout / ".venv").exists()


def test_a_taken_port_ends_the_demonstration_before_anything_is_made(bare_checkout):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run(bare_checkout, "deploy.demo", PORT=str(port))
    assert result.returncode == 1
    assert f"Port {port} cannot be used" in result.stderr
    assert sorted(os.listdir(bare_checkout)) == ["deploy", "requirements"]


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(bare_checkout, port):
    result = run(bare_checkout, "deploy.demo", PORT=port)
    assert result.returncode == 1
    assert f"PORT is '{port}', which is not a port number." in result.stderr


def test_setting_up_again_is_not_done_while_the_pins_are_the_same(tmp_path, monkeypatch):
    from deploy import setup

    monkeypatch.setattr(setup, "STAMP", tmp_path / "pins")
    pins = tmp_path / "base.txt"
    pins.write_text("celery==1\n")
    assert setup._digest(pins) not in setup._installed_digests()
    setup.STAMP.write_text(setup._digest(pins))
    assert setup._digest(pins) in setup._installed_digests()
    pins.write_text("celery==2\n")
    assert setup._digest(pins) not in setup._installed_digests()
