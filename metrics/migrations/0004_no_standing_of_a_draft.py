"""No standing is a draft: what a metric's status may be."""

from django.db import migrations, models

STATUSES = {
    "not_started": "Not started",
    "submitted": "Submitted",
    "accepted": "Accepted",
    "queried": "Queried",
    "promised": "Promised",
    "waived": "Waived",
    "frozen": "Frozen",
}


class Migration(migrations.Migration):
    dependencies = [("metrics", "0003_drafts_leave_no_mark")]

    operations = [
        migrations.RemoveConstraint("metricstanding", "metric_status_is_known"),
        migrations.AlterField(
            "metricstanding",
            "frozen_from",
            models.CharField(
                blank=True,
                choices=list(STATUSES.items()),
                help_text="The status when it was frozen.",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            "metricstanding",
            "status",
            models.CharField(
                choices=list(STATUSES.items()), default="not_started", max_length=20
            ),
        ),
        migrations.AddConstraint(
            "metricstanding",
            models.CheckConstraint(
                condition=models.Q(status__in=list(STATUSES)), name="metric_status_is_known"
            ),
        ),
    ]
