from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0029_public_data_in_byte_order")]

    operations = [
        migrations.AddField(
            model_name="decisionletter",
            name="addressee",
            field=models.JSONField(
                default=list, help_text="Firm, facility and its address, a line each, as they were."
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="decisionletter",
            name="is_followed_up",
            field=models.BooleanField(
                default=True,
                help_text="No for letters from before it was noted who opened one.",
            ),
        ),
        migrations.AddField(
            model_name="decisionletter",
            name="spelling",
            field=models.JSONField(
                default=dict,
                help_text="How the PDF writes what its fonts lack: a name to its spelling.",
            ),
        ),
    ]
