"""Verifies an archive file member by member and names the first fault; reads no database."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from assessments.archiving import FORMAT
from qmm_pilot.records.trail import FIRST_LINK, LINE_COLUMNS, link_of_line

CHUNK = 64 * 1024
# What zipfile raises for members that were damaged: bad sums, methods, flags, streams, places.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
MANIFEST, CHAIN, ENTRIES = "manifest.json", "trail/chain.txt", "trail/entries.jsonl"
FILES = "records/records.storedfile.jsonl"
MOST_MANIFEST_BYTES = 100 * 1024 * 1024


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def manifest_of(path: Path) -> dict:
    """The manifest of an archive. Raises ValueError with a sentence where there is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
                raise ValueError("manifest.json is too large to be one.")
            manifest = json.loads(archive.read(MANIFEST))
    except (OSError, zipfile.BadZipFile) as fault:
        raise ValueError("The file is no readable ZIP archive.") from fault
    except KeyError as fault:
        raise ValueError("manifest.json is missing.") from fault
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise ValueError("manifest.json is not readable.") from fault
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ValueError(f"manifest.json is not of the format {FORMAT}.")
    return manifest


def first_fault(path: Path) -> str | None:
    """The first thing in an archive that is not as its manifest and its trail say, or None."""
    try:
        manifest = manifest_of(path)
        with zipfile.ZipFile(path) as archive:
            return next(_faults(archive, manifest), None)
    except ValueError as fault:
        return str(fault)
    except UNREADABLE as fault:
        return f"A member cannot be read: {fault}."
    except (KeyError, TypeError, AttributeError) as fault:
        return f"manifest.json or a list lacks what it should hold: {fault}."


def chain_of(path: Path) -> Iterator[tuple[int, str]]:
    """Position and hash of every entry of the whole trail, as the archive has them."""
    with zipfile.ZipFile(path) as archive:
        yield from _chain(archive)


def _faults(archive, manifest) -> Iterator[str]:
    yield from _wrong_members(archive, manifest["members"])
    yield from _wrong_files(archive, manifest)
    links: list[str] = [FIRST_LINK]
    for position, link in _chain(archive):
        if position != len(links):
            yield f"{CHAIN}: after position {len(links) - 1} comes {position}."
            return
        links.append(link)
    trail = manifest["trail"]
    if (len(links) - 1, links[-1]) != (trail["position"], trail["hash"] or FIRST_LINK):
        yield f"{CHAIN}: its end is not the head that manifest.json names."
    for line in _lines(archive, ENTRIES):
        yield from _wrong_entry(line, links)


def _wrong_members(archive, members):
    names = archive.namelist()
    listed = [member["path"] for member in members]
    for name in names:
        if names.count(name) > 1:
            yield f"{name}: it is in the archive more than once."
    for name in set(names) - {*listed, MANIFEST}:
        yield f"{name}: it is in the archive, but not in manifest.json."
    for member in members:
        path = member["path"]
        if path not in names:
            yield f"{path}: it is missing."
            continue
        digest, size, lines = hashlib.sha256(), 0, 0
        with archive.open(path) as content:
            while chunk := content.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                lines += chunk.count(b"\n")
        if size != member["bytes"]:
            yield f"{path}: it has {size} bytes, not {member['bytes']}."
        if digest.hexdigest() != member["sha256"]:
            yield f"{path}: its SHA-256 is not that of manifest.json."
        if path.startswith(("records/", "trail/")) and lines != member["count"]:
            yield f"{path}: it holds {lines} rows, not {member['count']}."


def _wrong_files(archive, manifest):
    """Each file against the row that names its hash."""
    hashes = {m["path"].split("/")[1].split(".")[0]: m["sha256"] for m in manifest["members"]
              if m["path"].startswith("files/")}  # fmt: skip
    excused = {one["file"] for one in (*manifest["faults"], *manifest["not_included"]["files"])}
    for row in _lines(archive, FILES):
        if row["id"] in excused:
            continue
        if row["id"] not in hashes:
            yield f"files/{row['id']}: it is missing, though {FILES} names it."
        elif hashes[row["id"]] != row["sha256"]:
            yield f"files/{row['id']}: it is not the file whose hash {FILES} names."


def _wrong_entry(line, links):
    position = line["position"]
    if set(line) != set(LINE_COLUMNS) or not 0 < position < len(links):
        yield f"{ENTRIES}: position {position} is no entry of this trail."
    elif link_of_line(line) != line["hash"]:
        yield f"{ENTRIES}: position {position} was altered."
    elif line["hash"] != links[position] or line["previous_hash"] != links[position - 1]:
        yield f"{ENTRIES}: position {position} does not stand in the chain."


def _chain(archive):
    with archive.open(CHAIN) as lines:
        for line in lines:
            position, _, link = line.decode("ascii").strip().partition(" ")
            yield int(position), link


def _lines(archive, name):
    with archive.open(name) as lines:
        for line in lines:
            yield json.loads(line)
