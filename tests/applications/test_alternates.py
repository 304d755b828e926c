"""A place that becomes free, and the alternates who wait for it (C6)."""

import pytest

from applications import operations
from qmm_pilot.accounts.roles import Role
from qmm_pilot.records.models import ActionItem
from tests import factories
from tests.factories import AFTER_CLOSE, Status

pytestmark = pytest.mark.django_db


def tasks():
    return list(
        ActionItem.objects.open().filter(key__startswith="free-place:").values_list("role", "title")
    )


def test_a_declined_place_asks_the_selectors_to_look_at_the_alternates():
    official = factories.registrant()
    offered = factories.participation(official, accepted=False)
    factories.participation_request(Status.ALTERNATE)
    assert tasks() == []
    operations.decline_place(offered, by=official, at=AFTER_CLOSE)
    assert tasks() == [(Role.FDA_SELECTOR, "A place of FDF 2020 is free: alternates wait")]
    assert operations.tell_of_free_place(offered.program, at=AFTER_CLOSE)
    assert len(tasks()) == 1


def test_a_free_place_for_which_nobody_waits_is_no_task():
    official = factories.registrant()
    offered = factories.participation(official, accepted=False)
    operations.decline_place(offered, by=official, at=AFTER_CLOSE)
    assert tasks() == []
