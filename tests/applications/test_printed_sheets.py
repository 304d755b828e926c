"""The eligibility sheet on paper: frozen when asked for, tagged, kept as a file of its own."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from applications import operations, tasks
from applications.models import VerdictSheet
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.printing import check_structure
from qmm_pilot.records import files
from qmm_pilot.records.jobs import run_job
from qmm_pilot.records.models import Download, StoredFile, TrailEntry
from tests import factories
from tests.factories import AFTER_CLOSE, Status

pytestmark = pytest.mark.django_db
assert tasks  # registers the work of the job


def text_of(pdf):
    return " ".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf)).pages).split())


def test_a_sheet_is_printed_as_it_stood_when_it_was_asked_for():
    coordinator = factories.fda(Role.FDA_COORDINATOR)
    row = factories.participation_request(Status.UNDER_REVIEW)
    factories.rule_on_inspections(row, "meets")
    sheet = operations.print_sheet(row, by=coordinator, at=AFTER_CLOSE)
    factories.rule_on_inspections(row, "fails")
    assert run_job(sheet.job_id)
    kept = VerdictSheet.objects.get(pk=sheet.pk).stored_file
    pdf = files.read(kept)
    assert (kept.is_confidential, check_structure(pdf)) == (True, [])
    text = text_of(pdf)
    for words in (
        row.receipt_number,
        "Contains confidential commercial information",
        "Meets. As FDA’s own records show. Source: Inspection file. Ruled by Fiona Dalton",
        "85 FR 65824",
        "Public data can disprove, never prove",
    ):
        assert words in text
    deeds = TrailEntry.objects.filter(subject_id=str(row.pk)).values_list("deed", flat=True)
    assert {"print_sheet", "keep_sheet"} <= set(deeds)
    assert StoredFile.objects.filter(subject_kind="applications.verdictsheet").count() == 1


def test_only_an_examined_request_is_printed_and_by_case_staff_alone():
    submitted = factories.participation_request(Status.SUBMITTED)
    with pytest.raises(Refusal, match="Nothing was examined"):
        operations.print_sheet(submitted, by=factories.fda(Role.FDA_COORDINATOR), at=AFTER_CLOSE)
    row = factories.participation_request(Status.UNDER_REVIEW)
    with pytest.raises(Refusal, match="case staff"):
        operations.print_sheet(row, by=factories.fda(Role.FDA_ANALYST), at=AFTER_CLOSE)
    sheet = operations.print_sheet(row, by=factories.fda(Role.FDA_REVIEWER), at=AFTER_CLOSE)
    with pytest.raises(IllegalMove, match="on its way"):
        operations.retry_sheet(sheet, by=factories.fda(Role.FDA_REVIEWER), at=AFTER_CLOSE)


def test_the_download_of_a_sheet_is_logged(client, set_clock):
    set_clock(AFTER_CLOSE)
    row = factories.participation_request(Status.UNDER_REVIEW)
    client.force_login(factories.fda(Role.FDA_COORDINATOR))
    page = client.post(reverse("applications:sheet_print", args=[row.pk]), follow=True)
    assert "Look again" in page.content.decode()
    sheet = VerdictSheet.objects.get()
    run_job(sheet.job_id)
    answer = client.get(reverse("applications:sheet_download", args=[row.pk, sheet.pk]))
    assert answer.getvalue().startswith(b"%PDF")
    assert Download.objects.get().stored_file == VerdictSheet.objects.get().stored_file
