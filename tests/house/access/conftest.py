"""The world of the access table, built once for all tests of this folder and undone after them."""

import gc

import pytest

from tests.dealing import begin_once


@pytest.fixture(scope="package")
def world(django_db_setup, django_db_blocker):
    # Imported here: this file is read before Django is set up.
    from django.db import connection, transaction

    from tests.house.access.world import World

    begin_once("the world of the access table")
    with django_db_blocker.unblock(), transaction.atomic():
        built = World()
        # Nothing here is ever committed, and the long list would be copied at every knock.
        connection.run_on_commit.clear()
        gc.freeze()  # nobody walks through it in search of rubbish
        yield built
        transaction.set_rollback(True)
