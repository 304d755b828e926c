"""Whatever rows are about, it is known whether a conflict of interest closes it (C2)."""

import pytest

from qmm_pilot.records.closed_sites import CARRIERS, OF_MANY_SITES, SITES
from qmm_pilot.records.models import (
    ActionItem,
    LegalHold,
    Letter,
    RecordAccess,
    StoredFile,
    TrailEntry,
)
from qmm_pilot.records.register import LIST

pytestmark = pytest.mark.django_db
# People, firms, contractors, and FDA's own about whole programs: none is about one site. A dossier,
# an archive and an export have walls of their own.
OF_NO_SITE = {
    "accounts.addresschange",
    "accounts.invitation",
    "accounts.representation",
    "accounts.user",
    "applications.authorityletter",
    "applications.dataupload",
    "applications.programquestion",
    "applications.selectiondossier",
    "assessments.programarchive",
    "programs.agreement",
    "records.trailexport",
    LIST,
}


def undeclared():
    """The kinds that some row of the world is about, and of which nobody said what closes them."""
    kinds = {
        kind
        for model in (TrailEntry, Letter, ActionItem, StoredFile, RecordAccess, LegalHold)
        for kind in model.objects.order_by().values_list("subject_kind", flat=True).distinct()
    }
    return kinds - {*SITES, *CARRIERS, *OF_MANY_SITES} - OF_NO_SITE


def test_every_kind_is_closed_with_its_site_or_is_about_none(world):
    assert undeclared() == set()


def test_a_kind_that_nobody_declared_is_noticed(world, monkeypatch):
    monkeypatch.delitem(SITES, "applications.statedinspection")
    assert undeclared() == {"applications.statedinspection"}
