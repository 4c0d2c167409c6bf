"""The SQL of events.audience: the selection, its launch and its estimate, of the same parts.

Nothing of a request is part of the text: values are parameters. Each part says `s` for the score of a person, `mail`
for their address, `near` for the ZIP codes within reach.
"""
# ruff: noqa: S608

from foundation.places.distance import MEAN_EARTH_RADIUS, METRES_PER_MILE

_VENUE = "places_position(%(latitude)s, %(longitude)s)"
_IN_REACH = f"position <@ cube_enlarge({_VENUE}, %(metres)s, 3) AND position <-> {_VENUE} <= %(metres)s"

# The ZIP codes of which nobody knows the point. Their people all stand where members.people.home_of has put them: any
# one of them tells where that is.
POINTLESS = f"""
SELECT code, home.position <-> {_VENUE} FROM places_zipcode z CROSS JOIN LATERAL (
    SELECT position FROM (
        SELECT (SELECT p.position FROM members_person p WHERE p.id = s.person_id) AS position
        FROM members_activityscore s WHERE s.zip_code = z.code ORDER BY s.score DESC, s.person_id
    ) homes WHERE position IS NOT NULL LIMIT 1
) home WHERE z.position IS NULL AND home.position <-> {_VENUE} <= %(metres)s
"""

# The ZIP codes within reach, with those that POINTLESS has found.
_NEAR = f"""
near AS MATERIALIZED (
    SELECT code, position <-> {_VENUE} AS chord FROM places_zipcode WHERE {_IN_REACH}
    UNION ALL
    SELECT code, chord FROM unnest(%(pointless)s::text[], %(their_chords)s::float8[]) AS z (code, chord)
    WHERE chord <= %(metres)s
)"""

# Are there so many active people at all, whether they may be mailed or not? Where there are not, that is soon known.
ARE_ENOUGH = f"""
WITH {_NEAR} SELECT count(*) >= %(wanted)s FROM (
    SELECT FROM near JOIN members_activityscore s ON s.zip_code = near.code
    UNION ALL
    SELECT FROM members_person WHERE zip_code_id IS NULL AND {_IN_REACH}
    LIMIT %(wanted)s
) active
"""

# Each subquery asks about one person by an index; its LIMIT keeps Postgres from reading whole tables instead.
_ADDRESS = """
LATERAL (SELECT e.address FROM members_personemail e WHERE e.person_id = s.person_id AND e.is_primary LIMIT 1) mail"""
_CONSENTS = """
coalesce((SELECT c.is_given FROM members_consent c
          WHERE c.person_id = s.person_id AND c.purpose = 'promotions' AND c.scope = 'network'
          ORDER BY c.id DESC LIMIT 1), false)"""
_IS_SUPPRESSED = """
(SELECT true FROM mail_suppression x
 WHERE x.address = mail.address COLLATE "default" AND x.scope = ANY(%(scopes)s) LIMIT 1) IS NOT NULL"""
# Confirmed answers only: nobody can answer in somebody else's name to keep a mail from them.
_HAS_ANSWERED = """
(SELECT true FROM events_rsvp r WHERE r.event_id = %(event)s AND r.person_id = s.person_id LIMIT 1) IS NOT NULL"""
_IS_COOLING = """
(SELECT true FROM events_promotionrecipient k
 WHERE k.person_id = s.person_id AND k.called_off_at IS NULL AND k.cools_until > %(now)s LIMIT 1) IS NOT NULL"""
_ELIGIBLE = f"{_CONSENTS} AND NOT {_IS_SUPPRESSED} AND NOT {_HAS_ANSWERED} AND NOT {_IS_COOLING}"

_SCORE_ELSEWHERE = "LATERAL (SELECT a.score FROM members_activityscore a WHERE a.person_id = p.id LIMIT 1)"

