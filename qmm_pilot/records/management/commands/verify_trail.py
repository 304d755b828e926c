"""Verify trail and signatures: exit status 1 names what is wrong, a cut tail included."""

import sys

from django.core.management.base import BaseCommand

from qmm_pilot.records.models import Signature, TrailHead
from qmm_pilot.records.signatures import broken_signatures
from qmm_pilot.records.trail import first_fault


class Command(BaseCommand):
    help = "Verify the chained trail and every signature; exits 1 and names what is wrong."

    def handle(self, *args, **options):
        fault = first_fault()
        if fault:
            position, reason = fault
            self.stderr.write(f"Position {position}: {reason}.")
        broken = list(broken_signatures())
        for signature in broken:
            self.stderr.write(f"{signature}.")
        if fault or broken:
            sys.exit(1)
        self.stdout.write(f"The trail holds: {TrailHead.objects.get().position} entries.")
        signed = Signature.objects.count()
        self.stdout.write(f"Every signature holds: {signed} signature{'' if signed == 1 else 's'}.")
