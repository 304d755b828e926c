"""Seed the metrics of both pilots of 2020."""

from django.db import migrations

from metrics.catalogue import seed_metric_definitions


def seed(apps, schema_editor):
    seed_metric_definitions(apps)


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_initial"), ("programs", "0002_seed_programs")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
