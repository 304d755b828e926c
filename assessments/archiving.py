"""Writes a program's archive: one ZIP on disk, member after member, never whole in memory."""

import hashlib
import json
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import PurePosixPath
from uuid import UUID

from applications.models import Facility
from assessments import archive_rows
from assessments.archive_words import HOW_TO_VERIFY, README
from assessments.models import ProgramArchive
from qmm_pilot import clock, storage
from qmm_pilot.records.files import ACCEPTED_TYPES, MAIL_TYPES
from qmm_pilot.records.models import StoredFile, TrailEntry, TrailHead
from qmm_pilot.records.trail import as_line, in_order

FORMAT = "qmm-archive-1"
IDS_AT_ONCE = 500
NOTED_EVERY = 2000  # rows
CHUNK = 64 * 1024
KNOWN_ENDINGS = {*ACCEPTED_TYPES, *MAIL_TYPES, ".zip", ".jsonl"}


class Archiver:
    """One run over one program; `note(done, total)` is called again and again on the way."""

    def __init__(self, archive, out, *, note: Callable[[int, int], None], at):
        self.program = archive.program
        self.archive = archive
        self.zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self.note = note
        self.day = at.astimezone(UTC).timetuple()[:6]
        self.members: list[dict] = []
        self.faults: list[dict] = []
        self.files_left_out: list[dict] = []
        # The records that are here, by kind and id, and what their rows name.
        self.belongs: dict[str, set[str]] = defaultdict(set)
        self.named: dict[type, set] = defaultdict(set)
        self.counts = {"rows": 0, "files": 0, "entries": 0}
        self.head = TrailHead.objects.get()
        self.done = 0
        self.total = len(archive_rows.bound_models()) + len(archive_rows.about_models()) + 3

    def write(self) -> dict:
        """Write every member and the manifest; returns what the manifest says."""
        begun_at = clock.real_now()
        with self.zip:
            self._text("README.txt", README)
            for model in archive_rows.bound_models():
                self._rows(model, archive_rows.rows_of(model, self.program))
            self.belongs[Facility._meta.label_lower] |= {str(pk) for pk in self.named[Facility]}
            self._about()
            self._hanging()
            self._named()
            self._files()
            self._trail()
            manifest = self._manifest(begun_at)
            self._text("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
        return manifest

    # -- rows ----------------------------------------------------------------------------------
    def _rows(self, model, rows, belongs=lambda row: True):
        columns = archive_rows.columns_of(model)
        chosen = (row for row in archive_rows.in_batches(rows, columns) if belongs(row))
        self._lines(f"records/{model._meta.label_lower}.jsonl", self._taken(model, chosen))
        self._step()

    def _taken(self, model, rows):
        """Note of each row that it is here and what it names, and hand it on."""
        key, label = model._meta.pk.attname, model._meta.label_lower
        for row in rows:
            self.belongs[label].add(str(row[key]))
            for other, named in archive_rows.names_in(model, row):
                self.named[other].add(named)
            self.counts["rows"] += 1
            yield row

    def _about(self):
        """Rows about what is here; files come first, since some rows are about them."""
        models = sorted(archive_rows.about_models(), key=lambda model: model is not StoredFile)
        for model in models:
            rows = model._default_manager.filter(subject_kind__in=list(self.belongs))
            wanted = self.named[model] if model is StoredFile else ()
            if wanted:
                rows = rows | model._default_manager.filter(pk__in=list(wanted))
            self._rows(model, rows, self._is_about_these)

    def _is_about_these(self, row):
        return (
            row["subject_id"] in self.belongs[row["subject_kind"]]
            or row["id"] in self.named[StoredFile]
        )

    def _hanging(self):
        """Rows that lead to a file or a site that is here, such as downloads and former FEIs."""
        for model, key, target in archive_rows.hanging_models():
            here = self.belongs[target._meta.label_lower]
            rows = archive_rows.in_batches(model._default_manager.all(), ("pk", key))
            self.named[model] |= {row["pk"] for row in rows if str(row[key]) in here}

    def _named(self):
        """People, firms, sites and others that the rows here name, and what those name."""
        written: dict[type, set] = defaultdict(set)
        models = archive_rows.named_models()
        while any(self.named[model] - written[model] for model in models):
            for model in sorted(models, key=lambda model: model._meta.label):
                new = sorted(self.named[model] - written[model], key=str)
                if new:
                    written[model] |= set(new)
                    part = f"-{len(written[model])}" if len(written[model]) > len(new) else ""
                    name = f"records/{model._meta.label_lower}{part}.jsonl"
                    self._lines(name, self._taken(model, _by_ids(model, new)))
        self._step()

    # -- files ---------------------------------------------------------------------------------
    def _files(self):
        ids = sorted(self.belongs[StoredFile._meta.label_lower])
        self.total += len(ids)
        for start in range(0, len(ids), IDS_AT_ONCE):
            for stored in StoredFile.objects.filter(pk__in=ids[start : start + IDS_AT_ONCE]):
                self._file(stored)
                self._step()

    def _file(self, stored):
        if stored.subject_kind == ProgramArchive._meta.label_lower:
            self._leave_out(stored, "an earlier archive of this program")
        elif stored.scan_state == StoredFile.ScanState.REFUSED:
            self._leave_out(stored, "refused by the virus scanner")
        else:
            ending = PurePosixPath(stored.name).suffix.lower()
            name = f"files/{stored.pk}{ending if ending in KNOWN_ENDINGS else ''}"
            try:
                content = storage.open_kept(stored.key)
            except OSError:
                self.faults.append({"file": str(stored.pk), "fault": "its bytes are missing"})
                return
            with content, self._member(name, zipfile.ZIP_STORED) as member:
                while chunk := content.read(CHUNK):
                    member.write(chunk)
                member.count = 1
            self.counts["files"] += 1
            if self.members[-1]["sha256"] != stored.sha256:
                fault = "its bytes are not those that were kept"
                self.faults.append({"file": str(stored.pk), "fault": fault})

    def _leave_out(self, stored, why):
        self.files_left_out.append({"file": str(stored.pk), "why": why})

    # -- trail ---------------------------------------------------------------------------------
    def _trail(self):
        entries = TrailEntry.objects.filter(position__lte=self.head.position)
        here = {kind: ids for kind, ids in self.belongs.items() if not kind.startswith("accounts.")}
        chosen = in_order(entries.disclosed().filter(subject_kind__in=list(here)))
        lines = (as_line(entry) for entry in chosen if entry.subject_id in here[entry.subject_kind])
        self.counts["entries"] = self._lines("trail/entries.jsonl", lines)
        self._step()
        links = archive_rows.in_batches(entries, ("position", "hash"))
        self._lines("trail/chain.txt", links, as_text="{0[position]} {0[hash]}".format)
        self._step()

    # -- members -------------------------------------------------------------------------------
    def _lines(self, name, rows: Iterable[dict], as_text=None) -> int:
        as_text = as_text or (lambda row: json.dumps(row, ensure_ascii=False, default=_as_text))
        with self._member(name) as member:
            for row in rows:
                member.write(f"{as_text(row)}\n".encode())
                member.count += 1
                if member.count % NOTED_EVERY == 0:
                    self.note(self.done, self.total)
        return member.count

    def _text(self, name, text):
        with self._member(name) as member:
            member.write(text.encode())
            member.count = 1

    @contextmanager
    def _member(self, name, compression=zipfile.ZIP_DEFLATED):
        info = zipfile.ZipInfo(name, date_time=self.day)
        info.compress_type = compression
        with self.zip.open(info, "w", force_zip64=True) as out:
            member = _Member(out)
            yield member
        self.members.append(
            {
                "path": name,
                "sha256": member.digest.hexdigest(),
                "bytes": member.size,
                "count": member.count,
            }
        )

    def _step(self):
        self.done += 1
        self.note(min(self.done, self.total), self.total)

    def _manifest(self, begun_at):
        program = self.program
        return {
            "format": FORMAT,
            "archive": str(self.archive.pk),
            "program": {
                "id": str(program.pk),
                "short_address": program.slug,
                "name": program.name,
                "is_demonstration": program.is_demonstration,
            },
            "asked_by": str(self.archive.asked_by),
            "asked_at": self.archive.asked_at.isoformat(),
            "rows_read_from": begun_at.isoformat(),
            "rows_read_until": clock.real_now().isoformat(),
            "trail": {
                "identity": str(self.head.identity),
                "position": self.head.position,
                "hash": self.head.hash,
            },
            "how_to_verify": HOW_TO_VERIFY,
            "counts": self.counts,
            "faults": self.faults,
            "not_included": {
                "drafts": {
                    model._meta.label_lower: archive_rows.drafts_of(model, program)
                    for model in archive_rows.DRAFTS
                },
                "why_no_drafts": "What a firm has not submitted is invisible to FDA.",
                "tables": {
                    model._meta.label_lower: why for model, why in archive_rows.LEFT_OUT.items()
                },
                "columns": archive_rows.secret_columns(),
                "files": self.files_left_out,
            },
            "members": list(self.members),
        }


class _Member:
    """A member of the ZIP that is being written, with its hash and size so far."""

    def __init__(self, out):
        self.out = out
        self.digest, self.size, self.count = hashlib.sha256(), 0, 0

    def write(self, piece: bytes):
        self.out.write(piece)
        self.digest.update(piece)
        self.size += len(piece)


def _by_ids(model, ids):
    columns = archive_rows.columns_of(model)
    for start in range(0, len(ids), IDS_AT_ONCE):
        rows = model._default_manager.filter(pk__in=ids[start : start + IDS_AT_ONCE])
        yield from archive_rows.in_batches(rows, columns)


def _as_text(value):
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"An archive cannot hold a {type(value).__name__}.")
