"""Keep the facility beside each request that was submitted before: so far it could not change."""

from django.db import migrations

DESCRIBING = (
    "name", "fei", "fei_key", "duns", "address_line_1", "address_line_2", "city", "state",
    "postal_code", "country", "time_zone",
)  # fmt: skip


def keep_facilities(apps, schema_editor):
    requests = apps.get_model("applications", "ParticipationRequest").objects
    for row in requests.exclude(submitted_at=None).select_related("facility").iterator():
        row.facility_as_submitted = {name: str(getattr(row.facility, name)) for name in DESCRIBING}
        row.save(update_fields=["facility_as_submitted"])


class Migration(migrations.Migration):
    dependencies = [("applications", "0005_holds_claims_and_handovers")]
    operations = [migrations.RunPython(keep_facilities, migrations.RunPython.noop)]
