"""Verify a program's archive: exit status 1 names the first fault."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from assessments import archive_verification
from assessments.models import ProgramArchive
from qmm_pilot.records.models import TrailEntry, TrailHead
from qmm_pilot.records.trail import in_order


class Command(BaseCommand):
    help = "Verify an archive file against its manifest and trail; exits 1 with the first fault."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="The ZIP file.")
        parser.add_argument(
            "--here",
            action="store_true",
            help="Also compare with what this installation kept: the file's hash, and its trail.",
        )

    def handle(self, *args, **options):
        path = options["file"]
        fault = archive_verification.first_fault(path)
        if fault is None and options["here"]:
            fault = _fault_here(path)
        if fault:
            self.stderr.write(fault)
            sys.exit(1)
        manifest = archive_verification.manifest_of(path)
        counts = manifest["counts"]
        self.stdout.write(
            f"The archive holds: {counts['rows']} rows, {counts['files']} files, "
            f"{counts['entries']} entries of the trail.\n"
            f"SHA-256 of the file: {archive_verification.sha256_of(path)}"
        )
        for one in manifest["faults"]:
            self.stdout.write(f"Known when it was made: file {one['file']}: {one['fault']}.")


def _fault_here(path):
    """What this installation knows better: the hash that it kept, and the trail itself."""
    manifest = archive_verification.manifest_of(path)
    archive = ProgramArchive.objects.filter(pk=manifest["archive"]).first()
    if archive is None or archive.stored_file is None:
        return "This installation did not make this archive."
    if archive.stored_file.sha256 != archive_verification.sha256_of(path):
        return "The file is not the one that was kept here: its SHA-256 is another."
    if str(TrailHead.objects.get().identity) != manifest["trail"]["identity"]:
        return "The trail of this installation is another one."
    links = dict(archive_verification.chain_of(path))
    entries = TrailEntry.objects.filter(position__lte=manifest["trail"]["position"])
    for entry in in_order(entries.only("position", "hash")):
        if links.pop(entry.position, None) != entry.hash:
            return f"Position {entry.position} of the trail is not what the archive has."
    return f"Position {min(links)} is missing from the trail." if links else None
