"""FDA's rows are compared and indexed byte by byte on PostgreSQL, as they are on SQLite.

Their keys are numbers and FDA's fixed wordings. In the order of a language their indexes take
twice as long to build (P7); nobody reads them in alphabetical order of a language.
"""

from django.db import migrations

KEYS = {
    "inspectionrecord": ("fei_key", "inspection_id", "project_area", "product_type"),
    "registration": ("fei_key", "duns", "firm_name", "address", "registrant_name"),
}


def _collate(apps, schema_editor, collation):
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, columns in KEYS.items():
        model = apps.get_model("applications", name)
        types = ", ".join(
            f"ALTER COLUMN {column} "
            f"TYPE varchar({model._meta.get_field(column).max_length}) COLLATE {collation}"
            for column in columns
        )
        schema_editor.execute(f"ALTER TABLE {model._meta.db_table} {types}")


def by_bytes(apps, schema_editor):
    _collate(apps, schema_editor, '"C"')


def by_language(apps, schema_editor):
    _collate(apps, schema_editor, '"default"')


class Migration(migrations.Migration):
    dependencies = [("applications", "0028_queue_leaves_out_closed_sites")]

    operations = [migrations.RunPython(by_bytes, by_language, elidable=False)]
