"""Every change of state is in the trail, in its own transaction (H1): pilots under a probe."""

import pytest
from celery import current_app
from django.db import transaction

from applications import operations as intake
from applications.models import ParticipationRequest
from applications.operations import requests, verdicts
from assessments.rehearsal import Rehearsal
from qmm_pilot.programs.models import Program
from qmm_pilot.records import jobs
from qmm_pilot.records.models import Job, TrailEntry
from qmm_pilot.records.trail import first_fault
from tests import factories
from tests.ledger import NEEDS_NO_ENTRY, Finding, Ledger

REQUESTS = "applications_participationrequest"


class RehearsalHere(Rehearsal):
    """A rehearsal whose jobs this process does, so that the probe sees them too."""

    def _wait_for(self, way, is_there):
        do_waiting_jobs()
        assert is_there(way.latest_report)

    def play_here(self):
        try:
            self._play()
        finally:
            self._send_people_home()


def do_waiting_jobs():
    current_app.loader.import_default_modules()
    for job_id in list(Job.objects.filter(status="queued").values_list("pk", flat=True)):
        jobs.run_job(job_id)
    assert set(Job.objects.values_list("status", flat=True)) <= {"done"}


@pytest.mark.parametrize("slug", ["fdf-2020", "api-2020"])
def test_a_whole_pilot_changes_nothing_that_its_trail_does_not_tell(committing, slug):
    with Ledger.kept() as ledger:
        RehearsalHere(Program.objects.get(slug=slug)).play_here()
    assert "\n".join(map(str, ledger.findings)) == ""
    # The probe saw the journey: every deed of it, and the tables that it is about.
    assert TrailEntry.objects.count() > 50
    assert ledger.transactions > 50
    assert {REQUESTS, "applications_seat", "metrics_metricstanding"} <= ledger.tables
    assert {"assessments_report", "records_signature", "records_storedfile"} <= ledger.tables
    assert first_fault() is None


def submitted(by):
    draft = factories.draft(by)
    commitments = factories.commitments(draft.program)
    return intake.submit_request(
        draft, attested=commitments, proof=factories.PROOF, by=by, at=factories.AT
    )


# --- faults planted on purpose -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "deed", "found"),
    [
        (requests, "submit_request", "submitted"),
        (verdicts, "take_up_request", "under_review"),
    ],
)
def test_a_deed_that_forgets_its_entry_is_found(committing, monkeypatch, module, deed, found):
    def forgetful(name, *args, record=module.record, **facts):
        return None if name == deed else record(name, *args, **facts)

    monkeypatch.setattr(module, "record", forgetful)
    with Ledger.kept() as ledger:
        request = submitted(factories.registrant())
        if module is verdicts:
            coordinator = factories.fda("fda_coordinator")
            intake.take_up_request(request, by=coordinator, at=factories.AFTER_CLOSE)
    changed = [finding for finding in ledger.findings if REQUESTS in finding.about]
    assert [finding.what for finding in changed] == ["changed without an entry"]
    assert (f"no entry says “{found}”", str(request.pk)) in [
        (finding.what, finding.about[-1]) for finding in ledger.findings
    ]


def test_an_entry_that_names_another_state_is_found(committing, monkeypatch):
    def mistaken(name, *args, record=verdicts.record, **facts):
        if name == "take_up_request":
            facts |= {"before": {"status": "draft"}}
        return record(name, *args, **facts)

    monkeypatch.setattr(verdicts, "record", mistaken)
    with Ledger.kept() as ledger:
        request = submitted(factories.registrant())
        coordinator = factories.fda("fda_coordinator")
        intake.take_up_request(request, by=coordinator, at=factories.AFTER_CLOSE)
    assert ("no entry says “submitted” before “under_review”", str(request.pk)) in [
        (finding.what, finding.about[-1]) for finding in ledger.findings
    ]


def test_a_change_outside_a_transaction_is_found(committing):
    request = submitted(factories.registrant())
    with Ledger.kept() as ledger:
        ParticipationRequest.objects.filter(pk=request.pk).update(contact_name="Somebody")
    assert ledger.findings == [Finding("changed outside a transaction", (REQUESTS,))]


def test_what_was_rolled_back_changed_nothing_and_is_not_mixed_with_what_follows(committing):
    request = submitted(factories.registrant())
    rows = ParticipationRequest.objects.filter(pk=request.pk)
    with Ledger.kept() as ledger:
        with transaction.atomic():
            rows.update(contact_name="Somebody")
            transaction.set_rollback(True)
        assert ledger.findings == []
        with transaction.atomic():
            rows.update(contact_name="Somebody else")
    assert ledger.findings == [Finding("changed without an entry", (REQUESTS,))]


def test_each_table_that_needs_no_entry_has_its_reason():
    assert [table for table, reason in NEEDS_NO_ENTRY.items() if len(reason) < 10] == []
