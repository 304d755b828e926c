"""Registrations beside inspections, uploads that are confirmed, and snapshots that roll back."""

import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.conf import settings
from django.db import migrations, models


def rename_subjects(apps, schema_editor):
    """Jobs and kept files name their subject by its model; the trail keeps the name of its day."""
    for model in ("Job", "StoredFile"):
        apps.get_model("records", model).objects.filter(
            subject_kind="applications.inspectionupload"
        ).update(subject_kind="applications.dataupload")


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0009_engagement_people'),
        ('records', '0007_first_statement_of_use'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='inspectionimport',
            name='reason',
            field=models.TextField(blank=True, verbose_name='why it was rolled back'),
        ),
        migrations.AddField(
            model_name='inspectionimport',
            name='restores',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.inspectionimport', verbose_name='earlier snapshot that this roll-back returned to'),
        ),
        migrations.AlterField(
            model_name='inspectionrecord',
            name='absent_since',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.inspectionimport', verbose_name='first newer file that lacks this row'),
        ),
        migrations.AlterField(
            model_name='inspectionrecord',
            name='closed_by',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.inspectionimport', verbose_name='import or roll-back that took this row out of force'),
        ),
        migrations.AlterField(
            model_name='inspectionrecord',
            name='first_import',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.inspectionimport'),
        ),
        migrations.CreateModel(
            name='RegistrationImport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(editable=False, unique=True)),
                ('file_name', models.CharField(max_length=255)),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256 of the file')),
                ('bytes_read', models.PositiveBigIntegerField(verbose_name='size of the file in bytes')),
                ('row_rules', models.PositiveSmallIntegerField(verbose_name='version of the row rules that read it')),
                ('imported_at', models.DateTimeField()),
                ('rows_read', models.PositiveIntegerField()),
                ('created', models.PositiveIntegerField()),
                ('updated', models.PositiveIntegerField()),
                ('unchanged', models.PositiveIntegerField()),
                ('rejected', models.PositiveIntegerField()),
                ('absent', models.PositiveIntegerField(verbose_name='rows on record that this file lacks')),
                ('rejects', models.JSONField(blank=True, default=list, verbose_name='the first rejected rows, each with line and reason')),
                ('reason', models.TextField(blank=True, verbose_name='why it was rolled back')),
                ('recorded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('restores', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.registrationimport', verbose_name='earlier snapshot that this roll-back returned to')),
            ],
            options={
                'ordering': ['-number'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Registration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fei', models.CharField(max_length=16, verbose_name='FEI as published')),
                ('fei_key', models.CharField(max_length=10, verbose_name='FEI without leading zeros')),
                ('duns', models.CharField(blank=True, max_length=16, verbose_name='DUNS number of the site')),
                ('firm_name', models.CharField(blank=True, max_length=255)),
                ('address', models.CharField(blank=True, max_length=500, verbose_name='address as published')),
                ('country', models.CharField(blank=True, max_length=3, verbose_name='country, ISO 3166-1 alpha-3')),
                ('operations', models.CharField(blank=True, max_length=500, verbose_name='operations as published, in alphabetical order, separated by “; ”')),
                ('registrant_name', models.CharField(blank=True, max_length=255)),
                ('expires_on', models.DateField(blank=True, null=True)),
                ('absent_since', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.registrationimport', verbose_name='first newer file that lacks this row')),
                ('closed_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.registrationimport', verbose_name='import or roll-back that took this row out of force')),
                ('first_import', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.registrationimport')),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='inspectionupload',
            name='upload_imported_or_refused',
        ),
        migrations.RenameModel(old_name='InspectionUpload', new_name='DataUpload'),
        migrations.RunPython(rename_subjects, migrations.RunPython.noop),
        migrations.AddField(
            model_name='dataupload',
            name='kind',
            field=models.CharField(choices=[('inspections', 'Inspection classifications'), ('registrations', 'Drug establishment registrations')], default='inspections', max_length=20),
        ),
        migrations.AddField(
            model_name='dataupload',
            name='preview',
            field=models.JSONField(blank=True, default=None, null=True, verbose_name='counts and samples of what would change'),
        ),
        migrations.AddField(
            model_name='dataupload',
            name='compared_with',
            field=models.PositiveIntegerField(null=True, verbose_name='number of the snapshot compared with'),
        ),
        migrations.AddField(
            model_name='dataupload',
            name='reject_file',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.storedfile'),
        ),
        migrations.AddField(
            model_name='dataupload',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='dataupload',
            name='confirmed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='dataupload',
            name='discarded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='dataupload',
            name='discarded_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='dataupload',
            name='registration_snapshot',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.registrationimport'),
        ),
        migrations.AddField(
            model_name='dataupload',
            name='content_removed_at',
            field=models.DateTimeField(help_text='When the file itself was removed, since it names contact persons.', null=True),
        ),
        migrations.AddConstraint(
            model_name='registrationimport',
            constraint=models.CheckConstraint(condition=models.Q(('rows_read', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('created'), '+', models.F('updated')), '+', models.F('unchanged')), '+', models.F('rejected')))), name='registration_import_counts_add_up'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_by__isnull', True)), fields=('fei_key', 'duns', 'firm_name', 'address', 'registrant_name'), name='registration_open_once'),
        ),
        migrations.AddConstraint(
            model_name='dataupload',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('registration_snapshot', None), ('snapshot', None)), models.Q(('discarded_at', None), ('refusal', ''), ('snapshot', None)), models.Q(('discarded_at', None), ('refusal', ''), ('registration_snapshot', None)), _connector='OR'), name='upload_ends_one_way'),
        ),
        migrations.AddConstraint(
            model_name='dataupload',
            constraint=models.CheckConstraint(condition=models.Q(('refusal', ''), ('discarded_at', None), _connector='OR'), name='upload_refused_or_discarded'),
        ),
    ]
