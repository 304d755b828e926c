"""The commands that operators rely on: run_pilot and load_demo, as they are called."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from applications.models import InspectionImport, Participation, ParticipationRequest, Seat
from assessments.models import Assessment, Report
from metrics.models import MetricStanding
from qmm_pilot import clock
from qmm_pilot.accounts.models import RoleGrant, User
from qmm_pilot.accounts.operations import people_with
from qmm_pilot.accounts.roles import Role
from qmm_pilot.printing import check_structure
from qmm_pilot.programs.models import Program
from qmm_pilot.records.models import ActionItem, Job, Letter, TrailEntry
from qmm_pilot.records.trail import first_fault
from tests.pdf import pages_of

ROOT = Path(__file__).parents[2]
STAFF_ITEM = {"organization_id": None, "user": None}


def manage(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "VAR_DIR": str(settings.VAR_DIR), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("program", "metrics_line"),
    [
        ("fdf-2020", "Metrics were submitted to FDA on March 18, 2021"),
        ("api-2020", "Lot acceptance rate"),
    ],
)
def test_run_pilot_writes_a_tagged_report_that_holds_its_findings(
    committing, tmp_path, program, metrics_line
):
    ended = manage("run_pilot", "--program", program, "--output", str(tmp_path / "new"))
    assert ended.returncode == 0, ended.stderr
    (path,) = (tmp_path / "new").iterdir()
    assert ended.stdout.strip().splitlines()[-1] == str(path)
    assert check_structure(path.read_bytes()) == []
    text = "".join("".join(pages_of(path.read_bytes())).split())
    assert "".join(metrics_line.split()) in text
    original = Program.objects.get(slug=program)
    rehearsal = Program.objects.get(rehearsal_of=original)
    assert not Seat.objects.filter(program=original).exists()
    assert Seat.objects.filter(program=rehearsal).count() == 1
    assert InspectionImport.objects.count() == 0
    assert not ActionItem.objects.filter(**STAFF_ITEM).exists()
    assert not User.objects.filter(is_active=True).exists()
    assert not people_with(Role.FDA_COORDINATOR).exists()
    assert first_fault() is None


def test_run_pilot_refuses_a_program_that_it_does_not_know(committing, tmp_path):
    ended = manage("run_pilot", "--program", "fdf-2031", "--output", str(tmp_path))
    assert ended.returncode == 2
    assert "invalid choice" in ended.stderr


@pytest.mark.thorough
def test_the_demonstration_shows_both_pilots_in_intake_and_earlier_rounds_beyond(committing):
    ended = manage("load_demo")
    assert ended.returncode == 0, ended.stderr
    assert "coordinator@fda.example" in ended.stdout
    assert set(RoleGrant.objects.values_list("role", flat=True)) >= set(Role) - {Role.FIRM_AGENT}
    for pilot in ("fdf", "api"):
        intake = ParticipationRequest.objects.filter(program__slug=f"{pilot}-2020")
        assert set(intake.values_list("status", flat=True)) == {
            "draft",
            "submitted",
            "under_review",
            "eligible",
            "not_eligible",
            "withdrawn",
            *({"awaiting_confirmation", "information_requested"} if pilot == "fdf" else ()),
        }
        demo = Program.objects.get(slug=f"{pilot}-demo-2019")
        assert set(Participation.objects.filter(program=demo).values_list("status", flat=True)) == {
            "offered",
            "active",
            "declined",
        }
        assert Seat.objects.filter(program=demo, freed_at=None).count() == 8
        assert set(
            Assessment.objects.filter(participation__program=demo).values_list("status", flat=True)
        ) == {"planning", "dates_agreed", "ready", "in_progress", "reporting", "completed"}
        assert (
            Report.objects.filter(
                assessment__participation__program=demo, status="released"
            ).count()
            == 1
        )
    assert set(MetricStanding.objects.values_list("status", flat=True)) >= {
        "not_started",
        "accepted",
        "frozen",
    }
    latest = TrailEntry.objects.order_by("-at").first()
    assert latest.at < clock.DEMONSTRATION_BEGINS
    assert not Job.objects.exclude(status=Job.Status.DONE).exists()
    assert not Letter.objects.exclude(status=Letter.Status.SENT).exists()
    assert first_fault() is None
    entries = TrailEntry.objects.count()
    again = manage("load_demo")
    assert (again.returncode, again.stdout) == (0, ended.stdout)
    assert TrailEntry.objects.count() == entries


def test_the_demonstration_is_not_loaded_in_operation(tmp_path):
    ended = manage(
        "load_demo",
        DEBUG="false",
        SECRET_KEY="k" * 60,
        ALLOWED_HOSTS="qmm.example.gov",
        ALLOW_SQLITE="true",
        VAR_DIR=str(tmp_path),
        DATABASE_URL=f"sqlite:///{tmp_path}/x.sqlite3",
    )
    assert ended.returncode == 1
    assert "development mode only" in ended.stderr
