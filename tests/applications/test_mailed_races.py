"""Two coordinators who enter mails about one site at one moment (B19)."""

from threading import Barrier

import pytest
from django.conf import settings
from django.db.models.query import QuerySet

from applications import operations
from applications.models import ParticipationRequest
from applications.operations import mailed
from qmm_pilot.programs.models import Program
from tests import factories
from tests.applications.test_mailed import SAID, coordinator, file_mail
from tests.applications.test_selection_races import at_once
from tests.factories import AT

Status = ParticipationRequest.Status


@pytest.fixture
def two_mails(committing, set_clock):
    """Two filed mails about one facility that FDA knows, as deeds that enter them."""
    site, by = factories.facility(factories.registrant()), coordinator()
    return [
        lambda row=row: str(
            operations.enter_mailed_request(
                row, arrived_at=AT, facility=site, answers=SAID, by=by, at=AT
            ).status
        )
        for row in (file_mail(), file_mail())
    ]


def waiting():
    return ParticipationRequest.objects.filter(status=Status.AWAITING_CONFIRMATION).count()


def test_two_mails_of_one_site_make_one_request(two_mails):
    outcomes = sorted(map(str, at_once(*two_mails)))
    assert outcomes[0].startswith("FDA has a request of this firm for this site: ")
    assert outcomes[1] == Status.AWAITING_CONFIRMATION
    assert waiting() == 1


def test_without_the_lock_on_the_program_both_become_requests(two_mails, monkeypatch):
    """The planted fault; SQLite lets one transaction write at a time, so that none is missed."""
    lock, check, both_have_read = QuerySet.select_for_update, mailed._refuse_second, Barrier(2)

    def refuse_second(*args):
        check(*args)
        both_have_read.wait(timeout=20)

    def select_for_update(self, **kwargs):
        return self.all() if self.model is Program else lock(self, **kwargs)

    if not settings.USES_SQLITE:
        monkeypatch.setattr(mailed, "_refuse_second", refuse_second)
    monkeypatch.setattr(QuerySet, "select_for_update", select_for_update)
    at_once(*two_mails)
    assert waiting() == (1 if settings.USES_SQLITE else 2)
