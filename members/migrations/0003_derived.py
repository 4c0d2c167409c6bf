"""Membership and activity scores follow from activities; the consent ledger is only ever added to.

The triggers run once a statement, over the rows that it changed, so that an import of a million rows pays for a few
statements and not for a million. What they lock they lock in the order of the persons' ids.

Why this holds under concurrency: adding upserts the derived rows, taking back locks them before it looks what is left.
Whoever comes second waits for the first and then, each statement of a PL/pgSQL function having a snapshot of its own
(READ COMMITTED), sees what the first has done. (Deadlocks: see members.membership.lock_people.)
"""

from django.db import migrations

MEMBERSHIP_KEY = """
CREATE UNIQUE INDEX activity_basis_key ON members_activity (id, person_id, is_basis);
ALTER TABLE members_membership ADD CONSTRAINT membership_has_basis
    FOREIGN KEY (basis_id, person_id, is_basis) REFERENCES members_activity (id, person_id, is_basis)
    DEFERRABLE INITIALLY DEFERRED;
"""
DROP_MEMBERSHIP_KEY = """
ALTER TABLE members_membership DROP CONSTRAINT membership_has_basis;
DROP INDEX activity_basis_key;
"""

# Weights (as logarithms to base 2) and half-life: members.models.activity.WEIGHTS, HALF_LIFE, SCORE_EPOCH.
# Double precision throughout: with `numeric` an import spent a third of its time here.
SCORE = """
-- Not STRICT, which would keep Postgres from taking the expression in the function's place.
CREATE FUNCTION members_activity_worth(kind text, at timestamptz) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE kind WHEN 'attendance' THEN 3::double precision WHEN 'call' THEN 2.584962500721156::double precision
                     WHEN 'donation' THEN 1::double precision WHEN 'rsvp' THEN 1::double precision
                     ELSE 0::double precision END
        + date_part('epoch', at - timestamptz '2020-01-01 00:00:00+00') / (180 * 86400)::double precision;

-- The logarithm of the sum of two numbers of which only the logarithms are known. Those of activities lie between
-- -63 and 166 (activity_at_plausible), so that many are summed as they are.
CREATE FUNCTION members_log_sum(a double precision, b double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN greatest(a, b) + CASE WHEN abs(a - b) > 60 THEN 0 ELSE ln(1 + 2 ^ (-abs(a - b))) / ln(2) END;
"""
DROP_SCORE = """
DROP FUNCTION members_log_sum(double precision, double precision);
DROP FUNCTION members_activity_worth(text, timestamptz);
"""

DERIVE = """
CREATE FUNCTION members_activity_added() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION members_derive_anew(persons bigint[]) RETURNS void LANGUAGE plpgsql AS $$
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

CREATE FUNCTION members_activity_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM members_derive_anew(ARRAY(SELECT person_id FROM before UNION SELECT person_id FROM after ORDER BY 1));
    RETURN NULL;
END $$;
CREATE FUNCTION members_activity_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM members_derive_anew(ARRAY(SELECT DISTINCT person_id FROM before ORDER BY 1));
    RETURN NULL;
END $$;

CREATE TRIGGER activity_added AFTER INSERT ON members_activity REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION members_activity_added();
CREATE TRIGGER activity_changed AFTER UPDATE ON members_activity REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION members_activity_changed();
CREATE TRIGGER activity_removed AFTER DELETE ON members_activity REFERENCING OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION members_activity_removed();

CREATE FUNCTION members_refuse_by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 1 is this trigger itself: the statement came from outside, not from a trigger of activities.
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION '% follows from activities and is not written by hand', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'derived_from_activities';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER membership_derived AFTER INSERT OR UPDATE OR DELETE ON members_membership
    FOR EACH STATEMENT EXECUTE FUNCTION members_refuse_by_hand();
CREATE TRIGGER activityscore_derived AFTER INSERT OR UPDATE OR DELETE ON members_activityscore
    FOR EACH STATEMENT EXECUTE FUNCTION members_refuse_by_hand();
"""
DROP_DERIVE = """
DROP TRIGGER activityscore_derived ON members_activityscore;
DROP TRIGGER membership_derived ON members_membership;
DROP FUNCTION members_refuse_by_hand();
DROP TRIGGER activity_removed ON members_activity;
DROP TRIGGER activity_changed ON members_activity;
DROP TRIGGER activity_added ON members_activity;
DROP FUNCTION members_activity_removed();
DROP FUNCTION members_activity_changed();
DROP FUNCTION members_derive_anew(bigint[]);
DROP FUNCTION members_activity_added();
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

LEDGER = """
CREATE FUNCTION members_consent_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A merge of two people moves their answers, their erasure deletes them: each says so for its transaction.
    IF TG_OP = 'UPDATE' AND current_setting('members.merging', true) = 'yes'
        AND to_jsonb(OLD) - 'person_id' = to_jsonb(NEW) - 'person_id' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND current_setting('members.erasing', true) = 'yes' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the consent ledger is append-only'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'consent_append_only';
END $$;
CREATE TRIGGER consent_append_only BEFORE UPDATE OR DELETE ON members_consent
    FOR EACH ROW EXECUTE FUNCTION members_consent_ledger();

CREATE FUNCTION members_refuse_wording_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a wording that people have seen does not change'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'consentwording_append_only';
END $$;
CREATE TRIGGER consentwording_append_only BEFORE UPDATE OR DELETE ON members_consentwording
    FOR EACH ROW EXECUTE FUNCTION members_refuse_wording_change();
"""
DROP_LEDGER = """
DROP TRIGGER consentwording_append_only ON members_consentwording;
DROP FUNCTION members_refuse_wording_change();
DROP TRIGGER consent_append_only ON members_consent;
DROP FUNCTION members_consent_ledger();
"""

TO_COMPARE = """
CREATE FUNCTION members_people_added() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE FUNCTION members_person_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO members_persontocompare (person_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER people_added AFTER INSERT ON members_person REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION members_people_added();
CREATE TRIGGER person_renamed AFTER UPDATE OF given_name, family_name, zip_code_id ON members_person
    FOR EACH ROW WHEN ((OLD.given_name, OLD.family_name, OLD.zip_code_id)
                       IS DISTINCT FROM (NEW.given_name, NEW.family_name, NEW.zip_code_id))
    EXECUTE FUNCTION members_person_renamed();
"""
DROP_TO_COMPARE = """
DROP TRIGGER person_renamed ON members_person;
DROP TRIGGER people_added ON members_person;
DROP FUNCTION members_person_renamed();
DROP FUNCTION members_people_added();
"""


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
    dependencies = [("members", "0002_initial")]
    operations = [
        migrations.RunSQL(MEMBERSHIP_KEY, DROP_MEMBERSHIP_KEY),
        migrations.RunSQL(SCORE, DROP_SCORE),
        migrations.RunSQL(DERIVE, DROP_DERIVE),
        migrations.RunSQL(LOGIN_KEY, DROP_LOGIN_KEY),
        migrations.RunSQL(REFER, DROP_REFER),
        migrations.RunSQL(LEDGER, DROP_LEDGER),
        migrations.RunSQL(TO_COMPARE, DROP_TO_COMPARE),
    ]
