"""The selection dossier: frozen, the same bytes again, complete, and hidden from whom it must."""

import csv
import hashlib
import io
import json
import zipfile

import pytest
from django.urls import reverse
from pypdf import PdfReader

from applications import operations, tasks
from applications.dossier_content import record_of
from applications.dossier_files import dossier_pdf, dossier_zip
from applications.models import ParticipationRequest, SelectionDossier
from applications.operations.decision_letters import PRINT_LETTER
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import IllegalMove, Refusal
from qmm_pilot.printing import check_structure
from qmm_pilot.records import files
from qmm_pilot.records.jobs import run_job
from qmm_pilot.records.models import Download, Job, TrailEntry
from tests import factories
from tests.applications.reviewing import AT, assign, declare, eligible, reviewer, score

pytestmark = pytest.mark.django_db
assert tasks  # registers the work of the job
Status = ParticipationRequest.Status


def selector():
    return factories.fda(Role.FDA_SELECTOR)


def released_program():
    """A program with a place offered, an alternate, scores and a recusal, released."""
    first, second = eligible(), eligible()
    anna = reviewer()
    score(declare(assign(anna, first)), 4, comment="Much to learn at this site.")
    declare(assign(reviewer(), second), conflict="My brother works there.")
    factories.decide(first, Status.SELECTED)
    factories.decide(second, Status.ALTERNATE)
    factories.release(first.program)
    for job in Job.objects.filter(kind=PRINT_LETTER):
        assert run_job(job.pk)
    return first.program, anna


def made(program, *, by=None):
    dossier = operations.make_dossier(program, by=by or selector(), at=AT)
    assert run_job(dossier.job_id)
    dossier.refresh_from_db()
    return dossier


def text_of(pdf):
    return " ".join("".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf)).pages).split())


def members_of(dossier):
    with zipfile.ZipFile(io.BytesIO(files.read(dossier.bundle))) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def test_a_dossier_holds_the_whole_record_of_a_selection():
    program, anna = released_program()
    dossier = made(program)
    pdf = files.read(dossier.pdf)
    assert check_structure(pdf) == []
    text = text_of(pdf)
    for words in (
        "Selection dossier",
        program.notice_citation,
        "Eligibility criteria",
        "What FDA can learn from the site",
        anna.name,
        "Much to learn at this site.",
        "Conflict of interest: recused",
        "A diverse group.",
        "Released the decisions of this program",
        "Holds",
        "Places and their history",
        "FDA’s decision on your request",
        "mean 4.0 of 1 reviewers",
    ):
        assert words in text, words
    members = members_of(dossier)
    assert members["dossier.pdf"] == pdf
    letters = [name for name in members if name.startswith("letters/")]
    assert sum(name.endswith(".txt") for name in letters) == 2
    assert sum(members[name].startswith(b"%PDF") for name in letters) == 2
    decisions = list(csv.reader(io.StringIO(members["tables/decisions.csv"].decode("utf-8-sig"))))
    assert len(decisions) == 3


def test_the_reason_of_a_conflict_is_in_no_file_of_a_dossier():
    program, _ = released_program()
    dossier = made(program)
    assert "brother" not in json.dumps(dossier.content)
    assert not any(b"brother" in content for content in members_of(dossier).values())
    assert "brother" not in text_of(files.read(dossier.pdf))


def test_the_manifest_names_the_hash_of_every_file_and_the_head_of_the_trail():
    program, _ = released_program()
    head = TrailEntry.objects.order_by("-position").first()
    members = members_of(made(program))
    manifest = json.loads(members.pop("manifest.json"))
    assert manifest["trail"]["position"] == head.position
    assert manifest["trail"]["hash"] == head.hash
    assert {one["path"]: one["sha256"] for one in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in members.items()
    }


def test_the_same_content_gives_the_same_bytes_and_the_same_state_the_same_record():
    program, _ = released_program()
    first = made(program)
    pdf = dossier_pdf(first.content)
    assert pdf == files.read(first.pdf)
    assert dossier_zip(first.content, pdf) == files.read(first.bundle)
    second = made(program)
    assert second.content["record_sha256"] == first.content["record_sha256"]
    assert second.content["trail"] != first.content["trail"]


def test_a_dossier_is_frozen_when_it_is_asked_for():
    row = eligible()
    dossier = operations.make_dossier(row.program, by=selector(), at=AT)
    factories.decide(row, Status.SELECTED)
    assert run_job(dossier.job_id)
    dossier.refresh_from_db()
    assert "A diverse group." not in text_of(files.read(dossier.pdf))


