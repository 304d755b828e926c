"""The runner of the tests never reads as green when a part of it broke or did not run."""

import os
from pathlib import Path

import pytest

from tests import dealing, legs


def test_a_runner_that_breaks_before_its_report_counts_as_failed(tmp_path):
    assert legs._counted("SQLite", tmp_path / "none.xml", 3, 1.0).failed == 1


def test_the_counts_of_a_report_are_added_up(tmp_path):
    report = Path(tmp_path, "report.xml")
    report.write_text(
        '<testsuites><testsuite tests="9" failures="2" errors="1" skipped="3"/></testsuites>'
    )
    assert legs._counted("SQLite", report, 1, 2.0) == legs.Result("SQLite", 3, 3, 3, 2.0)


def test_a_leg_not_run_is_told_with_its_reason(capsys):
    results = [legs.Result("SQLite", passed=4), legs.Result("Redis", not_run="no redis-server")]
    assert legs._summary(results, all_required=False) == 0
    printed = capsys.readouterr().out.splitlines()
    assert "  Redis: not run, no redis-server" in printed
    assert printed[-1] == "4 passed, 0 failed"


def test_a_leg_not_run_fails_where_all_are_required(capsys):
    results = [legs.Result("SQLite", passed=4), legs.Result("Redis", not_run="no redis-server")]
    assert legs._summary(results, all_required=True) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "4 passed, 1 failed"


def test_a_run_without_any_test_is_a_failure(capsys):
    assert legs._summary([legs.Result("SQLite")], all_required=False) == 1


def test_a_leg_that_leaves_something_out_says_so(capsys):
    legs._summary([legs.Result("SQLite", passed=4), legs.Result("PostgreSQL", passed=3)],
                  all_required=False)  # fmt: skip
    printed = capsys.readouterr().out.splitlines()
    told = printed.index("    without what touches no database, which SQLite’s leg runs alone")
    assert printed[told - 1].startswith("  PostgreSQL: 3 passed")
    assert sum("without" in line for line in printed) == 1


def test_every_test_belongs_to_a_leg():
    assert {leg.name: leg.marker for leg in legs.LEGS} == {
        "SQLite": "not browser",
        "PostgreSQL": "not browser and not pure",
        "browser": "browser",
        "Redis": "broker",
    }


def test_only_what_touches_no_database_is_left_to_one_engine(request):
    """Whoever reads where the leg's server is makes databases without asking pytest-django."""
    tests = [item for item in request.session.items if item.get_closest_marker("pure")]
    assert request.node in tests
    assert [t.nodeid for t in tests if knows_the_server(t.path)] == []
    assert knows_the_server(Path(__file__).parents[1] / "faults" / "test_cap.py")


def knows_the_server(path):
    return path != Path(__file__) and "TEST_DATABASE_URL" in path.read_text()


def test_a_file_or_a_folder_that_shares_a_world_is_dealt_to_one_process():
    assert (
        dealing.together("tests/metrics/test_plot.py::test_a[1::2]") == "tests/metrics/test_plot.py"
    )
    assert dealing.together("tests/journeys/test_api_pilot.py::test_it") == "tests/journeys"
    assert dealing.together("tests/house/access/test_table.py::test_it") == "tests/house/access"
    assert dealing.together("tests/house/test_legs.py::test_it") == "tests/house/test_legs.py"


def test_a_world_that_two_processes_begin_is_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr(dealing, "FOLDER", tmp_path)
    monkeypatch.setenv(dealing.RUN, "run")
    dealing.begin_once("a world")
    dealing.begin_once("a world")  # the same process may begin it again
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(pytest.fail.Exception, match="torn apart"):
        dealing.begin_once("a world")


def test_the_quick_form_says_what_it_leaves_to_the_whole_run(capsys):
    legs._summary([legs.Result(legs.QUICK.name, passed=1)], all_required=False)
    assert "without what is marked thorough" in capsys.readouterr().out
    assert all("thorough" not in leg.marker for leg in legs.LEGS)
