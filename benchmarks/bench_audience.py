"""Choosing the audience of a promotion among 100,000 and 1,000,000 people, and 10,000,000 with `--ten-million`.

For 50 venues from Manhattan to Montana, many of them at a border of states, in turn: what a launch asks, radius after
radius until 4,000 are found or the last is reached, beside the floor: the faster of two statements that somebody wrote
by hand on the same index for the same radii, who left out what the product must not (people without a ZIP code, ZIP
codes without a point). All three must choose the same people. Two in three agreed to promotions, one in thirty got one
lately.
"""

import datetime
import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from affiliates.models import Group
from benchmarks.networks import make_groups
from benchmarks.preparation import prepare
from benchmarks.report import IS_SMALL, Report, milliseconds
from events.audience import choose, estimate
from events.models import COOL_DOWN, RADII, Event, Promotion
from foundation.places.distance import chord_from_miles
from foundation.places.population import sample_zip_codes
from foundation.places.search import find_place

SIZES = [2_000, 20_000] if IS_SMALL else [100_000, 1_000_000]
if "--ten-million" in sys.argv:
    SIZES.append(10_000_000)
WANTED = 200 if IS_SMALL else 4_000
ROUNDS = 1 if IS_SMALL else 3
NOW = datetime.datetime(2026, 6, 1, 17, tzinfo=datetime.UTC)
AIM_FLOOR, AIM_GROWTH = 2, 3

CROWDED = ("10001", "11201", "60601", "90012", "77002", "19103", "94103", "33130", "02139", "20001")
AT_A_BORDER = (
    "66101", "64108", "38103", "45202", "63101", "97204", "98660", "06830", "03060", "02903",
    "07302", "19801", "89449", "86401", "59270", "83814", "54481", "55802", "42301", "37402",
)  # fmt: skip
FAR_OUT = (
    "59301", "59801", "59715", "82001", "58501", "57701", "69101", "83201", "99701", "79830",
    "04730", "05602", "24401", "30701", "39120", "71201", "72401", "67801", "81501", "88001",
)  # fmt: skip
VENUES = CROWDED[::3] + AT_A_BORDER[::5] + FAR_OUT[::5] if IS_SMALL else CROWDED + AT_A_BORDER + FAR_OUT


# --- the people ---------------------------------------------------------------------------------------------------

# Straight into the tables that the selection reads: what triggers derive elsewhere is written as they would.
MAKE = """
CREATE TEMPORARY TABLE living ON COMMIT DROP AS
    SELECT drawn.n, %(first)s + drawn.n AS id, home.code, home.latitude, home.longitude
    FROM generate_series(1, %(count)s) drawn (n) JOIN homes home ON home.n = drawn.n %% (SELECT count(*) FROM homes);
INSERT INTO members_person (id, given_name, family_name, zip_code_id, country, language, time_zone, latitude, longitude)
    SELECT id, 'Grace', 'Guest', code, 'US', 'en', '', latitude, longitude FROM living;
INSERT INTO members_personemail (person_id, address, is_primary)
    SELECT id, 'p' || id || '@example.org', true FROM living;
INSERT INTO members_consent (person_id, purpose, scope, is_given, wording_id, source, at)
    SELECT id, 'promotions', 'network', hashint8(id) %% 3 <> 0, %(wording)s, 'bench', %(now)s FROM living;
INSERT INTO members_activityscore (person_id, zip_code, score, last_at, attendances)
    SELECT id, code, 8 + 5 * random(), %(now)s, 1 FROM living;
INSERT INTO events_promotionrecipient (promotion_id, number, person_id, email, score, miles, chosen_at, cools_until)
    SELECT %(promotion)s + (n / 30) / 4000, 1 + (n / 30) %% 4000, id, '', 1, 1, %(now)s, %(cools_until)s
    FROM living WHERE n %% 30 = 0;
"""


