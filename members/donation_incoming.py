"""The line items of a batch in temporary tables, and the statements that make people, donations and activities of them.

What is done for each row is what members.people.take_in and members.donations.record_donation do for somebody else's
act, in a few statements a batch. A giver goes by an `identity`: the address, or the number where there is no address.
Within a batch, `giver` and `number` are the first line of an identity and of a number (DonationRows.for_copy), so that
tables are joined by numbers and nothing is sorted.

The tables, gone when the batch is written: incoming (a line item to record), incoming_known (addresses and numbers
that are somebody's), incoming_number (each number, with each giver it comes with), incoming_home (each ZIP code that is
a place), incoming_giver (each giver, and who that is or will be), incoming_login (the logins to tie to people),
incoming_blank (what is learnt of people who were known).
Large tables are asked for ARRAY(SELECT …): by their index, whatever the planner does not know of a temporary table.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection

from .donation_columns import DonationRows
from .donations import REFUNDED
from .membership import lock_people
from .models import DonationSource, DuplicateReason
from .people import home_of


class LookAgainError(Exception):
    """Somebody merged, deleted or completed between two statements what we have just seen."""


# --- Rows come in, and their givers are looked up ---------------------------------------------------------------------

# The planner takes temporary tables, of which it knows nothing, for larger than they are, and would sort them; large
# tables, which it may have seen empty, for smaller.
_HELP_THE_PLANNER = "SET LOCAL enable_mergejoin = off; SET LOCAL enable_bitmapscan = off; SET LOCAL work_mem = '32MB'"
_INCOMING = """
CREATE TEMP TABLE incoming (
    line integer, giver integer, number integer, identity text COLLATE "C", phone text COLLATE "C", details jsonb,
    key text COLLATE "C", receipt text, given_name text, family_name text, zip_code text, amount numeric(10, 2),
    paid_at timestamptz, is_recurring boolean, refund text, refunded_at timestamptz, page text, reference_code text,
    recipient text, ahead bigint
) ON COMMIT DROP
"""
_COPY = """
COPY incoming (line, giver, number, identity, phone, details, key, receipt, given_name, family_name, zip_code, amount,
               paid_at, is_recurring, refund, refunded_at, page, reference_code, recipient)
FROM STDIN (FORMAT csv)
"""

_KNOWN = """
CREATE TEMP TABLE incoming_known ON COMMIT DROP AS
SELECT address COLLATE "C" AS contact, person_id AS person FROM members_personemail
WHERE address = ANY(ARRAY(SELECT identity FROM incoming WHERE giver = line))
UNION ALL
SELECT number, person_id FROM members_personphone
WHERE number = ANY(ARRAY(SELECT phone FROM incoming WHERE number = line))
"""
_NUMBER = """
CREATE TEMP TABLE incoming_number ON COMMIT DROP AS
SELECT number, giver, phone, line = number AS is_first, known.person AS owner
FROM incoming LEFT JOIN incoming_known known ON contact = phone WHERE phone IS NOT NULL
"""
# Whoever gives a number only is whose address came with it before.
_IDENTITY = """
UPDATE incoming SET giver = n.giver, identity = NULL FROM incoming own, incoming_number n
WHERE own.identity = own.phone AND incoming.giver = own.giver
  AND n.number = own.number AND n.is_first AND n.owner IS NULL AND n.giver <> own.giver
"""
_HOME = """
CREATE TEMP TABLE incoming_home ON COMMIT DROP AS
SELECT code, code AS zip_code, latitude, longitude, time_zone FROM places_zipcode
WHERE code = ANY(ARRAY(SELECT DISTINCT zip_code FROM incoming))
"""
_TAKE_WITHOUT_POINT = "DELETE FROM incoming_home WHERE latitude IS NULL RETURNING code"
# New people are numbered in the order in which they come.
_GIVER = """
CREATE TEMP TABLE incoming_giver ON COMMIT DROP AS
SELECT giver, identity, given_name, family_name, home, known IS NULL AS is_new,
       CASE WHEN known IS NULL THEN nextval('members_person_id_seq') ELSE known END AS person
