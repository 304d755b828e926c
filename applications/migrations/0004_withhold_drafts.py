"""Withhold what FDA does not know of yet: drafts, and sites without a submitted request (A13)."""

from datetime import UTC, datetime

from django.db import migrations


def withhold_drafts(apps, schema_editor):
    requests = apps.get_model("applications", "ParticipationRequest").objects
    facilities = apps.get_model("applications", "Facility").objects
    known = requests.exclude(submitted_at=None).values("facility")
    withheld = apps.get_model("records", "Withheld").objects
    for kind, rows in (
        ("applications.participationrequest", requests.filter(submitted_at=None)),
        ("applications.facility", facilities.exclude(pk__in=known)),
    ):
        for pk in rows.values_list("pk", flat=True):
            withheld.create(
                subject_kind=kind, subject_id=str(pk), withheld_at=datetime.now(UTC)
            )


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0003_confidential_answers"),
        ("records", "0005_holds_exports_and_disclosure"),
    ]
    operations = [migrations.RunPython(withhold_drafts, migrations.RunPython.noop)]
