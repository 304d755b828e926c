"""Private files on disk: written, flushed, hashed, and moved into place in one step."""

import hashlib
import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings

CHUNK = 64 * 1024


class Kept(NamedTuple):
    """A file as kept: its key under MEDIA_ROOT, size in bytes, SHA-256 in hex."""

    key: str
    size: int
    sha256: str


def keep(content: bytes | Iterable[bytes]) -> Kept:
    """Write content (bytes, or an iterable of bytes) to a new private file.

    The file appears under its key only when all of it is on disk. Raises OSError when the disk
    refuses; then no file stays behind.
    """
    name = uuid.uuid4().hex
    key = f"{name[:2]}/{name}"
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".part")
    digest, size = hashlib.sha256(), 0
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for chunk in (content,) if isinstance(content, bytes) else content:
                out.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)
    return Kept(key, size, digest.hexdigest())


def open_kept(key: str) -> BinaryIO:
    """Open a kept file for reading. Raises FileNotFoundError when it is gone."""
    return _path(key).open("rb")


def discard(key: str) -> None:
    """Remove a kept file whose row was never committed; quiet when it is gone already."""
    _path(key).unlink(missing_ok=True)


def _path(key: str) -> Path:
    path = (Path(settings.MEDIA_ROOT) / key).resolve()
    if Path(settings.MEDIA_ROOT).resolve() not in path.parents:
        raise ValueError("A storage key leads outside the media folder.")
    return path


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
