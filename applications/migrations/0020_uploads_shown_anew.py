"""An upload whose confirmation was outdated by another import is shown anew."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0019_program_questions'),
    ]

    operations = [
        migrations.AddField(
            model_name='dataupload',
            name='is_shown_anew',
            field=models.BooleanField(default=False, verbose_name='another import came between the comparison and its confirmation'),
        ),
    ]
