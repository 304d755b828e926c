"""Fifty equal posts at once make one request, one receipt, one letter; faults are planted (B5)."""

from collections import Counter
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from applications.models import Attestation, ParticipationRequest
from applications.operations import requests
from qmm_pilot.records.models import Letter, Signature, TrailEntry
from tests import factories
from tests.factories import Status

POSTS, AT_ONCE = 50, 10
ONE_EACH = {"requests": 1, "receipts": 1, "letters": 1, "signatures": 1, "attestations": 3}


@pytest.fixture
def owner(committing, set_clock):
    return factories.registrant()


def posted_at_once(owner, address, data, *, posts=POSTS):
    """Post the same again and again from many tabs of one browser; how it was answered."""
    client = Client()
    client.force_login(owner)
    answers, start = [], Barrier(AT_ONCE)

    def tab():
        browser = Client(raise_request_exception=False)
        browser.cookies = client.cookies
        start.wait()
        for _ in range(posts // AT_ONCE):
            answers.append(browser.post(address, data))
        connection.close()

    threads = [Thread(target=tab) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter((a.status_code, a.headers.get("Location")) for a in answers)


def kept():
    return {
        "requests": ParticipationRequest.objects.count(),
        "receipts": TrailEntry.objects.filter(deed="submit_request").count(),
        "letters": Letter.objects.filter(kind="request_received").count(),
        "signatures": Signature.objects.count(),
        "attestations": Attestation.objects.count(),
    }


def a_start(owner):
    site = factories.facility(owner)
    return {"facility": site.pk, "program": factories.program().pk}


def a_submission(draft):
    ticked = {f"commitment_{pk}": "on" for pk in factories.commitments(draft.program)}
    return {**ticked, "password": factories.PASSWORD}


def url(name, row=None):
    return reverse(f"applications:{name}", kwargs={"pk": row.pk} if row else None)


def test_fifty_equal_starts_make_one_draft_and_each_leads_to_it(owner):
    answers = posted_at_once(owner, url("request_new"), a_start(owner))
    draft = ParticipationRequest.objects.get()
    assert answers == {(302, url("request_edit", draft)): POSTS}
    assert TrailEntry.objects.filter(deed="start_request").count() == 1


def test_fifty_equal_submissions_make_one_receipt_and_each_leads_to_it(owner):
    draft = factories.draft(owner)
    answers = posted_at_once(owner, url("request_submit", draft), a_submission(draft))
    assert answers == {(302, url("request_detail", draft)): POSTS}
    assert kept() == ONE_EACH
    draft.refresh_from_db()
    assert draft.status == Status.SUBMITTED


def test_without_its_constraint_equal_starts_make_many_drafts(owner):
    model = ParticipationRequest
    (rule,) = [c for c in model._meta.constraints if c.name == "one_live_request_per_facility"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, rule)
    try:
        posted_at_once(owner, url("request_new"), a_start(owner), posts=AT_ONCE)
        made = model.objects.count()
    finally:
        model.objects.update(status="withdrawn")
        with connection.schema_editor() as editor:
            editor.add_constraint(model, rule)
    assert made > 1


def test_without_its_lock_equal_submissions_do_more_than_one(owner, monkeypatch):
    draft = factories.draft(owner)
    monkeypatch.setattr(requests, "_locked", lambda row: row)
    monkeypatch.setattr(requests, "lock_program_of", lambda row: None)
    answers = posted_at_once(
        owner, url("request_submit", draft), a_submission(draft), posts=AT_ONCE
    )
    assert kept() != ONE_EACH or {code for code, _ in answers} != {302}
