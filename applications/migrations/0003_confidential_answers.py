"""Mark single answers as confidential, where one mark covered a whole request before."""

from datetime import date

from django.db import migrations, models

import applications.models.request

# One mark covered every answer; written out, since the names may change later.
EVERY_ANSWER = [
    "blackout_dates", "contact_email", "contact_name", "contact_phone", "contact_time_zone",
    "contact_title", "declared_inspections", "deputy_email", "deputy_name", "interview_language",
    "makes_sterile", "operations", "preferred_mode", "product_description", "products", "sector",
    "size_band",
]
RULE = (
    "Designated by the submitter, for the whole request, as confidential commercial information "
    "(21 CFR 20.61, 45 CFR 5.41)."
)


def mark_answers(apps, schema_editor):
    """Keep each mark: of a draft with its answers, of a submitted request as its designation."""
    requests = apps.get_model("applications", "ParticipationRequest").objects
    designations = apps.get_model("records", "Designation").objects
    requests.filter(is_confidential=False).update(confidential_answers=[])
    for row in requests.filter(is_confidential=True).exclude(submitted_at=None):
        requests.filter(pk=row.pk).update(confidential_answers=EVERY_ANSWER)
        day = row.submitted_at.date()
        try:
            expires_on = day.replace(year=day.year + 10)
        except ValueError:
            expires_on = date(day.year + 10, 3, 1)
        designations.create(
            subject_kind="applications.participationrequest",
            subject_id=str(row.pk),
            fields=EVERY_ANSWER,
            rule=RULE,
            designated_by_id=row.submitted_by_id,
            designated_at=row.submitted_at,
            expires_on=expires_on,
        )


class Migration(migrations.Migration):

    dependencies = [
        ("applications", "0002_inspection_upload"),
        ("records", "0004_designations_statement_register"),
    ]

    operations = [
        migrations.AddField(
            model_name="participationrequest",
            name="confidential_answers",
            field=models.JSONField(
                blank=True,
                default=applications.models.request.confidential_from_the_start,
                help_text="As the draft marks them; what was submitted has its Designation.",
                verbose_name="answers marked as confidential commercial information",
            ),
        ),
        migrations.RunPython(mark_answers, migrations.RunPython.noop),
        migrations.RemoveField(model_name="participationrequest", name="is_confidential"),
    ]
