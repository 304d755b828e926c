"""A whole program as one file: everything of it, nothing of others or of drafts, verifiable."""

import hashlib
import json
import random
import shutil
import zipfile
from collections import Counter
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from applications import operations as intake
from applications.models import ParticipationRequest
from assessments import archive_rows, tasks
from assessments import operations as deeds
from assessments.archive_verification import first_fault, sha256_of
from assessments.models import Finding, ProgramArchive
from qmm_pilot.accounts.models import User
from qmm_pilot.accounts.roles import Role
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import jobs
from qmm_pilot.records.files import download_response, keep_upload, storing
from qmm_pilot.records.models import Download, Job, Letter, Signature, StoredFile, TrailEntry
from tests import factories
from tests.assessments.visits import AT, Visit
from tests.factories import AFTER_CLOSE, fda

assert tasks  # registers the work of the archive's job


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.VAR_DIR = tmp_path


@pytest.fixture
def officer(db):
    return fda(Role.FDA_RECORDS_OFFICER)


@pytest.fixture
def visit(db):
    """A visit with a signed report and a file, in a program that also has a draft."""
    visit = Visit()
    visit.to("submitted")
    factories.draft(product_description="Canary of an unsubmitted draft")
    factories.participation_request("submitted")
    factories.participation_request("submitted", pilot="api")
    return visit


def made(program, officer):
    archive = deeds.archive_program(program, by=officer, at=AFTER_CLOSE)
    assert jobs.run_job(archive.job_id) is True
    archive.refresh_from_db()
    return archive


def path_of(archive, settings):
    return settings.MEDIA_ROOT / archive.stored_file.key


def lines(path, name):
    with zipfile.ZipFile(path) as opened:
        return [json.loads(line) for line in opened.read(name).splitlines()]


def manifest_of(path):
    return json.loads(zipfile.ZipFile(path).read("manifest.json"))


@pytest.fixture
def archive(visit, officer):
    return made(visit.program, officer)


@pytest.fixture
def path(archive, settings):
    return path_of(archive, settings)


# --- what is in it -----------------------------------------------------------------------------


def test_every_row_of_the_program_is_there_and_the_manifest_counts_them(visit, archive, path):
    manifest = manifest_of(path)
    counts = {member["path"]: member["count"] for member in manifest["members"]}
    for model in archive_rows.bound_models():
        ids = {row["id"] for row in lines(path, f"records/{model._meta.label_lower}.jsonl")}
        rows = archive_rows.rows_of(model, visit.program)
        assert len(ids) == counts[f"records/{model._meta.label_lower}.jsonl"] == rows.count()
    findings = lines(path, "records/assessments.finding.jsonl")
    assert {row["id"] for row in findings} == {str(pk.pk) for pk in Finding.objects.all()}
    assert len(findings) > 0
    assert archive.rows == sum(n for name, n in counts.items() if name.startswith("records/"))
    letters = {row["id"] for row in lines(path, "records/records.letter.jsonl")}
    about_visit = Letter.objects.filter(subject_id=str(visit.assessment.pk))
    assert {str(letter.pk) for letter in about_visit} <= letters
    signatures = {row["sha256"] for row in lines(path, "records/records.signature.jsonl")}
    assert Signature.objects.get(subject_kind="assessments.report").sha256 in signatures


def test_nothing_of_a_draft_and_nothing_of_another_program_is_there(path, visit):
    whole = b"".join(
        zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist()
    ).decode(errors="replace")
    (draft,) = ParticipationRequest.objects.filter(submitted_at=None)
    other = ParticipationRequest.objects.exclude(program=visit.program).get()
    for unwanted in (draft.pk, draft.facility.pk, other.pk, other.facility.pk):
        assert str(unwanted) not in whole
    assert "Canary of an unsubmitted draft" not in whole
    not_included = manifest_of(path)["not_included"]
    assert not_included["drafts"] == {
        "applications.participationrequest": 1,
        "metrics.metricsversion": 0,
    }
    assert "accounts.user.password" in not_included["columns"]
    assert all(user.password not in whole for user in User.objects.all() if user.password)


