"""A metric of which the firm has only a draft stands as not submitted: FDA reads the standing."""

from django.db import migrations


def forget_drafts(apps, schema_editor):
    apps.get_model("metrics", "MetricStanding").objects.filter(status="draft").update(
        status="not_started", by=None
    )


class Migration(migrations.Migration):
    dependencies = [("metrics", "0002_seed_metric_definitions")]

    operations = [migrations.RunPython(forget_drafts, migrations.RunPython.noop)]
