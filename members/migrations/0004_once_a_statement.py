"""What an import of a million rows felt in each row is asked once a statement (decision 30).

References from the tables that imports fill are held by triggers, sums are made by built-in functions, and who comes
many at once is noted as one range.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

FASTER = """
-- Not STRICT, which would keep Postgres from taking the expression in the function's place.
CREATE OR REPLACE FUNCTION members_activity_worth(kind text, at timestamptz) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kind WHEN 'attendance' THEN 3::double precision WHEN 'call' THEN 2.584962500721156::double precision
                     WHEN 'donation' THEN 1::double precision WHEN 'rsvp' THEN 1::double precision
                     ELSE 0::double precision END
        + date_part('epoch', at - timestamptz '2020-01-01 00:00:00+00') / (180 * 86400)::double precision;

-- Those of activities lie between -63 and 166 (activity_at_plausible), so that many are summed as they are.
CREATE OR REPLACE FUNCTION members_log_sum(a double precision, b double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN greatest(a, b) + CASE WHEN abs(a - b) > 60 THEN 0 ELSE ln(1 + 2 ^ (-abs(a - b))) / ln(2) END;

CREATE OR REPLACE FUNCTION members_activity_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO members_membership AS m (person_id, basis_id, since)
        SELECT DISTINCT ON (person_id) person_id, id, at FROM added WHERE is_basis ORDER BY person_id, at, id
    ON CONFLICT (person_id) DO UPDATE SET basis_id = excluded.basis_id, since = excluded.since
        WHERE (excluded.since, excluded.basis_id) < (m.since, m.basis_id);

    INSERT INTO members_activityscore AS s (person_id, score, last_at, attendances)
        SELECT person_id, ln(sum(2 ^ members_activity_worth(kind, at))) / ln(2::double precision), max(at),
               count(*) FILTER (WHERE kind IN ('attendance', 'call'))
        FROM added WHERE withdrawn_at IS NULL GROUP BY person_id ORDER BY person_id
    ON CONFLICT (person_id) DO UPDATE SET score = members_log_sum(s.score, excluded.score),
        last_at = greatest(s.last_at, excluded.last_at), attendances = s.attendances + excluded.attendances;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION members_derive_anew(persons bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM members_membership WHERE person_id = ANY(persons) ORDER BY person_id FOR UPDATE;
    PERFORM 1 FROM members_activityscore WHERE person_id = ANY(persons) ORDER BY person_id FOR UPDATE;

    DELETE FROM members_membership m WHERE m.person_id = ANY(persons)
        AND NOT EXISTS (SELECT FROM members_activity a WHERE a.person_id = m.person_id AND a.is_basis);
    INSERT INTO members_membership AS m (person_id, basis_id, since)
        SELECT DISTINCT ON (person_id) person_id, id, at FROM members_activity
        WHERE person_id = ANY(persons) AND is_basis ORDER BY person_id, at, id
    ON CONFLICT (person_id) DO UPDATE SET basis_id = excluded.basis_id, since = excluded.since
        WHERE (excluded.since, excluded.basis_id) <> (m.since, m.basis_id);

    DELETE FROM members_activityscore s WHERE s.person_id = ANY(persons)
        AND NOT EXISTS (SELECT FROM members_activity a WHERE a.person_id = s.person_id AND a.withdrawn_at IS NULL);
    INSERT INTO members_activityscore AS s (person_id, score, last_at, attendances)
        SELECT person_id, ln(sum(2 ^ members_activity_worth(kind, at))) / ln(2::double precision), max(at),
               count(*) FILTER (WHERE kind IN ('attendance', 'call'))
        FROM members_activity WHERE person_id = ANY(persons) AND withdrawn_at IS NULL
        GROUP BY person_id ORDER BY person_id
    ON CONFLICT (person_id) DO UPDATE
        SET score = excluded.score, last_at = excluded.last_at, attendances = excluded.attendances;
END $$;

DROP AGGREGATE members_log_sum(double precision);

CREATE OR REPLACE FUNCTION members_people_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM added) < 100 THEN
        INSERT INTO members_persontocompare (person_id)
            SELECT id FROM added WHERE family_name <> '' AND zip_code_id IS NOT NULL
        ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO members_peopletocompare (first, last) SELECT min(id), max(id) FROM added;
    END IF;
    RETURN NULL;
END $$;
"""
AS_BEFORE = """
CREATE AGGREGATE members_log_sum(double precision) (SFUNC = members_log_sum, STYPE = double precision, PARALLEL = SAFE);

CREATE OR REPLACE FUNCTION members_activity_worth(kind text, at timestamptz) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE kind WHEN 'attendance' THEN 3::double precision WHEN 'call' THEN 2.584962500721156::double precision
                     WHEN 'donation' THEN 1::double precision WHEN 'rsvp' THEN 1::double precision
                     ELSE 0::double precision END
        + date_part('epoch', at - timestamptz '2020-01-01 00:00:00+00') / (180 * 86400)::double precision;

CREATE OR REPLACE FUNCTION members_log_sum(a double precision, b double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN greatest(a, b) + CASE WHEN abs(a - b) > 60 THEN 0 ELSE ln(1 + 2 ^ (-abs(a - b))) / ln(2) END;

CREATE OR REPLACE FUNCTION members_activity_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO members_membership AS m (person_id, basis_id, since)
        SELECT DISTINCT ON (person_id) person_id, id, at FROM added WHERE is_basis ORDER BY person_id, at, id
    ON CONFLICT (person_id) DO UPDATE SET basis_id = excluded.basis_id, since = excluded.since
        WHERE (excluded.since, excluded.basis_id) < (m.since, m.basis_id);

    INSERT INTO members_activityscore AS s (person_id, score, last_at, attendances)
        SELECT person_id, members_log_sum(members_activity_worth(kind, at)), max(at),
               count(*) FILTER (WHERE kind IN ('attendance', 'call'))
        FROM added WHERE withdrawn_at IS NULL GROUP BY person_id ORDER BY person_id
    ON CONFLICT (person_id) DO UPDATE SET score = members_log_sum(s.score, excluded.score),
        last_at = greatest(s.last_at, excluded.last_at), attendances = s.attendances + excluded.attendances;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION members_derive_anew(persons bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM members_membership WHERE person_id = ANY(persons) ORDER BY person_id FOR UPDATE;
    PERFORM 1 FROM members_activityscore WHERE person_id = ANY(persons) ORDER BY person_id FOR UPDATE;

    DELETE FROM members_membership m WHERE m.person_id = ANY(persons)
        AND NOT EXISTS (SELECT FROM members_activity a WHERE a.person_id = m.person_id AND a.is_basis);
    INSERT INTO members_membership AS m (person_id, basis_id, since)
        SELECT DISTINCT ON (person_id) person_id, id, at FROM members_activity
        WHERE person_id = ANY(persons) AND is_basis ORDER BY person_id, at, id
    ON CONFLICT (person_id) DO UPDATE SET basis_id = excluded.basis_id, since = excluded.since
        WHERE (excluded.since, excluded.basis_id) <> (m.since, m.basis_id);

    DELETE FROM members_activityscore s WHERE s.person_id = ANY(persons)
        AND NOT EXISTS (SELECT FROM members_activity a WHERE a.person_id = s.person_id AND a.withdrawn_at IS NULL);
    INSERT INTO members_activityscore AS s (person_id, score, last_at, attendances)
        SELECT person_id, members_log_sum(members_activity_worth(kind, at)), max(at),
               count(*) FILTER (WHERE kind IN ('attendance', 'call'))
        FROM members_activity WHERE person_id = ANY(persons) AND withdrawn_at IS NULL
        GROUP BY person_id ORDER BY person_id
    ON CONFLICT (person_id) DO UPDATE
        SET score = excluded.score, last_at = excluded.last_at, attendances = excluded.attendances;
END $$;

CREATE OR REPLACE FUNCTION members_people_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO members_persontocompare (person_id)
        SELECT id FROM added WHERE family_name <> '' AND zip_code_id IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""

# References to people from the tables that imports fill. What a foreign key promises, they promise: no row refers to
# somebody who is not there, also where one transaction refers and another deletes at the same moment (the one holds
# the person FOR KEY SHARE, the other looks once it has the person). Unlike a foreign key they ask once a statement and
# not once a row, which took a quarter of an import's time; and whoever is referred to must be there by the end of the
# statement, not of the transaction. Under REPEATABLE READ the one who deletes could not see what has come to refer
# meanwhile (a foreign key looks beyond its snapshot, a trigger cannot): so there it is refused.
REFERRING = ("members_activity", "members_donation", "members_personemail", "members_personphone")
REFER = """
CREATE FUNCTION members_hold_people(people bigint[], referring text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    held bigint;
BEGIN
    SELECT count(*) INTO held
        FROM (SELECT FROM members_person WHERE id = ANY(people) ORDER BY id FOR KEY SHARE) AS there;
    IF held < cardinality(people) THEN
        RAISE EXCEPTION '% refers to a person who is not there', referring
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = referring || '_of_person', TABLE = referring;
    END IF;
END $$;

CREATE FUNCTION members_referring_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM members_hold_people(
        ARRAY(SELECT DISTINCT person_id FROM added WHERE person_id IS NOT NULL), TG_TABLE_NAME);
    RETURN NULL;
END $$;
CREATE FUNCTION members_referring_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever was referred to before is there.
    PERFORM members_hold_people(
        ARRAY(SELECT person_id FROM after WHERE person_id IS NOT NULL EXCEPT SELECT person_id FROM before),
        TG_TABLE_NAME);
    RETURN NULL;
END $$;

CREATE FUNCTION members_person_gone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    referring text;
BEGIN
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        RAISE EXCEPTION 'people are deleted in transactions that are READ COMMITTED'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'person_gone';
    END IF;
    referring := CASE
        WHEN EXISTS (SELECT FROM members_person WHERE id = OLD.id) THEN NULL  -- and is there again
        WHEN EXISTS (SELECT FROM members_activity WHERE person_id = OLD.id) THEN 'members_activity'
        WHEN EXISTS (SELECT FROM members_donation WHERE person_id = OLD.id) THEN 'members_donation'
        WHEN EXISTS (SELECT FROM members_personemail WHERE person_id = OLD.id) THEN 'members_personemail'
        WHEN EXISTS (SELECT FROM members_personphone WHERE person_id = OLD.id) THEN 'members_personphone'
    END;
    IF referring IS NOT NULL THEN
        RAISE EXCEPTION '% still refers to the person', referring
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = referring || '_of_person', TABLE = referring;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER person_gone AFTER DELETE OR UPDATE OF id ON members_person DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION members_person_gone();
""" + "".join(
    f"""
CREATE TRIGGER refers_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION members_referring_added();
CREATE TRIGGER refers_changed AFTER UPDATE ON {table} REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION members_referring_changed();
"""
    for table in REFERRING
)
DROP_REFER = (
    "".join(f"DROP TRIGGER refers_changed ON {table}; DROP TRIGGER refers_added ON {table};" for table in REFERRING)
    + """
DROP TRIGGER person_gone ON members_person;
DROP FUNCTION members_person_gone();
DROP FUNCTION members_referring_changed();
DROP FUNCTION members_referring_added();
DROP FUNCTION members_hold_people(bigint[], text);
"""
)

# Of a thousand people hardly one has a login: those without one stand in no index. Uniqueness is the same.
LOGIN_KEY = """
ALTER TABLE members_person DROP CONSTRAINT members_person_user_id_key;
CREATE UNIQUE INDEX members_person_user_id_key ON members_person (user_id) WHERE user_id IS NOT NULL;
"""
DROP_LOGIN_KEY = """
DROP INDEX members_person_user_id_key;
ALTER TABLE members_person ADD CONSTRAINT members_person_user_id_key UNIQUE (user_id);
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0003_derived"), ("places", "0002_initial")]

    operations = [
        migrations.CreateModel(
            name="PeopleToCompare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
            ],
            options={
                "verbose_name_plural": "people to compare, many at once",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("first__lte", models.F("last"))), name="peopletocompare_in_order"
                    )
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="donation", name="donation_currency_code"),
        migrations.RemoveIndex(model_name="membership", name="membership_basis"),
        migrations.RemoveIndex(model_name="person", name="person_position"),
        migrations.AlterField(
            model_name="activity",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="activities",
                to="members.person",
            ),
        ),
        migrations.AlterField(
            model_name="donation",
            name="person",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="donations",
                to="members.person",
            ),
        ),
        migrations.AlterField(
            model_name="person",
            name="zip_code",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="places.zipcode",
                verbose_name="ZIP code",
            ),
        ),
        migrations.AlterField(
            model_name="personemail",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="emails",
                to="members.person",
            ),
        ),
        migrations.AlterField(
            model_name="personphone",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="phones",
                to="members.person",
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=django.contrib.postgres.indexes.GistIndex(
                condition=models.Q(("zip_code__isnull", True)), fields=["position"], name="person_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="donation",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency", "USD"), ("currency__regex", "^[A-Z]{3}$"), _connector="OR"),
                name="donation_currency_code",
            ),
        ),
        migrations.RunSQL(FASTER, AS_BEFORE),
        migrations.RunSQL(LOGIN_KEY, DROP_LOGIN_KEY),
        migrations.RunSQL(REFER, DROP_REFER),
    ]