def test_original_bytes_are_there_under_the_id_of_their_row(visit, officer, settings):
    content = b"=1+1 as it was typed\n"
    upload = SimpleUploadedFile("minutes.txt", content)
    with storing() as keys:
        topic = visit.assessment.topics.first()
        stored = keep_upload(upload, by=visit.lead, at=AT, about=topic, keys=keys)
    path = path_of(made(visit.program, officer), settings)
    assert zipfile.ZipFile(path).read(f"files/{stored.pk}.txt") == content
    assert first_fault(path) is None


def test_former_feis_of_a_site_and_downloads_of_a_file_come_along(visit, officer, settings):
    by = factories.registrant()
    site = factories.participation_request("submitted", by).facility
    other = factories.draft(by).facility
    for one, fei in ((site, "3004555111"), (other, "3004555222")):
        facts = {"fei": fei, "kind": "former", "source": "A letter"}
        intake.add_identifier(one, **facts, by=by, at=AT)
    stored = StoredFile.objects.filter(subject_kind="assessments.report").first()
    download_response(stored, by=visit.coordinator, at=AT).file_to_stream.close()
    path = path_of(made(visit.program, officer), settings)
    (identifier,) = lines(path, "records/applications.facilityidentifier.jsonl")
    assert identifier["fei"] == "3004555111"
    (download,) = lines(path, "records/records.download.jsonl")
    assert download["stored_file_id"] == str(stored.pk)
    assert first_fault(path) is None


def test_the_trail_of_these_records_is_there_with_the_whole_chain(archive, path):
    manifest = manifest_of(path)
    entries = lines(path, "trail/entries.jsonl")
    shown = TrailEntry.objects.disclosed().filter(position__lte=manifest["trail"]["position"])
    kept = {row["subject_kind"] for row in entries}
    assert {"assessments.report", "applications.participationrequest"} <= kept
    report_deeds = shown.filter(subject_kind="assessments.report").count()
    assert Counter(row["subject_kind"] for row in entries)["assessments.report"] == report_deeds
    chain = zipfile.ZipFile(path).read("trail/chain.txt").decode().split("\n")
    assert len(chain) - 1 == manifest["trail"]["position"]
    assert chain[-2] == f"{manifest['trail']['position']} {manifest['trail']['hash']}"
    assert archive.entries == len(entries)


def test_a_noun_that_leads_to_a_program_is_archived_without_being_listed():
    bound = {model._meta.label for model in archive_rows.bound_models()}
    assert {"programs.Program", "metrics.MetricEntry", "assessments.DateConfirmation"} <= bound
    secret = {"accounts.user.password"}
    assert secret <= set(archive_rows.secret_columns())


# --- verification ------------------------------------------------------------------------------


def tampered(path, tmp_path, *, change=None, drop="", add=""):
    """A copy of an archive in which one member has other bytes, is gone, or was added."""
    copy = tmp_path / "tampered.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if change and name == change[0]:
                content = change[1](content)
            if name != drop:
                new.writestr(name, content)
        if add:
            new.writestr(add, b"{}\n")
    return copy


def consistently(path, tmp_path, name, alter):
    """A copy in which a member was altered and the manifest made to fit: only the trail tells."""
    content = alter(zipfile.ZipFile(path).read(name))
    manifest = manifest_of(path)
    for member in manifest["members"]:
        if member["path"] == name:
            member |= {
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
                "count": content.count(b"\n"),
            }
    first = tampered(path, tmp_path, change=(name, lambda _: content))
    second = tmp_path / "consistent.zip"
    shutil.move(first, second)
    return tampered(
        second, tmp_path, change=("manifest.json", lambda _: json.dumps(manifest).encode())
    )


