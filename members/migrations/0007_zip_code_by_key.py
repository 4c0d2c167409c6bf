"""Scores look ZIP codes up by the person's key, one by one.

Joined, the planner read all people for it wherever it took the table for small: a plan is kept as long as a connection,
and a table that is being filled was empty a moment ago. Of a million imported rows it was a twentieth of the load.
"""

from django.db import migrations

JOINED = """a.person_id, coalesce(p.zip_code_id, ''), a.score, a.last_at, a.attendances
        FROM ({activities}) a
        JOIN members_person p ON p.id = a.person_id ORDER BY a.person_id"""
BY_KEY = """a.person_id,
               coalesce((SELECT zip_code_id FROM members_person p WHERE p.id = a.person_id), ''),
               a.score, a.last_at, a.attendances
        FROM ({activities}) a ORDER BY a.person_id"""
ACTIVITIES = """
            SELECT person_id, ln(sum(2 ^ members_activity_worth(kind, at))) / ln(2::double precision) AS score,
                   max(at) AS last_at, count(*) FILTER (WHERE kind IN ('attendance', 'call')) AS attendances
            FROM {these} withdrawn_at IS NULL GROUP BY person_id"""

FUNCTIONS = """
CREATE OR REPLACE FUNCTION members_activity_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM members_hold_people(
        ARRAY(SELECT DISTINCT person_id FROM added WHERE person_id IS NOT NULL), TG_TABLE_NAME);

    INSERT INTO members_membership AS m (person_id, basis_id, since)
        SELECT DISTINCT ON (person_id) person_id, id, at FROM added WHERE is_basis ORDER BY person_id, at, id
    ON CONFLICT (person_id) DO UPDATE SET basis_id = excluded.basis_id, since = excluded.since
        WHERE (excluded.since, excluded.basis_id) < (m.since, m.basis_id);

    INSERT INTO members_activityscore AS s (person_id, zip_code, score, last_at, attendances)
        SELECT {of_added}
    ON CONFLICT (person_id) DO UPDATE SET score = members_log_sum(s.score, excluded.score),
        last_at = greatest(s.last_at, excluded.last_at), attendances = s.attendances + excluded.attendances;
    RETURN NULL;
END $$;

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
        SELECT {of_all}
    ON CONFLICT (person_id) DO UPDATE
        SET score = excluded.score, last_at = excluded.last_at, attendances = excluded.attendances;
END $$;
"""


def functions(select: str) -> str:
    added = ACTIVITIES.format(these="added WHERE")
    of_persons = ACTIVITIES.format(these="members_activity WHERE person_id = ANY(persons) AND")
    return FUNCTIONS.format(of_added=select.format(activities=added), of_all=select.format(activities=of_persons))


class Migration(migrations.Migration):
    dependencies = [("members", "0006_fewer_indexes")]

    operations = [migrations.RunSQL(functions(BY_KEY), functions(JOINED))]
