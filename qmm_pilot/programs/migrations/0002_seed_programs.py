"""Seed both pilots of 2020 from the notices."""

from django.db import migrations

from qmm_pilot.programs.notices import seed_programs


def seed(apps, schema_editor):
    seed_programs(apps)


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
