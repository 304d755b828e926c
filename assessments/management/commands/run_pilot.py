"""Play a whole pilot in a rehearsal copy of its program, and write the released report."""

import io
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from pypdf import PdfReader

from assessments.models import Finding
from assessments.rehearsal import Rehearsal, RehearsalFailed
from qmm_pilot.lifecycle import Refusal
from qmm_pilot.printing import check_structure
from qmm_pilot.programs.models import Program
from qmm_pilot.records import files


class Command(BaseCommand):
    help = "Rehearse a pilot from request to released report; writes one PDF into the folder."

    def add_arguments(self, parser):
        parser.add_argument("--program", required=True, choices=["fdf-2020", "api-2020"])
        parser.add_argument("--output", required=True, type=Path, help="Folder for the PDF.")

    def handle(self, *args, program, output, **options):
        rehearsal = Rehearsal(Program.objects.get(slug=program))
        try:
            report = rehearsal.play()
        except (Refusal, RehearsalFailed) as stop:
            raise CommandError(str(stop)) from stop
        pdf = files.read(report.released_file)
        faults = check_structure(pdf) + missing_findings(pdf, report.assessment)
        output.mkdir(parents=True, exist_ok=True)
        path = output / f"{program}-report-{rehearsal.mark}.pdf"
        path.write_bytes(pdf)
        if faults:
            for fault in faults:
                self.stderr.write(fault)
            sys.exit(1)
        self.stdout.write(f"{path}")


def missing_findings(pdf: bytes, assessment) -> list[str]:
    """A sentence for each finding whose words the PDF's text does not hold."""
    printed = _letters("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
    findings = Finding.objects.filter(topic__assessment=assessment, withdrawn_at=None)
    missing = [
        f"The report’s text lacks the finding “{finding.seen[:60]}”."
        for finding in findings
        if _letters(finding.seen) not in printed
    ]
    return missing if findings else ["The assessment has no findings."]


def _letters(text):
    """The text without white space and hyphens, which the line breaks of a page change."""
    return "".join(c for c in text if not c.isspace() and c not in "-\N{SOFT HYPHEN}\N{HYPHEN}")