FROM (
    SELECT giver, identity, given_name, family_name, code AS home, known.person AS known
    FROM incoming LEFT JOIN incoming_home ON code = incoming.zip_code LEFT JOIN incoming_known known
        ON contact = identity
    WHERE giver = line ORDER BY line
) ordered
"""
# What the first row of a new giver does not say, a later one may.
_LATER_ROWS = """
UPDATE incoming_giver g
SET given_name = coalesce(later.given_name, ''), family_name = coalesce(later.family_name, ''), home = later.home
FROM (
    SELECT giver,
           (array_agg(given_name ORDER BY line) FILTER (WHERE given_name <> ''))[1] AS given_name,
           (array_agg(family_name ORDER BY line) FILTER (WHERE family_name <> ''))[1] AS family_name,
           (array_agg(code ORDER BY line) FILTER (WHERE code IS NOT NULL))[1] AS home
    FROM incoming LEFT JOIN incoming_home ON code = incoming.zip_code
    WHERE giver IN (
        SELECT giver FROM incoming_giver WHERE is_new AND (given_name = '' OR family_name = '' OR home IS NULL)
    )
    GROUP BY giver HAVING count(*) > 1
) later WHERE g.giver = later.giver
"""
_HOLD = """
WITH known AS (SELECT DISTINCT person FROM incoming_known),
held AS (SELECT id FROM members_person WHERE id = ANY(ARRAY(SELECT person FROM known)) ORDER BY id FOR KEY SHARE)
SELECT (SELECT count(*) FROM known) = (SELECT count(*) FROM held)
"""
_DROP = "DROP TABLE incoming, incoming_known, incoming_number, incoming_home, incoming_giver"


def receive(rows: DonationRows) -> None:
    """Put these rows into `incoming`, look their givers up, and hold those that are known.

    Held as by a reference (FOR KEY SHARE): nobody merges or deletes them meanwhile. Raises LookAgainError where
    somebody just did.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HELP_THE_PLANNER)
        cursor.execute(_INCOMING)
        with cursor.copy(_COPY) as copy:
            copy.write(rows.for_copy())
        _look_up(cursor)
        cursor.execute(_HOLD)
        (are_all_held,) = cursor.fetchone()
    if not are_all_held:
        raise LookAgainError


def receive_anew(rows: DonationRows) -> None:
    """Put these rows in the place of those that were received."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP)
    receive(rows)


def finish() -> None:
    """Drop the tables. What refers to nothing shows here, within the savepoint, and not at the commit."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _look_up(cursor: Any) -> None:
    for statement in (_KNOWN, _NUMBER, _IDENTITY, _HOME):
        cursor.execute(statement)
    cursor.execute(_TAKE_WITHOUT_POINT)
    for (code,) in cursor.fetchall():  # few, and slow
        if home := home_of(code):
            cursor.execute(
                "INSERT INTO incoming_home VALUES (%s, %s, %s, %s, %s)",
                [code, home["zip_code_id"], home["latitude"], home["longitude"], home["time_zone"]],
            )
    cursor.execute(_GIVER)
    cursor.execute(_LATER_ROWS)


# --- People -----------------------------------------------------------------------------------------------------------

# One login is one person's, and one person has one.
_LOGIN = """
CREATE TEMP TABLE incoming_login ON COMMIT DROP AS
SELECT DISTINCT ON (user_id) person, user_id FROM (
    SELECT DISTINCT ON (person) person, e.user_id, giver
    FROM incoming_giver JOIN account_emailaddress e ON e.email = identity AND e.verified
    WHERE NOT EXISTS (SELECT FROM members_person p WHERE p.user_id = e.user_id)
      AND NOT EXISTS (SELECT FROM members_person p WHERE p.id = person AND p.user_id IS NOT NULL)
    ORDER BY person, giver, e.user_id
) of_each ORDER BY user_id, giver
"""
_NEW_PEOPLE = """
INSERT INTO members_person (id, given_name, family_name, zip_code_id, country, latitude, longitude, time_zone, user_id,
                            language)
SELECT person, given_name, family_name, zip_code, 'US', latitude, longitude,
       coalesce(time_zone, ''), user_id, 'en'
FROM incoming_giver LEFT JOIN incoming_home ON code = home LEFT JOIN incoming_login USING (person)
WHERE is_new
"""
_NEW_ADDRESSES = """
INSERT INTO members_personemail (person_id, address, is_primary)
SELECT person, identity, true FROM incoming_giver WHERE is_new AND strpos(identity, '@') > 0
"""
_NEW_NUMBERS = """
INSERT INTO members_personphone (person_id, number)
SELECT person, phone FROM incoming_number JOIN incoming_giver USING (giver)
WHERE is_first AND owner IS NULL
"""
# A number that comes with somebody else's address: staff are asked whether the two are one.
_DUPLICATES = """
INSERT INTO members_duplicate (first_id, second_id, reason)
SELECT DISTINCT least(one.person, other), greatest(one.person, other), %s
FROM (
    SELECT giver, owner AS other FROM incoming_number WHERE owner IS NOT NULL
    UNION ALL
    SELECT later.giver, person FROM incoming_number later
        JOIN incoming_number first USING (number) JOIN incoming_giver g ON g.giver = first.giver
    WHERE later.owner IS NULL AND NOT later.is_first AND first.is_first
) told JOIN incoming_giver one USING (giver)
WHERE one.person <> other
ORDER BY 1, 2
ON CONFLICT DO NOTHING
"""
_LACKING = """
SELECT id FROM members_person LEFT JOIN incoming_login ON person = id
WHERE id = ANY(ARRAY(SELECT person FROM incoming_giver WHERE NOT is_new))
  AND (given_name = '' OR family_name = '' OR zip_code_id IS NULL OR person IS NOT NULL)
"""
# Of those who lack something: what the rows know of it first.
_BLANK = """
CREATE TEMP TABLE incoming_blank ON COMMIT DROP AS
SELECT found.* FROM members_person p JOIN (
    SELECT person, min(user_id) AS user_id,
           (array_agg(i.given_name ORDER BY i.line) FILTER (WHERE i.given_name <> ''))[1] AS given_name,
           (array_agg(i.family_name ORDER BY i.line) FILTER (WHERE i.family_name <> ''))[1] AS family_name,
           (array_agg(code ORDER BY i.line) FILTER (WHERE code IS NOT NULL))[1] AS home
    FROM incoming_giver JOIN incoming i USING (giver) LEFT JOIN incoming_home ON code = i.zip_code
        LEFT JOIN incoming_login USING (person)
    WHERE person = ANY(%(lacking)s) GROUP BY person
) found ON found.person = p.id
WHERE p.id = ANY(%(lacking)s)
  AND (p.given_name = '' AND found.given_name <> '' OR p.family_name = '' AND found.family_name <> ''
       OR p.zip_code_id IS NULL AND home IS NOT NULL OR found.user_id IS NOT NULL)
"""
_FILL = """
UPDATE members_person p
SET given_name = coalesce(nullif(p.given_name, ''), found.given_name, ''),
    family_name = coalesce(nullif(p.family_name, ''), found.family_name, ''),
    user_id = coalesce(p.user_id, found.user_id)
FROM incoming_blank found WHERE p.id = person
"""
_FILL_HOMES = """
UPDATE members_person p
SET zip_code_id = h.zip_code, country = 'US', latitude = h.latitude, longitude = h.longitude, time_zone = h.time_zone
FROM incoming_blank JOIN incoming_home h ON code = home WHERE p.id = person AND p.zip_code_id IS NULL
"""


