"""Deals the tests of a run to its processes: a file, or a folder with one world, stays together.

pytest-xdist's own grouping writes a group's name behind the id of a test; with the present pytest
that is lost without a word, and tests are dealt one by one.
"""

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.prepared import FOLDER

# All files of these folders share what they begin with: one world, one demonstration.
SHARING = ("tests/house/access", "tests/journeys")
RUN = "PYTEST_XDIST_TESTRUNUID"


class Together(LoadScopeScheduling):
    """Gives each file, or each of SHARING, to one process as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)


def together(nodeid: str) -> str:
    """What a test stays together with: the folder that shares, or its own file."""
    file = nodeid.split("::")[0]
    return next((folder for folder in SHARING if file.startswith(f"{folder}/")), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Called by pytest-xdist, in the process that deals."""
    return Together(config, log)


def begin_once(what: str) -> None:
    """Fail where another process of this run has begun the same thing already."""
    run = os.environ.get(RUN)
    if run is None:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with (FOLDER / f"{what} {run}").open("x") as begun:
            begun.write(str(os.getpid()))
    except FileExistsError:
        if (FOLDER / f"{what} {run}").read_text() != str(os.getpid()):
            pytest.fail(f"A second process of this run begins {what}: its tests were torn apart.")
