"""Gives every test run its own folder, database and broker, before the settings are loaded.

The engine is SQLite in a file, or the server that TEST_DATABASE_URL names; there a database with
the process number in its name is made and removed. TEST_REDIS_URL puts the broker on Redis. What
the shell says for a real installation (DATABASE_URL, REDIS_URL, ...) is never used. Processes that
a test starts inherit the environment and so share its database and folder.
"""

import atexit
import contextlib
import gc
import os
import shutil
import tempfile
from urllib.parse import urlsplit

import pytest

from tests import prepared

pytest_plugins = ["tests.browser", "tests.dealing"]

FOLDER = tempfile.mkdtemp(prefix="qmm-tests-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


def _database_url() -> str:
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        return f"sqlite:///{FOLDER}/test.sqlite3"
    parts = urlsplit(server)
    name = parts.path.strip("/") or "qmm"
    return parts._replace(path=f"/{name}_test_{os.getpid()}").geturl()


for name in (
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "PORT",
    "BROKER_DIR",
    "ALLOW_SQLITE",
    "REDIS_URL",
):
    os.environ.pop(name, None)
os.environ["DEBUG"] = "true"
os.environ["VAR_DIR"] = FOLDER
os.environ["DATABASE_URL"] = _database_url()
if os.environ.get("TEST_REDIS_URL"):
    os.environ["REDIS_URL"] = os.environ["TEST_REDIS_URL"]
os.environ["DJANGO_SETTINGS_MODULE"] = "qmm_pilot.settings"

from django.conf import settings  # noqa: E402 - the environment above decides what it loads

if str(settings.VAR_DIR) != os.path.realpath(FOLDER):
    raise pytest.UsageError(
        "The settings were loaded before the tests chose their database. "
        "Take DJANGO_SETTINGS_MODULE out of the environment."
    )
# A second process of pytest-xdist must not inherit it: it would load the settings too early.
del os.environ["DJANGO_SETTINGS_MODULE"]

if settings.USES_SQLITE:
    # No test outlives the machine, so no commit waits for the disk.
    _options = settings.DATABASES["default"]["OPTIONS"]
    _options["init_command"] = _options["init_command"].replace("FULL", "OFF")

gc.set_threshold(20_000, 20, 20)  # tests make much and keep little

# Argon2 is slow on purpose; MD5 makes the suite 13 times faster and guards nothing here.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


DATABASE = {"db", "transactional_db", "django_db_setup"}


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items):
    """Mark what touches no database.

    pytest-django refuses a database to who does not ask for one, so engines are all the same to
    such a test; one that makes databases in other ways says so (`own_database`).
    """
    for item in items:
        asks = item.get_closest_marker("django_db") or item.get_closest_marker("own_database")
        if not asks and DATABASE.isdisjoint(item.fixturenames):
            item.add_marker("pure")


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """A copied file is taken as it is; it goes with the folder of this run."""
    return settings.USES_SQLITE


@pytest.fixture(scope="session")
def alone():
    """Holds other processes back, until closed, while this one migrates or copies."""
    with contextlib.ExitStack() as held:
        engine = "sqlite" if settings.USES_SQLITE else "postgresql"
        held.enter_context(prepared.one_at_a_time(engine))
        yield held


@pytest.fixture(scope="session")
def django_db_modify_db_settings(alone) -> None:
    """Name the test database as DATABASE_URL does, so that processes of a test find the same.

    It begins as a copy of one that was migrated before, if there is one.
    """
    database = settings.DATABASES["default"]
    test = {**database.get("TEST", {}), "NAME": database["NAME"]}
    if settings.USES_SQLITE:
        prepared.copy_to(database["NAME"])
    elif template := prepared.name_of_template():
        test["TEMPLATE"] = template
    database["TEST"] = test


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, alone, django_db_blocker) -> None:
    """Keep a copy for the processes that wait for it."""
    from django.db import connection

    with django_db_blocker.unblock():
        if settings.USES_SQLITE:
            prepared.keep(connection.settings_dict["NAME"])
        else:
            name = connection.settings_dict["NAME"]
            connection.close()
            with connection._nodb_cursor() as cursor:
                prepared.keep_template(cursor, name)
    alone.close()
    gc.freeze()  # what was imported stays; to look through it again and again takes a tenth of all


@pytest.fixture(autouse=True)
def no_heads_of_other_tests():
    """Each test's trail begins anew, so the heads that another test noted are not its own."""
    yield
    settings.TRAIL_HEAD_FILE.unlink(missing_ok=True)


@pytest.fixture
def seeded_again(django_db_setup, django_db_blocker):
    """Afterwards seed the programs as migrations do and put the triggers back."""
    yield
    from django.apps import apps
    from django.db import connections

    from applications.scoring_defaults import seed_scoring_criteria
    from metrics.catalogue import seed_metric_definitions
    from qmm_pilot.programs.notices import seed_programs
    from qmm_pilot.records import triggers
    from qmm_pilot.records.models import StatementOfUse, TrailHead
    from qmm_pilot.records.statement import seed_first_version
    from qmm_pilot.records.trail import FIRST_LINK

    with django_db_blocker.unblock():
        TrailHead.objects.create(hash=FIRST_LINK)
        seed_programs(apps)
        seed_metric_definitions(apps)
        seed_scoring_criteria(apps)
        seed_first_version(StatementOfUse.objects)
        triggers.install()
        connections.close_all()


@pytest.fixture
def committing(seeded_again, transactional_db):
    """Let a test commit, for what only commits show: other processes, races, hooks after commit.

    Afterwards every table is emptied; the triggers are off while that happens, for they refuse it.
    """
    yield
    from qmm_pilot.records import triggers

    triggers.drop()