def test_an_untouched_archive_holds(path, capsys):
    assert first_fault(path) is None
    call_command("verify_archive", str(path), "--here")
    out = capsys.readouterr().out
    assert "The archive holds:" in out


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (
            {"change": ("records/assessments.finding.jsonl", lambda c: c.replace(b"a", b"b", 1))},
            "records/assessments.finding.jsonl: its SHA-256 is not that of manifest.json.",
        ),
        (
            {"change": ("README.txt", lambda c: c + b".")},
            "bytes, not",
        ),
        ({"drop": "trail/chain.txt"}, "trail/chain.txt: it is missing."),
        ({"drop": "manifest.json"}, "manifest.json is missing."),
        (
            {"add": "records/forged.jsonl"},
            "records/forged.jsonl: it is in the archive, but not in manifest.json.",
        ),
        ({"change": ("manifest.json", lambda c: b"{}")}, "is not of the format qmm-archive-1"),
        ({"change": ("manifest.json", lambda c: b"\xff")}, "manifest.json is not readable."),
    ],
)
def test_a_tampered_archive_names_its_first_fault(path, tmp_path, how, sentence):
    assert sentence in first_fault(tampered(path, tmp_path, **how))


def test_an_entry_that_was_altered_together_with_the_manifest_is_found_by_its_hash(path, tmp_path):
    def alter(content):
        first, _, rest = content.partition(b"\n")
        line = json.loads(first) | {"reason": "forged"}
        return json.dumps(line, ensure_ascii=False).encode() + b"\n" + rest

    copy = consistently(path, tmp_path, "trail/entries.jsonl", alter)
    assert first_fault(copy).endswith("was altered.")


def test_a_chain_that_was_cut_together_with_the_manifest_is_found_by_its_head(path, tmp_path):
    def cut(content):
        return b"\n".join(content.split(b"\n")[:-2]) + b"\n"

    copy = consistently(path, tmp_path, "trail/chain.txt", cut)
    assert "its end is not the head" in first_fault(copy)


def test_a_file_that_was_exchanged_together_with_the_manifest_is_found_by_its_row(
    path, tmp_path, archive
):
    name = next(n for n in zipfile.ZipFile(path).namelist() if n.startswith("files/"))
    copy = consistently(path, tmp_path, name, lambda content: b"another file")
    assert "it is not the file whose hash" in first_fault(copy)


def test_half_a_file_and_no_file_are_no_archives(path, tmp_path):
    half = tmp_path / "half.zip"
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert first_fault(half) == "The file is no readable ZIP archive."
    assert first_fault(tmp_path / "none.zip") == "The file is no readable ZIP archive."


def test_of_two_hundred_flipped_bits_every_one_that_touches_a_member_is_found(path, tmp_path):
    randomly = random.Random(2020)
    content = path.read_bytes()
    whole = members_of(path)
    copy = tmp_path / "flipped.zip"
    found = 0
    for _ in range(200):
        flipped = bytearray(content)
        flipped[randomly.randrange(len(content))] ^= 1 << randomly.randrange(8)
        copy.write_bytes(flipped)
        if first_fault(copy) is None:
            # A date or flag of the ZIP's own directory; the hash that --here compares tells it.
            assert members_of(copy) == whole
            assert sha256_of(copy) != sha256_of(path)
        else:
            found += 1
    assert found > 150


def members_of(path):
    with zipfile.ZipFile(path) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_here_compares_with_what_was_kept(path, tmp_path, archive, capsys):
    copy = tampered(path, tmp_path)  # packed anew: every member is the same
    assert first_fault(copy) is None
    with pytest.raises(SystemExit):
        call_command("verify_archive", str(copy), "--here")
    assert "not the one that was kept here" in capsys.readouterr().err


# --- the work ----------------------------------------------------------------------------------


def test_a_missing_or_changed_original_is_named_and_does_not_stop_the_archive(
    visit, officer, settings
):
    stored = StoredFile.objects.first()
    (settings.MEDIA_ROOT / stored.key).write_bytes(b"another")
    archive = made(visit.program, officer)
    fault = {"file": str(stored.pk), "fault": "its bytes are not those that were kept"}
    assert archive.faults == [fault]
    assert first_fault(path_of(archive, settings)) is None
    (settings.MEDIA_ROOT / stored.key).unlink()
    archive = made(visit.program, officer)
    assert archive.faults == [{"file": str(stored.pk), "fault": "its bytes are missing"}]


