"""Note the words of the requests that FDA has received before there was a search."""

from django.db import migrations

from applications.finding import all_words, folded


def note_words(apps, schema_editor):
    request = apps.get_model("applications", "ParticipationRequest")
    word = apps.get_model("applications", "SearchWord")
    received = request.objects.exclude(submitted_at=None).select_related("facility", "organization")
    for row in received.prefetch_related("facility__identifiers").iterator(chunk_size=500):
        site = row.facility
        numbers = [site.fei, row.fei_key, site.duns, row.receipt_number or ""]
        numbers += [identifier.fei_key for identifier in site.identifiers.all()]
        word.objects.bulk_create(
            word(participation_request=row, word=each)
            for each in sorted(all_words([site.name, row.organization.name], numbers))
        )
        request.objects.filter(pk=row.pk).update(sort_name=folded(site.name)[:200])


class Migration(migrations.Migration):
    dependencies = [("applications", "0013_queue_owners_and_search")]

    operations = [migrations.RunPython(note_words, migrations.RunPython.noop)]
