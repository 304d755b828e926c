"""Letters that went out have the addressee of their day, as far as the records tell it (C8).

The trail tells what a firm changed of its facility afterwards, so what stood before is known. Of
letters from before they were kept (0027) the copy that a former owner kept tells whose the request
was: they were filed under the present owner.
"""

import json

from django.db import migrations
from django_countries import countries

TOLD = "applications.decisionletter"


def know_addressees(apps, schema_editor):
    letters = apps.get_model("applications", "DecisionLetter").objects
    jobs = apps.get_model("records", "Job").objects
    kept = apps.get_model("applications", "KeptCopy").objects
    entries = apps.get_model("records", "TrailEntry").objects
    related = ("organization", "participation_request__facility")
    for letter in letters.select_related(*related):
        facility = letter.participation_request.facility
        # Each letter that was kept when it was told has the print job of that moment.
        printed = jobs.filter(subject_kind=TOLD, subject_id=str(letter.pk), moment=letter.at)
        letter.is_followed_up = printed.exists()
        copies = kept.filter(
            participation_request=letter.participation_request, kept_at__gt=letter.at
        )
        sold = copies.order_by("kept_at").select_related("organization").first()
        if sold and not letter.is_followed_up:
            letter.organization = sold.organization
        facts = {
            name: str(getattr(facility, name))
            for name in (
                "name", "address_line_1", "address_line_2", "city", "state", "postal_code",
                "country",
            )
        }  # fmt: skip
        changes = entries.filter(
            deed="change_facility",
            subject_kind="applications.facility",
            subject_id=str(facility.pk),
            at__gt=letter.at,
        )
        for before in changes.order_by("-position").values_list("before_json", flat=True):
            facts.update((k, v) for k, v in json.loads(before).items() if k in facts)
        address = [
            facts["address_line_1"],
            facts["address_line_2"],
            facts["city"],
            f"{facts['state']} {facts['postal_code']}".strip(),
            countries.name(facts["country"]),
        ]
        letter.addressee = [
            letter.organization.name, facts["name"], ", ".join(part for part in address if part)
        ]  # fmt: skip
        letter.save(update_fields=["addressee", "organization", "is_followed_up"])


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0030_letters_keep_their_addressee"),
        ("records", "0009_letters_opened_and_bounced"),
    ]

    operations = [migrations.RunPython(know_addressees, migrations.RunPython.noop)]
