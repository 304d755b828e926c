"""Contractors' written agreements: who files them, who reads them, what the page says."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qmm_pilot import clock
from qmm_pilot.accounts.roles import Role
from qmm_pilot.programs.models import Agreement
from qmm_pilot.records.models import TrailEntry
from tests import factories
from tests.factories import AT, fda

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def moment(monkeypatch):
    """Pages take their moment from the clock; here it stands at AT."""
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def contractor():
    return factories.organization("contractor", name="Careful Assessors")


def answers(contractor, **replaced):
    facts = {"reference": "Contract 75F40120", "since": "2020-11-01", "until": "2021-12-31"}
    return {"organization": str(contractor.pk), "document": paper(), **facts, **replaced}


def paper(name="agreement.txt"):
    return SimpleUploadedFile(name, b"Signed by both sides.", "text/plain")


def address(name="agreement_new"):
    return reverse(f"programs:{name}", args=[factories.program().pk])


def test_the_coordinator_files_an_agreement_and_reads_it_on_the_program(client, contractor):
    client.force_login(fda(Role.FDA_COORDINATOR))
    form = client.get(address()).content.decode()
    for name in answers(contractor):
        assert f'name="{name}"' in form
    response = client.post(address(), answers(contractor), follow=True)
    page = response.content.decode()
    assert response.redirect_chain == [(address("program_detail"), 302)]
    assert "The agreement is on file." in page
    assert "Contract 75F40120" in page
    assert "In force" in page
    filed = Agreement.objects.get()
    assert (filed.organization, filed.until) == (contractor, date(2021, 12, 31))
    assert TrailEntry.objects.get(deed="file_agreement").subject_id == str(filed.pk)


def test_dates_in_the_wrong_order_are_marked(client, contractor):
    client.force_login(fda(Role.FDA_COORDINATOR))
    page = client.post(address(), answers(contractor, until="2020-10-31")).content.decode()
    assert "The last day is before the first day." in page
    assert not Agreement.objects.exists()


def test_only_contractors_can_be_chosen(client, contractor):
    firm = factories.organization("firm", name="Some Firm")
    client.force_login(fda(Role.FDA_COORDINATOR))
    assert "Some Firm" not in client.get(address()).content.decode()
    client.post(address(), answers(firm))
    assert not Agreement.objects.exists()


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (date(2020, 11, 17), date(2021, 1, 1), "Not yet in force"),
        (date(2020, 11, 16), date(2020, 11, 16), "In force"),
        (date(2020, 1, 1), date(2020, 11, 15), "Lapsed"),
    ],
)
def test_the_program_says_whether_an_agreement_is_in_force_today(
    client, contractor, since, until, words
):
    factories.agreement(contractor, factories.program(), since=since, until=until)
    client.force_login(fda(Role.FDA_REVIEWER))
    page = client.get(address("program_detail")).content.decode()
    assert "A-1" in page
    assert f">{words}</span>" in page
    assert "File an agreement" not in page


def test_firms_contractors_and_fda_without_cases_see_no_agreement(client, contractor):
    factories.agreement(contractor, factories.program())
    for person in (
        factories.registrant(),
        factories.person(contractor, Role.CONTRACTOR_LEAD),
        fda(Role.FDA_ANALYST),
    ):
        client.force_login(person)
        page = client.get(address("program_detail")).content.decode()
        assert "A-1" not in page
        assert "Contractors’ written agreements" not in page


@pytest.mark.parametrize("role", [Role.FDA_REVIEWER, Role.FDA_ADMINISTRATOR])
def test_nobody_but_a_coordinator_files(client, contractor, role):
    client.force_login(fda(role))
    assert client.get(address()).status_code == 403
    assert client.post(address(), answers(contractor)).status_code == 403
    assert not Agreement.objects.exists()
