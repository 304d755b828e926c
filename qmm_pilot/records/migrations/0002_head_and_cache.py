"""Lay the trail's head row and the table of the database cache."""

from django.core.management import call_command
from django.db import migrations

FIRST_LINK = "0" * 64


def lay(apps, schema_editor):
    apps.get_model("records", "TrailHead").objects.get_or_create(
        pk=1, defaults={"hash": FIRST_LINK}
    )
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [migrations.RunPython(lay, migrations.RunPython.noop)]
