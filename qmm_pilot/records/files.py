"""Private files: what may be uploaded, how it is kept, and the one download response."""

from contextlib import contextmanager

import magic
from django.conf import settings
from django.db import transaction
from django.http import FileResponse

from qmm_pilot import clock, storage
from qmm_pilot.lifecycle import Refusal

from .confidentiality import designate
from .models import AboutSubject, Download, StoredFile

# What may be uploaded: the extension, and the true types that libmagic may see in such a file.
ACCEPTED_TYPES = {
    ".pdf": {"application/pdf"},
    ".png": {"image/png"},
    ".jpg": {"image/jpeg"},
    ".jpeg": {"image/jpeg"},
    ".txt": {"text/plain"},
    ".csv": {"text/csv", "text/plain", "application/csv"},
    ".docx": {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/zip",
    },
    ".xlsx": {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/zip",
    },
}
# Beside those, where mail is filed.
MAIL_TYPES = {".eml": {"message/rfc822", "text/plain", "text/html", "text/x-mail"}}
OFFICE_PARTS = {".docx": b"word/", ".xlsx": b"xl/"}
LOOKED_AT = 256 * 1024


@contextmanager
def storing():
    """A transaction that also removes the files kept in it when it fails."""
    keys: list[str] = []
    try:
        with transaction.atomic():
            yield keys
    except BaseException:
        for key in keys:
            storage.discard(key)
        raise


def keep_upload(
    upload,
    *,
    by,
    at,
    about,
    keys,
    confidential=True,
    designated=False,
    most_bytes=None,
    accepted=ACCEPTED_TYPES,
) -> StoredFile:
    """Check and keep an uploaded file inside `storing()`, whose list `keys` takes its key.

    `designated` where the firm that hands it in marks it as confidential commercial information.
    Raises Refusal for an extension that is not accepted, an empty file, one above `most_bytes`
    (UPLOAD_MAX_BYTES unless told), or one whose content is not what its extension says.
    """
    extension = check_upload(upload, most_bytes=most_bytes, accepted=accepted)
    upload.seek(0)
    kept = storage.keep(upload.chunks())
    keys.append(kept.key)
    stored = StoredFile(
        **AboutSubject.naming(about),
        name=upload.name.replace("\\", "/").rsplit("/", 1)[-1][-200:],
        key=kept.key,
        size=kept.size,
        sha256=kept.sha256,
        media_type=_media_type(extension),
        is_confidential=confidential,
        kept_by=by,
        kept_at=at,
    )
    if designated:
        stored.designation = designate(stored, ["file"], by=by, at=at)
    stored.save(force_insert=True)
    return stored


def keep_document(content: bytes, *, name, media_type, by, at, about, keys) -> StoredFile:
    """Keep a document that the product itself made, inside `storing()`."""
    kept = storage.keep(content)
    return keep_written(
        kept, name=name, media_type=media_type, by=by, at=at, about=about, keys=keys
    )


def keep_written(kept, *, name, media_type, by, at, about, keys) -> StoredFile:
    """Keep a document that lies on disk already (storage.keep), inside `storing()`.

    A long one is written before the transaction begins, which would lock out other writers.
    """
    if kept.key not in keys:
        keys.append(kept.key)
    return StoredFile.objects.create(
        **AboutSubject.naming(about),
        name=name,
        key=kept.key,
        size=kept.size,
        sha256=kept.sha256,
        media_type=media_type,
        scan_state=StoredFile.ScanState.MADE_HERE,
        kept_by=by,
        kept_at=at,
    )


def check_upload(upload, *, most_bytes=None, accepted=ACCEPTED_TYPES) -> str:
    """The extension of an upload that may be kept. Raises Refusal that says why it may not."""
    name = upload.name or ""
    extension = f".{name.rsplit('.', 1)[-1].lower()}" if "." in name else ""
    if extension not in accepted:
        named = ", ".join(sorted(ext.lstrip(".").upper() for ext in accepted))
        raise Refusal(f"“{name}” is not of an accepted kind. Upload one of: {named}.")
    if upload.size == 0:
        raise Refusal(f"“{name}” is empty. Upload the file with its content.")
    most_bytes = most_bytes or settings.UPLOAD_MAX_BYTES
    if upload.size > most_bytes:
        most = most_bytes // (1024 * 1024)
        raise Refusal(f"“{name}” is larger than {most} MB. Split it, or upload a smaller copy.")
    upload.seek(0)
    start = upload.read(LOOKED_AT)
    true_type = magic.from_buffer(start, mime=True)
    part = OFFICE_PARTS.get(extension)
    if true_type not in accepted[extension] or (part and part not in start):
        raise Refusal(
            f"“{name}” is not a true {extension.lstrip('.').upper()} file: its content reads as "
            f"{true_type}. Save it again in the right format and upload that."
        )
    return extension


def download_response(stored_file, *, by, at) -> FileResponse:
    """The one way out for a private file: logged, as an attachment, never cached."""
    if stored_file.scan_state == StoredFile.ScanState.REFUSED:
        raise Refusal("The scanner refused this file, so it cannot be downloaded.")
    content = storage.open_kept(stored_file.key)
    Download.objects.create(stored_file=stored_file, user=by, at=at, downloaded_at=clock.real_now())
    response = FileResponse(
        content,
        as_attachment=True,
        filename=stored_file.name,
        content_type=stored_file.media_type,
    )
    response["Cache-Control"] = "no-store"
    return response


def read(stored_file) -> bytes:
    """The bytes of a kept file, for hashing and signing."""
    with storage.open_kept(stored_file.key) as content:
        return content.read()


def _media_type(extension):
    return {
        ".eml": "message/rfc822",
        ".pdf": "application/pdf",
        ".png": "image/png",
        ".jpg": "image/jpeg",
        ".jpeg": "image/jpeg",
        ".txt": "text/plain; charset=utf-8",
        ".csv": "text/csv; charset=utf-8",
        ".zip": "application/zip",
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }[extension]
