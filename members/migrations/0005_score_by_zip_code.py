"""Each activity score knows its person's ZIP code, so that the most active people of an area are read off one index.

The database keeps it. Who adds a score holds the person (FOR KEY SHARE) before reading the ZIP code; who changes a ZIP
code and finds no score to change waits for those (FOR UPDATE) and looks again. So neither misses the other's write,
each statement of a PL/pgSQL function having a snapshot of its own (READ COMMITTED).
"""

from django.db import migrations, models

# The references of activities to people were held by a trigger of their own (0004_once_a_statement): here the people
# are held in the same trigger, before their ZIP codes are read.
DERIVE = """
CREATE OR REPLACE FUNCTION members_activity_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM members_hold_people(
        ARRAY(SELECT DISTINCT person_id FROM added WHERE person_id IS NOT NULL), TG_TABLE_NAME);

    INSERT INTO members_membership AS m (person_id, basis_id, since)
        SELECT DISTINCT ON (person_id) person_id, id, at FROM added WHERE is_basis ORDER BY person_id, at, id
    ON CONFLICT (person_id) DO UPDATE SET basis_id = excluded.basis_id, since = excluded.since
        WHERE (excluded.since, excluded.basis_id) < (m.since, m.basis_id);

    INSERT INTO members_activityscore AS s (person_id, zip_code, score, last_at, attendances)
        SELECT a.person_id, coalesce(p.zip_code_id, ''), a.score, a.last_at, a.attendances
        FROM (SELECT person_id, ln(sum(2 ^ members_activity_worth(kind, at))) / ln(2::double precision) AS score,
                     max(at) AS last_at, count(*) FILTER (WHERE kind IN ('attendance', 'call')) AS attendances
              FROM added WHERE withdrawn_at IS NULL GROUP BY person_id) a
        JOIN members_person p ON p.id = a.person_id ORDER BY a.person_id
    ON CONFLICT (person_id) DO UPDATE SET score = members_log_sum(s.score, excluded.score),
        last_at = greatest(s.last_at, excluded.last_at), attendances = s.attendances + excluded.attendances;
    RETURN NULL;
END $$;
DROP TRIGGER refers_added ON members_activity;

CREATE OR REPLACE FUNCTION members_derive_anew(persons bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM members_person WHERE id = ANY(persons) ORDER BY id FOR KEY SHARE;
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
    INSERT INTO members_activityscore AS s (person_id, zip_code, score, last_at, attendances)
        SELECT a.person_id, coalesce(p.zip_code_id, ''), a.score, a.last_at, a.attendances
        FROM (SELECT person_id, ln(sum(2 ^ members_activity_worth(kind, at))) / ln(2::double precision) AS score,
                     max(at) AS last_at, count(*) FILTER (WHERE kind IN ('attendance', 'call')) AS attendances
              FROM members_activity WHERE person_id = ANY(persons) AND withdrawn_at IS NULL GROUP BY person_id) a
        JOIN members_person p ON p.id = a.person_id ORDER BY a.person_id
    ON CONFLICT (person_id) DO UPDATE
        SET score = excluded.score, last_at = excluded.last_at, attendances = excluded.attendances;
END $$;

CREATE FUNCTION members_person_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE members_activityscore SET zip_code = coalesce(NEW.zip_code_id, '') WHERE person_id = NEW.id;
    IF NOT FOUND THEN
        -- Perhaps somebody is adding the first one at this moment, and has read the ZIP code as it was.
        PERFORM 1 FROM members_person WHERE id = NEW.id FOR UPDATE;
        UPDATE members_activityscore SET zip_code = coalesce(NEW.zip_code_id, '') WHERE person_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER person_moved AFTER UPDATE OF zip_code_id ON members_person
    FOR EACH ROW WHEN (OLD.zip_code_id IS DISTINCT FROM NEW.zip_code_id) EXECUTE FUNCTION members_person_moved();

ALTER TABLE members_activityscore DISABLE TRIGGER activityscore_derived;
UPDATE members_activityscore s SET zip_code = p.zip_code_id
    FROM members_person p WHERE p.id = s.person_id AND p.zip_code_id IS NOT NULL;
ALTER TABLE members_activityscore ENABLE TRIGGER activityscore_derived;
"""
AS_BEFORE = """
DROP TRIGGER person_moved ON members_person;
DROP FUNCTION members_person_moved();

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
CREATE TRIGGER refers_added AFTER INSERT ON members_activity REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION members_referring_added();

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
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0004_once_a_statement")]

    operations = [
        migrations.AddField(
            model_name="activityscore",
            name="zip_code",
            field=models.CharField(blank=True, db_collation="C", db_default="", default="", max_length=5),
        ),
        migrations.RunSQL(DERIVE, AS_BEFORE),
        migrations.AddIndex(
            model_name="activityscore",
            index=models.Index(
                models.F("zip_code"), models.OrderBy(models.F("score"), descending=True), models.F("person"),
                name="activityscore_of_zip_code",
            ),
        ),
    ]  # fmt: skip
