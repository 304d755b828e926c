"""Verify the trail: exit status 1 names the first wrong position, a cut tail included."""

import sys

from django.core.management.base import BaseCommand

from qmm_pilot.records.models import TrailHead
from qmm_pilot.records.trail import first_fault


class Command(BaseCommand):
    help = "Verify the chained trail; exits 1 and names the first wrong position."

    def handle(self, *args, **options):
        fault = first_fault()
        if fault:
            position, reason = fault
            self.stderr.write(f"Position {position}: {reason}.")
            sys.exit(1)
        self.stdout.write(f"The trail holds: {TrailHead.objects.get().position} entries.")