def test_a_worker_that_died_leaves_nothing_and_the_next_one_makes_one_archive(
    visit, officer, settings
):
    archive = deeds.archive_program(visit.program, by=officer, at=AFTER_CLOSE)
    dead = jobs._claim(archive.job_id)
    folder = settings.VAR_DIR / "archives"
    folder.mkdir()
    (folder / f"{archive.pk}.{dead.claim}").write_bytes(b"half an archive")
    long_ago = dead.lease_until - timedelta(hours=1)
    Job.objects.filter(pk=dead.pk).update(lease_until=long_ago, asked_at=long_ago)
    assert jobs.sweep() == [dead.pk]
    assert jobs.run_job(dead.pk) is True
    assert list(folder.iterdir()) == []
    archive.refresh_from_db()
    assert first_fault(path_of(archive, settings)) is None
    # The first worker wakes up after all: it stops at its next note, and keeps nothing.
    ProgramArchive.objects.filter(pk=archive.pk).update(stored_file=None)
    files = StoredFile.objects.count()
    with pytest.raises(jobs.LostClaim):
        jobs.HANDLERS["archive_program"].run(dead)
    assert StoredFile.objects.count() == files
    assert list(folder.iterdir()) == []


def test_an_archive_that_failed_for_good_is_in_the_trail_and_is_tried_again(
    visit, officer, settings, monkeypatch
):
    archive = deeds.archive_program(visit.program, by=officer, at=AFTER_CLOSE)
    (settings.VAR_DIR / "archives").write_bytes(b"no folder can be made here")
    for _ in range(3):
        Job.objects.filter(pk=archive.job_id).update(not_before=AT)
        assert jobs.run_job(archive.job_id) is True
    assert TrailEntry.objects.latest("position").deed == "fail_archive"
    (settings.VAR_DIR / "archives").unlink()
    again = deeds.retry_archive(archive, by=officer, at=AFTER_CLOSE)
    assert jobs.run_job(again.job_id) is True
    again.refresh_from_db()
    assert first_fault(path_of(again, settings)) is None


def test_who_asks_and_what_is_refused(visit, officer):
    with pytest.raises(Refusal, match="records officers"):
        deeds.archive_program(visit.program, by=visit.coordinator, at=AFTER_CLOSE)
    archive = deeds.archive_program(visit.program, by=officer, at=AFTER_CLOSE)
    with pytest.raises(Refusal, match="being made already"):
        deeds.archive_program(visit.program, by=officer, at=AFTER_CLOSE)
    with pytest.raises(Refusal, match="has not failed"):
        deeds.retry_archive(archive, by=officer, at=AFTER_CLOSE)
    rehearsal = deeds.clone_program(
        visit.program,
        slug="rehearsal",
        name="Rehearsal",
        opens_at=AT,
        closes_at=AFTER_CLOSE + timedelta(days=200),
        ends_on=visit.program.ends_on,
        rehearsal=True,
        by=None,
        at=AT,
    )
    with pytest.raises(Refusal, match="rehearsal"):
        deeds.archive_program(rehearsal, by=officer, at=AFTER_CLOSE)


def test_the_pages_ask_follow_and_hand_out_the_archive(client, visit, officer):
    client.force_login(officer)
    listed = client.get(reverse("assessments:archive_list")).content.decode()
    assert "No archives yet" in listed
    make = reverse("assessments:archive_make", args=[visit.program.pk])
    page = client.post(make, follow=True).content.decode()
    assert "Queued" in page
    archive = ProgramArchive.objects.get()
    where = reverse("assessments:archive_detail", args=[archive.pk])
    Job.objects.filter(pk=archive.job_id).update(status="running", steps_done=7, steps_total=40)
    assert "Running: step 7 of 40" in client.get(where).content.decode()
    Job.objects.filter(pk=archive.job_id).update(status="failed")
    assert "Try again" in client.get(where).content.decode()
    client.post(reverse("assessments:archive_retry", args=[archive.pk]))
    archive.refresh_from_db()
    assert jobs.run_job(archive.job_id) is True
    archive.refresh_from_db()
    page = client.get(where).content.decode()
    assert archive.stored_file.sha256 in page
    answer = client.get(reverse("assessments:archive_download", args=[archive.pk]))
    assert answer.getvalue()[:2] == b"PK"
    assert Download.objects.filter(stored_file=archive.stored_file).get().user == officer