def make_people(count: int, event: Event) -> None:
    """Replace all people by `count`, spread as people live."""
    with connection.cursor() as cursor:
        # Imports fill these, so that no foreign key of theirs empties them with the people.
        filled = "members_personemail, members_personphone, members_activity, members_activityscore, members_donation"
        cursor.execute(f"TRUNCATE members_person, {filled}, members_consentwording, events_promotion CASCADE")
        cursor.execute("DROP TABLE IF EXISTS homes")
        cursor.execute(
            "CREATE TEMPORARY TABLE homes (n bigint PRIMARY KEY, code text, latitude float8, longitude float8)"
        )
        cursor.execute(
            "INSERT INTO homes SELECT drawn.place - 1, code, z.latitude, z.longitude"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS drawn (code, place) JOIN places_zipcode z USING (code)",
            [sample_zip_codes(min(count, 200_000), seed=1)],
        )
        cursor.execute(
            "INSERT INTO members_consentwording (purpose, version, language, text)"
            " VALUES ('promotions', 1, 'en', 'Invite me.') RETURNING id"
        )
        (wording,) = cursor.fetchone()
        earlier = _earlier_promotions(count // 30 // 4_000 + 1, event)
        values = {"wording": wording, "now": NOW - COOL_DOWN / 2, "cools_until": NOW + COOL_DOWN / 2}
        cursor.execute("SET session_replication_role = replica")
        for first in range(0, count, 500_000):
            cursor.execute(MAKE, {"first": first, "count": min(500_000, count - first), "promotion": earlier, **values})
            cursor.execute("DROP TABLE IF EXISTS living")
            earlier += 500_000 // 30 // 4_000 + 1
        cursor.execute("SET session_replication_role = DEFAULT")
    for table in ("members_person", "members_personemail", "members_consent", "members_activityscore"):
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {table}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE events_promotionrecipient")


def _earlier_promotions(count: int, event: Event) -> int:
    """So many promotions that were sent; the key of the first. Each batch of people begins with one of its own."""
    rows = [
        Promotion(
            event=event, group=Group.objects.get(), subject="Soup", intro="Come.", language="en", state="cancelled",
            requested_at=NOW, approved_at=NOW, launched_at=NOW, cancelled_at=NOW,
        )
        for _ in range(count * 2 + 40)
    ]  # fmt: skip
    return Promotion.objects.bulk_create(rows)[0].pk


def make_event() -> Event:
    """One that is moved from venue to venue."""
    make_groups(1)
    starts_at = NOW + datetime.timedelta(days=9)
    return Event.objects.create(
        slug="bench", group=Group.objects.get(), kind="rally", title="Rally", starts_at=starts_at,
        ends_at=starts_at + datetime.timedelta(hours=2), time_zone="America/New_York", place_name="Here", latitude=40,
        longitude=-74, state="approved", approved_at=NOW,
    )  # fmt: skip


# --- the rivals ---------------------------------------------------------------------------------------------------

_NEAR = """
WITH near AS MATERIALIZED (
    SELECT code, position <-> places_position(%(latitude)s, %(longitude)s) AS chord FROM places_zipcode
    WHERE position <@ cube_enlarge(places_position(%(latitude)s, %(longitude)s), %(metres)s, 3)
      AND position <-> places_position(%(latitude)s, %(longitude)s) <= %(metres)s
)"""
_MAY_BE_MAILED = """
(SELECT c.is_given FROM members_consent c WHERE c.person_id = s.person_id AND c.purpose = 'promotions'
    AND c.scope = 'network' ORDER BY c.id DESC LIMIT 1)
AND NOT EXISTS (SELECT FROM events_promotionrecipient k WHERE k.person_id = s.person_id AND k.called_off_at IS NULL
                AND k.cools_until > %(now)s)
AND NOT EXISTS (SELECT FROM events_rsvp r WHERE r.event_id = %(event)s AND r.person_id = s.person_id)
AND NOT EXISTS (SELECT FROM mail_suppression x JOIN members_personemail e ON e.address = x.address
                WHERE e.person_id = s.person_id AND e.is_primary AND x.scope = ANY(%(scopes)s))"""
_WITH_ADDRESS = """
SELECT chosen.person_id, e.address, score, chord FROM chosen
JOIN members_personemail e ON e.person_id = chosen.person_id AND e.is_primary
ORDER BY score DESC, chord, chosen.person_id"""

PLAIN = f"""{_NEAR}, chosen AS MATERIALIZED (
    SELECT s.person_id, s.score, near.chord FROM near JOIN members_activityscore s ON s.zip_code = near.code
    WHERE {_MAY_BE_MAILED} ORDER BY s.score DESC, near.chord, s.person_id LIMIT %(wanted)s
) {_WITH_ADDRESS}"""

CLEVER = f"""{_NEAR}, few AS (SELECT greatest(8, ceil(2.0 * %(wanted)s / greatest(count(*), 1)))::int AS n FROM near),
first AS (
    SELECT t.score FROM near CROSS JOIN LATERAL (
        SELECT s.score FROM members_activityscore s WHERE s.zip_code = near.code AND {_MAY_BE_MAILED}
        ORDER BY s.score DESC LIMIT (SELECT n FROM few)) t
), floor AS (
    SELECT coalesce((SELECT score FROM first ORDER BY score DESC OFFSET %(wanted)s - 1 LIMIT 1), '-infinity') AS score
), chosen AS MATERIALIZED (
    SELECT t.person_id, t.score, near.chord FROM near CROSS JOIN LATERAL (
        SELECT s.person_id, s.score FROM members_activityscore s
        WHERE s.zip_code = near.code AND s.score >= (SELECT score FROM floor) AND {_MAY_BE_MAILED}) t
    ORDER BY t.score DESC, near.chord, t.person_id LIMIT %(wanted)s
) {_WITH_ADDRESS}"""


def by_hand(sql: str, event: Event) -> list[int]:
    """The ids that this statement chooses, radius after radius, with all that the product's returns."""
    values: dict[str, Any] = {
        "latitude": event.latitude, "longitude": event.longitude, "wanted": WANTED, "event": event.pk, "now": NOW,
        "scopes": ["", "promotions", "group:1"],
    }  # fmt: skip
    rows: list[Any] = []
    for miles in RADII:
        with connection.cursor() as cursor:
            cursor.execute(sql, values | {"metres": chord_from_miles(miles)})
            rows = cursor.fetchall()
        if len(rows) == WANTED:
            break
    return [row[0] for row in rows]


def by_the_product(event: Event) -> list[int]:
    """The ids that a launch chooses."""
    return [one.person_id for one in choose(event=event, radius_miles=None, wanted=WANTED, now=NOW)]


# --- measured -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """One venue: how many were chosen, and the seconds of the three and of an estimate."""

    found: int
    product: float
    plain: float
    clever: float
    estimate: float

    @property
    def floor(self) -> float:
        return min(self.plain, self.clever)


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def measure(event: Event, code: str) -> Measured:
    """Each in turn, after one of each to warm up; the middle one of the rounds."""
    place = find_place(code)
    event.latitude, event.longitude = place.latitude, place.longitude
    chosen = by_the_product(event)
    for sql in (PLAIN, CLEVER):
        assert by_hand(sql, event) == chosen, f"{code}: not the same people"
    acts: list[Callable[[], object]] = [
        lambda: by_the_product(event),
        lambda: by_hand(PLAIN, event),
        lambda: by_hand(CLEVER, event),
        lambda: estimate(event=event, radius_miles=None, wanted=WANTED, now=NOW),
    ]
    taken = [[seconds(act) for act in acts] for _ in range(ROUNDS)]
    return Measured(len(chosen), *(statistics.median(column) for column in zip(*taken, strict=True)))


def rows_of(size: int, measured: dict[str, Measured]) -> list[list[object]]:
    """A line for each kind of venue, and one for all."""
    rows: list[list[object]] = []
    names = ("product", "plain", "clever", "estimate")
    for kind, codes in (("crowded", CROWDED), ("at a border", AT_A_BORDER), ("far out", FAR_OUT), ("all", VENUES)):
        some = [measured[code] for code in codes if code in measured]
        rows.append([
            f"{size:,}", kind, len(some), sum(one.found == WANTED for one in some),
            *(milliseconds([getattr(one, name) for one in some]) for name in names),
            f"{statistics.median(one.product / one.floor for one in some):.2f}",
        ])  # fmt: skip
    return rows


def main() -> None:
    prepare()
    event = make_event()
    report = Report("audience")
    rows, results = [], {}
    for size in SIZES:
        made = seconds(lambda size=size: make_people(size, event))  # type: ignore[misc]
        print(f"{size:,} people made in {made:.0f} s")
        gc.collect()
        results[size] = {code: measure(event, code) for code in VENUES}
        rows += rows_of(size, results[size])
    header = [
        "people", "venues", "count", "with all found", "product, ms (median / p95)", "plain SQL, ms", "clever SQL, ms",
        "an estimate, ms", "times the floor",
    ]  # fmt: skip
    report.table(header, rows)
    for size, measured in results.items():
        product, floor = (sum(getattr(one, name) for one in measured.values()) for name in ("product", "floor"))
        report.at_most(f"all venues / the faster by hand, at {size:,}", product / floor, AIM_FLOOR)
    small, large = results[SIZES[0]], results[SIZES[-1]]
    full = [code for code in VENUES if small[code].found == large[code].found == WANTED]
    if full:
        growth = statistics.median(large[code].product / small[code].product for code in full)
        what = f"growth from {SIZES[0]:,} to {SIZES[-1]:,}, {len(full)} venues with {WANTED:,} found at both"
        report.at_most(what, growth, AIM_GROWTH)
    report.finish()


if __name__ == "__main__":
    main()