# `few`: twice as many of each ZIP code as would be enough if all were alike. `floor`: whoever is less active than that
# is not among those wanted. `cut`: the ZIP codes of which there may be more, and where to go on.
_CHOSEN = f"""
WITH {_NEAR},
few AS (SELECT greatest(8, ceil(2.0 * %(wanted)s / greatest(count(*), 1)))::int AS few FROM near),
first AS MATERIALIZED (
    SELECT near.code, near.chord, t.* FROM near CROSS JOIN LATERAL (
        SELECT s.person_id, s.score, mail.address FROM members_activityscore s, {_ADDRESS}
        WHERE s.zip_code = near.code AND {_ELIGIBLE}
        ORDER BY s.score DESC, s.person_id LIMIT (SELECT few FROM few)
    ) t
    UNION ALL
    SELECT NULL, s.chord, s.person_id, s.score, mail.address FROM (
        SELECT p.id AS person_id, p.position <-> {_VENUE} AS chord, a.score
        FROM members_person p, {_SCORE_ELSEWHERE} a WHERE p.zip_code_id IS NULL AND {_IN_REACH} OFFSET 0
    ) s, {_ADDRESS} WHERE {_ELIGIBLE}
),
floor AS (
    SELECT coalesce((SELECT score FROM first ORDER BY score DESC OFFSET %(wanted)s - 1 LIMIT 1), '-infinity') AS floor
),
cut AS MATERIALIZED (
    SELECT code, chord, min(score) AS score, (array_agg(person_id ORDER BY score, person_id DESC))[1] AS person_id
    FROM first WHERE code IS NOT NULL GROUP BY code, chord
    HAVING count(*) = (SELECT few FROM few) AND min(score) >= (SELECT floor FROM floor)
),
chosen AS MATERIALIZED (
    SELECT person_id, score, address, chord FROM first
    UNION ALL
    SELECT t.person_id, t.score, t.address, cut.chord FROM cut CROSS JOIN LATERAL (
        SELECT s.person_id, s.score, mail.address FROM members_activityscore s, {_ADDRESS}
        WHERE s.zip_code = cut.code AND s.score >= (SELECT floor FROM floor) AND s.score <= cut.score
            AND (s.score < cut.score OR s.person_id > cut.person_id) AND {_ELIGIBLE}
        ORDER BY s.score DESC, s.person_id LIMIT %(wanted)s
    ) t
    ORDER BY score DESC, chord, person_id LIMIT %(wanted)s
)
"""

_MILES = f"2 * {MEAN_EARTH_RADIUS} * asin(least(chord / (2 * {MEAN_EARTH_RADIUS}), 1)) / {METRES_PER_MILE}"

CHOOSE = f"{_CHOSEN} SELECT person_id, address, score, {_MILES} FROM chosen ORDER BY score DESC, chord, person_id"
COUNT = f"{_CHOSEN} SELECT count(*) FROM chosen"

# Nobody is taken where the next radius is to be looked at. Whoever is being deleted or merged at this moment is left
# out, and nobody is waited for: whoever deletes people holds them, and then waits for events that a launch holds.
TAKE = f"""
{_CHOSEN},
present AS MATERIALIZED (
    SELECT p.id FROM members_person p WHERE p.id IN (SELECT person_id FROM chosen) ORDER BY p.id
    FOR KEY SHARE SKIP LOCKED
)
INSERT INTO events_promotionrecipient (promotion_id, number, person_id, email, score, miles, chosen_at, cools_until)
SELECT %(promotion)s, row_number() OVER (ORDER BY score DESC, chord, person_id), person_id, address, score, {_MILES},
       %(now)s, %(cools_until)s
FROM chosen JOIN present ON present.id = chosen.person_id
WHERE %(is_last)s OR (SELECT count(*) FROM chosen) >= %(wanted)s
"""

# An unsubscribe is written into the ledger of consent too: it is looked for first.
_REASON = f"""
CASE WHEN s.score IS NULL THEN 'no_activity' WHEN mail.address IS NULL OR {_IS_SUPPRESSED} THEN 'suppressed'
     WHEN NOT {_CONSENTS} THEN 'no_consent' WHEN {_HAS_ANSWERED} THEN 'answered'
     WHEN {_IS_COOLING} THEN 'mailed_recently' ELSE 'eligible' END"""
REASONS = f"""
WITH {_NEAR},
people AS MATERIALIZED (
    SELECT * FROM (
        SELECT there.id FROM (SELECT code, chord FROM near ORDER BY chord, code) nearest CROSS JOIN LATERAL (
            SELECT p.id FROM members_person p WHERE p.zip_code_id = nearest.code LIMIT %(most)s
        ) there
        UNION ALL
        SELECT id FROM members_person WHERE zip_code_id IS NULL AND {_IN_REACH}
    ) living LIMIT %(most)s
)
SELECT {_REASON} AS reason, count(*)
FROM (SELECT people.id AS person_id, a.score FROM people LEFT JOIN
      LATERAL (SELECT a.score FROM members_activityscore a WHERE a.person_id = people.id LIMIT 1) a ON true OFFSET 0) s
LEFT JOIN {_ADDRESS} ON true GROUP BY 1
"""
