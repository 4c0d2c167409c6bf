"""The statement between two mails, as a function: the database plans it once a connection, not once a mail."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION mail_write_sent_and_mark(sent bigint, following bigint, claim text, provider text, lease interval)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    -- The first is locked first, as whoever else locks several goes by age too.
    UPDATE mail_outgoingmail SET
        state = 'sent', sent_at = clock_timestamp(), lease_until = NULL, error = '', provider_id = provider,
        text = CASE WHEN keeps_body THEN text ELSE '' END, html = CASE WHEN keeps_body THEN html ELSE '' END
    WHERE id = sent AND claimed_by = claim AND state IN ('claimed', 'unknown');
    UPDATE mail_outgoingmail SET
        went_out_at = clock_timestamp(), lease_until = clock_timestamp() + lease, attempts = attempts + 1
    WHERE id = following AND claimed_by = claim AND state = 'claimed';
    RETURN FOUND;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0003_fewer_indexes"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION mail_write_sent_and_mark(bigint, bigint, text, text, interval)"),
    ]
