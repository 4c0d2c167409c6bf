from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0002_mail_bodies"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outgoingmail",
            name="key",
            field=models.CharField(max_length=200),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="message_id",
            field=models.CharField(max_length=200),
        ),
        migrations.AlterField(
            model_name="outgoingmail",
            name="to_email",
            field=models.EmailField(max_length=254),
        ),
        migrations.AddIndex(
            model_name="outgoingmail",
            index=models.Index(models.F("to_email"), name="outgoingmail_to_email"),
        ),
        migrations.AddConstraint(
            model_name="outgoingmail",
            constraint=models.UniqueConstraint(fields=("key",), name="outgoingmail_key_once"),
        ),
        migrations.AddConstraint(
            model_name="outgoingmail",
            constraint=models.UniqueConstraint(fields=("message_id",), name="outgoingmail_message_id_once"),
        ),
    ]
