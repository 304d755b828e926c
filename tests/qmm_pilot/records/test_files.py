"""Private files: checked, hashed, kept whole or not at all, every download logged."""

import hashlib
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qmm_pilot import storage
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.records import files
from qmm_pilot.records.models import Download, StoredFile
from tests import factories

AT = datetime(2020, 11, 16, 14, 0, tzinfo=UTC)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def user(db):
    return factories.person(factories.organization())


def keep(user, name, content):
    with files.storing() as keys:
        return files.keep_upload(
            SimpleUploadedFile(name, content), by=user, at=AT, about=user, keys=keys
        )


def on_disk(media):
    return [path for path in Path(media).rglob("*") if path.is_file()]


def office(part):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, "<x/>")
    return content.getvalue()


def test_a_true_pdf_is_kept_with_size_and_hash(user, media):
    kept = keep(user, "Batch record.pdf", PDF)
    assert (kept.size, kept.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert kept.scan_state == StoredFile.ScanState.PENDING
    assert files.read(kept) == PDF


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("run.exe", b"MZ\x90\x00", "is not of an accepted kind"),
        ("noextension", PDF, "is not of an accepted kind"),
        ("empty.pdf", b"", "is empty"),
        ("renamed.pdf", b"MZ\x90\x00\x03" + bytes(200), "is not a true PDF file"),
        ("page.pdf", b"<html><script>alert(1)</script></html>", "is not a true PDF file"),
        ("sheet.xlsx", office("word/document.xml"), "is not a true XLSX file"),
        ("letter.docx", office("other/thing.xml"), "is not a true DOCX file"),
        ("photo.png", PDF, "is not a true PNG file"),
    ],
)
def test_what_is_not_what_it_says_is_refused_and_nothing_stays(user, media, name, content, reason):
    with pytest.raises(Refusal, match=reason):
        keep(user, name, content)
    assert StoredFile.objects.count() == 0
    assert on_disk(media) == []


def test_a_file_above_the_limit_is_refused(user, media, settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    with pytest.raises(Refusal, match="larger than 1 MB"):
        keep(user, "big.txt", b"a" * (1024 * 1024 + 1))


def test_a_true_docx_is_kept(user, media):
    assert keep(user, "letter.docx", office("word/document.xml")).name == "letter.docx"


def test_a_name_that_names_folders_is_only_a_name(user, media):
    kept = keep(user, "..\\..\\etc\\passwd.txt", b"plain words\n")
    assert kept.name == "passwd.txt"
    assert [path.parent.parent for path in on_disk(media)] == [Path(media)]


def test_a_deed_that_fails_after_keeping_leaves_no_file(user, media):
    def deed():
        with files.storing() as keys:
            upload = SimpleUploadedFile("a.pdf", PDF)
            files.keep_upload(upload, by=user, at=AT, about=user, keys=keys)
            assert len(on_disk(media)) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deed()
    assert StoredFile.objects.count() == 0
    assert on_disk(media) == []


def test_a_disk_that_refuses_leaves_no_row_and_no_file(user, media):
    def breaking():
        yield b"part"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        storage.keep(breaking())
    assert on_disk(media) == []


def test_a_key_cannot_lead_outside(media):
    with pytest.raises(ValueError, match="outside"):
        storage.open_kept("../../etc/passwd")


def test_every_download_is_logged_and_never_cached(user, media):
    kept = keep(user, "a.pdf", PDF)
    response = files.download_response(kept, by=user, at=AT)
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert response["Cache-Control"] == "no-store"
    assert list(Download.objects.values_list("stored_file", "user", "at")) == [
        (kept.pk, user.pk, AT)
    ]


def test_a_file_that_the_scanner_refused_is_not_given_out(user, media):
    kept = keep(user, "a.pdf", PDF)
    kept.scan_state = StoredFile.ScanState.REFUSED
    with pytest.raises(Refusal, match="scanner"):
        files.download_response(kept, by=user, at=AT)
    assert Download.objects.count() == 0
