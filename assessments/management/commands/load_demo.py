"""Load the demonstration: people of every role, both pilots in intake, earlier rounds beyond."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from assessments import demonstration


class Command(BaseCommand):
    help = "Load the demonstration; a second run changes nothing. Prints its people."

    def handle(self, *args, **options):
        if not settings.DEBUG:
            raise CommandError("The demonstration is loaded in development mode only (DEBUG=true).")
        demonstration.load()
        self.stdout.write(demonstration.people_in_words())
