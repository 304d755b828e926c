"""Say what FDA's public data tell of one facility under criterion b of a program."""

import json

from django.core.management.base import BaseCommand, CommandError

from applications.eligibility import canonical_fei
from applications.inspections import inspections_of, newest_snapshot
from applications.operations.verdicts import BY_INSPECTIONS
from qmm_pilot.programs.models import Program

UNUSABLE = 2


class Command(BaseCommand):
    help = (
        "Examine criterion b for one FEI under the look-back window of a program. Exits 0 "
        "whatever the outcome, 2 for an unknown program or a text that is no FEI."
    )

    def add_arguments(self, parser):
        parser.add_argument("--program", required=True, help="for example fdf-2020 or api-2020")
        parser.add_argument("--fei", required=True, help="one to ten digits, padded or not")
        parser.add_argument("--json", action="store_true", help="print only one JSON object")

    def handle(self, *args, program, fei, json: bool, **options):
        chosen = Program.objects.real().filter(slug=program).first()
        if chosen is None:
            known = ", ".join(Program.objects.real().values_list("slug", flat=True))
            raise CommandError(
                f"There is no program “{program}”. Known programs: {known}.", returncode=UNUSABLE
            )
        try:
            fei_key = canonical_fei(fei)
        except ValueError as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        window = {"since": chosen.inspections_since, "before": chosen.inspections_before}
        inspections = inspections_of([fei_key])
        opinion = _rule_of(chosen)(inspections, **window)
        if json:
            self.stdout.write(_as_json(chosen, fei_key, opinion, inspections, window))
        else:
            self.stdout.write(f"{chosen}, FEI {fei_key}: {opinion.outcome}. {opinion.reason}")


def _rule_of(program):
    """The rule by which this program's criteria read the inspections of a facility."""
    kinds = program.criteria.filter(check_kind__in=BY_INSPECTIONS).values_list(
        "check_kind", flat=True
    )
    return BY_INSPECTIONS[kinds[0]]


def _as_json(program, fei_key, opinion, inspections, window) -> str:
    snapshot = newest_snapshot()
    return json.dumps(
        {
            "program": program.slug,
            "fei": fei_key,
            "criterion_b": {
                "outcome": opinion.outcome,
                "window": {edge: day.isoformat() for edge, day in window.items()},
                # All of them are published ones, so their origin is not said.
                "inspections": [
                    {
                        name: value
                        for name, value in each.as_evidence(**window).items()
                        if name != "origin"
                    }
                    for each in inspections
                ],
                "data_snapshot": snapshot
                and {
                    "sha256": snapshot.sha256,
                    "imported_at": snapshot.imported_at.isoformat(),
                    "rows": snapshot.rows_read,
                },
            },
        }
    )
