"""Import FDA's inspection classifications from a file, as downloaded from the Data Dashboard."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from applications.inspections import import_inspections
from qmm_pilot import clock
from qmm_pilot.lifecycle import Refusal

REFUSED = 2


class Command(BaseCommand):
    help = (
        "Import FDA's inspection classifications (CSV). Prints one JSON object last on standard "
        "output; rejected rows go to standard error with line and reason. Exits 2, with nothing "
        "changed, when the file is refused."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="the CSV file, with or without title lines")

    def handle(self, *args, file, **options):
        try:
            done = import_inspections(file, file_name=Path(file).name, by=None, at=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from refusal
        for line, reason in done.rejects:
            self.stderr.write(f"line {line}: {reason}", self.style.NOTICE)
        self.stdout.write(json.dumps(done.summary))
