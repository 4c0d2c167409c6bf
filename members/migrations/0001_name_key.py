from django.contrib.postgres.operations import UnaccentExtension
from django.db import migrations

# Names as they are compared: lower case, without accents and apostrophes, other punctuation as spaces.
# The dictionary is named with its schema, so that the function means the same under any search_path
# (pg_restore empties it); that is what makes it safe to call it immutable. PL/pgSQL, because Postgres runs it
# faster than an SQL function that it cannot inline.
CREATE = r"""
DO $$
DECLARE
    home text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                  WHERE e.extname = 'unaccent');
BEGIN
    EXECUTE format($create$
        CREATE FUNCTION members_name_key(name text) RETURNS text
            LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
        BEGIN
            IF name = '' THEN RETURN ''; END IF;
            IF octet_length(name) = length(name) THEN  -- ASCII only, as most names of an import
                RETURN btrim(translate(lower(name), '-.,_/"()''`', '        '));
            END IF;
            name := lower(%1$s.unaccent('%1$s.unaccent', name));
            RETURN btrim(translate(name, '-.,_/"()''’‘ʻʼ`´', '        '));
        END $body$ $create$, home);
END $$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        UnaccentExtension(),
        migrations.RunSQL(CREATE, "DROP FUNCTION members_name_key(text)"),
    ]
