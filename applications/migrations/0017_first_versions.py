"""Each request that was submitted before there were versions has its first one (B9)."""

from django.db import migrations

ANSWERS = ["contact_name", "contact_email", "contact_phone", "contact_time_zone", "operations", "products", "product_description", "size_band", "sector", "preferred_mode", "contact_title", "deputy_name", "deputy_email", "makes_sterile", "declared_inspections", "blackout_dates", "interview_language", "confidential_answers"]
ATTESTATION = "Attested each commitment and submitted this request"


def keep_first_versions(apps, schema_editor):
    rows = apps.get_model("applications", "ParticipationRequest").objects
    versions = apps.get_model("applications", "RequestVersion").objects
    signatures = apps.get_model("records", "Signature").objects
    for row in rows.exclude(submitted_at=None).iterator():
        answers = {name: getattr(row, name) for name in ANSWERS} | row.contact_as_submitted
        signature = signatures.filter(
            subject_kind="applications.participationrequest",
            subject_id=str(row.pk),
            meaning=ATTESTATION,
        ).first()
        versions.create(
            participation_request=row,
            number=1,
            answers=answers,
            facility=row.facility_as_submitted,
            by_id=row.submitted_by_id,
            at=row.submitted_at,
            signature=signature,
        )


class Migration(migrations.Migration):
    dependencies = [("applications", "0016_versions_and_information"), ("records", "0001_initial")]
    operations = [migrations.RunPython(keep_first_versions, migrations.RunPython.noop)]