def test_scores_are_in_it_once_all_of_a_request_are_in():
    row = eligible()
    score(declare(assign(reviewer(), row)), 5, comment="Words beside a score.")
    declare(assign(reviewer(), row))
    record = json.dumps(record_of(row.program))
    assert "Words beside a score." not in record
    assert f"{row.receipt_number}: 1 of 2 scores are in" in record


def test_letters_that_the_fonts_lack_are_shown_by_their_code_and_kept_in_the_zip():
    row = eligible()
    score(declare(assign(reviewer(), row)), comment="中")
    dossier = made(row.program)
    assert "[U+4E2D]" in text_of(files.read(dossier.pdf))
    assert "中" in members_of(dossier)["dossier.json"].decode()


@pytest.mark.parametrize("role", [Role.FDA_COORDINATOR, Role.FDA_APPROVER, Role.FDA_REVIEWER])
def test_only_selectors_and_records_officers_have_dossiers(role):
    row = eligible()
    with pytest.raises(Refusal, match="selectors and records officers"):
        operations.make_dossier(row.program, by=factories.fda(role), at=AT)
    made(row.program, by=factories.fda(Role.FDA_RECORDS_OFFICER))
    assert not SelectionDossier.objects.visible_to(factories.fda(role)).exists()


def test_who_has_to_score_yet_gets_no_dossier_not_even_one_made_before():
    row = eligible()
    person = reviewer(Role.FDA_SELECTOR)
    made(row.program)
    assignment = declare(assign(person, row))
    assert not SelectionDossier.objects.visible_to(person).exists()
    with pytest.raises(Refusal, match="once your own are in"):
        operations.make_dossier(row.program, by=person, at=AT)
    score(assignment)
    assert SelectionDossier.objects.visible_to(person).count() == 1
    made(row.program, by=person)


def test_who_is_barred_from_a_site_gets_no_dossier_that_holds_it():
    row = eligible()
    person = reviewer(Role.FDA_RECORDS_OFFICER)
    made(row.program)
    declare(assign(person, row), conflict="A relative.")
    assert not SelectionDossier.objects.visible_to(person).exists()
    with pytest.raises(Refusal, match="closed to you by a conflict"):
        operations.make_dossier(row.program, by=person, at=AT)


def test_the_pages_of_dossiers_are_closed_to_a_selector_who_is_barred_from_a_site(
    client, set_clock
):
    set_clock(AT)
    row = eligible()
    person = reviewer(Role.FDA_SELECTOR)
    dossier = made(row.program)
    client.force_login(person)
    pages = {
        name: reverse(f"applications:dossier_{name}", args=[of.pk])
        for name, of in [("list", row.program), ("detail", dossier), ("zip", dossier)]
    }
    link = pages["detail"].encode()
    assert link in client.get(pages["list"]).content
    assert client.get(pages["detail"]).status_code == 200
    declare(assign(person, row), conflict="A relative.")
    assert link not in client.get(pages["list"]).content
    assert [client.get(pages[name]).status_code for name in ("detail", "zip")] == [404, 404]


def test_one_is_made_at_a_time_and_a_failed_one_is_tried_again(client, set_clock):
    set_clock(AT)
    row = eligible()
    dossier = operations.make_dossier(row.program, by=selector(), at=AT)
    with pytest.raises(Refusal, match="being made already"):
        operations.make_dossier(row.program, by=selector(), at=AT)
    with pytest.raises(IllegalMove, match="on its way"):
        operations.retry_dossier(dossier, by=selector(), at=AT)
    Job.objects.filter(pk=dossier.job_id).update(status=Job.Status.FAILED)
    client.force_login(selector())
    page = client.get(reverse("applications:dossier_detail", args=[dossier.pk]))
    assert "Try again" in page.content.decode()
    client.post(reverse("applications:dossier_retry", args=[dossier.pk]))
    dossier.refresh_from_db()
    assert run_job(dossier.job_id)
    dossier.refresh_from_db()
    assert dossier.bundle_id


def test_one_click_makes_it_and_each_download_is_logged(client, set_clock):
    set_clock(AT)
    row = eligible()
    client.force_login(selector())
    made_at = reverse("applications:dossier_make", args=[row.program.pk])
    page = client.post(made_at, follow=True)
    assert "Look again" in page.content.decode()
    dossier = SelectionDossier.objects.get()
    assert run_job(dossier.job_id)
    for kind, begins in (("pdf", b"%PDF"), ("zip", b"PK")):
        answer = client.get(reverse(f"applications:dossier_{kind}", args=[dossier.pk]))
        assert answer.getvalue().startswith(begins)
    assert Download.objects.count() == 2
    deeds = TrailEntry.objects.filter(subject_id=str(dossier.pk)).values_list("deed", flat=True)
    assert list(deeds.order_by("position")) == ["make_dossier", "keep_dossier"]
