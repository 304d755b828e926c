"""Lay the first version of FDA's statement of use, as qmm_pilot.records.statement writes it."""

from django.db import migrations

from qmm_pilot.records.statement import seed_first_version


def seed(apps, schema_editor):
    seed_first_version(apps.get_model("records", "StatementOfUse").objects)


class Migration(migrations.Migration):
    dependencies = [("records", "0006_letter_secret")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
