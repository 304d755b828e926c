"""Two administrators of one organization take each other's role away at the same moment."""

from threading import Barrier, Thread

from django.db import connection

from qmm_pilot.accounts import operations
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from tests import factories
from tests.factories import AT


def test_two_administrators_cannot_remove_each_other_at_once(committing):
    one = factories.registrant()
    two = factories.person(one.organization, Role.FIRM_ADMINISTRATOR, Role.FIRM_OFFICIAL)
    outcomes, start = [], Barrier(2)

    def remove(other, by):
        start.wait()
        try:
            operations.change_roles(other, [Role.FIRM_OFFICIAL], by=by, at=AT)
            outcomes.append("taken")
        except Refusal:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=remove, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "taken"]
