"""Each decision that firms were told before has the letter that stands for it (C8)."""

from django.db import migrations

KINDS = ["decision_selected", "decision_alternate", "decision_not_selected", "decision_not_eligible"]


def keep_told_letters(apps, schema_editor):
    requests = apps.get_model("applications", "ParticipationRequest").objects
    told = apps.get_model("applications", "DecisionLetter").objects
    letters = apps.get_model("records", "Letter").objects.select_related("person")
    for row in requests.exclude(told_at=None).select_related("program").iterator():
        mails = letters.filter(
            subject_kind="applications.participationrequest", subject_id=str(row.pk), kind__in=KINDS
        )
        newest = mails.order_by("-at").first()
        if newest is None:
            continue
        of_it = [m for m in mails.filter(kind=newest.kind, at=newest.at) if m.person]
        body = newest.body
        if newest.person:
            body = body.replace(f"Dear {newest.person.name},", "Dear {recipient},", 1)
        told.create(
            participation_request=row,
            organization_id=row.organization_id,
            kind=newest.kind,
            subject=newest.subject,
            body=body,
            letterhead=[
                row.program.letterhead_name,
                row.program.letterhead_office,
                *row.program.letterhead_address.splitlines(),
            ],
            recipients=[mail.person.name for mail in of_it],
            at=newest.at,
        )


class Migration(migrations.Migration):
    dependencies = [("applications", "0026_decision_letters")]
    operations = [migrations.RunPython(keep_told_letters, migrations.RunPython.noop)]
