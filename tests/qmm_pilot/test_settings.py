"""Half-configured starts are refused with the reason; a bare start works and keeps its key."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "qmm.example.gov",
    "DATABASE_URL": "postgres://qmm@127.0.0.1/qmm",
}


def start(tmp_path, **environment):
    inherited = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**inherited, "DJANGO_SETTINGS_MODULE": "qmm_pilot.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_set_starts_in_development_with_a_key_made_once(tmp_path):
    first, second = start(tmp_path), start(tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert len(first.stdout) > 60
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("SECRET_KEY", "SECRET_KEY must be set"),
        ("ALLOWED_HOSTS", "ALLOWED_HOSTS must name"),
        ("DATABASE_URL", "ALLOW_SQLITE=true"),
    ],
)
def test_operation_without_its_settings_refuses_to_start_and_says_why(tmp_path, left_out, words):
    ended = start(tmp_path, **{k: v for k, v in PRODUCTION.items() if k != left_out})
    assert ended.returncode != 0
    assert words in ended.stderr.splitlines()[-1]


def test_operation_with_its_settings_starts(tmp_path):
    assert start(tmp_path, **PRODUCTION).returncode == 0


def test_sqlite_in_operation_starts_when_asked_for(tmp_path):
    asked = {k: v for k, v in PRODUCTION.items() if k != "DATABASE_URL"}
    assert start(tmp_path, **asked, ALLOW_SQLITE="true").returncode == 0
