"""import_inspections and check_eligibility as scripts and operators call them."""

import hashlib
import io
import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from applications.models import InspectionImport, InspectionRecord
from qmm_pilot.programs.models import Program
from tests.applications.exports import NAI, OAI, VAI, export, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(tmp_path):
    def file(*rows, name="inspections.csv", **quirks):
        path = tmp_path / name
        path.write_bytes(export(*rows, **quirks))
        return path

    return file


def run(name, *arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command(name, *map(str, arguments), stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def verdict(fei, program="fdf-2020"):
    out, err = run("check_eligibility", "--program", program, "--fei", fei, "--json")
    assert err == ""
    return json.loads(out)


# --- import_inspections ------------------------------------------------------------------------


def test_an_import_prints_one_json_object_last(write):
    path = write(row(id="1"), row(id="1"), row(id="2", classification="?"), titles=["Title"])
    out, err = run("import_inspections", path)
    assert json.loads(out.splitlines()[-1]) == {
        "rows_read": 3,
        "created": 1,
        "updated": 0,
        "unchanged": 1,
        "rejected": 1,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    assert err == "line 5: “?” is not a known classification\n"


def test_a_second_run_creates_and_updates_nothing(write):
    path = write(row(id="1"), row(id="2"))
    run("import_inspections", path)
    before = list(InspectionRecord.objects.values_list()), verdict("3004333526")
    out, _ = run("import_inspections", path)
    summary = json.loads(out)
    assert [summary[name] for name in ("created", "updated", "unchanged")] == [0, 0, 2]
    assert (list(InspectionRecord.objects.values_list()), verdict("3004333526")) == before


def test_a_refused_file_exits_2_and_changes_nothing(tmp_path, write):
    run("import_inspections", write(row()))
    path = tmp_path / "report.csv"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(CommandError, match="The file is a PDF") as caught:
        run("import_inspections", path)
    assert caught.value.returncode == 2
    assert (InspectionImport.objects.count(), InspectionRecord.objects.count()) == (1, 1)


def test_a_missing_file_exits_2(tmp_path):
    with pytest.raises(CommandError, match="cannot be opened") as caught:
        run("import_inspections", tmp_path / "none.csv")
    assert caught.value.returncode == 2


# --- check_eligibility -------------------------------------------------------------------------


def test_before_any_import_nothing_is_known():
    assert verdict("0001526344") == {
        "program": "fdf-2020",
        "fei": "1526344",
        "criterion_b": {
            "outcome": "undetermined",
            "window": {"since": "2015-10-01", "before": "2020-10-01"},
            "inspections": [],
            "data_snapshot": None,
        },
    }


def test_the_verdict_shows_every_inspection_newest_first_with_its_rows(write):
    path = write(
        row(id="1", ended="09/30/2015", classification=OAI),
        row(id="2", ended="03/09/2018", classification=NAI),
        row(id="2", ended="03/09/2018", classification=VAI, area="Bioresearch Monitoring"),
        row(id="3", ended="10/01/2020", classification="-", area="-"),
    )
    run("import_inspections", path)
    found = verdict("3004333526")["criterion_b"]
    snapshot = InspectionImport.objects.get()
    assert found == {
        "outcome": "meets",
        "window": {"since": "2015-10-01", "before": "2020-10-01"},
        "inspections": [
            {
                "id": "3",
                "ended_on": "2020-10-01",
                "classification": None,
                "in_window": False,
                "project_areas": [
                    {"project_area": "", "classification": None, "product_type": "Drugs"}
                ],
            },
            {
                "id": "2",
                "ended_on": "2018-03-09",
                "classification": "VAI",
                "in_window": True,
                "project_areas": [
                    {
                        "project_area": "Bioresearch Monitoring",
                        "classification": "VAI",
                        "product_type": "Drugs",
                    },
                    {
                        "project_area": "Drug Quality Assurance",
                        "classification": "NAI",
                        "product_type": "Drugs",
                    },
                ],
            },
            {
                "id": "1",
                "ended_on": "2015-09-30",
                "classification": "OAI",
                "in_window": False,
                "project_areas": [
                    {
                        "project_area": "Drug Quality Assurance",
                        "classification": "OAI",
                        "product_type": "Drugs",
                    }
                ],
            },
        ],
        "data_snapshot": {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "imported_at": snapshot.imported_at.isoformat(),
            "rows": 4,
        },
    }


@pytest.mark.parametrize("program", ["fdf-2020", "api-2020"])
@pytest.mark.parametrize(
    ("ended", "outcome"),
    [
        ("09/30/2015", "undetermined"),
        ("10/01/2015", "fails"),
        ("09/30/2020", "fails"),
        ("10/01/2020", "undetermined"),
    ],
)
def test_an_official_action_fails_inside_the_window_of_either_pilot(write, program, ended, outcome):
    run("import_inspections", write(row(ended=ended, classification=OAI)))
    assert verdict("3004333526", program)["criterion_b"]["outcome"] == outcome


def test_nai_and_oai_in_one_inspection_fail_as_oai(write):
    run("import_inspections", write(row(), row(area="Bioresearch", classification=OAI)))
    found = verdict("3004333526")["criterion_b"]
    assert (found["outcome"], found["inspections"][0]["classification"]) == ("fails", "OAI")


def test_a_missing_class_in_the_window_is_undetermined(write):
    run("import_inspections", write(row(), row(area="Bioresearch", classification="-")))
    found = verdict("3004333526")["criterion_b"]
    assert (found["outcome"], found["inspections"][0]["classification"]) == ("undetermined", None)


@pytest.mark.parametrize("published", ["1526344", "0001526344", "1526344.0"])
@pytest.mark.parametrize("asked", ["1526344", "0001526344", " 1526344 "])
def test_padded_and_bare_feis_are_one_facility(write, published, asked):
    run("import_inspections", write(row(fei=published)))
    found = verdict(asked)
    assert (found["fei"], found["criterion_b"]["outcome"]) == ("1526344", "meets")


def test_an_unknown_program_exits_2_and_names_the_known_ones():
    with pytest.raises(CommandError, match="fdf-2020") as caught:
        run("check_eligibility", "--program", "fdf-2019", "--fei", "1526344", "--json")
    assert caught.value.returncode == 2


def test_a_rehearsal_is_no_program_to_ask_about():
    original = Program.objects.get(slug="fdf-2020")
    copy = Program.objects.get(slug="fdf-2020")
    copy.pk, copy.slug, copy.rehearsal_of = None, "fdf-rehearsal-1", original
    copy.id = type(copy)._meta.pk.get_default()
    copy.save(force_insert=True)
    with pytest.raises(CommandError, match="no program"):
        run("check_eligibility", "--program", copy.slug, "--fei", "1526344", "--json")


def test_what_is_no_fei_exits_2():
    with pytest.raises(CommandError, match="one to ten digits") as caught:
        run("check_eligibility", "--program", "fdf-2020", "--fei", "ABC", "--json")
    assert caught.value.returncode == 2


def test_without_json_the_verdict_is_a_sentence(write):
    run("import_inspections", write(row(ended="05/04/2018", classification=OAI)))
    out, _ = run("check_eligibility", "--program", "fdf-2020", "--fei", "3004333526")
    assert "FEI 3004333526: fails. Inspection 1106400 (ended May 4, 2018)" in out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["check_eligibility", "--program", "none-2020", "--fei", "1526344", "--json"], 2),
        (["check_eligibility", "--program", "fdf-2020", "--fei", "1526344", "--json"], 0),
        (["import_inspections", "none.csv"], 2),
    ],
)
def test_the_shell_sees_the_exit_status(arguments, status):
    ended = subprocess.run(
        [sys.executable, "manage.py", *arguments], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, "Traceback" in ended.stderr) == (status, False)