def write_people() -> None:
    """Make the people who are new, with their addresses and numbers, and ask staff about numbers of two people."""
    with connection.cursor() as cursor:
        cursor.execute(_LOGIN)
        for statement in (_NEW_PEOPLE, _NEW_ADDRESSES, _NEW_NUMBERS):
            cursor.execute(statement)
        cursor.execute(_DUPLICATES, [DuplicateReason.PHONE.value])


def fill_blanks() -> None:
    """Fill what is blank of people who were known, and tie them to the login that has verified their address."""
    with connection.cursor() as cursor:
        cursor.execute(_LACKING)
        lacking = [person for (person,) in cursor.fetchall()]
        if lacking:
            cursor.execute(_BLANK, {"lacking": lacking})
            cursor.execute("SELECT person FROM incoming_blank")
            lock_people(person for (person,) in cursor.fetchall())
            cursor.execute(_FILL)
            cursor.execute(_FILL_HOMES)
            cursor.execute("DROP TABLE incoming_blank")
        cursor.execute("DROP TABLE incoming_login")


# --- Donations --------------------------------------------------------------------------------------------------------

_NEW_DONATIONS = """
INSERT INTO members_donation (source, line_item, receipt, person_id, amount, currency, paid_at, is_recurring, refund,
                              refunded_at, page, reference_code, recipient)
SELECT %s, key, receipt, person, amount, 'USD', paid_at, is_recurring, refund, refunded_at, page, reference_code,
       recipient
FROM incoming i JOIN incoming_giver USING (giver) WHERE ahead IS NULL
"""
# Donations whose refund came first, and what was missing of them.
_AHEAD = """
UPDATE incoming SET ahead = d.id, refunded_at = d.refunded_at
FROM members_donation d WHERE d.source = %s AND d.line_item = key AND d.id = ANY(%s) AND d.amount IS NULL
"""
_COMPLETE = """
UPDATE members_donation d
SET person_id = person, amount = i.amount, paid_at = i.paid_at, receipt = i.receipt, is_recurring = i.is_recurring,
    page = i.page, reference_code = i.reference_code, recipient = i.recipient
FROM incoming i JOIN incoming_giver USING (giver) WHERE d.id = ahead AND d.amount IS NULL
"""
# In their order: of two at one instant, the one that was told first is why somebody is a member.
_ACTIVITIES = """
INSERT INTO members_activity (person_id, kind, source, at, details, withdrawn_at, withdrawn_because)
SELECT person, 'donation', 'donation:' || %s || ':' || key, paid_at, details, refunded_at,
       CASE WHEN refunded_at IS NULL THEN '' ELSE %s END
FROM incoming i JOIN incoming_giver USING (giver) ORDER BY i.line
"""


def complete_donations(ahead: Collection[int], source: DonationSource) -> None:
    """Complete these donations (by id), whose refunds came first. Raises LookAgainError where somebody just did."""
    if not ahead:
        return
    with connection.cursor() as cursor:
        cursor.execute(_AHEAD, [source.value, list(ahead)])
        cursor.execute(_COMPLETE)
        if cursor.rowcount != len(ahead):
            raise LookAgainError


def write_donations(source: DonationSource) -> None:
    """Make a donation of each line item that is new."""
    with connection.cursor() as cursor:
        cursor.execute(_NEW_DONATIONS, [source.value])


def write_activities(source: DonationSource) -> None:
    """Make an activity of each line item. The database derives memberships and scores from them."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVITIES, [source.value, REFUNDED])
